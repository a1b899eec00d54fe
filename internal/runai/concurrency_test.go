package runai_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// 64 callers share one client and use every operation, while tokens expire, other
// principals write, and responses are lost. Each caller records its results, so that
// the guarantees can be checked at the end.
func TestConcurrency_64CallersOfOneClient(t *testing.T) {
	t.Parallel()
	for _, v := range []string{"2.17", "2.24"} {
		t.Run(v, func(t *testing.T) {
			t.Parallel()
			const callers = 64
			w := start(t, fixtureOptions{
				mock:   mockserver.Options{Version: v, Applications: 50, AccessRules: 50, TokenLifetime: time.Minute},
				client: func(c *runai.Config) { c.MaxRetries = 20 },
			})
			var n atomic.Int32
			kinds := []string{"drop-after", "truncate", "html", "drop-before"}
			w.OnRequest(func(string, string) {
				switch n := int(n.Add(1)); {
				case n%50 == 0:
					w.clock.Advance(5 * time.Second)
					w.TouchApplications()
				case n%10 == 5:
					w.arm(mockserver.Fault{Kind: kinds[n/10%len(kinds)]})
				}
			})
			parallel(callers, func(i int) {
				name := fmt.Sprintf("own-%02d", i)
				created, err := w.client.Applications.Create(t.Context(), name)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
				secret := created.Secret
				key := w.ruleKey(name)
				made, err := w.client.AccessRules.Create(t.Context(), key, "")
				if err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
				for round := range 2 {
					enabled := round%2 == 1
					if err := w.client.Applications.SetEnabled(t.Context(), byID(created.ID), enabled); err != nil {
						t.Error(err)
					}
					if app, err := w.client.Applications.Get(t.Context(), runai.ApplicationRef{ID: created.ID}); err != nil || app.Enabled != enabled {
						t.Errorf("%s: enabled %v, %v", name, app.Enabled, err)
					}
					if r, err := w.client.AccessRules.Get(t.Context(), made.ID); err != nil || r.SubjectID != name {
						t.Errorf("%s: %v, %v", name, r, err)
					}
					if secret, err = regenerate(t.Context(), w.client, created.ID); err != nil {
						t.Error(err)
					}
				}
				if all, err := w.client.Applications.List(t.Context()); err != nil || len(all) < 50 {
					t.Errorf("%d, %v", len(all), err)
				}
				if _, err := w.client.Roles.ByID(t.Context(), key.RoleID); err != nil {
					t.Error(err)
				}
				if i%2 == 0 {
					if err := w.client.Applications.SetEnabled(t.Context(), byID(created.ID), true); err != nil {
						t.Error(err)
					}
					if !w.SignsIn(name, secret.Reveal()) {
						t.Errorf("%s: the secret is not the current one", name)
					}
					return
				}
				if err := errors.Join(w.client.AccessRules.Delete(t.Context(), made.ID, runai.RuleKey{}), w.client.Applications.Delete(t.Context(), byID(created.ID))); err != nil {
					t.Error(err)
				}
				if _, err := w.client.Applications.Get(t.Context(), runai.ApplicationRef{ID: created.ID}); !errors.Is(err, runai.ErrNotFound) {
					t.Errorf("%s: %v", name, err)
				}
			})
			left := 0
			for _, app := range w.State().Applications {
				if strings.HasPrefix(app.Name, "own-") {
					left++
				}
			}
			if left != callers/2 {
				t.Errorf("%d applications remain, want %d", left, callers/2)
			}
		})
	}
}

// Callers that are canceled at any moment do not affect the others, and leave no
// goroutine behind (TestMain checks that).
func TestConcurrency_CanceledCallers(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{mock: mockserver.Options{Applications: 20, AccessRules: 20}})
	state := w.State()
	parallel(64, func(i int) {
		ctx, cancel := cancelableContext(t)
		done := make(chan struct{})
		if i%2 == 0 {
			go func() {
				defer close(done)
				time.AfterFunc(time.Duration(i)*20*time.Microsecond, cancel)
			}()
		} else {
			close(done)
		}
		for k := range 20 {
			_, err := w.client.Applications.Get(ctx, ref(state.Applications[k]))
			_, ruleErr := w.client.AccessRules.Get(ctx, int64(state.AccessRules[k].ID))
			if i%2 == 1 && (err != nil || ruleErr != nil) {
				t.Errorf("one who stayed got %v, %v", err, ruleErr)
			}
		}
		<-done
	})
}
