package mockserver_test

import (
	"bytes"
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

// FuzzBody sends a body to a route that decodes one. The response is JSON; it is a success
// only for a JSON object or a form, and an error is the client's.
func FuzzBody(f *testing.F) {
	const jsonType, formType = "application/json", "application/x-www-form-urlencoded"
	for _, seed := range []struct {
		route             uint8
		contentType, body string
	}{
		{0, jsonType, `{"name": "ci"}`},
		{0, jsonType + "; charset=utf-8", `{"name": "ci", "enabled": true}`},
		{0, jsonType, `{"name": null}`},
		{1, jsonType, `{"subjectId":"ci","subjectType":"app","roleId":5,"scopeId":"1001","scopeType":"tenant"}`},
		{1, jsonType, `{"subjectId":"ci","subjectType":"app","roleId":1e99,"scopeId":7,"scopeType":"tenant"}`},
		{2, jsonType, `{"grantType": "client_credentials", "clientID": "terraform", "clientSecret": "terraform-secret"}`},
		{2, jsonType, `{"GRANTTYPE": "client_credentials", "granttype": "app_token"}`},
		{3, formType, "grant_type=client_credentials&client_id=terraform&client_secret=terraform-secret"},
		{3, formType, "grant_type=client_credentials&grant_type=x&%zz"},
		{4, jsonType, `{"kind":"status","status":429,"retry_after":7}`},
		{4, jsonType, `[{"kind":"slow","count":-1},{"kind":"late","retry_after":"soon"}]`},
		{0, "text/plain", "{}"},
		{1, jsonType, "["},
		{2, jsonType, "null"},
		{4, jsonType, "[]"},
	} {
		f.Add(seed.route, seed.contentType, []byte(seed.body))
	}
	mock, err := mockserver.New(mockserver.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = mock.Close() })
	token := signIn(f, mock)
	routes := []string{"/api/v1/service-accounts", rulesPath, "/api/v1/token", "/api/v2/token", "/_mock/faults"}
	f.Fuzz(func(t *testing.T, route uint8, contentType string, body []byte) {
		path := routes[int(route)%len(routes)]
		before := mock.State()
		r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		mock.ServeHTTP(w, r)
		mock.ClearFaults()
		if !json.Valid(w.Body.Bytes()) || w.Code >= 500 {
			t.Fatalf("%s %q: %d %s", path, body, w.Code, w.Body)
		}
		after := mock.State()
		switch {
		case w.Code >= 400:
			if len(after.Applications) != len(before.Applications) || len(after.AccessRules) != len(before.AccessRules) {
				t.Errorf("%s %q is refused with %d, and changes the state", path, body, w.Code)
			}
		case path == "/api/v2/token":
			if form, err := url.ParseQuery(string(body)); err != nil || form.Get("client_id") != "terraform" {
				t.Errorf("%q signs in", body)
			}
		case !json.Valid(body) && path != "/_mock/faults": // several faults may go without brackets
			t.Errorf("%s takes %q", path, body)
		}
		for _, app := range after.Applications[len(before.Applications):] {
			mock.DeleteApplication(app.Name)
		}
		for _, rule := range after.AccessRules[len(before.AccessRules):] {
			mock.DeleteAccessRule(rule.ID)
		}
	})
}

// FuzzBearer sends a request with an Authorization header: that with the token that was
// issued is accepted, and no other.
func FuzzBearer(f *testing.F) {
	mock, err := mockserver.New(mockserver.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = mock.Close() })
	token := signIn(f, mock)
	for _, seed := range []string{
		"", "Bearer", "Bearer ", "Bearer ..", "Bearer a.b.c", "Basic x", "Bearer TOKEN", "bearer TOKEN", "Bearer  TOKEN", "Bearer TOKEN.", "Bearer .TOKEN", "TOKEN", "Bearer TOKEN=",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		header = strings.ReplaceAll(header, "TOKEN", token)
		r := httptest.NewRequest(http.MethodGet, rulesPath, nil)
		r.Header.Set("Authorization", header)
		w := httptest.NewRecorder()
		mock.ServeHTTP(w, r)
		want := http.StatusUnauthorized
		if scheme, value, _ := strings.Cut(header, " "); strings.EqualFold(scheme, "Bearer") && value == token {
			want = http.StatusOK
		}
		if w.Code != want || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%q: %d %s, want %d", header, w.Code, w.Body, want)
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
