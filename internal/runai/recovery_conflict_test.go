package runai_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// wantUntouched checks that an application of another principal is reported, and is
// as it was.
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

func TestCreate_ExistedBefore_IsNotTouched(t *testing.T) {
	t.Parallel()
	t.Run("seen before anything is sent", func(t *testing.T) {
		t.Parallel()
		w := start(t, fixtureOptions{}).ready()
		w.clock.Advance(runai.SnapshotAge)
		w.seed("ci")
		_, err := w.client.Applications.Create(t.Context(), "ci")
		w.wantUntouched("ci", err)
		w.WantCount("POST", accounts, 0)
	})
	t.Run("told by the control plane", func(t *testing.T) {
		t.Parallel()
		w := start(t, fixtureOptions{}).ready() // its list is still young
		w.seed("ci")
		_, err := w.client.Applications.Create(t.Context(), "ci")
		w.wantUntouched("ci", err)
		w.WantCount("POST", accounts, 1) // the control of the zero above
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
			if fault.Status == 429 || fault.Status == 401 { // refused, and so nothing to find out
				if err == nil || w.ApplicationsNamed("ci")[0].SecretsIssued != 1 {
					t.Errorf("error %v", err)
				}
				return
			}
			w.wantUntouched("ci", err)
		})
	}
}

// Another principal creates it between our lookup and our create.
func TestCreate_CreatedMeanwhileByAnotherPrincipal_IsNotTouched(t *testing.T) {
	t.Parallel()
	for _, creator := range []string{anotherPrincipal, "another-app"} {
		for _, fault := range []mockserver.Fault{{}, {Kind: "drop-before"}, {Kind: "drop-after"}, {Kind: "status", Status: 503}, {Kind: "status", Status: 500}, {Kind: "html"}, {Kind: "truncate"}} {
			t.Run(creator+"/"+fault.Kind, func(t *testing.T) {
				t.Parallel()
				w := start(t, fixtureOptions{})
				w.seed("another-app")
				w.ready()
				var once sync.Once
				tuple := w.ruleKey("ci")
				w.OnRequest(func(method, route string) {
					if method != "POST" || route != accounts && route != rules {
						return
					}
					once.Do(func() {
						w.CreateApplication("ci", creator)
						w.CreateAccessRule(mockserver.AccessRule{
							SubjectID: "ci", SubjectType: "app", RoleID: int(tuple.RoleID), ScopeType: "tenant", ScopeID: tuple.ScopeID, CreatedBy: creator,
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

				_, err = w.client.AccessRules.Create(t.Context(), tuple, "")
				var exists *runai.ExistsError
				if living := w.activeRules("ci"); len(living) != 1 || !errors.As(err, &exists) || exists.ID != fmt.Sprint(living[0].ID) {
					t.Errorf("error %v; the control plane has %v", err, living)
				}
			})
		}
	}
}

func TestCreate_RulesOfAnotherPrincipalAreNotTouched(t *testing.T) {
	t.Parallel()
	for _, fault := range append([]mockserver.Fault{{}}, createFaults...) {
		for _, when := range []string{"before", "in between"} {
			t.Run(fmt.Sprintf("%s %d/%s", fault.Kind, fault.Status, when), func(t *testing.T) {
				t.Parallel()
				w := start(t, fixtureOptions{client: func(c *runai.Config) { c.RequestTimeout = 600 * time.Millisecond }}).ready()
				tuple := w.ruleKey("ci")
				var theirs mockserver.AccessRule
				var once sync.Once
				makeTheirs := func() {
					once.Do(func() {
						theirs = w.CreateAccessRule(mockserver.AccessRule{
							SubjectID: "ci", SubjectType: "service-account", RoleID: int(tuple.RoleID), ScopeType: "tenant", ScopeID: tuple.ScopeID, CreatedBy: anotherPrincipal,
						})
					})
				}
				if when == "before" {
					makeTheirs()
				} else {
					w.OnRequest(func(method, route string) {
						if method == "POST" && route == rules {
							makeTheirs()
						}
					})
				}
				if fault.Kind != "" {
					fault := fault
					fault.Method, fault.Path, fault.Count = "POST", rules, 1
					w.arm(fault)
				}
				_, err := w.client.AccessRules.Create(t.Context(), tuple, "")
				var exists *runai.ExistsError
				if !errors.As(err, &exists) || exists.ID != fmt.Sprint(theirs.ID) {
					t.Errorf("error %v, want an ExistsError with the ID %d", err, theirs.ID)
				}
				if living := w.activeRules("ci"); len(living) != 1 || living[0].ID != theirs.ID {
					t.Errorf("the control plane has %v", living)
				}
			})
		}
	}
}

func TestCreate_TwoOfOneNameConcurrently(t *testing.T) {
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
						t.Errorf("the slower one got %v", err)
					}
				})
				if clients == "two clients" && fault.Kind != "" {
					// Same credentials, same second: the two cannot be told apart, and the
					// later secret wins. At most one application all the same.
					if n := len(w.ApplicationsNamed("ci")); n != 1 {
						t.Errorf("%d applications", n)
					}
					return
				}
				if len(got) != 1 {
					t.Fatalf("%d of two have made it", len(got))
				}
				w.wantCreatedOnce("ci", got[0], nil)
			})
		}
	}
}

// What a recent list shows may have been deleted since: that is no reason to refuse
// a create.
func TestCreate_AnOutdatedListRefusesNothing(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{client: withVersion(t, "2.24")}).ready()
	w.seed("gone", "there")
	create := func(subject string) mockserver.AccessRule {
		key := w.ruleKey(subject)
		return w.CreateAccessRule(mockserver.AccessRule{SubjectID: subject, SubjectType: "app", RoleID: int(key.RoleID), ScopeType: "tenant", ScopeID: key.ScopeID})
	}
	goneRule := create("gone")
	create("there")
	if _, err := w.client.Applications.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.AccessRules.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.DeleteApplication("gone")
	w.DeleteAccessRule(goneRule.ID)
	w.ResetRequests()
	if created, err := w.client.Applications.Create(t.Context(), "gone"); err != nil {
		t.Errorf("%v, %v", created, err)
	}
	if created, err := w.client.AccessRules.Create(t.Context(), w.ruleKey("gone"), ""); err != nil {
		t.Errorf("%v, %v", created, err)
	}
	// The control: what is there is refused, after one read.
	w.ResetRequests()
	var exists *runai.ExistsError
	if created, err := w.client.Applications.Create(t.Context(), "there"); !errors.As(err, &exists) {
		t.Errorf("%v, %v", created, err)
	}
	if created, err := w.client.AccessRules.Create(t.Context(), w.ruleKey("there"), ""); !errors.As(err, &exists) {
		t.Errorf("%v, %v", created, err)
	}
	w.WantCount("GET", account, 1)
	w.WantCount("GET", rule, 1)
	w.WantCount("POST", accounts, 0)
	w.WantCount("POST", rules, 0)
}

// What one creation made, another of the same name does not take for its own,
// although it was not there before, is new, and was created by the caller: part 4
// of the proof.
func TestCreate_DoesNotAdoptTheObjectOfAnotherCreate(t *testing.T) {
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
