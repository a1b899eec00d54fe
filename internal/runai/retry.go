package runai

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math"
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
//	outcome of an attempt  read, delete, PATCH, PUT, token   create            regenerate
//	not sent, no token     retry                             retry             retry
//	429                    retry                             retry             retry
//	408, 502, 503, 504     retry                             look              settle, retry
//	lost, cut, timed out   retry                             look              settle, retry (never cut short)
//	500                    final                             look              final
//	401                    new token, once                   new token, once   new token, once
//	other 4xx, 501, TLS    final                             final             final
//
// "Look" and "settle" are recovery.go: neither a create nor a regeneration is
// repeated while an earlier attempt can still take effect.
type retryRule struct {
	// repeatUnclear: the request may be sent again although the attempt before
	// may have taken effect.
	repeatUnclear bool
	// unclear500: a 500 may have taken effect.
	unclear500 bool
	// ignoreCancel: once sent, the attempt is waited for even if the run is
	// cancelled, so that its effect is known.
	ignoreCancel bool
	// noAttemptTimeout: the attempt is not ended by the timeout per attempt,
	// since one that is given up can finish late and revoke a newer secret.
	noAttemptTimeout bool
	// probing: the request also detects whether the path exists, so that a web
	// page with status 200 is a result and not retried.
	probing bool
	// once: a single attempt, whatever comes of it.
	once bool
}

var (
	repeatable   = retryRule{repeatUnclear: true}
	probing      = retryRule{repeatUnclear: true, probing: true}
	signingIn    = retryRule{repeatUnclear: true}
	creating     = retryRule{unclear500: true, ignoreCancel: true}
	regenerating = retryRule{ignoreCancel: true, noAttemptTimeout: true}
	// verifying never tries one secret twice: it could lock the account out.
	verifying = retryRule{once: true}
)

// outcome is what is known of one attempt.
type outcome int

const (
	succeeded outcome = iota
	refused           // the API said no: nothing was done
	notSent           // no byte of the request went out
	throttled         // 429: nothing was done
	unclear           // sent, and it may or may not have taken effect
	untrusted         // the TLS certificate was not accepted
	failed            // anything else that a retry does not fix
)

// retriable reports whether the rule allows another attempt after an outcome.
func (r retryRule) retriable(o outcome) bool {
	if r.once {
		return false
	}
	switch o {
	case notSent, throttled:
		return true
	case unclear:
		return r.repeatUnclear
	default:
		return false
	}
}

// byStatus is the outcome of an attempt that got an HTTP response.
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

// byError is the outcome of an attempt without a response. sent tells whether
// any part of the request went out.
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
	// maxBackoff bounds one wait between attempts that the client chooses itself.
	maxBackoff = 30 * time.Second
	// maxRetryAfter is the longest Retry-After that is honoured. A longer one is
	// a final error at once, which names it: one of a day must neither hang an
	// apply nor be shortened.
	maxRetryAfter = 2 * time.Minute
	// connectBudget is how long after the first attempt a failed connection is
	// retried, so that a wrong address is one error within half a minute,
	// whatever max_retries says.
	connectBudget = 15 * time.Second
)

// backoff is how long to wait after the given attempt (0 is the first): the
// Retry-After of the response, else twice as long each time, the upper half of it
// at random so that parallel requests spread out.
func backoff(base time.Duration, attempt int, h http.Header, now time.Time) time.Duration {
	if d, ok := retryAfter(h, now); ok {
		return d
	}
	d := base << min(attempt, 16)
	if d <= 0 || d > maxBackoff {
		d = maxBackoff
	}
	return d/2 + rand.N(d/2+1) //nolint:gosec // spreads requests out, guards nothing
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
		return time.Duration(min(s, int64(math.MaxInt64/time.Second))) * time.Second, true
	}
	t, err := http.ParseTime(v)
	if err != nil {
		return 0, false
	}
	return max(t.Sub(now), 0), true
}

// tooLong returns the Retry-After of a response if it is longer than
// maxRetryAfter, or than the operation has left; else zero.
func tooLong(ctx context.Context, h http.Header, now time.Time) time.Duration {
	d, ok := retryAfter(h, now)
	if !ok {
		return 0
	}
	if deadline, bounded := ctx.Deadline(); d > maxRetryAfter ||
		bounded && d > time.Until(deadline) { //nolint:forbidigo // the deadline of a context is on the system clock
		return d
	}
	return 0
}

// sleep waits for d or for the end of the context, whose error it returns.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d) //nolint:forbidigo // waiting is real; how long was decided with the injected clock
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
