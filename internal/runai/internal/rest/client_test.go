package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// source is a TokenSource that counts. Its tokens are token-1, token-2, ….
type source struct {
	issued      atomic.Int32
	invalidated atomic.Int32
	fixed       bool
	err         error
}

func (s *source) Token(context.Context) (rest.Secret, error) {
	s.issued.CompareAndSwap(0, 1)
	return rest.NewSecret(fmt.Sprintf("token-%d", s.issued.Load())), s.err
}

func (s *source) Invalidate(rest.Secret) bool {
	s.invalidated.Add(1)
	if !s.fixed {
		s.issued.Add(1)
	}
	return !s.fixed
}

func (s *source) Describe() string { return ` as "ci", tenant 7` }

// newClient returns a client of a handler, whose requests carry no token.
func newClient(t *testing.T, handler http.HandlerFunc) *rest.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	c, err := rest.New(rest.Config{
		BaseURL: base, UserAgent: "test", MaxRetries: 2,
		RetryWait: time.Microsecond, SettleTime: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func respond(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

var create = rest.Request{Operation: `create "x"`, Rule: rest.Creating, Method: http.MethodPost, Path: "/objects", Body: map[string]string{"name": "x"}}

func TestSend_RequestAndResponse(t *testing.T) {
	t.Parallel()
	c := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		respond(w, http.StatusCreated, fmt.Sprintf(`{"seen":%q}`, strings.Join([]string{
			r.Method, r.URL.String(), r.Header.Get("Content-Type"), r.Header.Get("Accept"), r.Header.Get("User-Agent"), r.Header.Get("Authorization"), string(body),
		}, " | ")))
	})
	form := rest.Request{Operation: "sign in", Rule: rest.Repeatable, Method: http.MethodPost, Path: "/token", Form: url.Values{"a": {"b c"}}}
	query := rest.Request{Operation: "list", Rule: rest.Repeatable, Method: http.MethodGet, Path: "/objects", Query: url.Values{"limit": {"5"}}}
	for _, row := range []struct {
		name   string
		client *rest.Client
		send   rest.Request
		want   string
	}{
		{"JSON", c, create, `POST | /objects | application/json | application/json | test |  | {"name":"x"}`},
		{"a form", c, form, `POST | /token | application/x-www-form-urlencoded | application/json | test |  | a=b+c`},
		{"with a token", c.WithTokenSource(&source{}), query, `GET | /objects?limit=5 |  | application/json | test | Bearer token-1 | `},
		{"without, after a client with one was created", c, query, `GET | /objects?limit=5 |  | application/json | test |  | `},
	} {
		var got struct{ Seen string }
		if err := row.client.Send(t.Context(), row.send, &got); err != nil || got.Seen != row.want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", row.name, err, got.Seen, row.want)
		}
	}
}

// A refused token is replaced once for each operation, whatever its rule, and the
// body is sent again.
func TestSend_RefusedToken(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name        string
		source      *source
		accepted    string // the token; empty: none
		requests    int32
		invalidated int32
	}{
		{"another one is accepted", &source{}, "token-2", 2, 1},
		{"another one is refused as well", &source{}, "", 2, 1},
		{"there is no other token", &source{fixed: true}, "", 1, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			anonymous := newClient(t, func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				if body, _ := io.ReadAll(r.Body); string(body) != `{"name":"x"}` {
					t.Errorf("body %s", body)
				}
				if r.Header.Get("Authorization") != "Bearer "+row.accepted {
					respond(w, http.StatusUnauthorized, `{"code":401,"message":"no"}`)
					return
				}
				respond(w, http.StatusCreated, `{}`)
			})
			err := anonymous.WithTokenSource(row.source).Send(t.Context(), create, &struct{}{})
			if (err == nil) != (row.accepted != "") || err != nil && !errors.Is(err, rest.ErrUnauthorized) {
				t.Errorf("error %v", err)
			}
			if want := "Signed in at " + anonymous.BaseURL() + ` as "ci", tenant 7. `; err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %s", err, want)
			}
			if requests.Load() != row.requests || row.source.invalidated.Load() != row.invalidated {
				t.Errorf("%d requests, %d tokens invalidated", requests.Load(), row.source.invalidated.Load())
			}
			// Without a token, a 401 is final, and the error names no principal.
			requests.Store(0)
			err = anonymous.Send(t.Context(), create, &struct{}{})
			if row.source.invalidated.Load() != row.invalidated || requests.Load() != 1 || err == nil || strings.Contains(err.Error(), "Signed in") {
				t.Errorf("%d requests, error %v", requests.Load(), err)
			}
		})
	}
}

// Without a token the request is not sent, so the failure of the sign-in is not an
// unclear outcome of the request.
func TestSend_NoToken_IsNotSent(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	c := newClient(t, func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		respond(w, http.StatusServiceUnavailable, `{"code":503,"message":"busy"}`)
	})
	signIn := c.Send(t.Context(), create, nil)
	if !errors.Is(signIn, rest.ErrUnclear) || requests.Load() != 1 { // the control
		t.Fatalf("%d requests, %v", requests.Load(), signIn)
	}
	err := c.WithTokenSource(&source{err: signIn}).Send(t.Context(), create, nil)
	if errors.Is(err, rest.ErrUnclear) || err == nil || !strings.Contains(err.Error(), "busy") {
		t.Errorf("error %v", err)
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// A successful response without the requested object leaves a create unclear. A
// request that can be repeated is not affected.
func TestIncompleteResponse_Create_IsUnclear(t *testing.T) {
	t.Parallel()
	c := newClient(t, func(http.ResponseWriter, *http.Request) {})
	for _, row := range []struct {
		name string
		rule rest.RetryRule
		want bool
	}{
		{"create", rest.Creating, true},
		{"regenerate", rest.Regenerating, true},
		{"read", rest.Repeatable, false},
		{"verify", rest.Verifying, false},
	} {
		err := c.IncompleteResponse(rest.Request{Operation: row.name, Rule: row.rule, Method: http.MethodPost, Path: "/x"}, "id")
		if got := errors.Is(err, rest.ErrUnclear); got != row.want {
			t.Errorf("%s: unclear %t, want %t", row.name, got, row.want)
		}
		if want := "could not " + row.name + ": POST " + c.BaseURL() + "/x responded with 200 OK: the response has no id."; err.Error() != want {
			t.Errorf("got  %s\nwant %s", err, want)
		}
	}
}

func TestError_FromAPIAndRouteMissing(t *testing.T) {
	t.Parallel()
	type response struct {
		status            int
		contentType, body string
	}
	for _, row := range []struct {
		name                  string
		response              response
		fromAPI, routeMissing bool
		is                    error
	}{
		{"the API's 404", response{404, "application/json", `{"code":404,"message":"no such object"}`}, true, true, rest.ErrNotFound},
		{"a gateway's 404", response{404, "application/json", `{"message":"no Route matched"}`}, false, true, nil},
		{"a page's 404", response{404, "text/html", "<h1>404</h1>"}, false, true, nil},
		{"a page with status 200", response{200, "text/html", "<h1>Run:ai</h1>"}, false, true, nil},
		{"a method that is not allowed", response{405, "text/plain", "405"}, false, true, nil},
		{"a refusal", response{403, "application/json", `{"code":403,"message":"no"}`}, true, false, rest.ErrForbidden},
		{"OAuth's refusal", response{401, "application/json", `{"error":"invalid_client"}`}, false, false, rest.ErrUnauthorized},
		{"a conflict", response{409, "application/json", `{"code":409,"message":"it exists"}`}, true, false, rest.ErrConflict},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", row.response.contentType)
				w.WriteHeader(row.response.status)
				_, _ = io.WriteString(w, row.response.body)
			})
			err := c.Send(t.Context(), rest.Request{Operation: "read x", Rule: rest.Repeatable, Method: http.MethodGet, Path: "/x", Probe: true}, &struct{}{})
			e, ok := errors.AsType[*rest.Error](err)
			if !ok {
				t.Fatalf("error %v", err)
			}
			if e.FromAPI() != row.fromAPI || e.RouteMissing() != row.routeMissing {
				t.Errorf("from the API %t, route missing %t: %v", e.FromAPI(), e.RouteMissing(), e)
			}
			for _, target := range []error{rest.ErrNotFound, rest.ErrForbidden, rest.ErrUnauthorized, rest.ErrConflict, rest.ErrUnclear} {
				if errors.Is(err, target) != errors.Is(row.is, target) {
					t.Errorf("is %v: %t", target, errors.Is(err, target))
				}
			}
		})
	}
}

// Settle waits for the settle time, or for a longer Retry-After, unless the context
// ends before.
func TestSettle(t *testing.T) {
	t.Parallel()
	var wait atomic.Value
	wait.Store("")
	throttled := newClient(t, func(w http.ResponseWriter, _ *http.Request) {
		if v, _ := wait.Load().(string); v != "" {
			w.Header().Set("Retry-After", v)
		}
		respond(w, http.StatusServiceUnavailable, `{"code":503,"message":"busy"}`)
	})
	var slept time.Duration
	throttled.Config.Sleep = func(_ context.Context, d time.Duration) error { slept = d; return nil }
	soon, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for _, row := range []struct {
		retryAfter string
		want       time.Duration
		err        error
	}{
		{"", time.Millisecond, nil},
		{"20", 20 * time.Second, nil},
		{"60", 0, context.DeadlineExceeded},
	} {
		slept = 0
		wait.Store(row.retryAfter)
		last := throttled.Send(t.Context(), create, nil)
		if err := throttled.Settle(soon, last); !errors.Is(err, row.err) || slept != row.want {
			t.Errorf("Retry-After %q: slept %s, %v", row.retryAfter, slept, err)
		}
	}
}
