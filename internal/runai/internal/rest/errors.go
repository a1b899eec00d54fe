package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// Errors that an [*Error] matches with [errors.Is].
var (
	// ErrNotFound: the control plane itself responded with 404, in its own JSON. The
	// 404 of a gateway is not ErrNotFound.
	ErrNotFound = errors.New("not found")
	// ErrConflict: an object with that name, or such a rule, already exists.
	ErrConflict = errors.New("already exists")
	// ErrUnauthorized: the credentials or the token were refused.
	ErrUnauthorized = errors.New("not authenticated")
	// ErrForbidden: signed in, but not permitted to do this.
	ErrForbidden = errors.New("not permitted")
	// ErrUnclear: the request was sent, and it may or may not have taken effect.
	ErrUnclear = errors.New("outcome unknown")
	// ErrUnreachable: no connection could be made, so nothing was sent.
	ErrUnreachable = errors.New("unreachable")
	// ErrCertificate: the server's TLS certificate was not accepted.
	ErrCertificate = errors.New("certificate not trusted")
)

// Error is the error of a request: the operation and its object, the URL, and the
// response. It contains no secret, no header and no request body.
type Error struct {
	// Operation is the operation as an infinitive: `create application "ci"`.
	Operation string
	// Method and URL of the request, the URL without its query.
	Method, URL string
	// Status is the HTTP status of the last response, 0 if there was none.
	Status int
	// Message and Details are the API's text, or the sanitized start of a body that is
	// not the API's.
	Message, Details string
	// NonAPI: the body was not the API's JSON, but that of a gateway, a proxy or a
	// web page.
	NonAPI bool
	// OAuthCode is the error code of an OAuth 2 response, otherwise empty.
	OAuthCode string
	// RefusedCredentials: the sender has recognized a refusal of the credentials,
	// whatever the status. It makes the error an ErrUnauthorized.
	RefusedCredentials bool
	// Hint is the advice.
	Hint string
	// Attempts is the number of requests sent.
	Attempts int
	// RetryAfter is the Retry-After of the last response if it is longer than a retry
	// may wait, otherwise zero.
	RetryAfter time.Duration

	outcome outcome
	header  http.Header // of the last response, for its Retry-After
	cause   error       // of a failure below HTTP
	ctxErr  error       // why no further attempt was made, when the context ended it
	// missingCode: JSON with a message, but without the code that each error of the API
	// has (API.md section 10.1): it may be of a gateway, so its 404 and its 403 prove
	// nothing.
	missingCode bool
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "could not %s: %s %s ", e.Operation, e.Method, e.URL)
	switch {
	case e.Status != 0:
		b.WriteString(strings.TrimSpace(fmt.Sprintf("responded with %d %s", e.Status, http.StatusText(e.Status))))
		if e.NonAPI {
			b.WriteString(", not in the form of the Run:ai API")
		}
	default:
		b.WriteString("got no valid response")
	}
	for _, s := range []string{e.Message, e.Details} {
		if s != "" {
			b.WriteString(": " + strings.TrimRight(s, ". "))
		}
	}
	if e.cause != nil {
		b.WriteString(": " + describeCause(e.cause))
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, " (%d attempts)", e.Attempts)
	}
	if !strings.HasSuffix(b.String(), "…") { // shortened text
		b.WriteString(".")
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, " The control plane requested a delay of %s (Retry-After), which is longer than this operation may wait. Run again after that.", e.RetryAfter)
	}
	if e.ctxErr != nil {
		b.WriteString(" " + describeContextError(e.ctxErr))
	}
	if e.Hint != "" {
		b.WriteString(" " + e.Hint)
	}
	return b.String()
}

// Is reports whether the error is one of the errors above.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrNotFound:
		return e.Status == http.StatusNotFound && e.FromAPI()
	case ErrConflict:
		return e.Status == http.StatusConflict || e.Status == http.StatusBadRequest && alreadyExists.MatchString(e.Message+" "+e.Details)
	case ErrUnauthorized:
		return e.Status == http.StatusUnauthorized || e.RefusedCredentials
	case ErrForbidden:
		return e.Status == http.StatusForbidden
	case ErrUnclear:
		return e.outcome == unclear
	case ErrUnreachable:
		return e.outcome == notSent
	case ErrCertificate:
		return e.outcome == untrusted
	}
	return false
}

// FromAPI reports whether the response of an error is the API's own: its JSON, with
// its error code. Any other proves nothing about an object or a path.
func (e *Error) FromAPI() bool { return !e.NonAPI && !e.missingCode }

// RouteMissing reports whether the response says that there is no such path: 404,
// 405, or the page with status 200 of a web front end.
func (e *Error) RouteMissing() bool {
	return e.Status == http.StatusNotFound || e.Status == http.StatusMethodNotAllowed || e.Status == http.StatusOK && e.NonAPI
}

// Unwrap returns the failure below HTTP and the reason why no further attempt was
// made, such as [context.DeadlineExceeded].
func (e *Error) Unwrap() []error {
	var errs []error
	for _, err := range []error{e.cause, e.ctxErr} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// A duplicate may be reported by the text of a 400 (API.md section 13, question 5).
var alreadyExists = regexp.MustCompile(`(?i)already exist`)

// tokenError reports that a request was not sent, or was refused with a 401, since no
// token could be obtained for it. Whatever the outcome of the sign-in, the request
// itself had no effect.
type tokenError struct {
	operation string
	err       error // of the sign-in
}

func (e *tokenError) Error() string { return "could not " + e.operation + ": " + e.err.Error() }

// Is matches the errors of the failed sign-in, except those about the object of the
// request.
func (e *tokenError) Is(target error) bool {
	switch target {
	case ErrUnclear, ErrNotFound, ErrConflict:
		return false
	}
	return errors.Is(e.err, target)
}

func describeCause(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "no response within the timeout per attempt (request_timeout)"
	}
	return Sanitize(err.Error())
}

func describeContextError(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "The operation timed out (see timeouts)."
	}
	return "The run was canceled."
}
