package rest

import (
	"errors"
	"net/http"
	"net/url"
)

// failure returns the error of a request that did not succeed.
func (o *operation) failure(ctxErr error) *Error {
	a, c := o.last, o.client
	e := &Error{
		Operation:  o.request.Operation,
		Method:     o.request.Method,
		URL:        c.Config.BaseURL.JoinPath(o.request.Path).String(),
		Status:     a.status,
		Attempts:   o.attempts,
		RetryAfter: a.retryAfter,
		outcome:    a.outcome,
		cause:      unwrapURLError(a.cause),
		ctxErr:     ctxErr,
		header:     a.header,
	}
	if a.status != 0 && a.cause == nil {
		parsed := parseError(a.header.Get("Content-Type"), a.body, c.secrets.redact)
		e.Message, e.Details, e.NonAPI, e.OAuthCode, e.missingCode = parsed.message, parsed.details, parsed.nonAPI, parsed.oauthCode, parsed.missingCode
	}
	if a.status >= 300 && a.status < 400 {
		e.Message, e.Details = "redirected to "+redirectTarget(a.header.Get("Location")), ""
	}
	e.Hint = c.hint(e)
	return e
}

// IncompleteResponse returns the error of a request whose successful response lacks the
// requested object: a gateway can also respond with {}.
func (c *Client) IncompleteResponse(r Request, missing string) *Error {
	e := &Error{
		Operation: r.Operation, Method: r.Method, URL: c.Config.BaseURL.JoinPath(r.Path).String(),
		Status: http.StatusOK, Message: "the response has no " + missing, outcome: failed, Attempts: 1,
	}
	if r.Rule.takesEffect() {
		e.outcome = unclear
	}
	return e
}

// NotSentError returns the error of an operation that ended with its context before
// it sent a request, while it waited for another one.
func (c *Client) NotSentError(operation, method string, ctxErr error) *Error {
	return &Error{Operation: operation, Method: method, URL: c.BaseURL(), ctxErr: ctxErr, outcome: notSent}
}

// redirectTarget returns the target of a redirect without its query, which for a
// sign-in page has state and nonces.
func redirectTarget(location string) string {
	u, err := url.Parse(location)
	if err != nil || location == "" {
		return "another address"
	}
	u.RawQuery, u.Fragment, u.User = "", "", nil
	return Sanitize(u.String())
}

// unwrapURLError removes the wrapping of net/http, which repeats method and URL.
func unwrapURLError(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// hint returns the advice for a status or failure.
func (c *Client) hint(e *Error) string {
	switch {
	case e.outcome == untrusted:
		return "If the control plane has a certificate of a private CA, set ca_cert_file or ca_cert_pem to that CA."
	case e.Status >= 300 && e.Status < 400:
		return "The API never redirects: check base_url, and whether there is a sign-in proxy in front of the control plane."
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden && !e.NonAPI:
		return c.describeCaller() + "Check that the credentials belong to this control plane and have a role that permits this."
	case e.NonAPI:
		return "A gateway or proxy responded instead of the control plane: check base_url, gateways and proxies."
	case e.outcome == failed && e.Status == 0, e.outcome == notSent && e.cause != nil:
		return "Check base_url, and that it can be reached from this machine."
	}
	return ""
}

// describeCaller returns a sentence with the address and the signed-in principal, empty
// if requests have no token.
func (c *Client) describeCaller() string {
	if c.tokens == nil {
		return ""
	}
	return "Signed in at " + c.BaseURL() + c.tokens.Describe() + ". "
}
