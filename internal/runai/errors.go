package runai

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// Error is the error of a request. It contains no secret.
type Error = rest.Error

// Secret is a string that prints as "(sensitive)". Only [Secret.Reveal] returns its
// content.
type Secret = rest.Secret

// Redacted replaces a secret in texts.
const Redacted = rest.Redacted

// NewSecret returns a Secret with the given content.
func NewSecret(value string) Secret { return rest.NewSecret(value) }

// Errors for [errors.Is], the same on every control plane.
var (
	// ErrNotFound: the control plane itself responded with 404, in its own JSON, or no
	// list and no read has the object. The 404 of a gateway is not ErrNotFound.
	ErrNotFound = rest.ErrNotFound
	// ErrConflict: an object with that name, or such a rule, already exists.
	ErrConflict = rest.ErrConflict
	// ErrUnauthorized: the credentials or the token were refused.
	ErrUnauthorized = rest.ErrUnauthorized
	// ErrForbidden: signed in, but not permitted to do this.
	ErrForbidden = rest.ErrForbidden
	// ErrUnclear: the request was sent, and it may or may not have taken effect.
	ErrUnclear = rest.ErrUnclear
	// ErrUnreachable: no connection could be made, so nothing was sent.
	ErrUnreachable = rest.ErrUnreachable
	// ErrCertificate: the server's TLS certificate was not accepted.
	ErrCertificate = rest.ErrCertificate
	// ErrNotControlPlane: the server at the base URL is not a Run:ai control plane, or
	// does not serve a route of the configured version.
	ErrNotControlPlane = errors.New("not a Run:ai control plane")
	// ErrUnsupported: this control plane does not serve the requested object.
	ErrUnsupported = errors.New("not available on this control plane")
)

// ExistsError reports that the object to create already exists and was not created by
// this create: it existed before, or another principal created it in the meantime.
// Nothing was changed.
type ExistsError struct {
	// Object describes the existing object: `application "ci"`.
	Object string
	// ID is the ID of the existing object, empty if it is unknown.
	ID string
	// Cause is the API's own response, nil if the object was found before the create
	// was sent.
	Cause error
	// Origin tells whether this client itself has created or deleted such an object.
	Origin Origin
}

func (e *ExistsError) Error() string {
	s := e.Object + " already exists"
	if e.ID != "" {
		s += fmt.Sprintf(" (ID %s)", e.ID)
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

// Unwrap returns the API's own response.
func (e *ExistsError) Unwrap() error { return e.Cause }

// unsupportedError reports that the control plane does not serve the requested object.
type unsupportedError struct {
	sentinel error
	text     string
}

func (e *unsupportedError) Error() string        { return e.text }
func (e *unsupportedError) Is(target error) bool { return target == e.sentinel }

func quote(s string) string { return strconv.Quote(s) }
