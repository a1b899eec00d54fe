package runai_test

import (
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// A create that is canceled while the POST is in flight returns the object.
func TestCreate_CanceledInFlight_ReturnsTheObject(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"cancel", "deadline"} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			w := start(t, fixtureOptions{}).ready()
			app := w.seed("other")[0]
			ctx, cancel := cancelableContext(t)
			w.OnRequest(func(method, route string) {
				if method != "POST" || route == tokenV2 {
					return
				}
				cancel()
			})
			if end == "deadline" {
				var expire func()
				ctx, expire = expiringContext(t)
				w.OnRequest(func(method, route string) {
					if method == "POST" && route == accounts {
						expire()
					}
				})
			}
			created, err := w.client.Applications.Create(ctx, "ci")
			if err != nil {
				t.Fatal(err)
			}
			w.wantCreatedOnce("ci", created, err)
			if ctx.Err() == nil {
				t.Error("the create was not canceled, so the test proves nothing")
			}
			if end == "deadline" {
				return
			}
			ctx, cancel = cancelableContext(t)
			made, err := w.client.AccessRules.Create(ctx, w.ruleKey("ci"), "")
			if err != nil || made.ID == 0 || ctx.Err() == nil {
				t.Errorf("rule %v, %v", made, err)
			}
			ctx, cancel = cancelableContext(t)
			secret, err := regenerate(ctx, w.client, app.ID)
			if err != nil || !w.SignsIn("other", secret.Reveal()) || ctx.Err() == nil {
				t.Errorf("regenerate: %v", err)
			}
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
