package runai_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

func TestGet_MissingFromList_IsConfirmedByID(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{mock: mockserver.Options{Applications: 10}, client: withVersion(t, "2.24")}).ready()
	w.arm(
		mockserver.Fault{Method: "GET", Path: accounts, Kind: "stale-list", Count: -1},
		mockserver.Fault{Method: "GET", Path: rules, Kind: "stale-list", Count: -1},
	)
	if _, err := w.client.Applications.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.AccessRules.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	app := w.seed("ci")[0]
	key := w.ruleKey("ci")
	r := w.CreateAccessRule(mockserver.AccessRule{SubjectID: "ci", SubjectType: "app", RoleID: int(key.RoleID), ScopeType: "tenant", ScopeID: key.ScopeID})
	if got, err := w.client.Applications.Get(t.Context(), ref(app)); err != nil || got.Name != "ci" {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := w.client.AccessRules.Get(t.Context(), int64(r.ID)); err != nil || got.SubjectID != "ci" {
		t.Errorf("%v, %v", got, err)
	}
	w.WantCount("GET", account, 1)
	w.WantCount("GET", rule, 1)
	// Control: an object that is neither on the list nor found by ID does not exist.
	w.DeleteApplication("ci")
	w.DeleteAccessRule(r.ID)
	if got, err := w.client.Applications.Get(t.Context(), ref(app)); !errors.Is(err, runai.ErrNotFound) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := w.client.AccessRules.Get(t.Context(), int64(r.ID)); !errors.Is(err, runai.ErrNotFound) {
		t.Errorf("%v, %v", got, err)
	}
}

// An object on the list exists, although a read by ID returns 404.
func TestGet_ListedBut404ByID_IsFound(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{mock: mockserver.Options{Applications: 10, AccessRules: 10}, client: withVersion(t, "2.24")}).ready()
	w.arm(mockserver.Fault{Method: "GET", Path: account, Kind: "status", Status: 404, Count: -1}, mockserver.Fault{Method: "GET", Path: rule, Kind: "status", Status: 404, Count: -1})
	if got, err := w.client.Applications.Get(t.Context(), ref(w.State().Applications[5])); err != nil {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := w.client.AccessRules.Get(t.Context(), 5); err != nil {
		t.Errorf("%v, %v", got, err)
	}
	w.WantCount("GET", account, 1)
	w.WantCount("GET", accounts, 1)
}

func TestGet_Error_IsNeitherCachedNorNotFound(t *testing.T) {
	t.Parallel()
	for _, fault := range []mockserver.Fault{{Kind: "html"}, {Kind: "status", Status: 500}, {Kind: "drop-before"}, {Kind: "truncate"}, {Kind: "html", Status: 404}, {Kind: "status", Status: 401}, {Kind: "html", Status: 200}} {
		t.Run(fmt.Sprintf("%s %d", fault.Kind, fault.Status), func(t *testing.T) {
			t.Parallel()
			w := start(t, fixtureOptions{mock: mockserver.Options{Applications: 10, AccessRules: 700}, client: withVersion(t, "2.24")}).ready()
			for _, path := range []string{accounts, rules, account, rule} {
				fault := fault
				fault.Method, fault.Path, fault.Count = "GET", path, -1
				w.arm(fault)
			}
			state := w.State()
			for range 2 {
				parallel(10, func(i int) {
					_, err := w.client.Applications.Get(t.Context(), ref(state.Applications[i]))
					_, ruleErr := w.client.AccessRules.Get(t.Context(), int64(state.AccessRules[i].ID))
					if err == nil || ruleErr == nil || errors.Is(err, runai.ErrNotFound) || errors.Is(ruleErr, runai.ErrNotFound) {
						t.Errorf("%v, %v", err, ruleErr)
					}
				})
			}
			w.ClearFaults()
			parallel(10, func(i int) {
				_, err := w.client.Applications.Get(t.Context(), ref(state.Applications[i]))
				_, ruleErr := w.client.AccessRules.Get(t.Context(), int64(state.AccessRules[i].ID))
				if err != nil || ruleErr != nil {
					t.Errorf("%v, %v", err, ruleErr)
				}
			})
		})
	}
}

func TestGet_DeletedRule_IsNotFound(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"deletedAt":      `{"id":7,"subjectId":"ci","deletedAt":"2026-01-01T00:00:00Z"}`,
		"phase Deleting": `{"id":7,"subjectId":"ci","status":{"phase":"Deleting"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, fixtureOptions{client: withVersion(t, "2.24"), front: func(mock http.Handler) http.Handler {
				return on("GET", rules, respond(200, "application/json", `{"totalRecords":1,"accessRules":[`+body+`]}`))(
					on("GET", rules+"/7", respond(200, "application/json", body))(mock))
			}})
			if got, err := w.client.AccessRules.Get(t.Context(), 7); !errors.Is(err, runai.ErrNotFound) {
				t.Errorf("%v, %v", got, err)
			}
			if all, err := w.client.AccessRules.List(t.Context()); err != nil || len(all) != 0 {
				t.Errorf("%v, %v", all, err)
			}
		})
	}
}

// If an upgrade changed the ID of an application, it is found by its name and creation
// time, and only by both.
func TestGet_IDChanged_FindsByNameAndCreationTime(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{client: withVersion(t, "2.24")}).ready()
	app := w.seed("ci")[0]
	old := runai.ApplicationRef{ID: "the-id-before", Name: "ci", CreatedAt: app.CreatedAt}
	if got, err := w.client.Applications.Get(t.Context(), old); err != nil || got.ID != app.ID {
		t.Errorf("%v, %v", got, err)
	}
	old.CreatedAt, old.Approximate = app.CreatedAt.Add(-50*time.Second), true // the Date of the response to the create
	if got, err := w.client.Applications.Get(t.Context(), old); err != nil || got.ID != app.ID {
		t.Errorf("approximately: %v, %v", got, err)
	}
	for _, other := range []runai.ApplicationRef{
		{ID: old.ID, Name: "ci", CreatedAt: app.CreatedAt.AddDate(0, 0, -1)},
		{ID: old.ID, Name: "cd", CreatedAt: app.CreatedAt},
		{ID: old.ID, Name: "ci", CreatedAt: app.CreatedAt.Add(2 * time.Minute), Approximate: true},
		{ID: old.ID},
	} {
		if got, err := w.client.Applications.Get(t.Context(), other); !errors.Is(err, runai.ErrNotFound) {
			t.Errorf("%+v: %v, %v", other, got, err)
		}
	}
	// If the name exists and the creation time is unknown, it may be the same
	// application: the result is neither that application nor ErrNotFound.
	got, err := w.client.Applications.Get(t.Context(), runai.ApplicationRef{ID: old.ID, Name: "ci"})
	if err == nil || errors.Is(err, runai.ErrNotFound) || !strings.Contains(err.Error(), app.ID) {
		t.Errorf("without a time: %v, %v", got, err)
	}
}

// A 404 for an object that this client has just created is retried.
func TestGet_404AfterOwnCreate_IsRetried(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{client: withVersion(t, "2.24")}).ready()
	created, err := w.client.Applications.Create(t.Context(), "ci")
	if err != nil {
		t.Fatal(err)
	}
	made, err := w.client.AccessRules.Create(t.Context(), w.ruleKey("ci"), "")
	if err != nil {
		t.Fatal(err)
	}
	late := func() {
		for _, route := range []string{account, rule} {
			w.arm(mockserver.Fault{Method: "GET", Path: route, Kind: "status", Status: 404, Count: testMaxRetries})
		}
	}
	late()
	if app, err := w.client.Applications.Get(t.Context(), byID(created.ID)); err != nil || app.ID != created.ID {
		t.Errorf("%v, %v", app, err)
	}
	if r, err := w.client.AccessRules.Get(t.Context(), made.ID); err != nil || r.ID != made.ID {
		t.Errorf("%v, %v", r, err)
	}
	w.ClearFaults()
	late()
	if r, err := w.client.AccessRules.WaitReady(t.Context(), made.AccessRule); err != nil || r.ID != made.ID {
		t.Errorf("%v, %v", r, err)
	}
	// Control: for an object of another creator, the first 404 counts.
	w.ClearFaults()
	app := w.seed("other")[0]
	w.DeleteApplication("other")
	w.ResetRequests()
	if app, err := w.client.Applications.Get(t.Context(), ref(app)); !errors.Is(err, runai.ErrNotFound) {
		t.Errorf("%v, %v", app, err)
	}
	w.WantCount("GET", account, 1)
}

// {} is not an org unit.
func TestGet_OrgUnitWithoutID_IsAnError(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{client: withVersion(t, "2.24"), front: func(mock http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/api/v1/org-unit/") {
				respond(200, "application/json", "{}")(w, r)
				return
			}
			mock.ServeHTTP(w, r)
		})
	}}).ready()
	if d, err := w.client.Departments.ByID(t.Context(), "1"); err == nil || errors.Is(err, runai.ErrNotFound) {
		t.Errorf("%+v, %v", d, err)
	}
	if p, err := w.client.Projects.ByID(t.Context(), "1"); err == nil || errors.Is(err, runai.ErrNotFound) {
		t.Errorf("%+v, %v", p, err)
	}
}

// A response without an ID is an error.
func TestRead_ResponseWithoutID_IsAnError(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `null`, `{"status":"ok"}`} {
		w := start(t, fixtureOptions{client: withVersion(t, "2.24"), front: func(mock http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, accounts+"/") || strings.HasPrefix(r.URL.Path, rules+"/") {
					respond(200, "application/json", body)(w, r)
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
	// It has no member to revoke either.
	w := start(t, fixtureOptions{mock: mockserver.Options{Version: "2.17"}, client: withVersion(t, "2.17"), front: on("GET", legacyApps+"/x", respond(200, "application/json", "null"))})
	if err := w.client.Applications.SetEnabled(t.Context(), byID("x"), false); err == nil {
		t.Error("no error")
	}
	w.WantCount("PUT", legacyApp, 0)
}
