package runai_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// createFaults are what can happen to the answer of a create.
var createFaults = []mockserver.Fault{
	{Kind: "drop-before"},
	{Kind: "drop-after"},
	{Kind: "truncate"},
	{Kind: "html", Status: 200},
	{Kind: "html", Status: 201},
	{Kind: "html", Status: 502},
	{Kind: "status", Status: 500},
	{Kind: "status", Status: 503},
	{Kind: "status", Status: 429},
	{Kind: "status", Status: 401},
	{Kind: "slow", DelayMS: 30_000},
}

var howOften = []struct {
	name  string
	count int
}{{"once", 1}, {"twice", 2}, {"forever", -1}}

// wantPromise checks what is promised of a create, whatever happened to it: at
// most one application; if there is no error, one, with the secret that is
// current; if there is an error, the caller knows the id, or can find out.
func (w *world) wantPromise(name string, created runai.CreatedApplication, err error) {
	w.t.Helper()
	found := w.named(name)
	if len(found) > 1 {
		w.t.Fatalf("%d applications %q", len(found), name)
	}
	var unknownOutcome *runai.UnknownOutcomeError
	switch {
	case err == nil:
		if len(found) != 1 || created.ID != found[0].ID {
			w.t.Fatalf("created %q, and the control plane has %v", created.ID, found)
		}
		if !w.SignsIn(created.ClientID, created.Secret.Reveal()) {
			w.t.Error("the secret is not the current one")
		}
	case errors.As(err, &unknownOutcome):
		w.ClearFaults()
		w.clock.advance(runai.SnapshotAge)
		app, err := w.newClient().Applications.ResolvePending(w.t.Context(), name, unknownOutcome.Pending)
		if len(found) == 0 && !errors.Is(err, runai.ErrNotFound) || len(found) == 1 && (err != nil || app.ID != found[0].ID) {
			w.t.Errorf("settled to %v, %v; the control plane has %v", app, err, found)
		}
	case len(found) == 1 && created.ID != found[0].ID:
		w.t.Errorf("orphaned: the control plane has %q, and all there is is %v", name, err)
	}
	if found := w.leaks(fmt.Sprint(err)); len(found) > 0 {
		w.t.Errorf("%v holds a secret", err)
	}
}

func forEachCreateFault(t *testing.T, f func(t *testing.T, w *world, route string)) {
	t.Helper()
	for _, target := range []struct {
		name, route string
	}{{"application", accounts}, {"access rule", rules}} {
		for _, fault := range createFaults {
			for _, often := range howOften {
				for _, stale := range []string{"", "stale list once", "stale list forever"} {
					if fault.Kind == "slow" && stale != "" {
						continue // to who looks no different from a lost answer, and it takes its time
					}
					name := strings.Join([]string{target.name, fmt.Sprintf("%s %d", fault.Kind, fault.Status), often.name, stale}, "/")
					t.Run(name, func(t *testing.T) {
						t.Parallel()
						w := start(t, setting{client: func(c *runai.Config) {
							withVersion(t, "2.24")(c)
							if fault.Kind == "slow" {
								c.RequestTimeout = 400 * time.Millisecond
							}
						}}).ready()
						fault := fault
						fault.Method, fault.Path, fault.Count = "POST", target.route, often.count
						w.arm(fault)
						if stale != "" {
							count := map[string]int{"stale list once": 2, "stale list forever": -1}[stale]
							w.arm(mockserver.Fault{Method: "GET", Path: target.route, Kind: "stale-list", Count: count})
						}
						f(t, w, target.route)
					})
				}
			}
		}
	}
}

func TestCreate_HappensOnceWhateverBecomesOfTheAnswer(t *testing.T) {
	t.Parallel()
	forEachCreateFault(t, func(t *testing.T, w *world, route string) {
		t.Helper()
		if route == accounts {
			created, err := w.client.Applications.Create(t.Context(), "ci")
			w.wantPromise("ci", created, err)
			return
		}
		made, err := w.client.AccessRules.Create(t.Context(), w.tuple("ci"), "")
		living := w.living("ci")
		var unknownOutcome *runai.UnknownOutcomeError
		switch {
		case len(living) > 1:
			t.Errorf("%d rules", len(living))
		case err == nil:
			if len(living) != 1 || int64(living[0].ID) != made.ID {
				t.Errorf("made %d, and the control plane has %v", made.ID, living)
			}
		case errors.As(err, &unknownOutcome):
			w.ClearFaults()
			settled, err := w.newClient().AccessRules.ResolvePending(t.Context(), w.tuple("ci"), unknownOutcome.Pending)
			if len(living) == 0 && !errors.Is(err, runai.ErrNotFound) || len(living) == 1 && (err != nil || settled.ID != int64(living[0].ID)) {
				t.Errorf("settled to %v, %v; the control plane has %v", settled, err, living)
			}
		case len(living) == 1:
			t.Errorf("orphaned: the control plane has %v, and all there is is %v", living, err)
		}
	})
}

// The control of the matrix: how many requests the ways take.
func TestCreate_Requests(t *testing.T) {
	t.Parallel()
	for _, line := range []struct {
		name          string
		fault         *mockserver.Fault
		posts, issued int // creates, regenerations
	}{
		{"no fault", nil, 1, 0},
		{"lost before", &mockserver.Fault{Kind: "drop-before"}, 2, 0},
		{"lost after", &mockserver.Fault{Kind: "drop-after"}, 1, 1},
		{"cut", &mockserver.Fault{Kind: "truncate"}, 1, 1},
		{"502", &mockserver.Fault{Kind: "html"}, 2, 0},
	} {
		t.Run(line.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, setting{client: withVersion(t, "2.24")}).ready()
			if line.fault != nil {
				line.fault.Method, line.fault.Path = "POST", accounts
				w.arm(*line.fault)
			}
			created, err := w.client.Applications.Create(t.Context(), "ci")
			if err != nil {
				t.Fatal(err)
			}
			w.wantPromise("ci", created, err)
			w.wantCount("POST", accounts, line.posts)
			w.wantCount("POST", accountSecret, line.issued)
			if got := w.named("ci")[0].SecretsIssued; got != 1+line.issued {
				t.Errorf("%d secrets issued", got)
			}
		})
	}
}

func TestCreate_OnEachControlPlane(t *testing.T) {
	t.Parallel()
	for _, g := range generations {
		for _, kind := range []string{"", "drop-after", "truncate"} {
			t.Run(g.version+"/"+kind, func(t *testing.T) {
				t.Parallel()
				w := start(t, setting{mock: mockserver.Options{Version: g.version}}).ready()
				if kind != "" {
					w.arm(mockserver.Fault{Method: "POST", Path: map[runai.API]string{
						runai.ServiceAccounts: accounts, runai.Apps: apps, runai.LegacyApps: legacyApps,
					}[g.api], Kind: kind})
				}
				created, err := w.client.Applications.Create(t.Context(), "ci")
				if err != nil {
					t.Fatal(err)
				}
				w.wantPromise("ci", created, err)
				if created.ClientID != "ci" || created.Name != "ci" {
					t.Errorf("%+v", created)
				}
			})
		}
	}
}

// The clock that counts is the server's.
func TestCreate_IsRecoveredWhateverTheClocksSay(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{0, 10 * time.Minute, -10 * time.Minute, 999 * time.Millisecond, -time.Millisecond} {
		t.Run(ahead.String(), func(t *testing.T) {
			t.Parallel()
			w := start(t, setting{serverClock: ahead, client: withVersion(t, "2.24")})
			w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "drop-after"}, mockserver.Fault{Method: "POST", Path: rules, Kind: "drop-after"})
			created, err := w.client.Applications.Create(t.Context(), "ci")
			if err != nil {
				t.Fatal(err)
			}
			w.wantPromise("ci", created, err)
			if _, err := w.client.AccessRules.Create(t.Context(), w.tuple("ci"), ""); err != nil {
				t.Error(err)
			}
		})
	}
}

// Without a server's clock nothing can be proved, so nothing is taken.
func TestCreate_WithoutAServersClockNothingIsTaken(t *testing.T) {
	t.Parallel()
	noDate := func(mock http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { mock.ServeHTTP(dateless{w}, r) })
	}
	w := start(t, setting{client: withVersion(t, "2.24"), front: noDate}).ready()
	w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "drop-before", Count: -1})
	w.OnRequest(func(method, route string) {
		if method == "POST" && route == accounts && len(w.named("ci")) == 0 {
			w.seed("ci")
		}
	})
	_, err := w.client.Applications.Create(t.Context(), "ci")
	w.wantUntouched("ci", err)

	w.arm(mockserver.Fault{Method: "GET", Path: accounts, Kind: "html", Count: -1})
	w.client.Applications.List(t.Context()) //nolint:errcheck // the list before is in memory
	_, err = w.client.Applications.Create(t.Context(), "cd")
	var unknownOutcome *runai.UnknownOutcomeError
	if !errors.As(err, &unknownOutcome) {
		t.Fatalf("error %v, want an UnknownOutcomeError", err)
	}
	w.ClearFaults()
	w.CreateApplication("cd", "")
	if app, err := w.newClient().Applications.ResolvePending(t.Context(), "cd", unknownOutcome.Pending); !errors.Is(err, runai.ErrNotFound) {
		t.Errorf("took %v, %v", app, err)
	}
}

type dateless struct{ http.ResponseWriter }

func (d dateless) WriteHeader(status int) {
	d.Header()["Date"] = nil
	d.ResponseWriter.WriteHeader(status)
}

// wantUntouched checks that an application of somebody else is reported, and is
// as it was.
func (w *world) wantUntouched(name string, err error) {
	w.t.Helper()
	var exists *runai.ExistsError
	if !errors.As(err, &exists) || !errors.Is(err, runai.ErrConflict) {
		w.t.Fatalf("error %v, want an ExistsError", err)
	}
	found := w.named(name)
	if len(found) != 1 || found[0].SecretsIssued != 1 || !found[0].Enabled {
		w.t.Fatalf("the control plane has %+v", found)
	}
	if exists.ID != found[0].ID {
		w.t.Errorf("the error names the id %q, want %q", exists.ID, found[0].ID)
	}
	w.wantCount("POST", accountSecret, 0)
}

func TestCreate_WhatWasThereBeforeIsNotTouched(t *testing.T) {
	t.Parallel()
	t.Run("seen before anything is sent", func(t *testing.T) {
		t.Parallel()
		w := start(t, setting{}).ready()
		w.clock.advance(runai.SnapshotAge)
		w.seed("ci")
		_, err := w.client.Applications.Create(t.Context(), "ci")
		w.wantUntouched("ci", err)
		w.wantCount("POST", accounts, 0)
	})
	t.Run("told by the control plane", func(t *testing.T) {
		t.Parallel()
		w := start(t, setting{}).ready() // its list is still young
		w.seed("ci")
		_, err := w.client.Applications.Create(t.Context(), "ci")
		w.wantUntouched("ci", err)
		w.wantCount("POST", accounts, 1) // the control of the zero above
	})
	for _, fault := range createFaults {
		t.Run(fmt.Sprintf("hidden by a stale list, %s %d", fault.Kind, fault.Status), func(t *testing.T) {
			t.Parallel()
			w := start(t, setting{client: func(c *runai.Config) { c.RequestTimeout = 600 * time.Millisecond }}).ready()
			w.clock.advance(runai.SnapshotAge)
			w.arm(mockserver.Fault{Method: "GET", Path: accounts, Kind: "stale-list"})
			w.seed("ci")
			w.clock.advance(5 * time.Second)
			fault := fault
			fault.Method, fault.Path, fault.Count = "POST", accounts, -1
			w.arm(fault)
			_, err := w.client.Applications.Create(t.Context(), "ci")
			if fault.Status == 429 || fault.Status == 401 { // refused, and so nothing to find out
				if err == nil || w.named("ci")[0].SecretsIssued != 1 {
					t.Errorf("error %v", err)
				}
				return
			}
			w.wantUntouched("ci", err)
		})
	}
}

// Somebody else is faster between our look and our create.
func TestCreate_WhatSomebodyElseMadeInBetweenIsNotTouched(t *testing.T) {
	t.Parallel()
	for _, creator := range []string{somebodyElse, "another-app"} {
		for _, fault := range []mockserver.Fault{{}, {Kind: "drop-before"}, {Kind: "drop-after"}, {Kind: "status", Status: 503}, {Kind: "status", Status: 500}, {Kind: "html"}, {Kind: "truncate"}} {
			t.Run(creator+"/"+fault.Kind, func(t *testing.T) {
				t.Parallel()
				w := start(t, setting{})
				w.seed("another-app")
				w.ready()
				var once sync.Once
				tuple := w.tuple("ci")
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
				if living := w.living("ci"); len(living) != 1 || !errors.As(err, &exists) || exists.ID != fmt.Sprint(living[0].ID) {
					t.Errorf("error %v; the control plane has %v", err, living)
				}
			})
		}
	}
}

func TestCreate_RulesOfSomebodyElseAreNotTouched(t *testing.T) {
	t.Parallel()
	for _, fault := range append([]mockserver.Fault{{}}, createFaults...) {
		for _, when := range []string{"before", "in between"} {
			t.Run(fmt.Sprintf("%s %d/%s", fault.Kind, fault.Status, when), func(t *testing.T) {
				t.Parallel()
				w := start(t, setting{client: func(c *runai.Config) { c.RequestTimeout = 600 * time.Millisecond }}).ready()
				tuple := w.tuple("ci")
				var theirs mockserver.AccessRule
				var once sync.Once
				makeTheirs := func() {
					once.Do(func() {
						theirs = w.CreateAccessRule(mockserver.AccessRule{
							SubjectID: "ci", SubjectType: "service-account", RoleID: int(tuple.RoleID), ScopeType: "tenant", ScopeID: tuple.ScopeID, CreatedBy: somebodyElse,
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
					t.Errorf("error %v, want an ExistsError with the id %d", err, theirs.ID)
				}
				if living := w.living("ci"); len(living) != 1 || living[0].ID != theirs.ID {
					t.Errorf("the control plane has %v", living)
				}
			})
		}
	}
}

func TestCreate_TwoOfOneNameAtOnce(t *testing.T) {
	t.Parallel()
	for _, fault := range append([]mockserver.Fault{{}}, createFaults[:8]...) {
		for _, clients := range []string{"one client", "two clients"} {
			t.Run(fmt.Sprintf("%s %d/%s", fault.Kind, fault.Status, clients), func(t *testing.T) {
				t.Parallel()
				w := start(t, setting{}).ready()
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
					if n := len(w.named("ci")); n != 1 {
						t.Errorf("%d applications", n)
					}
					return
				}
				if len(got) != 1 {
					t.Fatalf("%d of two have made it", len(got))
				}
				w.wantPromise("ci", got[0], nil)
			})
		}
	}
}

func TestCreate_WithoutAResponseIsResolvedLater(t *testing.T) {
	t.Parallel()
	for _, made := range []bool{true, false} {
		for _, how := range []string{"by us", "meanwhile by somebody else"} {
			t.Run(fmt.Sprintf("made=%v/%s", made, how), func(t *testing.T) {
				t.Parallel()
				w := start(t, setting{}).ready()
				kind := map[bool]string{true: "drop-after", false: "drop-before"}[made]
				for _, route := range []string{accounts, rules} {
					w.arm(
						mockserver.Fault{Method: "POST", Path: route, Kind: kind, Count: -1},
					)
				}
				down := []mockserver.Fault{{Method: "GET", Path: accounts, Kind: "html", Count: -1}, {Method: "GET", Path: rules, Kind: "html", Count: -1}}
				if _, err := w.client.AccessRules.List(t.Context()); err != nil {
					t.Fatal(err)
				}
				w.arm(down...)
				_, err := w.client.Applications.Create(t.Context(), "ci")
				_, ruleErr := w.client.AccessRules.Create(t.Context(), w.tuple("ci"), "")
				var app, rule *runai.UnknownOutcomeError
				if !errors.As(err, &app) || !errors.As(ruleErr, &rule) || !errors.Is(err, runai.ErrUnclear) {
					t.Fatalf("errors %v and %v, want UnknownOutcomeErrors", err, ruleErr)
				}
				w.wantCount("POST", accounts, 1) // never twice without a look
				w.wantCount("POST", rules, 1)
				w.ClearFaults()
				w.clock.advance(time.Hour)
				want := made
				if how == "meanwhile by somebody else" && !made {
					w.seed("ci")
					tuple := w.tuple("ci")
					w.CreateAccessRule(mockserver.AccessRule{SubjectID: "ci", SubjectType: "app", RoleID: int(tuple.RoleID), ScopeType: "tenant", ScopeID: tuple.ScopeID, CreatedBy: somebodyElse})
				}
				c := w.newClient() // the next run
				settled, err := c.Applications.ResolvePending(t.Context(), "ci", app.Pending)
				if want != (err == nil) || !want && !errors.Is(err, runai.ErrNotFound) || want && settled.ID != w.named("ci")[0].ID {
					t.Errorf("application settled to %v, %v", settled, err)
				}
				settledRule, err := c.AccessRules.ResolvePending(t.Context(), w.tuple("ci"), rule.Pending)
				if want != (err == nil) || !want && !errors.Is(err, runai.ErrNotFound) || want && settledRule.ID != int64(w.living("ci")[0].ID) {
					t.Errorf("rule settled to %v, %v", settledRule, err)
				}
			})
		}
	}
}

// A later run takes only what was created in the window of the lost create, by
// the caller: an application of that name that appears an hour later belongs to
// another run, and so does one whose creator is not recognised.
func TestResolvePending_WindowAndCreator(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name      string
		createdBy string
		// at is when the application is created, after the create was sent.
		at      time.Duration
		opaque  bool // signed in with an access token that names nobody
		legacy  bool // a record of the first version
		noFrom  bool // without a look before the create
		isTaken bool
	}{
		{name: "in the window", createdBy: ownClientID, at: 5 * time.Second, isTaken: true},
		{name: "in the window, spelled by Keycloak", createdBy: "service-account-" + ownClientID, at: 5 * time.Second, isTaken: true},
		{name: "the Date is a second ahead of createdAt", createdBy: ownClientID, at: -time.Second, isTaken: true},
		{name: "the Date is a minute ahead of createdAt", createdBy: ownClientID, at: -time.Minute, isTaken: true},
		{name: "long before", createdBy: ownClientID, at: -2 * time.Minute},
		{name: "late, within the grace period", createdBy: ownClientID, at: 14 * time.Second, isTaken: true},
		{name: "an hour later, with the same credentials", createdBy: ownClientID, at: time.Hour},
		{name: "a month later, without a creator", createdBy: "", at: 720 * time.Hour},
		{name: "in the window, without a creator", createdBy: "", at: 5 * time.Second},
		{name: "in the window, by a creator that is not recognised", createdBy: "b7f3-unknown", at: 5 * time.Second},
		{name: "in the window, by another principal", createdBy: somebodyElse, at: 5 * time.Second},
		{name: "in the window, by an opaque token", createdBy: ownClientID, at: 5 * time.Second, opaque: true},
		{name: "a record of the first version", createdBy: ownClientID, at: 5 * time.Second, legacy: true},
		{name: "a record without a look before", createdBy: ownClientID, at: 5 * time.Second, noFrom: true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			open := start
			if row.opaque {
				open = startOpaque
			}
			w := open(t, setting{client: func(c *runai.Config) { c.SettleTime = 10 * time.Second }}) // never waited for here
			w.clock.advance(5 * time.Minute)
			sent := w.clock.Now()
			pending := runai.PendingCreate{From: sent, Until: sent}
			if row.legacy {
				pending = runai.PendingCreate{}
				if err := json.Unmarshal([]byte(`{"asked_at":"`+sent.Format(time.RFC3339)+`"}`), &pending); err != nil {
					t.Fatal(err)
				}
			}
			if row.noFrom {
				pending.From = time.Time{}
			}
			w.clock.advance(row.at)
			w.CreateApplication("ci", row.createdBy)
			w.clock.advance(30 * time.Minute)
			app, err := w.newClient().Applications.ResolvePending(t.Context(), "ci", pending)
			if row.isTaken != (err == nil) || !row.isTaken && !errors.Is(err, runai.ErrNotFound) {
				t.Errorf("resolved to %v, %v", app, err)
			}
			if got := w.named("ci"); len(got) != 1 || got[0].SecretsIssued != 1 {
				t.Errorf("the control plane has %+v", got)
			}
		})
	}
}

func TestRegenerate_ALostAnswerIsAskedForAgain(t *testing.T) {
	t.Parallel()
	for _, fault := range createFaults {
		for _, often := range howOften[:2] {
			t.Run(fmt.Sprintf("%s %d/%s", fault.Kind, fault.Status, often.name), func(t *testing.T) {
				t.Parallel()
				w := start(t, setting{}).ready()
				app := w.seed("ci")[0]
				fault := fault
				if fault.Kind == "slow" {
					fault.DelayMS = 100
				}
				fault.Method, fault.Path, fault.Count = "POST", accountSecret, often.count
				w.arm(fault)
				secret, err := regenerate(t.Context(), w.client, app.ID)
				if fault.Status == 500 || fault.Status == 401 && often.count == 2 {
					if err == nil {
						t.Error("no error")
					}
					return
				}
				if err != nil || !w.SignsIn("ci", secret.Reveal()) {
					t.Errorf("error %v, or the secret is not the current one", err)
				}
			})
		}
	}
}

// Two rotations of one application at once end with a current secret for the
// last, and each asks once.
func TestRegenerate_OneAtATime(t *testing.T) {
	t.Parallel()
	w := start(t, setting{}).ready()
	app := w.seed("ci")[0]
	var in, most atomic.Int32
	w.OnRequest(func(_, route string) {
		if route == accountSecret {
			most.Store(max(most.Load(), in.Add(1)))
		}
	})
	secrets := make([]runai.Secret, 8)
	parallel(len(secrets), func(i int) {
		s, err := regenerate(t.Context(), w.client, app.ID)
		if err != nil {
			t.Error(err)
		}
		secrets[i] = s
		in.Add(-1)
	})
	current := 0
	for _, s := range secrets {
		if w.SignsIn("ci", s.Reveal()) {
			current++
		}
	}
	if current != 1 {
		t.Errorf("%d of the secrets are current, want one", current)
	}
	w.wantCount("POST", accountSecret, len(secrets))
}

func TestRegenerate_OfWhatIsGoneIsAnError(t *testing.T) {
	t.Parallel()
	w := start(t, setting{}).ready()
	if _, err := regenerate(t.Context(), w.client, "no-such-id"); !errors.Is(err, runai.ErrNotFound) {
		t.Errorf("error %v", err)
	}
	if err := w.client.Applications.SetEnabled(t.Context(), byID("no-such-id"), true); !errors.Is(err, runai.ErrNotFound) {
		t.Errorf("error %v", err)
	}
}

// Cancelled while the POST is in flight: what it made is known.
func TestCreate_CancelledInFlightStillReturnsWhatWasMade(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"cancel", "deadline"} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			w := start(t, setting{}).ready()
			app := w.seed("other")[0]
			ctx, leave := contextThatEnds(t)
			w.OnRequest(func(method, route string) {
				if method != "POST" || route == tokenV2 {
					return
				}
				leave()
			})
			if end == "deadline" {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
				defer cancel()
				w.OnRequest(func(method, route string) {
					if method == "POST" && route == accounts {
						<-ctx.Done()
					}
				})
			}
			created, err := w.client.Applications.Create(ctx, "ci")
			if err != nil {
				t.Fatal(err)
			}
			w.wantPromise("ci", created, err)
			if ctx.Err() == nil {
				t.Error("it was not cancelled: the test does not do what it says")
			}
			if end == "deadline" {
				return
			}
			ctx, leave = contextThatEnds(t)
			made, err := w.client.AccessRules.Create(ctx, w.tuple("ci"), "")
			if err != nil || made.ID == 0 || ctx.Err() == nil {
				t.Errorf("rule %v, %v", made, err)
			}
			ctx, leave = contextThatEnds(t)
			secret, err := regenerate(ctx, w.client, app.ID)
			if err != nil || !w.SignsIn("other", secret.Reveal()) || ctx.Err() == nil {
				t.Errorf("regenerate: %v", err)
			}
		})
	}
}

// Cancelled, and the answer lost as well: it is looked for all the same.
func TestCreate_CancelledAndLostIsLookedFor(t *testing.T) {
	t.Parallel()
	w := start(t, setting{}).ready()
	w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "drop-after"})
	ctx, leave := contextThatEnds(t)
	w.OnRequest(func(method, route string) {
		if method == "POST" && route == accounts {
			leave()
		}
	})
	created, err := w.client.Applications.Create(ctx, "ci")
	w.wantPromise("ci", created, err)
	if err != nil && created.ID == "" {
		t.Errorf("nothing is known of what was made: %v", err)
	}
}

// The list that clears a lost create up is asked for after it, and not one that
// others had under way before.
func TestCreate_IsLookedForInAListOfItsOwnTime(t *testing.T) {
	t.Parallel()
	held, release := make(chan struct{}), make(chan struct{})
	var hold atomic.Bool
	w := start(t, setting{client: withVersion(t, "2.24"), front: func(mock http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if isList(r) && hold.CompareAndSwap(true, false) {
				recorded := &recorder{header: http.Header{}}
				mock.ServeHTTP(recorded, r) // what there is now …
				close(held)
				<-release // … is told later
				answers(200, "application/json", recorded.body.String())(w, r)
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
	w.wantPromise("ci", r.created, r.err)
	w.wantCount("POST", accounts, 1)
	if err := <-listing; err != nil {
		t.Error(err)
	}
}

// A success that says nothing of what was made is looked after as well.
func TestCreate_AnAnswerWithoutIDIsLookedAfter(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `null`, `{"name":"ci"}`, `[]`, `"ok"`, ``} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int32
			hide := func(mock http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method == "POST" && (r.URL.Path == accounts || r.URL.Path == rules) && n.Add(1) <= 2 {
						recorded := &recorder{header: http.Header{}}
						mock.ServeHTTP(recorded, r)
						w.Header()["Date"] = recorded.header["Date"]
						if recorded.status == http.StatusCreated {
							answers(201, "application/json", body)(w, r)
							return
						}
						answers(recorded.status, "application/json", recorded.body.String())(w, r)
						return
					}
					mock.ServeHTTP(w, r)
				})
			}
			w := start(t, setting{client: withVersion(t, "2.24"), front: hide}).ready()
			created, err := w.client.Applications.Create(t.Context(), "ci")
			if err != nil {
				t.Error(err)
			}
			w.wantPromise("ci", created, err)
			made, err := w.client.AccessRules.Create(t.Context(), w.tuple("ci"), "")
			if living := w.living("ci"); err != nil || len(living) != 1 || made.ID != int64(living[0].ID) {
				t.Errorf("made %v, %v; the control plane has %v", made, err, living)
			}
		})
	}
}

// Who may create and not list cannot prove anything, and gets the error.
func TestCreate_WithoutALookNothingIsTaken(t *testing.T) {
	t.Parallel()
	w := start(t, setting{client: withVersion(t, "2.24")}).ready()
	w.arm(mockserver.Fault{Method: "GET", Path: accounts, Kind: "status", Status: 403, Count: -1})
	created, err := w.client.Applications.Create(t.Context(), "ci")
	w.wantPromise("ci", created, err)
	if err != nil {
		t.Error(err)
	}
	w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "drop-after"})
	created, err = w.client.Applications.Create(t.Context(), "cd")
	var unknownOutcome *runai.UnknownOutcomeError
	if !errors.As(err, &unknownOutcome) || created.ID != "" {
		t.Errorf("%v, %v", created, err)
	}
	if n := len(w.named("cd")); n != 1 {
		t.Errorf("%d applications", n)
	}
}

func TestDelete_IsRepeatedAndTheSecond404IsSuccess(t *testing.T) {
	t.Parallel()
	w := start(t, setting{client: withVersion(t, "2.24"), closeEach: true}).ready()
	app := w.seed("ci")[0]
	w.arm(mockserver.Fault{Method: "DELETE", Path: account, Kind: "drop-after"})
	if err := w.client.Applications.Delete(t.Context(), byID(app.ID)); err != nil {
		t.Error(err)
	}
	w.wantCount("DELETE", account, 2)
	if len(w.named("ci")) != 0 {
		t.Error("it is still there")
	}
}

// A 404 of anything but the API is no deletion.
func TestDelete_A404OfAGatewayIsNoDeletion(t *testing.T) {
	t.Parallel()
	for _, gateway := range []http.HandlerFunc{
		page(404, "Not Found"),
		answers(404, "text/plain", "404 page not found"),
		answers(404, "application/json", `{"message":"no Route matched with those values"}`),
		answers(404, "application/json", `{"timestamp":"2026-01-01T00:00:00Z","status":404,"error":"Not Found","path":"/"}`),
		answers(404, "application/json", `{"statusCode":404,"message":"Cannot DELETE","error":"Not Found"}`),
		answers(404, "application/json", `{"code":null,"message":"nothing here"}`),
		answers(404, "application/json", ``),
	} {
		w := start(t, setting{client: withVersion(t, "2.24"), front: func(mock http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, accounts+"/") || strings.HasPrefix(r.URL.Path, rules+"/") {
					gateway(w, r)
					return
				}
				mock.ServeHTTP(w, r)
			})
		}}).ready()
		for what, err := range map[string]error{
			"application": w.client.Applications.Delete(t.Context(), byID("some-id")),
			"rule":        w.client.AccessRules.Delete(t.Context(), 1, runai.RuleKey{}),
		} {
			if err == nil || errors.Is(err, runai.ErrNotFound) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := w.client.Applications.Get(t.Context(), runai.ApplicationRef{ID: "some-id"}); err == nil || errors.Is(err, runai.ErrNotFound) {
			t.Errorf("get: %v", err)
		}
	}
}

// An answer to a read that is no object is not an object.
func TestRead_AnAnswerWithoutIDIsAnError(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `null`, `{"status":"ok"}`} {
		w := start(t, setting{client: withVersion(t, "2.24"), front: func(mock http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, accounts+"/") || strings.HasPrefix(r.URL.Path, rules+"/") {
					answers(200, "application/json", body)(w, r)
					return
				}
				mock.ServeHTTP(w, r)
			})
		}}).ready()
		if app, err := w.client.Applications.Get(t.Context(), runai.ApplicationRef{ID: "some-id"}); err == nil || errors.Is(err, runai.ErrNotFound) {
			t.Errorf("%s: %+v, %v", body, app, err)
		}
		if r, err := w.client.AccessRules.Get(t.Context(), 4711); err == nil || errors.Is(err, runai.ErrNotFound) {
			t.Errorf("%s: %+v, %v", body, r, err)
		}
	}
	// Nor is there anything to revoke in it.
	w := start(t, setting{mock: mockserver.Options{Version: "2.17"}, client: withVersion(t, "2.17"), front: on("GET", legacyApps+"/x", answers(200, "application/json", "null"))})
	if err := w.client.Applications.SetEnabled(t.Context(), byID("x"), false); err == nil {
		t.Error("no error")
	}
	w.wantCount("PUT", legacyApp, 0)
}
