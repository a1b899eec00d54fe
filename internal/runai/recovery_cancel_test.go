package runai_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// A change that is canceled, or whose deadline passes, while its POST is in flight is
// completed.
func TestChange_CanceledInFlight_IsCompleted(t *testing.T) {
	t.Parallel()
	for name, newContext := range map[string]func(*testing.T) (context.Context, context.CancelFunc){"cancel": cancelableContext, "deadline": expiringContext} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, fixtureOptions{}).ready()
			app := w.seed("other")[0]
			var ctx context.Context
			var end context.CancelFunc
			w.OnRequest(func(method, route string) {
				if method == "POST" && route != tokenV2 {
					end()
				}
			})
			wantEnded := func() {
				t.Helper()
				if ctx.Err() == nil {
					t.Error("the context has not ended, so the test proves nothing")
				}
			}

			ctx, end = newContext(t)
			created, err := w.client.Applications.Create(ctx, "ci")
			if err != nil {
				t.Fatal(err)
			}
			w.wantCreatedOnce("ci", created, nil)
			wantEnded()

			ctx, end = newContext(t)
			rule, err := w.client.AccessRules.Create(ctx, w.ruleKey("ci"), "")
			if err != nil || rule.ID == 0 {
				t.Errorf("rule %v, %v", rule, err)
			}
			wantEnded()

			ctx, end = newContext(t)
			secret, err := regenerate(ctx, w.client, app.ID)
			if err != nil || !w.SignsIn("other", secret.Reveal()) {
				t.Errorf("regenerate: %v", err)
			}
			wantEnded()
		})
	}
}

// After a canceled create with a lost response, the object is looked up as well.
func TestCreate_CanceledAndLost_IsLookedUp(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{}).ready()
	w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "drop-after"})
	ctx, cancel := cancelableContext(t)
	w.OnRequest(func(method, route string) {
		if method == "POST" && route == accounts {
			cancel()
		}
	})
	created, err := w.client.Applications.Create(ctx, "ci")
	w.wantCreatedOnce("ci", created, err)
	if err != nil && created.ID == "" {
		t.Errorf("error %v, want the created application, or an error with its ID", err)
	}
}

// The list that resolves a lost create is requested after it. A list that was in
// flight before is not used.
func TestCreate_Lost_IsLookedUpInANewList(t *testing.T) {
	t.Parallel()
	held, release := make(chan struct{}), make(chan struct{})
	var hold atomic.Bool
	w := start(t, fixtureOptions{client: withVersion(t, "2.24"), front: func(mock http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if isProbe(r) && hold.CompareAndSwap(true, false) {
				recorded := &recorder{header: http.Header{}}
				mock.ServeHTTP(recorded, r) // the list of now …
				close(held)
				<-release // … is returned later
				respond(200, "application/json", recorded.body.String())(w, r)
				return
			}
			mock.ServeHTTP(w, r)
		})
	}})
	other := w.seed("other")[0]
	if _, err := w.client.Applications.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.client.Applications.SetEnabled(t.Context(), byID(other.ID), false); err != nil {
		t.Fatal(err)
	}
	hold.Store(true)
	listing := make(chan error, 1)
	go func() {
		_, err := w.client.Applications.List(alive(t))
		listing <- err
	}()
	<-held
	w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "drop-after"})
	sent := make(chan struct{})
	w.OnRequest(func(method, route string) {
		if method == "POST" && route == accounts {
			close(sent)
		}
	})
	type result struct {
		created runai.CreatedApplication
		err     error
	}
	done := make(chan result, 1)
	go func() {
		created, err := w.client.Applications.Create(alive(t), "ci")
		done <- result{created, err}
	}()
	wantSoon(t, sent, "the create waits for a list of others")
	close(release)
	r := <-done
	w.wantCreatedOnce("ci", r.created, r.err)
	w.WantCount("POST", accounts, 1)
	if err := <-listing; err != nil {
		t.Error(err)
	}
}
