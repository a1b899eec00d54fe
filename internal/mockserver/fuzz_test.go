package mockserver_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// FuzzFilterBy lists rules and projects with a filter, a search and an order. The
// response is a part of the list, or an error about the parameters.
func FuzzFilterBy(f *testing.F) {
	for _, seed := range []string{
		"", "subjectId==ci", "subjectId==ci,roleId!=1", "roleId<=2", "roleId>=x", "createdAt>=2026-01-01T00:00:00Z", "createdAt=@2026",
		"name=^team", "clusterId==", "==", "subjectId==a==b", "subjectId=@,", "subjectId!@\x00", "status==Ready",
	} {
		f.Add(seed, "", "name", "asc")
	}
	f.Add("", "TEAM", "createdAt", "desc")
	f.Add("", "", "status", "up")
	mock, err := mockserver.New(mockserver.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = mock.Close() })
	cluster := mock.AddCluster("a")
	department := mock.AddDepartment("research", cluster.ID)
	mock.AddProject("team-1", department.ID)
	mock.AddProject("team-2", department.ID)
	token := signIn(f, mock)
	f.Fuzz(func(t *testing.T, filter, search, sortBy, sortOrder string) {
		query := url.Values{"filterBy": {filter}, "search": {search}, "sortBy": {sortBy}, "sortOrder": {sortOrder}}
		for member, path := range map[string]string{"accessRules": rulesPath, "projects": "/api/v1/org-unit/projects"} {
			whole := rowsOf(t, mock, token, member, path, nil)
			for row := range rowsOf(t, mock, token, member, path, query) {
				if !whole[row] {
					t.Errorf("%s is not in the list without a filter", row)
				}
			}
		}
	})
}

// rowsOf returns the entries of a list, none if the parameters are refused.
func rowsOf(t *testing.T, mock http.Handler, token, member, path string, query url.Values) map[string]bool {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.URL.RawQuery = query.Encode()
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	mock.ServeHTTP(w, r)
	if w.Code == http.StatusBadRequest && query != nil {
		return nil
	}
	var response map[string]json.RawMessage
	var rows []json.RawMessage
	if err := json.Unmarshal(w.Body.Bytes(), &response); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", r.URL, w.Code, w.Body)
	}
	if err := json.Unmarshal(response[member], &rows); err != nil {
		t.Fatalf("%s: %s", r.URL, w.Body)
	}
	set := map[string]bool{}
	for _, row := range rows {
		set[string(row)] = true
	}
	return set
}

// signIn signs in as the seeded application.
func signIn(f *testing.F, mock http.Handler) string {
	f.Helper()
	r := httptest.NewRequest(http.MethodPost, "/api/v1/token", strings.NewReader(`{"grantType": "client_credentials", "clientID": "terraform", "clientSecret": "terraform-secret"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	mock.ServeHTTP(w, r)
	var response struct{ AccessToken string }
	if err := json.Unmarshal(w.Body.Bytes(), &response); err != nil || response.AccessToken == "" {
		f.Fatalf("cannot sign in: %d %s", w.Code, w.Body)
	}
	return response.AccessToken
}
