package mockserver_test

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// TestLifecycle sends a successful request to every route of every version. With RUNAI_OPENAPI_DIR each request and response
// is validated against the version's document, as in all tests.
func TestLifecycle(t *testing.T) {
	t.Parallel()
	for _, version := range mockserver.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			runLifecycle(start(t, mockserver.Options{Version: version, Applications: 3, AccessRules: 60}))
		})
	}
}

// runLifecycle sends a successful request to every route of the version.
func runLifecycle(c *control) {
	for _, base := range []string{"/api/v1/service-accounts", "/api/v1/apps"} {
		if isServed("GET "+base, c.version) {
			runApplications(c, base)
		}
	}
	if isServed("GET /v1/k8s/apps", c.version) {
		runLegacyApps(c)
	}
	runAccessRules(c)
	runTokens(c)
	runLookups(c)
}

func isServed(route, version string) bool {
	return served[route][0] <= version && version <= served[route][1]
}

func runApplications(c *control, base string) {
	id := c.want(201, "POST", base, map[string]string{"name": "ci-pipeline"}).object()["id"].(string)
	c.want(409, "POST", base, map[string]string{"name": "ci-pipeline"})
	c.want(200, "GET", base, nil)
	c.want(200, "GET", base+"/"+id, nil)
	if got := c.want(200, "PATCH", base+"/"+id, map[string]bool{"enabled": false}); len(got.body) > 0 {
		c.t.Errorf("PATCH responds with %q, want nothing", got.body)
	}
	c.want(200, "POST", base+"/"+id+"/secret", nil)
	c.want(204, "DELETE", base+"/"+id, nil)
	c.want(404, "GET", base+"/"+id, nil)
	c.want(404, "PATCH", base+"/"+id, map[string]bool{"enabled": true})
	c.want(404, "POST", base+"/"+id+"/secret", nil)
	c.want(404, "DELETE", base+"/"+id, nil)
}

func runLegacyApps(c *control) {
	const base = "/v1/k8s/apps"
	app := c.want(200, "POST", base, map[string]any{"name": "LegacyApp", "roles": []string{"editor"}}).object()
	id := app["clientId"].(string)
	delete(app, "secret")
	c.want(200, "GET", base, nil)
	c.want(200, "GET", base+"?onlyCreatedByMe=true&roles=editor", nil)
	c.want(200, "GET", base+"/"+id, nil)
	c.want(200, "PUT", base+"/"+id, with(app, "revoked", true))
	c.want(200, "POST", base+"/"+id+"/secret", nil)
	c.want(200, "DELETE", base+"/"+id, nil)
	c.want(404, "GET", base+"/"+id, nil)
}

func runAccessRules(c *control) {
	rule := c.want(201, "POST", rulesPath, c.rule("ci-pipeline", 5)).object()
	c.want(409, "POST", rulesPath, c.rule("ci-pipeline", 5))
	path := fmt.Sprintf("%s/%v", rulesPath, rule["id"])
	for _, project := range c.Projects() {
		c.want(201, "POST", rulesPath, map[string]any{
			"subjectId": "ci-pipeline", "subjectType": "app", "roleId": 6,
			"scopeType": "project", "scopeId": project.ID, "clusterId": project.ClusterID,
		})
	}
	c.want(200, "GET", path, nil)
	c.want(200, "GET", rulesPath+"?limit=500&offset=10&sortBy=createdAt&sortOrder=desc&includeDeleted=true", nil)
	c.want(200, "GET", rulesPath+"?filterBy=subjectId==ci-pipeline", nil)
	c.want(200, "GET", rulesPath+"/count", nil)
	c.want(204, "DELETE", path, nil)
	c.want(404, "DELETE", path, nil)
	c.want(404, "GET", path, nil)

	if c.version >= "2.21" {
		extra := c.want(201, "POST", rulesPath, c.rule("ci-pipeline", 5)).object()
		ids := []string{fmt.Sprint(extra["id"]), "999999"}
		c.want(200, "POST", rulesPath+"/batch", map[string]any{"ids": ids, "action": "delete"})
	}
	if c.version >= "2.22" {
		c.want(200, "POST", rulesPath+"/batch-create", map[string]any{"payload": map[string]any{
			"roleId":   5,
			"subjects": []map[string]string{{"subjectId": "a@acme.example", "subjectType": "user"}},
			"scopes":   []map[string]string{{"scopeId": c.TenantID(), "scopeType": "tenant"}},
		}})
	}
}

func runTokens(c *control) {
	anonymous := c.anonymous()
	if c.version != "3.0" {
		anonymous.want(200, "POST", "/api/v1/token", map[string]string{
			"grantType": "app_token", "appID": "terraform", "appSecret": "terraform-secret",
		})
	}
	if isServed("POST /v1/k8s/auth/oauth/apptoken", c.version) {
		anonymous.want(200, "POST", "/v1/k8s/auth/oauth/apptoken", map[string]string{
			"id": "terraform", "name": "terraform", "secret": "terraform-secret",
		})
	}
	if isServed("POST /api/v2/token", c.version) {
		anonymous.want(200, "POST", "/api/v2/token", url.Values{
			"grant_type": {"client_credentials"}, "client_id": {"terraform"}, "client_secret": {"terraform-secret"},
		})
	}
	if c.version >= "2.20" {
		anonymous.want(200, "POST", "/api/v1/token", map[string]string{
			"grantType": "client_credentials", "clientID": "terraform", "clientSecret": "terraform-secret",
		})
	}
	anonymous.want(401, "GET", "/api/v1/clusters", nil)
}

func runLookups(c *control) {
	for _, roles := range []string{"/api/v1/authorization/roles", "/api/v2/authorization/roles"} {
		if isServed("GET "+roles, c.version) {
			c.want(200, "GET", roles, nil)
			c.want(200, "GET", roles+"/1", nil)
			c.want(404, "GET", roles+"/999", nil)
		}
	}
	c.want(200, "GET", "/api/v1/clusters?verbosity=metadata", nil)
	c.want(200, "GET", "/api/v1/clusters", nil)
	c.want(200, "GET", "/api/v1/clusters/"+c.Clusters()[0].ID, nil)
	c.want(404, "GET", "/api/v1/clusters/71f69d83-ba66-4822-adf5-000000000000", nil)
	c.want(200, "GET", "/api/v1/org-unit/departments?sortBy=name&limit=1", nil)
	c.want(200, "GET", "/api/v1/org-unit/departments/"+c.Departments()[0].ID, nil)
	c.want(200, "GET", "/api/v1/org-unit/projects?filterBy=name==shared", nil)
	c.want(200, "GET", "/api/v1/org-unit/projects/"+c.Projects()[0].ID, nil)
	c.want(404, "GET", "/api/v1/org-unit/projects/999", nil)
	c.want(200, "GET", "/api/v1/authorization/permissions", nil)
	c.want(200, "POST", "/api/v1/authorization/permitted-scopes", map[string]string{"resourceType": "access_rules"})
	if c.version >= "2.21" {
		c.want(200, "GET", "/api/v1/authorization/me/access-rules", nil)
		c.want(200, "GET", "/api/v1/authorization/me/access-rules/count", nil)
	}
	if isServed("GET /api/v1/apps", c.version) && c.version <= "2.22" {
		c.want(200, "GET", "/api/v1/apps/installer", nil)
	}
}
