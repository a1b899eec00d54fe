package runai_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// An ID is one segment of a path, whatever characters it contains.
func TestPaths_ID_IsOneSegment(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"..", ".", "../apps", "a/b", "a?b=c", "a#b", "%2e%2e", "a b", "ä", "a%2Fb", "secret", "x/secret", "", "//", "\n"} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var wire []string
			w := start(t, fixtureOptions{client: withVersion(t, "2.24"), front: func(mock http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/token") {
						mu.Lock()
						wire = append(wire, r.RequestURI)
						mu.Unlock()
					}
					mock.ServeHTTP(w, r)
				})
			}}).ready()
			before := len(w.State().Applications)
			err := w.client.Applications.Delete(t.Context(), byID(id))
			_, regenerateErr := regenerate(t.Context(), w.client, id)
			enableErr := w.client.Applications.SetEnabled(t.Context(), byID(id), false)
			_, getErr := w.client.Applications.Get(t.Context(), runai.ApplicationRef{ID: id})
			if id == "" {
				if err == nil || regenerateErr == nil || enableErr == nil || getErr == nil {
					t.Errorf("no id is no error: %v, %v, %v, %v", err, regenerateErr, enableErr, getErr)
				}
				if errors.Is(getErr, runai.ErrNotFound) {
					t.Errorf("an object without an ID is reported as not found: %v", getErr)
				}
			} else if regenerateErr == nil || enableErr == nil || getErr == nil {
				t.Errorf("%v, %v, %v, %v", err, regenerateErr, enableErr, getErr)
			}
			if len(w.State().Applications) != before {
				t.Error("an object was deleted")
			}
			for _, uri := range wire {
				segments := strings.Split(strings.TrimSuffix(strings.TrimPrefix(uri, accounts+"/"), "/secret"), "/")
				if !strings.HasPrefix(uri, accounts+"/") || len(segments) != 1 || segments[0] == "" || segments[0] == ".." || segments[0] == "." || strings.Contains(uri, "?") {
					t.Errorf("went to %s", uri)
				}
			}
		})
	}
}

// A response without a list is an error. As an empty list it would report every object
// as absent.
func TestList_ResponseWithoutList_IsAnError(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`null`, `{}`, `{"error":null}`} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			w := start(t, fixtureOptions{client: withVersion(t, "2.24"), front: func(mock http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodGet {
						respond(200, "application/json", body)(w, r)
						return
					}
					mock.ServeHTTP(w, r)
				})
			}})
			if all, err := w.client.Applications.List(t.Context()); err == nil && body != "null" { // how some servers write an empty list
				t.Errorf("applications: %v", all)
			}
			if all, err := w.client.AccessRules.List(t.Context()); err == nil {
				t.Errorf("rules: %v", all)
			}
			if _, err := w.client.AccessRules.Find(t.Context(), w.ruleKey("ci")); err == nil || errors.Is(err, runai.ErrNotFound) {
				t.Errorf("find: %v", err)
			}
			if all, err := w.client.Roles.List(t.Context()); err == nil {
				t.Errorf("roles: %v", all)
			}
			if all, err := w.client.Projects.List(t.Context(), runai.OrgUnitFilter{}); err == nil {
				t.Errorf("projects: %v", all)
			}
		})
	}
}

// A token without an identity does not prevent the recovery of a lost create: no
// creator is known to be another principal.
func TestCreate_OpaqueAccessToken_IsRecovered(t *testing.T) {
	t.Parallel()
	w := startOpaque(t, fixtureOptions{})
	w.ready()
	w.arm(
		mockserver.Fault{Method: "POST", Path: accounts, Kind: "drop-after"},
		mockserver.Fault{Method: "POST", Path: rules, Kind: "drop-after"},
	)
	created, err := w.client.Applications.Create(t.Context(), "ci")
	if err != nil {
		t.Error(err)
	}
	w.wantCreatedOnce("ci", created, err)
	if _, err := w.client.AccessRules.Create(t.Context(), w.ruleKey("ci"), ""); err != nil {
		t.Error(err)
	}
}
