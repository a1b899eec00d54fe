package runai_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver/mocktest"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// A redirect is never followed, so no other host ever sees the token or the
// credentials.
func TestRetry_Redirect_IsNotFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, location := range []string{"", "/elsewhere", "https://user:pass@%zz/", "ELSEWHERE"} {
			t.Run(fmt.Sprintf("%d %s", status, location), func(t *testing.T) {
				t.Parallel()
				var seen atomic.Int32
				other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { seen.Add(1) }))
				defer other.Close()
				if location == "ELSEWHERE" {
					location = strings.Replace(other.URL, "127.0.0.1", "localhost", 1) + "/x?state=geheim#frag"
				}
				redirect := func(rest http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if r.URL.Path == tokenV2 && r.Method == http.MethodPost {
							rest.ServeHTTP(w, r)
							return
						}
						seen.Add(1)
						if location != "" {
							w.Header().Set("Location", location)
						}
						w.WriteHeader(status)
					})
				}
				w := start(t, fixtureOptions{client: withVersion(t, "2.24"), front: redirect})
				_, err := w.client.AccessRules.List(t.Context())
				var e *runai.Error
				if !errors.As(err, &e) || e.Status != status || !strings.Contains(err.Error(), "base_url") {
					t.Errorf("error %v", err)
				}
				if err != nil && (strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), "pass")) {
					t.Errorf("%q holds more of the address than it should", err)
				}
				if n := seen.Load(); n != 1 {
					t.Errorf("%d requests, want the one that was redirected", n)
				}
				// Nor does it send the credentials.
				w2 := start(t, fixtureOptions{front: func(http.Handler) http.Handler { return redirect(redirect(nil)) }, client: withVersion(t, "2.17")})
				if err := w2.client.Connect(t.Context()); err == nil {
					t.Error("signed in")
				}
				if n := seen.Load(); n != 2 {
					t.Errorf("%d requests, want one more", n)
				}
			})
		}
	}
}

func TestRetry_ConnectionsAreReused(t *testing.T) {
	t.Parallel()
	var opened atomic.Int32
	w := start(t, fixtureOptions{
		client: withVersion(t, "2.24"),
		listen: func(s *httptest.Server) {
			s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					opened.Add(1)
				}
			}
			s.Start()
		},
	}).ready()
	w.arm(
		mockserver.Fault{Method: "GET", Path: rules, Kind: "html", Count: 5},
		mockserver.Fault{Method: "DELETE", Path: rule, Kind: "status", Status: 500, Count: 5},
	)
	for range 50 {
		_, _ = w.client.AccessRules.ListWithDeleted(t.Context())
		_ = w.client.AccessRules.Delete(t.Context(), 4711, runai.RuleKey{})
	}
	// net/http returns a connection to the pool in another goroutine, so on a busy
	// machine the next request may be faster.
	if n := opened.Load(); n > 3 {
		t.Errorf("%d connections, want one for all requests, the failed ones too", n)
	}
	if w.total() < 100 {
		t.Errorf("%d requests, so the test proves nothing", w.total())
	}
}

// refusing is an address at which nothing listens.
func refusing(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestRetry_RefusedConnection_IsOneBoundedError(t *testing.T) {
	t.Parallel()
	clock := mocktest.NewClock()
	var attempts atomic.Int32
	c, err := runai.New(runai.Config{
		BaseURL: "http://" + refusing(t), ClientID: "ci", ClientSecret: runai.NewSecret("ci-secret"),
		MaxRetries: 1000, RetryWait: time.Microsecond, Now: clock.Now,
		Log: func(context.Context, string, map[string]any) {
			attempts.Add(1)
			clock.Advance(time.Second) // as if each attempt took a second
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Applications.Create(t.Context(), "new")
	if !errors.Is(err, runai.ErrUnreachable) || errors.Is(err, runai.ErrUnclear) {
		t.Errorf("%v is not ErrUnreachable", err)
	}
	for _, part := range []string{"connection refused", "Check base_url"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v, want %q in it", err, part)
		}
	}
	if n := attempts.Load(); n < 2 || n > 20 {
		t.Errorf("%d attempts, want some within 15 seconds", n)
	}
	// Further callers get the same error without a wait.
	before := attempts.Load()
	for range 10 {
		if _, err := c.AccessRules.List(t.Context()); !errors.Is(err, runai.ErrUnreachable) {
			t.Errorf("error %v", err)
		}
	}
	if attempts.Load() != before {
		t.Error("the failure is not remembered")
	}
}

func TestRetry_UnknownHost_IsFinal(t *testing.T) {
	t.Parallel()
	var attempts atomic.Int32
	c, err := runai.New(runai.Config{
		BaseURL: "https://control-plane.invalid", ClientID: "ci", ClientSecret: runai.NewSecret("ci-secret"),
		MaxRetries: 5, RetryWait: time.Microsecond,
		Log: func(context.Context, string, map[string]any) { attempts.Add(1) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err = c.Connect(ctx)
	var dns *net.DNSError
	if !errors.As(err, &dns) {
		t.Fatalf("error %v", err)
	}
	if !dns.IsNotFound {
		t.Skipf("this machine's resolver does not say that a name does not exist: %v", err)
	}
	if attempts.Load() != 1 {
		t.Errorf("%d attempts, want 1", attempts.Load())
	}
	if !strings.Contains(err.Error(), "control-plane.invalid") || !strings.Contains(err.Error(), "Check base_url") {
		t.Errorf("error %v", err)
	}
}
