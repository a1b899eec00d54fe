package runai

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"reflect"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-cleanhttp"
	"github.com/hashicorp/go-retryablehttp"
)

// request is one operation on the control plane.
type request struct {
	op     string // an infinitive for messages: `create application "ci"`
	rule   retryRule
	method string
	path   string
	query  url.Values
	body   any        // sent as JSON
	form   url.Values // sent as a form, instead of body
	// anonymous: no token is sent, and a 401 renews none (the token endpoints).
	anonymous bool
}

// attempt is the record of one request while it is sent, retries included.
type attempt struct {
	request request
	into    reflect.Value // a successful response is decoded to it; invalid: the body does not matter
	initial reflect.Value // what into holds before each attempt
	started time.Time

	attempts int
	renewed  bool
	outcome  outcome
	status   int
	header   http.Header
	body     []byte
	nonAPI   bool
	cause    error
	authErr  error // no token could be obtained
	leave    time.Duration
}

type attemptKey struct{}

// maxResponse bounds how much of a response is read. The product exports up to
// 20,000 applications at once, some 10 MB.
const maxResponse = 64 << 20

// dialTimeout is for one attempt to connect.
const dialTimeout = 10 * time.Second

func (c *Client) newHTTP(cfg Config) (*retryablehttp.Client, error) {
	base := cleanhttp.DefaultPooledTransport()
	base.DialContext = dialer(dialTimeout)
	base.MaxIdleConns, base.MaxIdleConnsPerHost = maxInFlight, maxInFlight
	// An HTTP/2 connection carries all requests. One that a firewall has dropped
	// without a word is found before an attempt is out of time.
	base.HTTP2 = &http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 10 * time.Second}
	base.TLSClientConfig = &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: cfg.InsecureSkipVerify, //nolint:gosec // asked for in the configuration, which warns on each run
	}
	if len(cfg.CACertPEM) > 0 {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(cfg.CACertPEM) {
			return nil, errors.New("the CA certificate is not a PEM certificate")
		}
		base.TLSClientConfig.RootCAs = pool
	}
	c.base = base
	return &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport: roundTripper(c.roundTrip),
			// The API never redirects. A sign-in page or another host does, and
			// neither may receive the token.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		RetryMax:     cfg.MaxRetries,
		CheckRetry:   c.checkRetry,
		Backoff:      c.backoffFor,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}, nil
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// send sends a request under its retry rule and decodes the response into into
// (nil: the body does not matter). The error is an *Error, or a *tokenError where
// no token could be obtained.
func (c *Client) send(ctx context.Context, r request, into any) error {
	a := &attempt{request: r, started: c.now()}
	if into != nil {
		a.into = reflect.ValueOf(into).Elem()
		a.initial = reflect.New(a.into.Type()).Elem()
		a.initial.Set(a.into)
	}
	if err := ctx.Err(); err != nil {
		return c.failure(a, err)
	}
	if strings.HasSuffix(r.path, "/") || strings.Contains(r.path, "//") {
		return fmt.Errorf("could not %s: the id is empty", r.op) // another path, once cleaned
	}
	u := c.baseURL.JoinPath(r.path)
	u.RawQuery = r.query.Encode()

	var payload any // untyped nil: no body
	contentType := ""
	switch {
	case r.form != nil:
		payload, contentType = []byte(r.form.Encode()), "application/x-www-form-urlencoded"
	case r.body != nil:
		data, err := json.Marshal(r.body)
		if err != nil {
			return fmt.Errorf("could not %s: %w", r.op, err)
		}
		payload, contentType = data, "application/json"
	}
	req, err := retryablehttp.NewRequestWithContext(context.WithValue(ctx, attemptKey{}, a), r.method, u.String(), payload)
	if err != nil {
		return fmt.Errorf("could not %s: %w", r.op, err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := c.http.Do(req)
	if resp != nil {
		_ = resp.Body.Close() // it was read whole in roundTrip
	}
	if a.authErr != nil {
		// The request was not sent, or was refused with a 401: nothing was done.
		return &tokenError{op: r.op, err: a.authErr}
	}
	if err == nil && a.outcome == succeeded {
		return nil
	}
	return c.failure(a, ctx.Err())
}

// roundTrip is one attempt below the retry loop. It reads the whole body, so that
// a response which breaks off is a failed attempt and not a surprise later, and
// it renews a refused token once.
func (c *Client) roundTrip(req *http.Request) (*http.Response, error) {
	a, ok := req.Context().Value(attemptKey{}).(*attempt)
	if !ok {
		return nil, errors.New("request outside of send")
	}
	resp, token, err := c.roundTripOnce(req, a)
	if err == nil && resp.StatusCode == http.StatusUnauthorized && !a.request.anonymous && !a.renewed {
		a.renewed = true
		if !c.tokens.invalidate(token) {
			return resp, nil // another token would not help
		}
		if req, err = rewindRequest(req); err != nil {
			return nil, err
		}
		resp, _, err = c.roundTripOnce(req, a)
	}
	return resp, err
}

// rewindRequest returns the request with its body at the start again.
func rewindRequest(req *http.Request) (*http.Request, error) {
	again := req.Clone(req.Context())
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		again.Body = body
	}
	return again, nil
}

func (c *Client) roundTripOnce(req *http.Request, a *attempt) (*http.Response, Secret, error) {
	*a = attempt{request: a.request, into: a.into, initial: a.initial, started: a.started, attempts: a.attempts, renewed: a.renewed}
	var token Secret
	if !a.request.anonymous {
		var err error
		if token, err = c.tokens.token(req.Context()); err != nil {
			a.authErr = err
			return nil, token, err
		}
	}
	if !a.request.anonymous { // sign-ins are few, and what all others wait for
		held, err := c.limiter.acquire(req.Context())
		if err != nil {
			a.outcome, a.cause = notSent, err
			return nil, token, err
		}
		defer func() { c.releaseSlot(req.Context(), held, a.outcome) }()
	}
	a.attempts++

	ctx, cancel := c.attemptContext(req.Context(), a.request.rule)
	defer cancel()
	var sent atomic.Bool // the hook may run on the transport's own goroutine
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaderField: func(string, []string) { sent.Store(true) },
	})
	out := req.Clone(ctx)
	out.Body = req.Body
	if !a.request.anonymous {
		out.Header.Set("Authorization", "Bearer "+token.Reveal())
	}
	begin := c.now()
	resp, err := c.base.RoundTrip(out)
	if err == nil {
		a.status, a.header = resp.StatusCode, resp.Header
		a.body, err = readAll(resp.Body)
		resp.Body = io.NopCloser(bytes.NewReader(nil))
	}
	a.cause = err
	if err != nil {
		a.status = 0
		a.outcome = byError(err, sent.Load())
	} else {
		a.classify()
		if a.fromAPI() {
			c.clock.observe(resp.Header)
		}
	}
	c.logAttempt(req.Context(), a, c.now().Sub(begin))
	if err != nil {
		return nil, token, err
	}
	return resp, token, nil
}

// releaseSlot ends a request in flight, and logs how many there may be if that
// has changed.
func (c *Client) releaseSlot(ctx context.Context, held slot, o outcome) {
	if limit, changed := held.release(o); changed && c.log != nil {
		c.log(ctx, "Run:ai API requests in flight are limited", map[string]any{"limit": limit})
	}
}

// fromAPI reports whether a response is the API's own and not that of a gateway:
// it was decoded, or has the API's error code.
func (a *attempt) fromAPI() bool {
	if !isJSON(a.header.Get("Content-Type")) || a.cause != nil {
		return false
	}
	if a.outcome == succeeded {
		return a.into.IsValid()
	}
	var e apiError
	return json.Unmarshal(a.body, &e) == nil && e.Message != "" && e.hasCode()
}

// attemptContext bounds one attempt.
func (c *Client) attemptContext(ctx context.Context, rule retryRule) (context.Context, context.CancelFunc) {
	deadline, bounded := ctx.Deadline()
	if rule.ignoreCancel {
		ctx = context.WithoutCancel(ctx)
	}
	switch {
	case !rule.noAttemptTimeout:
		return context.WithTimeout(ctx, c.requestTimeout)
	case bounded:
		return context.WithDeadline(ctx, deadline)
	default:
		return context.WithTimeout(ctx, maxUnboundedAttempt)
	}
}

// maxUnboundedAttempt ends an attempt that nothing else would end.
const maxUnboundedAttempt = 20 * time.Minute

// readAll reads and closes a body, which is an error if it is too long.
func readAll(body io.ReadCloser) ([]byte, error) {
	defer func() { _ = body.Close() }()
	data, err := io.ReadAll(io.LimitReader(body, maxResponse+1))
	if err == nil && len(data) > maxResponse {
		err = fmt.Errorf("the response is longer than %d MiB", maxResponse>>20)
	}
	return data, err
}

// classify decides what a response means, and decodes it if it is a success:
// into a fresh value for each attempt, since a decoder leaves alone what a later
// response does not mention.
func (a *attempt) classify() {
	a.outcome = a.request.rule.byStatus(a.status)
	if a.outcome != succeeded {
		return
	}
	contentType := a.header.Get("Content-Type")
	switch {
	case !a.into.IsValid():
		// Nothing is expected; a gateway's page did not do the work.
		a.nonAPI = len(a.body) > 0 && contentType != "" && !isJSON(contentType)
	case !isJSON(contentType):
		a.nonAPI = true
	default:
		fresh := reflect.New(a.into.Type())
		fresh.Elem().Set(a.initial)
		if err := json.Unmarshal(a.body, fresh.Interface()); err != nil {
			a.outcome, a.cause = unclear, fmt.Errorf("the response could not be decoded: %w", err)
			return
		}
		a.into.Set(fresh.Elem())
	}
	switch {
	case a.nonAPI && a.request.rule.probing:
		a.outcome = failed
	case a.nonAPI:
		a.outcome = unclear
	}
}

func (c *Client) checkRetry(ctx context.Context, _ *http.Response, _ error) (bool, error) {
	a, ok := ctx.Value(attemptKey{}).(*attempt)
	if !ok || a.authErr != nil || ctx.Err() != nil {
		return false, nil //nolint:nilerr // the failure is in the attempt, where send reads it
	}
	if a.outcome == notSent && c.now().Sub(a.started) > connectBudget {
		return false, nil
	}
	if !a.request.rule.retriable(a.outcome) {
		return false, nil
	}
	a.leave = tooLong(ctx, a.header, c.now())
	return a.leave == 0, nil
}

func (c *Client) backoffFor(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
	var h http.Header
	if resp != nil {
		h = resp.Header
	}
	return backoff(c.retryWait, attempt, h, c.now())
}

// failure is the error of a request that did not succeed.
func (c *Client) failure(a *attempt, ctxErr error) *Error {
	e := &Error{
		Operation:  a.request.op,
		Method:     a.request.method,
		URL:        c.baseURL.JoinPath(a.request.path).String(),
		Status:     a.status,
		Attempts:   a.attempts,
		RetryAfter: a.leave,
		outcome:    a.outcome,
		cause:      unwrapURLError(a.cause),
		ctxErr:     ctxErr,
		header:     a.header,
	}
	if a.status != 0 && a.cause == nil {
		parsed := parseError(a.header.Get("Content-Type"), a.body, c.secrets.redact)
		e.Message, e.Details, e.NonAPI, e.missingCode, e.oauthCode = parsed.message, parsed.details, parsed.nonAPI, parsed.missingCode, parsed.oauthCode
	}
	if a.status >= 300 && a.status < 400 {
		e.Message, e.Details = "redirected to "+redirectTarget(a.header.Get("Location")), ""
	}
	e.Hint = c.hint(e)
	return e
}

// incompleteResponse is the error of a request whose successful response lacks
// what was requested: a gateway can respond with {} as well.
func (c *Client) incompleteResponse(r request, what string, o outcome) *Error {
	return &Error{
		Operation: r.op, Method: r.method, URL: c.baseURL.JoinPath(r.path).String(),
		Status: http.StatusOK, Message: "the response has no " + what, outcome: o, Attempts: 1,
	}
}

// redirectTarget is where a redirect leads, without the query, which on the way
// to a sign-in page holds state and nonces.
func redirectTarget(location string) string {
	u, err := url.Parse(location)
	if err != nil || location == "" {
		return "another place"
	}
	u.RawQuery, u.Fragment, u.User = "", "", nil
	return sanitize(u.String())
}

// unwrapURLError removes the wrapping of net/http, which repeats method and URL.
func unwrapURLError(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// hint is what to do now, as far as status or failure tell.
func (c *Client) hint(e *Error) string {
	switch {
	case e.outcome == untrusted:
		return "If the control plane has a certificate of a private CA, set ca_cert_file or ca_cert_pem to that CA."
	case e.Status >= 300 && e.Status < 400:
		return "The API never redirects: check base_url, and whether there is a sign-in proxy in front of the control plane."
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden && !e.NonAPI:
		return c.describeCaller() + " Check that the credentials belong to this control plane and have a role that permits this."
	case e.NonAPI:
		return "A gateway or proxy responded instead of the control plane: check base_url, gateways and proxies."
	case e.outcome == failed && e.Status == 0, e.outcome == notSent && e.cause != nil:
		return "Check base_url, and that it can be reached from this machine."
	}
	return ""
}

func (c *Client) logAttempt(ctx context.Context, a *attempt, took time.Duration) {
	if c.log == nil {
		return
	}
	fields := map[string]any{
		"method":      a.request.method,
		"path":        a.request.path,
		"attempt":     a.attempts,
		"duration_ms": took.Milliseconds(),
	}
	if a.status != 0 {
		fields["status"] = a.status
	}
	if a.cause != nil {
		fields["error"] = sanitize(c.secrets.redact(unwrapURLError(a.cause).Error()))
	}
	c.log(ctx, "Run:ai API request", fields)
}

// IsCertificatePEM reports whether a text holds at least one PEM certificate.
func IsCertificatePEM(pem []byte) bool { return x509.NewCertPool().AppendCertsFromPEM(pem) }
