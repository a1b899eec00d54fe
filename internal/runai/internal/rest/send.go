package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"reflect"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Request is one operation on the control plane.
type Request struct {
	// Operation is an infinitive for errors: `create application "ci"`.
	Operation string
	// Rule decides what is retried.
	Rule   RetryRule
	Method string
	Path   string
	Query  url.Values
	Body   any        // sent as JSON
	Form   url.Values // sent as a form, instead of Body
	// Probe: the request also detects whether the path exists, so that a web page
	// with status 200 is a result and not retried.
	Probe bool
}

// operation is a request and all its attempts.
type operation struct {
	client  *Client
	request Request
	into    reflect.Value // a successful response is decoded to it; invalid: the body does not matter
	initial reflect.Value // what into holds before each attempt
	started time.Time

	attempts int
	renewed  bool // a refused token was replaced
	last     attempt
}

// Send sends a request under its retry rule and decodes the response into the value
// that into points to, unless into is nil. The error is an [*Error], or that of the
// [TokenSource] with the operation in front: then the request was not sent, or was
// refused with a 401.
func (c *Client) Send(ctx context.Context, r Request, into any) error {
	o := &operation{client: c, request: r, started: c.Config.Now()}
	if into != nil {
		o.into = reflect.ValueOf(into).Elem()
		o.initial = reflect.New(o.into.Type()).Elem()
		o.initial.Set(o.into)
	}
	if err := ctx.Err(); err != nil {
		return o.failure(err)
	}
	if strings.HasSuffix(r.Path, "/") || strings.Contains(r.Path, "//") {
		return fmt.Errorf("could not %s: the ID is empty", r.Operation) // another path, once cleaned
	}
	req, err := o.newRequest(ctx)
	if err != nil {
		return fmt.Errorf("could not %s: %w", r.Operation, err)
	}
	loop := retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport: o,
			// The API never redirects. Sign-in pages and other hosts do, and must not
			// receive the token.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		RetryMax:     c.Config.MaxRetries,
		CheckRetry:   o.checkRetry,
		Backoff:      o.backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	resp, err := loop.Do(req)
	if resp != nil {
		_ = resp.Body.Close() // it was read whole in attempt
	}
	switch {
	case o.last.authErr != nil:
		return &tokenError{operation: r.Operation, err: o.last.authErr}
	case err == nil && o.last.outcome == succeeded:
		return nil
	default:
		return o.failure(ctx.Err())
	}
}

func (o *operation) newRequest(ctx context.Context) (*retryablehttp.Request, error) {
	r := o.request
	u := o.client.Config.BaseURL.JoinPath(r.Path)
	u.RawQuery = r.Query.Encode()

	var payload any // untyped nil: no body
	contentType := ""
	switch {
	case r.Form != nil:
		payload, contentType = []byte(r.Form.Encode()), "application/x-www-form-urlencoded"
	case r.Body != nil:
		data, err := json.Marshal(r.Body)
		if err != nil {
			return nil, err
		}
		payload, contentType = data, "application/json"
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, r.Method, u.String(), payload)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", o.client.Config.UserAgent)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	return req, nil
}

// RoundTrip makes one attempt, below the retry loop. It renews a refused token,
// once for each operation.
func (o *operation) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, token, err := o.attempt(req)
	if err == nil && resp.StatusCode == http.StatusUnauthorized && o.client.tokens != nil && !o.renewed {
		o.renewed = true
		if !o.client.tokens.Invalidate(token) {
			return resp, nil // another token would not help
		}
		if req, err = rewindRequest(req); err != nil {
			return nil, err
		}
		resp, _, err = o.attempt(req)
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

// attempt sends the request once, and returns its token. It reads the whole body, so
// that a truncated response is a failed attempt.
func (o *operation) attempt(req *http.Request) (*http.Response, Secret, error) {
	c := o.client
	o.last = attempt{}
	a := &o.last
	var token Secret
	if c.tokens != nil {
		var err error
		if token, err = c.tokens.Token(req.Context()); err != nil {
			a.authErr = err
			return nil, token, err
		}
		// Sign-ins, which have no token, are few, and all other requests wait for them.
		held, err := c.limiter.acquire(req.Context())
		if err != nil {
			a.outcome, a.cause = notSent, err
			return nil, token, err
		}
		defer func() { c.release(req.Context(), held, a.outcome) }()
	}
	o.attempts++

	ctx, cancel := o.attemptContext(req.Context())
	defer cancel()
	var sent atomic.Bool // the hook may run on the transport's own goroutine
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaderField: func(string, []string) { sent.Store(true) },
	})
	out := req.Clone(ctx)
	out.Body = req.Body
	if c.tokens != nil {
		out.Header.Set("Authorization", "Bearer "+token.Reveal())
	}
	begin := c.Config.Now()
	resp, err := c.transport.RoundTrip(out)
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
		o.classify()
		if o.fromAPI() {
			c.clock.observe(resp.Header)
		}
	}
	o.log(req.Context(), c.Config.Now().Sub(begin))
	if err != nil {
		return nil, token, err
	}
	return resp, token, nil
}

// attemptContext bounds one attempt.
func (o *operation) attemptContext(ctx context.Context) (context.Context, context.CancelFunc) {
	rule := o.request.Rule
	deadline, bounded := ctx.Deadline()
	if rule.ignoreCancel {
		ctx = context.WithoutCancel(ctx)
	}
	switch {
	case !rule.noAttemptTimeout:
		return context.WithTimeout(ctx, o.client.Config.RequestTimeout)
	case bounded:
		return context.WithDeadline(ctx, deadline)
	default:
		return context.WithTimeout(ctx, maxUnboundedAttempt)
	}
}

// maxUnboundedAttempt bounds an attempt that has no other bound.
const maxUnboundedAttempt = 20 * time.Minute

// checkRetry decides about another attempt, for the retry loop.
func (o *operation) checkRetry(ctx context.Context, _ *http.Response, _ error) (bool, error) {
	now := o.client.Config.Now()
	switch {
	case o.last.authErr != nil, ctx.Err() != nil:
		return false, nil //nolint:nilerr // the failure is in the attempt, where Send reads it
	case o.last.outcome == notSent && now.Sub(o.started) > connectBudget:
		return false, nil
	case !o.request.Rule.retriable(o.last.outcome):
		return false, nil
	}
	o.last.retryAfter = tooLong(ctx, o.last.header, now)
	return o.last.retryAfter == 0, nil
}

// backoff returns the wait before the next attempt, for the retry loop.
func (o *operation) backoff(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
	var h http.Header
	if resp != nil {
		h = resp.Header
	}
	return backoff(o.client.Config.RetryWait, attempt, h, o.client.Config.Now())
}
