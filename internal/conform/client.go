package conform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Target names a control plane and the credentials for it: a client ID and its secret, or an access token.
type Target struct {
	BaseURL      string
	ClientID     string
	ClientSecret string
	AccessToken  string
}

const (
	maxBody       = 16 << 20
	readAttempts  = 3
	retryInterval = 2 * time.Second
)

// notTestedError is the reason why a probe has no answer.
type notTestedError struct{ reason string }

func (e *notTestedError) Error() string { return e.reason }

func notTested(format string, args ...any) error {
	return &notTestedError{fmt.Sprintf(format, args...)}
}

const errNotPermittedReason = "not permitted"

var errNotPermitted = notTested(errNotPermittedReason)

// client sends requests to one control plane.
type client struct {
	http  *http.Client
	base  string
	wait  func(context.Context, time.Duration) error
	token string // of the caller
}

// request is one request. The token is the caller's unless another one, or none, is set.
type request struct {
	method, path string
	body         any // url.Values are sent as a form, anything else as JSON
	token        string
	anonymous    bool
}

// send sends a request once. It follows no redirect, since that would send the token to
// another host.
func (c *client) send(ctx context.Context, r request) (response, error) {
	var body io.Reader
	contentType := "application/json"
	switch b := r.body.(type) {
	case nil:
	case url.Values:
		body, contentType = strings.NewReader(b.Encode()), "application/x-www-form-urlencoded"
	default:
		encoded, err := json.Marshal(b)
		if err != nil {
			return response{}, err
		}
		body = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, c.base+r.path, body)
	if err != nil {
		return response{}, err
	}
	if body != nil {
		req.Header.Set("Content-Type", contentType)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "runai-mock-conform")
	if token := r.token; !r.anonymous {
		if token == "" {
			token = c.token
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return response{}, err
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return response{}, err
	}
	got := response{status: resp.StatusCode, header: resp.Header, body: content}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	if decoder.Decode(&got.json) != nil {
		got.json = nil
	}
	return got, nil
}

// get reads a path, and retries temporary errors of a gateway or a busy control plane.
func (c *client) get(ctx context.Context, path string) (response, error) {
	var resp response
	var err error
	for attempt := range readAttempts {
		if attempt > 0 {
			if err := c.wait(ctx, retryInterval); err != nil {
				return response{}, err
			}
		}
		resp, err = c.send(ctx, request{method: http.MethodGet, path: path})
		if err == nil && !slices.Contains([]int{429, 502, 503, 504}, resp.status) {
			break
		}
	}
	return resp, unanswered(ctx, err)
}

// read is get for a probe that needs the content: any refusal is the reason why the probe was not tested.
func (c *client) read(ctx context.Context, path string) (response, error) {
	resp, err := c.get(ctx, path)
	switch {
	case err != nil:
		return resp, err
	case resp.status == http.StatusForbidden:
		return resp, errNotPermitted
	case resp.isAbsent():
		return resp, notTested("not served")
	case resp.status != http.StatusOK:
		return resp, notTested("response %s", resp.describe())
	}
	return resp, nil
}

// change sends a mutation. It is not interrupted, so that its outcome is known.
func (c *client) change(ctx context.Context, r request) (response, error) {
	if err := ctx.Err(); err != nil {
		return response{}, err
	}
	resp, err := c.send(context.WithoutCancel(ctx), r)
	return resp, unanswered(ctx, err)
}

// unanswered turns a failed request into a probe that was not tested, unless the run itself has ended.
func unanswered(ctx context.Context, err error) error {
	if ctxErr := ctx.Err(); err == nil || ctxErr != nil {
		return ctxErr
	}
	if known := (*notTestedError)(nil); errors.As(err, &known) {
		return err
	}
	return notTested("no response") // the error has the URL
}
