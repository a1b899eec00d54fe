package runai_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// A lookup by name finds an application by its name and by its client ID, should they
// ever differ.
func TestNamed_NameOrClientID(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{}).ready()
	app := w.seed("ci")[0]
	w.MalformApplication("ci", "clientId", "ci-of-keycloak")
	w.clock.Advance(runai.SnapshotAge)
	for name, want := range map[string]bool{"ci": true, "ci-of-keycloak": true, "another": false} {
		got, found, err := w.client.Applications.Named(t.Context(), name)
		if err != nil || found != want || found && got.ID != app.ID {
			t.Errorf("%s: found %t, %v, %v", name, found, got, err)
		}
	}
}

// An entry that cannot be decoded does not hide the others. Reading that object itself
// is an error, and not the absence of the object.
func TestGet_MalformedEntry_HidesNoOthers(t *testing.T) {
	t.Parallel()
	for _, v := range []string{"2.17", "2.18", "2.24", "3.0"} {
		t.Run(v, func(t *testing.T) {
			t.Parallel()
			w := start(t, fixtureOptions{mock: mockserver.Options{Version: v, Applications: 10, AccessRules: 700}, client: withVersion(t, v)}).ready()
			apps, ruleIDs := w.State().Applications, w.State().AccessRules
			w.MalformApplication(apps[5].Name, "lastLogin", "2026-03-01T12:00:00")
			w.MalformApplication(apps[6].Name, "createdAt", 5)
			if v != "2.17" {
				w.MalformAccessRule(ruleIDs[499].ID, "createdAt", "yesterday") // at the end of a page
				w.MalformAccessRule(ruleIDs[5].ID, "subjectId", []int{1})
			}
			list, err := w.client.Applications.Listing(t.Context())
			if err != nil || len(list.Items) != 8 || list.Malformed != 2 {
				t.Errorf("%d applications, %d malformed, %v", len(list.Items), list.Malformed, err)
			}
			for i, app := range apps {
				got, err := w.client.Applications.Get(t.Context(), ref(app))
				if malformed := i == 5 || i == 6; malformed != (err != nil) || errors.Is(err, runai.ErrNotFound) {
					t.Errorf("%d: %v, %v", i, got, err)
				}
				if err != nil && !strings.Contains(err.Error(), app.ID) {
					t.Errorf("%v does not name the application", err)
				}
			}
			if v == "2.17" {
				return
			}
			rules, err := w.client.AccessRules.Listing(t.Context())
			if err != nil || len(rules.Items) != 698 || rules.Malformed != 2 {
				t.Errorf("%d rules, %d malformed, %v", len(rules.Items), rules.Malformed, err)
			}
			w.WantCount("GET", "/api/v1/authorization/access-rules", 2) // a list that did not move
			for _, i := range []int{4, 5, 498, 499, 500} {
				got, err := w.client.AccessRules.Get(t.Context(), int64(ruleIDs[i].ID))
				if malformed := i == 5 || i == 499; malformed != (err != nil) || errors.Is(err, runai.ErrNotFound) {
					t.Errorf("%d: %v, %v", i, got, err)
				}
			}
		})
	}
}

// From 2.24 on a list may end after 1000 entries. An object that is not on it is read
// by its ID. A name that is not on it may exist.
func TestList_TruncatedAt1000_LosesNothing(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{mock: mockserver.Options{Applications: 1200, ListLimit: 1000}, client: withVersion(t, "2.24")}).ready()
	all := w.State().Applications
	list, err := w.client.Applications.Listing(t.Context())
	if err != nil || len(list.Items) != 1000 || !list.Truncated {
		t.Errorf("%d applications, truncated %v, %v", len(list.Items), list.Truncated, err)
	}
	for _, i := range []int{0, 999, 1000, 1199} {
		if app, err := w.client.Applications.Get(t.Context(), ref(all[i])); err != nil || app.Name != all[i].Name {
			t.Errorf("%v, %v", app, err)
		}
		if app, err := w.client.Applications.Find(t.Context(), all[i].ID); err != nil || app.Name != all[i].Name {
			t.Errorf("%v, %v", app, err)
		}
	}
	w.WantCount("GET", accounts, 1)
	w.WantCount("GET", account, 4)
	if app, err := w.client.Applications.Find(t.Context(), all[999].Name); err != nil || app.ID != all[999].ID {
		t.Errorf("%v, %v", app, err)
	}
	if app, err := w.client.Applications.Find(t.Context(), all[1000].Name); !errors.Is(err, runai.ErrNotFound) || !strings.Contains(err.Error(), "among the first 1000, which is all that the control plane lists") {
		t.Errorf("%v, %v", app, err)
	}
	var exists *runai.ExistsError
	// The list shows that a name on it is in use: no create is sent.
	if created, err := w.client.Applications.Create(t.Context(), all[999].Name); !errors.As(err, &exists) || exists.ID != all[999].ID {
		t.Errorf("%v, %v", created, err)
	}
	w.WantCount("POST", accounts, 0)
	// The control plane refuses a create with another one.
	if created, err := w.client.Applications.Create(t.Context(), all[1000].Name); !errors.As(err, &exists) {
		t.Errorf("%v, %v", created, err)
	}
	if created, err := w.client.Applications.Create(t.Context(), "ci"); err != nil || created.ID == "" {
		t.Errorf("%v, %v", created, err)
	}
	// Such a list cannot resolve a lost create.
	w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "drop-after"})
	var unknown *runai.UnknownOutcomeError
	if created, err := w.client.Applications.Create(t.Context(), "cd"); !errors.As(err, &unknown) || !strings.Contains(err.Error(), "it is not among the 1000 applications") {
		t.Errorf("%v, %v", created, err)
	} else if !errors.Is(err, unknown.LookupErr) || !errors.Is(err, unknown.Create) {
		t.Errorf("%v unwraps to neither the create nor the lookup", err)
	}
}

// Control of the test above.
func TestList_Under1000_IsComplete(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{mock: mockserver.Options{Applications: 999, ListLimit: 1000}, client: withVersion(t, "2.24")}).ready()
	if list, err := w.client.Applications.Listing(t.Context()); err != nil || len(list.Items) != 999 || list.Truncated {
		t.Errorf("%d applications, truncated %v, %v", len(list.Items), list.Truncated, err)
	}
	if app, err := w.client.Applications.Find(t.Context(), "no-such-name"); !errors.Is(err, runai.ErrNotFound) || strings.Contains(err.Error(), "lists") {
		t.Errorf("%v, %v", app, err)
	}
}

func TestFind_ByID_RequestsNoList(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{mock: mockserver.Options{Applications: 10}, client: withVersion(t, "2.24")}).ready()
	w.arm(mockserver.Fault{Method: "GET", Path: accounts, Kind: "status", Status: 403, Count: -1})
	app := w.State().Applications[5]
	if found, err := w.client.Applications.Find(t.Context(), app.ID); err != nil || found.Name != app.Name {
		t.Errorf("%v, %v", found, err)
	}
	w.WantCount("GET", accounts, 0)
	if found, err := w.client.Applications.Find(t.Context(), app.Name); !errors.Is(err, runai.ErrForbidden) {
		t.Errorf("%v, %v", found, err)
	}
	w.ClearFaults()
	w.clock.Advance(runai.SnapshotAge)
	if found, err := w.client.Applications.Find(t.Context(), app.Name); err != nil || found.ID != app.ID {
		t.Errorf("%v, %v", found, err)
	}
}
