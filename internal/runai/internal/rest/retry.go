package rest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
)

// RetryRule is a column of the retry table: what may be repeated, and when. The API
// documents no idempotency keys, no rate limits and no 429, so this is an
// interpretation (API.md section 11). DESIGN.md has the same table.
//
//	outcome of an attempt  read, delete, PATCH, PUT, token   create            regenerate
//	not sent, no token     retry                             retry             retry
//	429                    retry                             retry             retry
//	408, 502, 503, 504     retry                             look up           settle, retry
//	lost, cut, timed out   retry                             look up           settle, retry (never cut short)
//	500                    final                             look up           final
//	401                    new token, once                   new token, once   new token, once
//	other 4xx, 501, TLS    final                             final             final
//
// The sender gets an [ErrUnclear] and looks the object up, or waits for the settle time
// (settle): neither a create nor a regeneration is repeated while an earlier attempt
// can still take effect.
type RetryRule struct {
	// repeatUnclear: the request may be sent again although the previous attempt may
	// have taken effect.
	repeatUnclear bool
	// unclear500: a 500 may have taken effect.
	unclear500 bool
	// ignoreCancel: once sent, the attempt is completed even if the run is canceled, so
	// that its effect is known.
	ignoreCancel bool
	// noAttemptTimeout: the attempt is not ended by the timeout per attempt, since an
	// abandoned one can finish late and revoke a newer secret.
	noAttemptTimeout bool
	// once: a single attempt, whatever its outcome.
	once bool
}

// The columns of the table.
var (
	// Repeatable is for reads, deletes, PATCH, PUT and sign-ins.
	Repeatable   = RetryRule{repeatUnclear: true}
	Creating     = RetryRule{unclear500: true, ignoreCancel: true}
	Regenerating = RetryRule{ignoreCancel: true, noAttemptTimeout: true}
	// Verifying never tries a secret twice: that could lock the account.
	Verifying = RetryRule{once: true}
)

// takesEffect reports whether a request that succeeds has an effect which a second
// one would repeat.
func (r RetryRule) takesEffect() bool { return !r.repeatUnclear && !r.once }

// outcome is the outcome of one attempt.
type outcome int

const (
	succeeded outcome = iota
	notSent           // no byte of the request went out
	throttled         // 429: nothing was done
	unclear           // sent, and it may or may not have taken effect
	untrusted         // the TLS certificate was not accepted
	failed            // a 4xx, or anything else that a retry does not fix
)

// retriable reports whether the rule allows another attempt after an outcome.
func (r RetryRule) retriable(o outcome) bool {
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
func (r RetryRule) byStatus(status int) outcome {
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
	default:
		return failed
	}
}

// byError is the outcome of an attempt without a response. sent reports whether any
// part of the request was sent.
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
		return failed // the name in crypto/tls for an alert of the server: no version or cipher in common
	case errors.As(err, &dns) && dns.IsNotFound:
		return failed // a name that does not exist now will not exist in a second
	default:
		return notSent
	}
}
