package runai

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"
)

// The retry table: what may be repeated, and when. The API promises nothing
// here — no idempotency keys, no rate limits, no 429 in any document — so this
// is our own reading (API.md section 11), and DESIGN.md prints it as a table.
//
//	outcome of a try     read, delete, PATCH, PUT, token   create            regenerate
//	not sent             again                             again             again
//	429                  again                             again             again
//	408, 502, 503, 504   again                             look              again
//	lost, cut, timed out again                             look              again (never cut short)
//	500                  final                             look              final
//	401                  new token, once                   new token, once   new token, once
//	other 4xx, 501, TLS  final                             final             final
//
// "Look" is recovery.go: a create is never repeated before somebody looked.
type retryRule struct {
	// repeatUnclear: the call may be sent again although the try before may
	// have done its work.
	repeatUnclear bool
	// unclear500: a 500 may have done its work, so somebody has to look.
	unclear500 bool
	// finish: once sent, the try is waited for even if the run is cancelled, so
	// that what it made is known.
	finish bool
	// uncut: the try is not ended by the time for one try, since one that is
	// given up can finish late and revoke a newer secret.
	uncut bool
	// probing: the call also asks whether there is such a path at all, so that
	// a web page with status 200 is an answer, and not tried again.
	probing bool
}

var (
	repeatable = retryRule{repeatUnclear: true}
	probing    = retryRule{repeatUnclear: true, probing: true}
	creating   = retryRule{unclear500: true, finish: true}
	// regenerating may be repeated within one rotation: the lost secret was
	// seen by nobody, and the last call wins.
	regenerating = retryRule{repeatUnclear: true, finish: true, uncut: true}
)

// outcome is what is known of one try.
type outcome int

const (
	succeeded outcome = iota
	refused           // the API said no: nothing was done
	notSent           // no byte of the request went out
	throttled         // 429: nothing was done
	unclear           // sent, and it may or may not have done its work
	untrusted         // the TLS certificate was not accepted
	failed            // anything else that another try will not mend
)

// retriable reports whether the rule allows another try after an outcome.
func (r retryRule) retriable(o outcome) bool {
	switch o {
	case notSent, throttled:
		return true
	case unclear:
		return r.repeatUnclear
	default:
		return false
	}
}

// byStatus is the outcome of a try that got an HTTP answer.
func (r retryRule) byStatus(status int) outcome {
	switch {
	case status >= 200 && status < 300:
		return succeeded
	case status == http.StatusTooManyRequests:
		return throttled
	case status == http.StatusRequestTimeout,
		status == http.StatusBadGateway,
		status == http.StatusServiceUnavailable,
		status == http.StatusGatewayTimeout:
		return unclear
	case status == http.StatusInternalServerError && r.unclear500:
		return unclear
	case status >= 400 && status < 500:
		return refused
	default:
		return failed
	}
}

// byError is the outcome of a try that got no answer. sent tells whether any
// part of the request went out.
func byError(err error, sent bool) outcome {
	var (
		invalid   x509.CertificateInvalidError
		hostname  x509.HostnameError
		authority x509.UnknownAuthorityError
		verify    *tls.CertificateVerificationError
		record    tls.RecordHeaderError
		alert     *net.OpError
		dns       *net.DNSError
	)
	switch {
	case errors.As(err, &invalid), errors.As(err, &hostname), errors.As(err, &authority), errors.As(err, &verify):
		return untrusted
	case errors.As(err, &record):
		return failed // plain HTTP behind an https URL
	case sent:
		return unclear
	case errors.As(err, &alert) && alert.Op == "remote error":
		return failed // so crypto/tls calls an alert of the server: no version or cipher in common
	case errors.As(err, &dns) && dns.IsNotFound:
		return failed // a name that does not exist now will not exist in a second
	default:
		return notSent
	}
}

const (
	// maxRetryWait bounds one wait between tries, and so what a Retry-After can
	// ask for: one of 86400 must not hang an apply.
	maxRetryWait = 30 * time.Second
	// connectBudget is how long after the first try a connection that cannot be
	// made is tried again, so that a wrong address is one error within half a
	// minute, whatever max_retries says.
	connectBudget = 15 * time.Second
)

// backoff is how long to wait after the given try (0 is the first): what the
// answer asks for in Retry-After, up to a cap, else twice as long each time,
// with the upper half left to chance so that parallel calls spread out.
func backoff(base time.Duration, try int, h http.Header, now time.Time) time.Duration {
	if d, ok := retryAfter(h, now); ok {
		return min(d, maxRetryWait)
	}
	d := base << min(try, 16)
	if d <= 0 || d > maxRetryWait {
		d = maxRetryWait
	}
	return d/2 + rand.N(d/2+1) //nolint:gosec // spreads calls out, guards nothing
}

// retryAfter reads a Retry-After of seconds or of a date (RFC 9110, 10.2.3).
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	v := h.Get("Retry-After")
	if v == "" {
		return 0, false
	}
	if s, err := strconv.ParseInt(v, 10, 64); err == nil {
		if s < 0 {
			return 0, false
		}
		return time.Duration(min(s, int64(maxRetryWait/time.Second))) * time.Second, true
	}
	t, err := http.ParseTime(v)
	if err != nil {
		return 0, false
	}
	return max(t.Sub(now), 0), true
}

// pause waits for d or for the end of the context, whose error it returns.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d) //nolint:forbidigo // waiting is real; how long was decided with the injected clock
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
