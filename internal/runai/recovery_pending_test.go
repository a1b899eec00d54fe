package runai_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

func TestCreate_NoResponse_IsResolvedByLaterRun(t *testing.T) {
	t.Parallel()
	for _, created := range []bool{true, false} {
		for _, how := range []string{"by the caller", "meanwhile by another principal"} {
			t.Run(fmt.Sprintf("created=%v/%s", created, how), func(t *testing.T) {
				t.Parallel()
				w := start(t, fixtureOptions{}).ready()
				kind := map[bool]string{true: "drop-after", false: "drop-before"}[created]
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
				_, ruleErr := w.client.AccessRules.Create(t.Context(), w.ruleKey("ci"), "")
				var app, rule *runai.UnknownOutcomeError
				if !errors.As(err, &app) || !errors.As(ruleErr, &rule) || !errors.Is(err, runai.ErrUnclear) {
					t.Fatalf("errors %v and %v, want UnknownOutcomeErrors", err, ruleErr)
				}
				w.WantCount("POST", accounts, 1) // never twice without a lookup
				w.WantCount("POST", rules, 1)
				w.ClearFaults()
				w.clock.Advance(time.Hour)
				want := created
				if how == "meanwhile by another principal" && !created {
					w.seed("ci")
					key := w.ruleKey("ci")
					w.CreateAccessRule(mockserver.AccessRule{SubjectID: "ci", SubjectType: "app", RoleID: int(key.RoleID), ScopeType: "tenant", ScopeID: key.ScopeID, CreatedBy: anotherPrincipal})
				}
				c := w.newClient() // the next run
				resolved, err := c.Applications.ResolvePending(t.Context(), "ci", app.Pending)
				if want != (err == nil) || !want && !errors.Is(err, runai.ErrNotFound) || want && resolved.ID != w.ApplicationsNamed("ci")[0].ID {
					t.Errorf("application resolved to %v, %v", resolved, err)
				}
				resolvedRule, err := c.AccessRules.ResolvePending(t.Context(), w.ruleKey("ci"), rule.Pending)
				if want != (err == nil) || !want && !errors.Is(err, runai.ErrNotFound) || want && resolvedRule.ID != int64(w.activeRules("ci")[0].ID) {
					t.Errorf("rule resolved to %v, %v", resolvedRule, err)
				}
			})
		}
	}
}

// A later run adopts only an object that the caller created in the window of the lost
// create. An application with that name that appears an hour later belongs to another
// run, as does one with another creator.
func TestResolvePending_WindowAndCreator(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name      string
		createdBy string
		// at is the creation time of the application, relative to the create.
		at      time.Duration
		opaque  bool // signed in with an access token without an identity
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
		{name: "in the window, by a creator that is not recognized", createdBy: "b7f3-unknown", at: 5 * time.Second},
		{name: "in the window, by another principal", createdBy: anotherPrincipal, at: 5 * time.Second},
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
			w := open(t, fixtureOptions{client: func(c *runai.Config) { c.SettleTime = 10 * time.Second }}) // never waited for here
			w.clock.Advance(5 * time.Minute)
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
			w.clock.Advance(row.at)
			w.CreateApplication("ci", row.createdBy)
			w.clock.Advance(30 * time.Minute)
			app, err := w.newClient().Applications.ResolvePending(t.Context(), "ci", pending)
			if row.isTaken != (err == nil) || !row.isTaken && !errors.Is(err, runai.ErrNotFound) {
				t.Errorf("resolved to %v, %v", app, err)
			}
			if got := w.ApplicationsNamed("ci"); len(got) != 1 || got[0].SecretsIssued != 1 {
				t.Errorf("the control plane has %+v", got)
			}
		})
	}
}

// The next run begins when the create of the previous one can no longer take effect: it
// looks once and does not wait.
func TestResolvePending_SettleTimeOver_LooksOnce(t *testing.T) {
	t.Parallel()
	w, waits := startSettling(t, fixtureOptions{})
	sent := w.clock.Now()
	w.clock.Advance(10 * time.Second)
	if _, err := w.client.Applications.List(t.Context()); err != nil { // tells the time
		t.Fatal(err)
	}
	_, err := w.client.Applications.ResolvePending(t.Context(), "ci", runai.PendingCreate{From: sent, Until: sent})
	if !errors.Is(err, runai.ErrNotFound) || len(*waits) != 0 {
		t.Errorf("waited %v, %v", *waits, err)
	}
}

// What was found is not waited for, nor is a list that cannot be read.
func TestResolvePending_FoundOrUnreadable_DoesNotWait(t *testing.T) {
	t.Parallel()
	for name, found := range map[string]bool{"found": true, "unreadable": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, waits := startSettling(t, fixtureOptions{})
			sent := w.clock.Now()
			w.CreateApplication("ci", ownClientID)
			if !found {
				w.arm(mockserver.Fault{Method: "GET", Path: accounts, Kind: "status", Status: 403, Count: -1})
			}
			_, err := w.newClient().Applications.ResolvePending(t.Context(), "ci", runai.PendingCreate{From: sent, Until: sent})
			if found != (err == nil) || len(*waits) != 0 {
				t.Errorf("waited %v, %v", *waits, err)
			}
		})
	}
}

// The next run begins while the create of the previous one can still take effect, so
// it waits before it concludes that the object does not exist.
func TestResolvePending_CreateStillInFlight_Waits(t *testing.T) {
	t.Parallel()
	w, waits := startSettling(t, fixtureOptions{})
	w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "late", Status: 504, DelayMS: 8000, Count: 1})
	w.onNth("POST", accounts, 1, func() {
		w.arm(mockserver.Fault{Method: "GET", Path: accounts, Kind: "status", Status: 500, Count: -1})
	})
	_, err := w.client.Applications.Create(t.Context(), "ci")
	var unknown *runai.UnknownOutcomeError
	if !errors.As(err, &unknown) || len(w.ApplicationsNamed("ci")) != 0 {
		t.Fatalf("error %v, want an UnknownOutcomeError and no application yet", err)
	}
	w.ClearFaults()
	*waits = nil
	app, err := w.newClient().Applications.ResolvePending(t.Context(), "ci", unknown.Pending)
	if err != nil || app.Name != "ci" {
		t.Errorf("resolved to %v, %v", app.Name, err)
	}
	if len(*waits) != 1 || (*waits)[0] > 10*time.Second {
		t.Errorf("waited %v, want once, for the settle time at most", *waits)
	}
	w.clock.Advance(time.Hour)
	*waits = nil
	if _, err := w.newClient().Applications.ResolvePending(t.Context(), "gone", unknown.Pending); !errors.Is(err, runai.ErrNotFound) || len(*waits) != 0 {
		t.Errorf("error %v after waits of %v, want ErrNotFound immediately when no attempt can take effect any more", err, *waits)
	}
}
