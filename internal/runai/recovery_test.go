package runai_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
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

// A create that responds without an ID or without a secret may have taken effect.
func TestCreate_IncompleteResponse_IsUnclear(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"without a secret": `{"id":"3f7c1a52-9a53-4a4c-8f0e-6a1d0c1f7d20","name":"ci","clientId":"ci"}`,
		"without an ID":    `{"name":"ci","clientId":"ci","clientSecret":"planted"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, fixtureOptions{client: withVersion(t, "2.24"), front: on("POST", accounts, respond(201, "application/json", body))}).ready()
			_, err := w.client.Applications.Create(t.Context(), "ci")
			if unknown, ok := errors.AsType[*runai.UnknownOutcomeError](err); !ok || !strings.Contains(unknown.Error(), "no ID or no secret") {
				t.Errorf("error %v", err)
			}
		})
	}
}

// wantCreatedOnce checks the guarantees of a create under any fault: at
// most one application; if there is no error, one, with the secret that is
// current; if there is an error, the caller knows the ID, or can find out.
func (w *fixture) wantCreatedOnce(name string, created runai.CreatedApplication, err error) {
	w.t.Helper()
	found := w.ApplicationsNamed(name)
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
		w.clock.Advance(runai.SnapshotAge)
		app, err := w.newClient().Applications.ResolvePending(w.t.Context(), name, unknownOutcome.Pending)
		if len(found) == 0 && !errors.Is(err, runai.ErrNotFound) || len(found) == 1 && (err != nil || app.ID != found[0].ID) {
			w.t.Errorf("settled to %v, %v; the control plane has %v", app, err, found)
		}
	case len(found) == 1 && created.ID != found[0].ID:
		w.t.Errorf("orphaned: the control plane has %q, and the error is %v", name, err)
	}
	if found := w.leaks(fmt.Sprint(err)); len(found) > 0 {
		w.t.Errorf("%v holds a secret", err)
	}
}

func forEachCreateFault(t *testing.T, f func(t *testing.T, w *fixture, route string)) {
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
						w := start(t, fixtureOptions{client: func(c *runai.Config) {
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

func TestCreate_EachFault_TakesEffectOnce(t *testing.T) {
	t.Parallel()
	forEachCreateFault(t, func(t *testing.T, w *fixture, route string) {
		t.Helper()
		if route == accounts {
			created, err := w.client.Applications.Create(t.Context(), "ci")
			w.wantCreatedOnce("ci", created, err)
			return
		}
		made, err := w.client.AccessRules.Create(t.Context(), w.ruleKey("ci"), "")
		active := w.activeRules("ci")
		var unknownOutcome *runai.UnknownOutcomeError
		switch {
		case len(active) > 1:
			t.Errorf("%d rules", len(active))
		case err == nil:
			if len(active) != 1 || int64(active[0].ID) != made.ID {
				t.Errorf("created %d, and the control plane has %v", made.ID, active)
			}
		case errors.As(err, &unknownOutcome):
			w.ClearFaults()
			settled, err := w.newClient().AccessRules.ResolvePending(t.Context(), w.ruleKey("ci"), unknownOutcome.Pending)
			if len(active) == 0 && !errors.Is(err, runai.ErrNotFound) || len(active) == 1 && (err != nil || settled.ID != int64(active[0].ID)) {
				t.Errorf("settled to %v, %v; the control plane has %v", settled, err, active)
			}
		case len(active) == 1:
			t.Errorf("orphaned: the control plane has %v, and the error is %v", active, err)
		}
	})
}

// Control of the matrix: the number of requests of each path.
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
			w := start(t, fixtureOptions{client: withVersion(t, "2.24")}).ready()
			if line.fault != nil {
				line.fault.Method, line.fault.Path = "POST", accounts
				w.arm(*line.fault)
			}
			created, err := w.client.Applications.Create(t.Context(), "ci")
			if err != nil {
				t.Fatal(err)
			}
			w.wantCreatedOnce("ci", created, err)
			w.WantCount("POST", accounts, line.posts)
			w.WantCount("POST", accountSecret, line.issued)
			if got := w.ApplicationsNamed("ci")[0].SecretsIssued; got != 1+line.issued {
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
				w := start(t, fixtureOptions{mock: mockserver.Options{Version: g.version}}).ready()
				if kind != "" {
					w.arm(mockserver.Fault{Method: "POST", Path: map[runai.API]string{
						runai.ServiceAccounts: accounts, runai.Apps: apps, runai.LegacyApps: legacyApps,
					}[g.api], Kind: kind})
				}
				created, err := w.client.Applications.Create(t.Context(), "ci")
				if err != nil {
					t.Fatal(err)
				}
				w.wantCreatedOnce("ci", created, err)
				if created.ClientID != "ci" || created.Name != "ci" {
					t.Errorf("%+v", created)
				}
			})
		}
	}
}

// The window is measured by the server's clock.
func TestCreate_AnyLocalClock_IsRecovered(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{0, 10 * time.Minute, -10 * time.Minute, 999 * time.Millisecond, -time.Millisecond} {
		t.Run(ahead.String(), func(t *testing.T) {
			t.Parallel()
			w := start(t, fixtureOptions{serverClock: ahead, client: withVersion(t, "2.24")})
			w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "drop-after"}, mockserver.Fault{Method: "POST", Path: rules, Kind: "drop-after"})
			created, err := w.client.Applications.Create(t.Context(), "ci")
			if err != nil {
				t.Fatal(err)
			}
			w.wantCreatedOnce("ci", created, err)
			if _, err := w.client.AccessRules.Create(t.Context(), w.ruleKey("ci"), ""); err != nil {
				t.Error(err)
			}
		})
	}
}

// Without the server's clock no object is adopted, since its creation time proves
// nothing.
func TestCreate_NoServerClock_AdoptsNothing(t *testing.T) {
	t.Parallel()
	noDate := func(mock http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { mock.ServeHTTP(dateless{w}, r) })
	}
	w := start(t, fixtureOptions{client: withVersion(t, "2.24"), front: noDate}).ready()
	w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "drop-before", Count: -1})
	w.OnRequest(func(method, route string) {
		if method == "POST" && route == accounts && len(w.ApplicationsNamed("ci")) == 0 {
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
		t.Errorf("adopted %v, %v", app, err)
	}
}

type dateless struct{ http.ResponseWriter }

func (d dateless) WriteHeader(status int) {
	d.Header()["Date"] = nil
	d.ResponseWriter.WriteHeader(status)
}

// After a success without an ID, the object is looked up.
func TestCreate_ResponseWithoutID_IsLookedUp(t *testing.T) {
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
							respond(201, "application/json", body)(w, r)
							return
						}
						respond(recorded.status, "application/json", recorded.body.String())(w, r)
						return
					}
					mock.ServeHTTP(w, r)
				})
			}
			w := start(t, fixtureOptions{client: withVersion(t, "2.24"), front: hide}).ready()
			created, err := w.client.Applications.Create(t.Context(), "ci")
			if err != nil {
				t.Error(err)
			}
			w.wantCreatedOnce("ci", created, err)
			made, err := w.client.AccessRules.Create(t.Context(), w.ruleKey("ci"), "")
			if active := w.activeRules("ci"); err != nil || len(active) != 1 || made.ID != int64(active[0].ID) {
				t.Errorf("created %v, %v; the control plane has %v", made, err, active)
			}
		})
	}
}

// A caller that may create but not list gets the error.
func TestCreate_ListForbidden_AdoptsNothing(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{client: withVersion(t, "2.24")}).ready()
	w.arm(mockserver.Fault{Method: "GET", Path: accounts, Kind: "status", Status: 403, Count: -1})
	created, err := w.client.Applications.Create(t.Context(), "ci")
	w.wantCreatedOnce("ci", created, err)
	if err != nil {
		t.Error(err)
	}
	w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "drop-after"})
	created, err = w.client.Applications.Create(t.Context(), "cd")
	var unknownOutcome *runai.UnknownOutcomeError
	if !errors.As(err, &unknownOutcome) || created.ID != "" {
		t.Errorf("%v, %v", created, err)
	}
	if n := len(w.ApplicationsNamed("cd")); n != 1 {
		t.Errorf("%d applications", n)
	}
}
