package mockserver_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// served has the first and the last version that serve each route, an independent copy of API.md, section 1.
var served = map[string][2]string{
	"GET /v1/k8s/apps":              {"2.17", "2.22"},
	"POST /v1/k8s/apps":             {"2.17", "2.22"},
	"GET /v1/k8s/apps/{id}":         {"2.17", "2.22"},
	"PUT /v1/k8s/apps/{id}":         {"2.17", "2.22"},
	"DELETE /v1/k8s/apps/{id}":      {"2.17", "2.22"},
	"POST /v1/k8s/apps/{id}/secret": {"2.17", "2.22"},

	"GET /api/v1/apps":              {"2.18", "2.26"},
	"POST /api/v1/apps":             {"2.18", "2.26"},
	"GET /api/v1/apps/{id}":         {"2.18", "2.26"},
	"PATCH /api/v1/apps/{id}":       {"2.18", "2.26"},
	"DELETE /api/v1/apps/{id}":      {"2.18", "2.26"},
	"POST /api/v1/apps/{id}/secret": {"2.18", "2.26"},

	"GET /api/v1/service-accounts":              {"2.24", "3.0"},
	"POST /api/v1/service-accounts":             {"2.24", "3.0"},
	"GET /api/v1/service-accounts/{id}":         {"2.24", "3.0"},
	"PATCH /api/v1/service-accounts/{id}":       {"2.24", "3.0"},
	"DELETE /api/v1/service-accounts/{id}":      {"2.24", "3.0"},
	"POST /api/v1/service-accounts/{id}/secret": {"2.24", "3.0"},

	"GET /api/v1/authorization/access-rules":               {"2.17", "3.0"},
	"POST /api/v1/authorization/access-rules":              {"2.17", "3.0"},
	"GET /api/v1/authorization/access-rules/{id}":          {"2.17", "3.0"},
	"DELETE /api/v1/authorization/access-rules/{id}":       {"2.17", "3.0"},
	"GET /api/v1/authorization/access-rules/count":         {"2.17", "3.0"},
	"POST /api/v1/authorization/access-rules/batch":        {"2.21", "3.0"},
	"POST /api/v1/authorization/access-rules/batch-create": {"2.22", "3.0"},
	"GET /api/v1/authorization/me/access-rules":            {"2.21", "3.0"},
	"GET /api/v1/authorization/me/access-rules/count":      {"2.21", "3.0"},
	"GET /api/v1/authorization/permissions":                {"2.17", "3.0"},
	"POST /api/v1/authorization/permitted-scopes":          {"2.17", "3.0"},

	"GET /api/v1/authorization/roles":      {"2.17", "2.26"},
	"GET /api/v1/authorization/roles/{id}": {"2.17", "2.26"},
	"GET /api/v2/authorization/roles":      {"2.24", "3.0"},
	"GET /api/v2/authorization/roles/{id}": {"2.24", "3.0"},

	"POST /api/v1/token":                    {"2.17", "3.0"},
	"POST /api/v2/token":                    {"2.24", "3.0"},
	"POST /v1/k8s/auth/oauth/apptoken":      {"2.17", "2.24"},
	"GET /api/v1/clusters":                  {"2.17", "3.0"},
	"GET /api/v1/clusters/{id}":             {"2.17", "3.0"},
	"GET /api/v1/org-unit/departments":      {"2.17", "3.0"},
	"GET /api/v1/org-unit/projects":         {"2.17", "3.0"},
	"GET /api/v1/org-unit/projects/{id}":    {"2.17", "3.0"},
	"GET /api/v1/org-unit/departments/{id}": {"2.17", "3.0"},
}

func TestVersions_AscendingFrom217To30(t *testing.T) {
	t.Parallel()
	want := []string{"2.17", "2.18", "2.19", "2.20", "2.21", "2.22", "2.23", "2.24", "2.25", "2.26", "3.0"}
	if got := mockserver.Versions(); !slices.Equal(got, want) {
		t.Errorf("versions %v, want %v", got, want)
	}
}

func TestNew_UnknownVersion_ListsVersions(t *testing.T) {
	t.Parallel()
	_, err := mockserver.New(mockserver.Options{Version: "2.16"})
	if err == nil || !strings.Contains(err.Error(), `"2.16"`) || !strings.Contains(err.Error(), "2.17, 2.18") {
		t.Errorf("error %v", err)
	}
}

func TestRoutes_ServedByVersion(t *testing.T) {
	t.Parallel()
	for _, version := range mockserver.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			c := startVersion(t, version)
			for route, between := range served {
				method, pattern, _ := strings.Cut(route, " ")
				got := c.do(method, strings.ReplaceAll(pattern, "{id}", "no-such-id"), nil)
				absent := got.status == 405 || strings.Contains(string(got.body), "Route not found")
				want := between[0] <= version && version <= between[1]
				if absent == want {
					t.Errorf("%s: status %d, want served: %t", route, got.status, want)
				}
			}
		})
	}
}

func TestRoutes_InstallerFrom218To222(t *testing.T) {
	t.Parallel()
	for _, version := range mockserver.Versions() {
		c := startVersion(t, version)
		got := c.do("GET", "/api/v1/apps/installer", nil)
		if version < "2.18" || version > "2.22" {
			got.wantError(404, "not found") // from 2.23 on it is the ID of no application
			continue
		}
		one := got.object()
		if one["id"] == "" || one["secret"] == "" || !c.SignsIn(one["name"].(string), one["secret"].(string)) {
			t.Errorf("%s: installer %v", version, one)
		}
	}
}

func TestRoutes_UnknownPathAndMethod(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.22")

	c.do("GET", "/api/v1/nonsense", nil).wantError(404, "Route not found")
	c.do("GET", "/api/v1/apps/", nil).wantError(404, "Route not found")
	c.do("PUT", "/api/v1/apps", nil).wantError(405, "GET, POST")
	c.do("GET", "/api/v1/service-accounts", nil).wantError(404, "Route not found")

	want := map[string]int{
		"GET unmatched":                2,
		"PUT /api/v1/apps":             1,
		"GET /api/v1/service-accounts": 1, // a probe keeps its name
	}
	got := c.Requests()
	for route, n := range want {
		if got[route] != n {
			t.Errorf("%s: count %d, want %d", route, got[route], n)
		}
	}
}
