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
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-cleanhttp"
	"github.com/hashicorp/go-retryablehttp"
)

// call is one thing to ask of the control plane.
type call struct {
	what   string // an infinitive for people: `create application "ci"`
	rule   retryRule
	method string
	path   string
	query  url.Values
	body   any        // sent as JSON
	form   url.Values // sent as a form, instead of body
	// anonymous: no token is sent, and a 401 renews none (the token endpoints).
	anonymous bool
}

// exchange is the record of one call while it is tried.
type exchange struct {
	call    call
	into    any // where a 2xx answer is decoded to, nil if it has no body to speak of
	started time.Time

	tries   int
	renewed bool
	outcome outcome
	status  int
	header  http.Header
	body    []byte
	foreign bool
	cause   error
	authErr error // no token could be had
}

type exchangeKey struct{}

// maxAnswer bounds how much of an answer is read. The product exports up to
// 20,000 applications at once, some 10 MB.
const maxAnswer = 64 << 20

// dialTimeout is for one attempt to connect.
const dialTimeout = 10 * time.Second

func (c *Client) newHTTP(cfg Config) (*retryablehttp.Client, error) {
	base := cleanhttp.DefaultPooledTransport()
	base.DialContext = dialer(dialTimeout)
	base.MaxIdleConnsPerHost = 32 // Terraform walks ten nodes at once, more if asked to
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
			Transport: roundTripper(c.try),
			// The API redirects nowhere. What does is a sign-in page or another
			// host, and neither shall have the token.
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

// send makes a call, under its retry rule, and decodes the answer into into
// (nil: the answer's body does not matter). The error is an *Error.
func (c *Client) send(ctx context.Context, k call, into any) error {
	x := &exchange{call: k, into: into, started: c.now()}
	if err := ctx.Err(); err != nil {
		return c.failure(x, err)
	}
	if strings.HasSuffix(k.path, "/") || strings.Contains(k.path, "//") {
		return fmt.Errorf("could not %s: there is no id", k.what) // another path, once cleaned
	}
	u := c.baseURL.JoinPath(k.path)
	u.RawQuery = k.query.Encode()

	var payload any // untyped nil: no body
	contentType := ""
	switch {
	case k.form != nil:
		payload, contentType = []byte(k.form.Encode()), "application/x-www-form-urlencoded"
	case k.body != nil:
		data, err := json.Marshal(k.body)
		if err != nil {
			return fmt.Errorf("could not %s: %w", k.what, err)
		}
		payload, contentType = data, "application/json"
	}
	req, err := retryablehttp.NewRequestWithContext(context.WithValue(ctx, exchangeKey{}, x), k.method, u.String(), payload)
	if err != nil {
		return fmt.Errorf("could not %s: %w", k.what, err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := c.http.Do(req)
	if resp != nil {
		_ = resp.Body.Close() // it was read whole in try
	}
	if x.authErr != nil {
		return x.authErr
	}
	if err == nil && x.outcome == succeeded {
		return nil
	}
	return c.failure(x, ctx.Err())
}

// try is one HTTP exchange below the retry loop. It reads the whole body, so
// that an answer which breaks off is a failed try and not a surprise later, and
// it renews a refused token once.
func (c *Client) try(req *http.Request) (*http.Response, error) {
	x, ok := req.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		return nil, errors.New("request outside of send")
	}
	resp, token, err := c.tryOnce(req, x)
	if err == nil && resp.StatusCode == http.StatusUnauthorized && !x.call.anonymous && !x.renewed {
		x.renewed = true
		if !c.tokens.reject(token) {
			return resp, nil // a fixed token: there is no other
		}
		if req, err = rewindRequest(req); err != nil {
			return nil, err
		}
		resp, _, err = c.tryOnce(req, x)
	}
	return resp, err
}

// rewindRequest is the request with its body at the start again.
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

func (c *Client) tryOnce(req *http.Request, x *exchange) (*http.Response, Secret, error) {
	*x = exchange{call: x.call, into: x.into, started: x.started, tries: x.tries, renewed: x.renewed}
	var token Secret
	if !x.call.anonymous {
		var err error
		if token, err = c.tokens.token(req.Context()); err != nil {
			x.authErr = err
			return nil, token, err
		}
	}
	x.tries++

	ctx, cancel := c.tryContext(req.Context(), x.call.rule)
	defer cancel()
	var sent atomic.Bool // the hook may run on the transport's own goroutine
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaderField: func(string, []string) { sent.Store(true) },
	})
	out := req.Clone(ctx)
	out.Body = req.Body
	if !x.call.anonymous {
		out.Header.Set("Authorization", "Bearer "+token.Reveal())
	}
	begin := c.now()
	resp, err := c.base.RoundTrip(out)
	if err == nil {
		c.clock.observe(resp.Header)
		x.status, x.header = resp.StatusCode, resp.Header
		x.body, err = readAll(resp.Body)
		resp.Body = io.NopCloser(bytes.NewReader(nil))
	}
	x.cause = err
	if err != nil {
		x.status = 0
		x.outcome = byError(err, sent.Load())
	} else {
		x.judge()
	}
	c.logTry(req.Context(), x, c.now().Sub(begin))
	if err != nil {
		return nil, token, err
	}
	return resp, token, nil
}

// tryContext bounds one try.
func (c *Client) tryContext(ctx context.Context, rule retryRule) (context.Context, context.CancelFunc) {
	deadline, bounded := ctx.Deadline()
	if rule.finish {
		ctx = context.WithoutCancel(ctx)
	}
	switch {
	case !rule.uncut:
		return context.WithTimeout(ctx, c.requestTimeout)
	case bounded:
		return context.WithDeadline(ctx, deadline)
	default:
		return context.WithTimeout(ctx, maxUnboundedAttempt)
	}
}

// maxUnboundedAttempt ends a try that nothing else would end.
const maxUnboundedAttempt = 20 * time.Minute

// readAll reads and closes a body, which is an error if it is too long.
func readAll(body io.ReadCloser) ([]byte, error) {
	defer func() { _ = body.Close() }()
	data, err := io.ReadAll(io.LimitReader(body, maxAnswer+1))
	if err == nil && len(data) > maxAnswer {
		err = fmt.Errorf("the answer is longer than %d MiB", maxAnswer>>20)
	}
	return data, err
}

// judge decides what an answer means, and decodes it if it is a success.
func (x *exchange) judge() {
	x.outcome = x.call.rule.byStatus(x.status)
	if x.outcome != succeeded {
		return
	}
	contentType := x.header.Get("Content-Type")
	switch {
	case x.into == nil:
		// Nothing is expected; a page of a gateway did not do the work.
		x.foreign = len(x.body) > 0 && contentType != "" && !isJSON(contentType)
	case !isJSON(contentType):
		x.foreign = true
	default:
		if err := json.Unmarshal(x.body, x.into); err != nil {
			x.outcome, x.cause = unclear, fmt.Errorf("the answer could not be read: %w", err)
		}
	}
	switch {
	case x.foreign && x.call.rule.probing:
		x.outcome = failed
	case x.foreign:
		x.outcome = unclear
	}
}

func (c *Client) checkRetry(ctx context.Context, _ *http.Response, _ error) (bool, error) {
	x, ok := ctx.Value(exchangeKey{}).(*exchange)
	if !ok || x.authErr != nil || ctx.Err() != nil {
		return false, nil //nolint:nilerr // the failure is in the exchange, where send reads it
	}
	if x.outcome == notSent && c.now().Sub(x.started) > connectBudget {
		return false, nil
	}
	return x.call.rule.retriable(x.outcome), nil
}

func (c *Client) backoffFor(_, _ time.Duration, try int, resp *http.Response) time.Duration {
	var h http.Header
	if resp != nil {
		h = resp.Header
	}
	return backoff(c.retryWait, try, h, c.now())
}

// failure is the error of a call that did not succeed.
func (c *Client) failure(x *exchange, ended error) *Error {
	e := &Error{
		Operation: x.call.what,
		Method:    x.call.method,
		URL:       c.baseURL.JoinPath(x.call.path).String(),
		Status:    x.status,
		Attempts:  x.tries,
		outcome:   x.outcome,
		cause:     unwrapURLError(x.cause),
		ended:     ended,
		header:    x.header,
	}
	if x.status != 0 && x.cause == nil {
		e.Message, e.Details, e.missingCode, e.NonAPI = parseError(x.header.Get("Content-Type"), x.body, c.secrets.redact)
	}
	if x.status >= 300 && x.status < 400 {
		e.Message, e.Details = "redirected to "+redirectTarget(x.header.Get("Location")), ""
	}
	e.Hint = c.hint(e)
	return e
}

// incompleteResponse is the error of a call that was answered with a success, but without
// what it was made for: a gateway can answer {} as well.
func (c *Client) incompleteResponse(k call, what string, o outcome) *Error {
	return &Error{
		Operation: k.what, Method: k.method, URL: c.baseURL.JoinPath(k.path).String(),
		Status: http.StatusOK, Message: "the answer holds no " + what, outcome: o, Attempts: 1,
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

// unwrapURLError takes net/http's wrapping off, which repeats method and URL.
func unwrapURLError(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// hint is what to do now, where the status or the failure tells.
func (c *Client) hint(e *Error) string {
	switch {
	case e.outcome == untrusted:
		return "If the control plane has a certificate of a private CA, give that CA in ca_cert_file or ca_cert_pem."
	case e.Status >= 300 && e.Status < 400:
		return "The API never redirects: check base_url, and whether a sign-in proxy stands before it."
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden && !e.NonAPI:
		return c.login() + " Check that the credentials belong to this control plane and that the application has a role which permits this."
	case e.NonAPI:
		return "Something between here and the control plane answered instead of it: check base_url, gateways and proxies."
	case e.outcome == failed && e.Status == 0, e.outcome == notSent && e.cause != nil:
		return "Check base_url, and that this machine reaches it."
	}
	return ""
}

func (c *Client) logTry(ctx context.Context, x *exchange, took time.Duration) {
	if c.log == nil {
		return
	}
	fields := map[string]any{
		"method":      x.call.method,
		"path":        x.call.path,
		"try":         x.tries,
		"duration_ms": took.Milliseconds(),
	}
	if x.status != 0 {
		fields["status"] = x.status
	}
	if x.cause != nil {
		fields["error"] = sanitize(c.secrets.redact(unwrapURLError(x.cause).Error()))
	}
	c.log(ctx, "Run:ai API request", fields)
}

// IsCertificatePEM reports whether a text holds at least one PEM certificate.
func IsCertificatePEM(pem []byte) bool { return x509.NewCertPool().AppendCertsFromPEM(pem) }
