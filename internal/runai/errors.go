package runai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// What can be told apart with [errors.Is], whatever control plane answered.
var (
	// ErrNotFound: the control plane said so in its own words (a 404 with its
	// JSON error), or an object was looked for everywhere it could be. A 404
	// from anything else is not ErrNotFound.
	ErrNotFound = errors.New("not found")
	// ErrConflict: an object of that name, or such a rule, is already there.
	ErrConflict = errors.New("already exists")
	// ErrUnauthorized: the credentials or the token were refused.
	ErrUnauthorized = errors.New("not authenticated")
	// ErrForbidden: signed in, but not permitted to do this.
	ErrForbidden = errors.New("not permitted")
	// ErrUnclear: the request was sent and nobody knows what became of it.
	ErrUnclear = errors.New("outcome unknown")
	// ErrUnreachable: no connection could be made, so nothing was sent.
	ErrUnreachable = errors.New("unreachable")
	// ErrCertificate: the server's TLS certificate was not accepted.
	ErrCertificate = errors.New("certificate not trusted")
	// ErrNotControlPlane: what answers at the base URL is not a Run:ai control
	// plane, or does not serve what the configured version says it should.
	ErrNotControlPlane = errors.New("not a Run:ai control plane")
	// ErrUnsupported: this control plane's version does not have what was asked.
	ErrUnsupported = errors.New("not available on this control plane")
)

// Error says what became of one call: what was tried on which object, where,
// and what came back. It holds no secret, no header and no request body.
type Error struct {
	// Operation is what was tried, as an infinitive: `create application "ci"`.
	Operation string
	// Method and URL of the request, the URL without its query.
	Method, URL string
	// Status is the HTTP status of the last answer, 0 when there was none.
	Status int
	// Message and Details are the API's own words, or the cleaned start of a
	// body that was not the API's.
	Message, Details string
	// NonAPI says that the body was not the API's JSON: a gateway, a proxy or
	// a web page answered.
	NonAPI bool
	// Hint is what to do now.
	Hint string
	// Attempts is how many requests were sent.
	Attempts int
	// RetryAfter is how long the control plane asked to be left alone, where
	// that is longer than a retry may wait; else zero.
	RetryAfter time.Duration

	outcome outcome
	header  http.Header // of the last response, for its Retry-After
	cause   error       // of a failure below HTTP
	ctxErr  error       // why no further attempt was made, when the context ended it

	refusedCredentials bool // a 400 that in words is a 401
	// missingCode: JSON with a message, but without the code that each error of the
	// API has (API.md section 10.1): a gateway may have made it, so its 404 and its
	// 403 prove nothing.
	missingCode bool
	oauthCode   string // the error code of an OAuth 2 response, else empty
}

// Error implements error.
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
	b.WriteString(".")
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, " The control plane asked to be left alone for %s (Retry-After), which is longer than this operation may wait. Run again after that.", e.RetryAfter)
	}
	if e.ctxErr != nil {
		b.WriteString(" " + describeContextError(e.ctxErr))
	}
	if e.Hint != "" {
		b.WriteString(" " + e.Hint)
	}
	return b.String()
}

// Is ties the error to the sentinels above.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrNotFound:
		return e.Status == http.StatusNotFound && !e.NonAPI && !e.missingCode
	case ErrConflict:
		return e.Status == http.StatusConflict || e.Status == http.StatusBadRequest && alreadyExists.MatchString(e.Message+" "+e.Details)
	case ErrUnauthorized:
		return e.Status == http.StatusUnauthorized || e.refusedCredentials
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

// Unwrap gives the failure below HTTP and the reason why no further try was
// made, so that a caller can ask for context.DeadlineExceeded.
func (e *Error) Unwrap() []error {
	var errs []error
	for _, err := range []error{e.cause, e.ctxErr} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// A duplicate may be reported by a 400 in words (API.md section 13, question 5).
var alreadyExists = regexp.MustCompile(`(?i)already exist`)

// ExistsError says that what was to be created already exists and is not ours:
// it was there before, or another principal created it in the meantime. Nothing
// was touched.
type ExistsError struct {
	// Object names what exists: `application "ci"`.
	Object string
	// ID is the id of what exists, empty where it is unknown.
	ID string
	// Cause is the API's own response, nil when the object was found before
	// anything was sent.
	Cause error
	// Origin is what this client itself has done with such an object before.
	Origin Origin
}

func (e *ExistsError) Error() string {
	s := e.Object + " already exists"
	if e.ID != "" {
		s += fmt.Sprintf(" (id %s)", e.ID)
	}
	switch e.Origin {
	case CreatedByThisRun:
		s += ": this run has created it for another resource."
	case DeletedByThisRun:
		s += ", although this run has deleted it."
	default:
		s += " and was not created by this run; nothing was changed."
	}
	if e.Cause != nil {
		s += " " + e.Cause.Error()
	}
	return s
}

// Is makes every ExistsError an [ErrConflict].
func (e *ExistsError) Is(target error) bool { return target == ErrConflict }

// Unwrap gives the API's own answer.
func (e *ExistsError) Unwrap() error { return e.Cause }

// tokenError says that a request was not sent, or was refused with a 401, since
// no token could be obtained for it. Whatever became of the sign-in, the request
// itself had no effect.
type tokenError struct {
	op  string
	err error // of the sign-in
}

func (e *tokenError) Error() string { return "could not " + e.op + ": " + e.err.Error() }

// Is delegates to the failed sign-in, but for what would speak of the object of
// the request.
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
	return sanitize(err.Error())
}

func describeContextError(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "The operation timed out (see timeouts)."
	}
	return "The run was cancelled."
}

// apiError is the one error shape of the API (API.md 10.1) and the OAuth 2 shape
// of the v2 token endpoint (API.md 6.2) in one.
type apiError struct {
	Code    json.RawMessage `json:"code"`
	Message string          `json:"message"`
	Details json.RawMessage `json:"details"`

	OAuthError       string `json:"error"`
	OAuthDescription string `json:"error_description"`
}

func (e apiError) hasCode() bool { return len(e.Code) > 0 && string(e.Code) != "null" }

// parsedError is what the body of an error response says.
type parsedError struct {
	message, details string
	// nonAPI: the body is not JSON as the API sends it, and message is what a
	// person can make of it.
	nonAPI bool
	// missingCode: it is, but lacks the code of the API's own errors.
	missingCode bool
	oauthCode   string
}

// parseError reads the body of an error response.
func parseError(contentType string, body []byte, redact func(string) string) parsedError {
	clean := func(s string) string { return sanitize(redact(s)) } // in this order: a cut secret is not recognised
	var e apiError
	if isJSON(contentType) && json.Unmarshal(body, &e) == nil {
		var d string
		if json.Unmarshal(e.Details, &d) != nil {
			d = ""
		}
		switch {
		case e.Message != "":
			return parsedError{message: clean(e.Message), details: clean(d), missingCode: !e.hasCode()}
		case e.OAuthError != "":
			return parsedError{message: clean(e.OAuthError), details: clean(e.OAuthDescription), missingCode: true, oauthCode: e.OAuthError}
		}
	}
	return parsedError{message: clean(strip(redact(string(body[:min(len(body), maxForeign)])))), nonAPI: true}
}

func isJSON(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}

var (
	invisible = regexp.MustCompile(`(?is)<(script|style|head)\b.*?</(script|style|head)>|<!--.*?-->`)
	title     = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	tag       = regexp.MustCompile(`(?s)<[^>]*>?`)
	// What looks like a credential never gets into a message, wherever it came
	// from: JSON Web Tokens, bearer headers, and secret=… in an echoed request.
	jwtLike    = regexp.MustCompile(`eyJ[\w-]{8,}\.[\w-]+\.?[\w-]*`)
	bearerLike = regexp.MustCompile(`(?i)\b(bearer|basic)\s+\S+`)
	memberLike = regexp.MustCompile(`(?i)(\b(?:app|client)?(?:_|%5f)?secret|\b(?:access|refresh|id)(?:_|%5f)?token|\bpassword)(\\?["']?\s*[:=]\s*)(\\"(?:[^"\\]|\\[^"])*\\"|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s,&}]+)`)
	userLike   = regexp.MustCompile(`://[^\s/@]+@`) // of a proxy, in an address that cannot be read
)

// strip makes one line of text of an HTML page.
func strip(page string) string {
	var heading string
	if m := title.FindStringSubmatch(page); m != nil {
		heading = m[1] + " "
	}
	page = heading + invisible.ReplaceAllString(page, " ")
	return html.UnescapeString(tag.ReplaceAllString(page, " "))
}

const (
	maxForeign = 64 << 10 // bytes of a foreign text that are looked at
	maxExcerpt = 200      // characters of it that a message quotes
)

// sanitize is the start of a foreign text, on one line, without control
// characters and without anything that looks like a credential.
func sanitize(s string) string {
	s = redactPatterns(s[:min(len(s), maxForeign)])
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), r == unicode.ReplacementChar:
			return ' '
		case unicode.Is(unicode.Cf, r): // they turn the direction of writing, or hide
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxExcerpt {
		s = strings.TrimSpace(string(r[:maxExcerpt])) + "…"
	}
	return s
}

func redactPatterns(s string) string {
	s = jwtLike.ReplaceAllString(s, Redacted)
	s = bearerLike.ReplaceAllString(s, "$1 "+Redacted)
	s = userLike.ReplaceAllString(s, "://"+Redacted+"@")
	return memberLike.ReplaceAllString(s, "$1$2"+Redacted)
}
