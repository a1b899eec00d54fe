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
	// Attempts is how many requests were made.
	Attempts int

	outcome outcome
	header  http.Header // of the last answer, for its Retry-After
	cause   error       // of a failure below HTTP
	ended   error       // why no further try was made, when the context ended it

	refusedCredentials bool // a 400 that in words is a 401
	// missingCode: JSON with a message, but without the code that each error of the
	// API has (API.md section 10.1): a gateway may have made it, so its 404 and its
	// 403 prove nothing.
	missingCode bool
}

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "could not %s: %s %s ", e.Operation, e.Method, e.URL)
	switch {
	case e.Status != 0:
		b.WriteString(strings.TrimSpace(fmt.Sprintf("answered %d %s", e.Status, http.StatusText(e.Status))))
		if e.NonAPI {
			b.WriteString(", not in the form of the Run:ai API")
		}
	default:
		b.WriteString("got no usable answer")
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
		fmt.Fprintf(&b, " (%d tries)", e.Attempts)
	}
	b.WriteString(".")
	if e.ended != nil {
		b.WriteString(" " + describeEnd(e.ended))
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
	for _, err := range []error{e.cause, e.ended} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// A duplicate may be reported by a 400 in words (API.md section 13, question 5).
var alreadyExists = regexp.MustCompile(`(?i)already exist`)

// ExistsError says that what was to be created is already there and is not
// ours: it was there before, or somebody else made it in the meantime. Nothing
// was touched.
type ExistsError struct {
	// Object names what exists: `application "ci"`.
	Object string
	// ID is the id of what is there, empty where it could not be found out.
	ID string
	// Cause is the API's own answer, nil when the object was seen before
	// anything was sent.
	Cause error
}

func (e *ExistsError) Error() string {
	s := e.Object + " already exists"
	if e.ID != "" {
		s += fmt.Sprintf(" (id %s)", e.ID)
	}
	s += " and was not made by this run; nothing was changed."
	if e.Cause != nil {
		s += " " + e.Cause.Error()
	}
	return s
}

// Is makes every ExistsError an [ErrConflict].
func (e *ExistsError) Is(target error) bool { return target == ErrConflict }

// Unwrap gives the API's own answer.
func (e *ExistsError) Unwrap() error { return e.Cause }

func describeCause(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer within the time for one try (request_timeout)"
	}
	return sanitize(err.Error())
}

func describeEnd(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "The time for the whole operation (timeouts) is over."
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

// parseError reads the body of an answer that is an error. foreign is true when
// it is not JSON as the API speaks it: then message is what a person can make of
// it. missingCode is true when it is, but lacks the code of the API's own.
func parseError(contentType string, body []byte, redact func(string) string) (message, details string, missingCode, foreign bool) {
	said := func(s string) string { return sanitize(redact(s)) } // in this order: a cut secret is not recognised
	var e apiError
	if isJSON(contentType) && json.Unmarshal(body, &e) == nil {
		var d string
		if json.Unmarshal(e.Details, &d) != nil {
			d = ""
		}
		switch {
		case e.Message != "":
			return said(e.Message), said(d), len(e.Code) == 0 || string(e.Code) == "null", false
		case e.OAuthError != "":
			return said(e.OAuthError), said(e.OAuthDescription), true, false
		}
	}
	return said(strip(redact(string(body[:min(len(body), maxForeign)])))), "", false, true
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
