package runai_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// wantUntouched checks that an application of another principal is reported and
// unchanged.
func (w *fixture) wantUntouched(name string, err error) {
	w.t.Helper()
	var exists *runai.ExistsError
	if !errors.As(err, &exists) || !errors.Is(err, runai.ErrConflict) {
		w.t.Fatalf("error %v, want an ExistsError", err)
	}
	found := w.ApplicationsNamed(name)
	if len(found) != 1 || found[0].SecretsIssued != 1 || !found[0].Enabled {
		w.t.Fatalf("the control plane has %+v", found)
	}
	if exists.ID != found[0].ID {
		w.t.Errorf("the error names the ID %q, want %q", exists.ID, found[0].ID)
	}
	w.WantCount("POST", accountSecret, 0)
}

func TestCreate_Exists_IsUntouched(t *testing.T) {
	t.Parallel()
	t.Run("found by the lookup", func(t *testing.T) {
		t.Parallel()
		w := start(t, fixtureOptions{}).ready()
		w.clock.Advance(runai.SnapshotAge)
		w.seed("ci")
		_, err := w.client.Applications.Create(t.Context(), "ci")
		w.wantUntouched("ci", err)
		w.WantCount("POST", accounts, 0)
	})
	t.Run("by an ID, which is not taken as a name", func(t *testing.T) {
		t.Parallel()
		w := start(t, fixtureOptions{}).ready()
		w.clock.Advance(runai.SnapshotAge)
		w.seed("ci")
		id := w.ApplicationsNamed("ci")[0].ID
		// An ID that begins with a digit is refused as a name, but not as one in use.
		var exists *runai.ExistsError
		if created, err := w.client.Applications.Create(t.Context(), id); errors.As(err, &exists) {
			t.Errorf("%v, %v", created, err)
		}
		w.WantCount("POST", accounts, 1)
	})
	t.Run("reported by the control plane", func(t *testing.T) {
		t.Parallel()
		w := start(t, fixtureOptions{}).ready() // its list is still fresh
		w.seed("ci")
		_, err := w.client.Applications.Create(t.Context(), "ci")
		w.wantUntouched("ci", err)
		w.WantCount("POST", accounts, 1) // proves that the counter moves
	})
	for _, fault := range createFaults {
		t.Run(fmt.Sprintf("hidden by a stale list, %s %d", fault.Kind, fault.Status), func(t *testing.T) {
			t.Parallel()
			w := start(t, fixtureOptions{client: func(c *runai.Config) { c.RequestTimeout = 600 * time.Millisecond }}).ready()
			w.clock.Advance(runai.SnapshotAge)
			w.arm(mockserver.Fault{Method: "GET", Path: accounts, Kind: "stale-list"})
			w.seed("ci")
			w.clock.Advance(5 * time.Second)
			fault := fault
			fault.Method, fault.Path, fault.Count = "POST", accounts, -1
			w.arm(fault)
			_, err := w.client.Applications.Create(t.Context(), "ci")
			if fault.Status == 429 || fault.Status == 401 { // refused: the outcome is known
				if err == nil || w.ApplicationsNamed("ci")[0].SecretsIssued != 1 {
					t.Errorf("error %v", err)
				}
				return
			}
			w.wantUntouched("ci", err)
		})
	}
}

// Another principal creates it between the lookup and the create.
func TestCreate_CreatedByAnotherPrincipalMeanwhile_IsUntouched(t *testing.T) {
	t.Parallel()
	for _, creator := range []string{anotherPrincipal, "another-app"} {
		for _, fault := range []mockserver.Fault{{}, {Kind: "drop-before"}, {Kind: "drop-after"}, {Kind: "status", Status: 503}, {Kind: "status", Status: 500}, {Kind: "html"}, {Kind: "truncate"}} {
			t.Run(creator+"/"+fault.Kind, func(t *testing.T) {
				t.Parallel()
				w := start(t, fixtureOptions{})
				w.seed("another-app")
				w.ready()
				var once sync.Once
				key := w.ruleKey("ci")
				w.OnRequest(func(method, route string) {
					if method != "POST" || route != accounts && route != rules {
						return
					}
					once.Do(func() {
						w.CreateApplication("ci", creator)
						w.CreateAccessRule(mockserver.AccessRule{
							SubjectID: "ci", SubjectType: "app", RoleID: int(key.RoleID), ScopeType: "tenant", ScopeID: key.ScopeID, CreatedBy: creator,
						})
					})
				})
				if fault.Kind != "" {
					for _, route := range []string{accounts, rules} {
						fault := fault
						fault.Method, fault.Path = "POST", route
						w.arm(fault)
					}
				}
				_, err := w.client.Applications.Create(t.Context(), "ci")
				w.wantUntouched("ci", err)

				_, err = w.client.AccessRules.Create(t.Context(), key, "")
				var exists *runai.ExistsError
				if active := w.activeRules("ci"); len(active) != 1 || !errors.As(err, &exists) || exists.ID != fmt.Sprint(active[0].ID) {
					t.Errorf("error %v; the control plane has %v", err, active)
				}
			})
		}
	}
}

// A conflict with an object that no list shows is an error without an ID, and leaves
// nothing to resolve: no attempt of this run can have taken effect.
func TestCreate_ConflictWithHiddenObject_Exists(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{}).ready()
	w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "status", Status: 409})
	_, err := w.client.Applications.Create(t.Context(), "ci")
	var exists *runai.ExistsError
	if !errors.As(err, &exists) || exists.ID != "" {
		t.Errorf("error %v, want an ExistsError without an ID", err)
	}
	w.WantCount("POST", accounts, 1)
}

// A conflict after an unclear attempt: the object is that attempt's if it is not younger,
// as far as times in seconds tell. A list that lags has hidden it from the lookup before.
func TestCreate_ConflictAfterUnclearAttempt_AgeDecides(t *testing.T) {
	t.Parallel()
	for after, adopted := range map[time.Duration]bool{0: true, 2 * time.Second: true, 3 * time.Second: false} {
		t.Run(after.String(), func(t *testing.T) {
			t.Parallel()
			var w *fixture
			var once sync.Once
			w, _ = startSettling(t, fixtureOptions{client: func(c *runai.Config) {
				c.Sleep = func(ctx context.Context, d time.Duration) error {
					once.Do(func() {
						w.clock.Advance(after)
						w.CreateApplication("ci", ownClientID)
						w.arm(mockserver.Fault{Method: "GET", Path: accounts, Kind: "stale-list"})
						d -= after
					})
					w.clock.Advance(d)
					return ctx.Err()
				}
			}})
			w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "drop-before"})
			created, err := w.client.Applications.Create(t.Context(), "ci")
			var exists *runai.ExistsError
			if found := w.ApplicationsNamed("ci"); len(found) != 1 || adopted != (created.ID == found[0].ID) || adopted != (err == nil) || !adopted && !errors.As(err, &exists) {
				t.Errorf("created %q, %v; the control plane has %v", created.ID, err, found)
			}
			w.WantCount("POST", accounts, 2)
		})
	}
}

func TestCreate_RuleOfAnotherPrincipal_IsUntouched(t *testing.T) {
	t.Parallel()
	for _, fault := range append([]mockserver.Fault{{}}, createFaults...) {
		for _, when := range []string{"before", "in between"} {
			t.Run(fmt.Sprintf("%s %d/%s", fault.Kind, fault.Status, when), func(t *testing.T) {
				t.Parallel()
				w := start(t, fixtureOptions{client: func(c *runai.Config) { c.RequestTimeout = 600 * time.Millisecond }}).ready()
				key := w.ruleKey("ci")
				var theirs mockserver.AccessRule
				var once sync.Once
				createOther := func() {
					once.Do(func() {
						theirs = w.CreateAccessRule(mockserver.AccessRule{
							SubjectID: "ci", SubjectType: "service-account", RoleID: int(key.RoleID), ScopeType: "tenant", ScopeID: key.ScopeID, CreatedBy: anotherPrincipal,
						})
					})
				}
				if when == "before" {
					createOther()
				} else {
					w.OnRequest(func(method, route string) {
						if method == "POST" && route == rules {
							createOther()
						}
					})
				}
				if fault.Kind != "" {
					fault := fault
					fault.Method, fault.Path, fault.Count = "POST", rules, 1
					w.arm(fault)
				}
				_, err := w.client.AccessRules.Create(t.Context(), key, "")
				var exists *runai.ExistsError
				if !errors.As(err, &exists) || exists.ID != fmt.Sprint(theirs.ID) {
					t.Errorf("error %v, want an ExistsError with the ID %d", err, theirs.ID)
				}
				if active := w.activeRules("ci"); len(active) != 1 || active[0].ID != theirs.ID {
					t.Errorf("the control plane has %v", active)
				}
			})
		}
	}
}

func TestCreate_SameNameConcurrently_OneSucceeds(t *testing.T) {
	t.Parallel()
	for _, fault := range append([]mockserver.Fault{{}}, createFaults[:8]...) {
		for _, clients := range []string{"one client", "two clients"} {
			t.Run(fmt.Sprintf("%s %d/%s", fault.Kind, fault.Status, clients), func(t *testing.T) {
				t.Parallel()
				w := start(t, fixtureOptions{}).ready()
				second := w.client
				if clients == "two clients" {
					second = w.newClient()
					if err := second.Connect(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				if fault.Kind != "" {
					fault := fault
					fault.Method, fault.Path, fault.Count = "POST", accounts, 1
					w.arm(fault)
				}
				var mu sync.Mutex
				var got []runai.CreatedApplication
				parallel(2, func(i int) {
					created, err := []*runai.Client{w.client, second}[i].Applications.Create(t.Context(), "ci")
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						got = append(got, created)
					} else if !errors.Is(err, runai.ErrConflict) {
						t.Errorf("the later create: error %v, want ErrConflict", err)
					}
				})
				if clients == "two clients" && fault.Kind != "" {
					// With the same credentials in the same second, the client cannot distinguish
					// the two creates, and the later secret wins. Exactly one application remains.
					if n := len(w.ApplicationsNamed("ci")); n != 1 {
						t.Errorf("%d applications, want 1", n)
					}
					return
				}
				if len(got) != 1 {
					t.Fatalf("%d of 2 creates succeeded, want 1", len(got))
				}
				w.wantCreatedOnce("ci", got[0], nil)
			})
		}
	}
}

// An object on a recent list may have been deleted since, so the list alone does not
// refuse a create.
func TestCreate_StaleList_DoesNotRefuse(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{client: withVersion(t, "2.24")}).ready()
	w.seed("deleted", "existing")
	create := func(subject string) mockserver.AccessRule {
		key := w.ruleKey(subject)
		return w.CreateAccessRule(mockserver.AccessRule{SubjectID: subject, SubjectType: "app", RoleID: int(key.RoleID), ScopeType: "tenant", ScopeID: key.ScopeID})
	}
	deletedRule := create("deleted")
	create("existing")
	if _, err := w.client.Applications.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.AccessRules.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.DeleteApplication("deleted")
	w.DeleteAccessRule(deletedRule.ID)
	w.ResetRequests()
	if created, err := w.client.Applications.Create(t.Context(), "deleted"); err != nil {
		t.Errorf("%v, %v", created, err)
	}
	if created, err := w.client.AccessRules.Create(t.Context(), w.ruleKey("deleted"), ""); err != nil {
		t.Errorf("%v, %v", created, err)
	}
	// Control: an existing object is refused after one read.
	w.ResetRequests()
	var exists *runai.ExistsError
	if created, err := w.client.Applications.Create(t.Context(), "existing"); !errors.As(err, &exists) {
		t.Errorf("%v, %v", created, err)
	}
	if created, err := w.client.AccessRules.Create(t.Context(), w.ruleKey("existing"), ""); !errors.As(err, &exists) {
		t.Errorf("%v, %v", created, err)
	}
	w.WantCount("GET", account, 1)
	w.WantCount("GET", rule, 1)
	w.WantCount("POST", accounts, 0)
	w.WantCount("POST", rules, 0)
}

// A create does not adopt an object that another create of this client produced (rule
// 4).
func TestCreate_ObjectOfAnotherCreate_IsNotAdopted(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{}).ready()
	first, err := w.client.Applications.Create(t.Context(), "ci")
	if err != nil {
		t.Fatal(err)
	}
	w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "drop-before", Count: 1})
	_, err = w.client.Applications.Create(t.Context(), "ci")
	var exists *runai.ExistsError
	if !errors.As(err, &exists) || exists.ID != first.ID {
		t.Errorf("got %v, want an ExistsError with the ID %s", err, first.ID)
	}
	if !w.SignsIn("ci", first.Secret.Reveal()) {
		t.Error("the secret of the first one was revoked")
	}
}

// A create whose attempts all stay unclear is sent max_retries times more, and no more.
func TestCreate_AlwaysUnclear_IsSentAsOftenAsPermitted(t *testing.T) {
	t.Parallel()
	for _, retries := range []int{0, 2} {
		w := start(t, fixtureOptions{client: func(c *runai.Config) { c.MaxRetries = retries }}).ready()
		w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "status", Status: 504, Count: -1})
		var unknown *runai.UnknownOutcomeError
		if created, err := w.client.Applications.Create(t.Context(), "ci"); !errors.As(err, &unknown) {
			t.Errorf("%v, %v", created, err)
		}
		w.WantCount("POST", accounts, 1+retries)
	}
}

// A 404 for an application that this client has created is retried as often as
// permitted, and then believed.
func TestGet_OwnCreate_404IsRetriedAsOftenAsPermitted(t *testing.T) {
	t.Parallel()
	for _, retries := range []int{0, 2} {
		w := start(t, fixtureOptions{client: func(c *runai.Config) { c.MaxRetries = retries }}).ready()
		created, err := w.client.Applications.Create(t.Context(), "ci")
		if err != nil {
			t.Fatal(err)
		}
		w.DeleteApplication("ci")
		w.ResetRequests()
		if app, err := w.client.Applications.Get(t.Context(), runai.ApplicationRef{ID: created.ID, Name: "ci"}); !errors.Is(err, runai.ErrNotFound) {
			t.Errorf("%v, %v", app, err)
		}
		w.WantCount("GET", account, 1+retries)
	}
}

// Named finds an application by its name, and not by its ID.
func TestNamed(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{}).ready()
	w.clock.Advance(runai.SnapshotAge)
	w.seed("ci")
	id := w.ApplicationsNamed("ci")[0].ID
	for name, want := range map[string]bool{"ci": true, id: false, "cd": false} {
		if app, found, err := w.client.Applications.Named(t.Context(), name); err != nil || found != want || found && app.ID != id {
			t.Errorf("%s: %v, found %t, %v, want %t", name, app, found, err, want)
		}
	}
}
