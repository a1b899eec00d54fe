package mockserver_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

func TestRoles_NamesAndIDs(t *testing.T) {
	t.Parallel()
	unchanged := map[float64]string{
		1: "System administrator", 3: "Department viewer", 4: "Editor", 5: "L1 researcher", 6: "ML engineer",
		7: "Research manager", 8: "L2 researcher", 9: "Environment administrator", 10: "Credentials administrator",
		11: "Data source administrator", 13: "Template administrator", 14: "Data volume administrator", 15: "Viewer",
	}
	for _, version := range mockserver.Versions() {
		c := startVersion(t, version)
		want := maps.Clone(unchanged)
		want[2] = "Department administrator"
		if version >= "2.25" {
			want[2], want[32] = "Department administrator (Legacy)", "Department administrator"
			want[31], want[33], want[34] = "AI practitioner", "Project administrator", "Data and storage administrator"
		}
		roles := map[float64]any{}
		for _, role := range c.roles("") {
			roles[role["id"].(float64)] = role["name"]
		}
		for id, name := range want {
			if roles[id] != name {
				t.Errorf("%s: role %v is %v, want %s", version, id, roles[id], name)
			}
		}
		if _, exists := roles[32]; exists != (version >= "2.25") {
			t.Errorf("%s: role 32 exists: %t", version, exists)
		}
	}
}

// From 2.25 on most of the older roles are deprecated, with unchanged names.
func TestRoles_Deprecated(t *testing.T) {
	t.Parallel()
	for version, want := range map[string][]string{
		"2.24": {},
		"2.25": {
			"Department administrator (Legacy)", "L1 researcher", "ML engineer", "Research manager", "L2 researcher",
			"Environment administrator", "Credentials administrator", "Data source administrator",
			"Compute resource administrator", "Template administrator", "Data volume administrator",
		},
	} {
		c := startVersion(t, version)
		c.AddRole("Deployer", true)
		got := []string{}
		for _, role := range c.roles("?limit=500") {
			if role["deprecated"].(bool) {
				got = append(got, role["name"].(string))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: deprecated are %q, want %q", version, got, want)
		}
	}
}

// roles returns the roles of a list of the newest API that is served.
func (c *control) roles(query string) []map[string]any {
	c.t.Helper()
	if c.version < "2.24" {
		return c.want(200, "GET", "/api/v1/authorization/roles"+query, nil).array()
	}
	var list struct{ Roles []map[string]any }
	c.want(200, "GET", "/api/v2/authorization/roles"+query, nil).into(&list)
	return list.Roles
}

// In both versions of the API, the permissions of a role show whether it may manage applications and access rules.
func TestRoles_Permissions(t *testing.T) {
	t.Parallel()
	for _, version := range mockserver.Versions() {
		c := startVersion(t, version)
		applications := "apps"
		if version >= "2.24" {
			applications = "service-account"
		}
		for _, roles := range []string{"/api/v1/authorization/roles", "/api/v2/authorization/roles"} {
			if !isServed("GET "+roles, version) {
				continue
			}
			for id, want := range map[int]map[string]bool{
				1: {applications: true, "access_rules": true, "project": true},
				2: {applications: false, "access_rules": true, "project": true},
				4: {applications: false, "access_rules": false, "project": true},
				5: {applications: false, "access_rules": false, "project": false},
			} {
				var role struct {
					Permissions []struct {
						ResourceType string
						Actions      []string
					}
				}
				c.want(200, "GET", fmt.Sprintf("%s/%d", roles, id), nil).into(&role)
				for _, permission := range role.Permissions {
					manages, known := want[permission.ResourceType]
					if known && manages != (len(permission.Actions) == 4) {
						t.Errorf("%s: role %d: %v", version, id, permission)
					}
					delete(want, permission.ResourceType)
				}
				if len(want) > 0 {
					t.Errorf("%s: role %d has no permissions for %v", version, id, want)
				}
			}
		}
	}
}

func TestRoles_MembersByVersion(t *testing.T) {
	t.Parallel()
	for _, version := range mockserver.Versions() {
		c := startVersion(t, version)
		role := c.roles("")[0]
		for member, want := range map[string]bool{
			"custom": version >= "2.21", "enabled": version >= "2.21", "effectiveEnabled": version >= "2.21",
			"tenantId": version <= "2.20", "deprecated": version >= "2.24", "permissionSets": version >= "2.24",
		} {
			if _, got := role[member]; got != want {
				t.Errorf("%s: %s: %t, want %t", version, member, got, want)
			}
		}
	}
}

func TestRoles_V2_PagesAndFilters(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "3.0")
	for i := range 501 {
		c.AddRole(fmt.Sprintf("custom-%03d", i), true)
	}
	var list struct {
		Roles []map[string]any
		Next  int
	}
	c.want(200, "GET", "/api/v2/authorization/roles?limit=500", nil).into(&list)
	if len(list.Roles) != 500 || list.Next != 500 {
		t.Errorf("%d roles, next %d", len(list.Roles), list.Next)
	}
	if got := c.roles("?filterBy=name==custom-500"); len(got) != 1 || got[0]["custom"] != true {
		t.Errorf("by name %v", got)
	}
	if got := c.roles("?search=PRACTITIONER"); len(got) != 1 {
		t.Errorf("searched %v", got)
	}
	for _, field := range []string{"name", "createdAt", "createdBy", "custom", "scopeType", "enabled"} {
		c.want(200, "GET", "/api/v2/authorization/roles?sortBy="+field+"&sortOrder=desc", nil)
	}
	for filter, want := range map[string]int{
		"custom==true": 501, "scopeType==tenant": 501, "enabled==false": 0, "createdBy==runai": 19, "name=^custom-00": 10,
	} {
		if got := c.roles("?limit=500&filterBy=" + filter); len(got) != min(want, 500) {
			t.Errorf("%s: %d roles, want %d", filter, len(got), want)
		}
	}
	for _, field := range []string{"color", "id"} {
		c.do("GET", "/api/v2/authorization/roles?filterBy="+field+"==1", nil).wantError(400, field)
		c.do("GET", "/api/v2/authorization/roles?sortBy="+field, nil).wantError(400, field)
	}
}

func TestRoles_RenamedAndAdded(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	added := c.AddRole("Deployer", true)
	c.RenameRole(added.ID, "Releaser")
	c.RenameRole(6, "Engineer of ML")
	for id, want := range map[int]string{added.ID: "Releaser", 6: "Engineer of ML"} {
		if got := c.want(200, "GET", fmt.Sprint("/api/v1/authorization/roles/", id), nil).object()["name"]; got != want {
			t.Errorf("role %d is %v, want %s", id, got, want)
		}
	}
	c.do("GET", "/api/v1/authorization/roles/x", nil).wantError(400, "integer")
}

func TestClusters_StateOnlyInFull(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	c.SetClusterState("cluster-b", "Disconnected")
	for query, want := range map[string]string{
		"":                    "[map[state:Connected] map[state:Disconnected]]",
		"?verbosity=full":     "[map[state:Connected] map[state:Disconnected]]",
		"?verbosity=metadata": "[<nil> <nil>]",
	} {
		list := c.want(200, "GET", "/api/v1/clusters"+query, nil).array()
		if got := fmt.Sprint([]any{list[0]["status"], list[1]["status"]}); got != want {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
		if got := names(list, "name"); !slices.Equal(got, []string{"cluster-a", "cluster-b"}) {
			t.Errorf("names %v", got)
		}
	}
	c.do("GET", "/api/v1/clusters?verbosity=some", nil).wantError(400, "verbosity")
}

// units returns a page of org units and the offset of the next.
func (c *control) units(kind, query string) (list []map[string]any, next int) {
	c.t.Helper()
	var page struct {
		Departments, Projects []map[string]any
		Next                  int
	}
	c.want(200, "GET", "/api/v1/org-unit/"+kind+query, nil).into(&page)
	return append(page.Departments, page.Projects...), page.Next
}

func TestOrgUnits_FixedSet(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	departments, _ := c.units("departments", "")
	if got := names(departments, "name"); !slices.Equal(got, []string{"default", "default"}) {
		t.Errorf("departments %v", got)
	}
	projects, _ := c.units("projects", "?sortBy=name")
	want := []string{"language", "robotics", "shared", "shared", "speech", "vision"}
	if got := names(projects, "name"); !slices.Equal(got, want) {
		t.Errorf("projects %v", got)
	}
	inB, _ := c.units("projects", "?filterBy=name==shared,clusterId=="+c.Clusters()[1].ID)
	if len(inB) != 1 || inB[0]["parentId"] != c.Departments()[1].ID {
		t.Errorf("shared in cluster-b: %v", inB)
	}
	if got := c.do("GET", "/api/v1/org-unit/departments/"+c.Departments()[0].ID, nil).object()["name"]; got != "default" {
		t.Errorf("by ID %v", got)
	}
	c.do("GET", "/api/v1/org-unit/departments/none", nil).wantError(404, "department none")
}

func TestOrgUnits_Pages_ByNextToken(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	parent := c.AddDepartment("large", c.AddCluster("cluster-c").ID)
	for i := range 501 {
		c.AddProject(fmt.Sprintf("project-%03d", i), parent.ID)
	}
	filter := "?filterBy=departmentId==" + parent.ID
	for _, page := range []struct {
		query      string
		size, next int
	}{
		{"", 50, 50},
		{"&limit=500", 500, 500},
		{"&limit=500&offset=500", 1, 0},
		{"&limit=1&offset=500", 1, 0},
		{"&limit=1&offset=499", 1, 500},
		{"&offset=501", 0, 0},
	} {
		if list, next := c.units("projects", filter+page.query); len(list) != page.size || next != page.next {
			t.Errorf("%q: %d, next %d; want %d, next %d", page.query, len(list), next, page.size, page.next)
		}
	}
	c.do("GET", "/api/v1/org-unit/projects?limit=501", nil).wantError(400, "limit")
}

func TestOrgUnits_FiltersByVersion(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.18")
	c.do("GET", "/api/v1/org-unit/projects?filterBy=phase==Ready", nil).wantError(400, "phase")
	c.do("GET", "/api/v1/org-unit/departments?filterBy=createdAt%3E%3D2020-01-01T00:00:00Z", nil).wantError(400, "createdAt")
	c.want(200, "GET", "/api/v1/org-unit/departments?sortBy=createdAt", nil)
	for version, want := range map[string]int{"2.19": 6, "2.20": 1, "2.24": 1, "3.0": 1} {
		c := startVersion(t, version)
		c.want(200, "GET", "/api/v1/org-unit/projects?filterBy=phase==Ready,parentName==default,totalGpuQuota==0", nil)
		if list, _ := c.units("projects", "?search=visi"); len(list) != want {
			t.Errorf("%s: search finds %d, want %d", version, len(list), want)
		}
	}
}

func TestCaller_OwnRules_Form(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	c.create("ci")
	own := c.State().Applications[0]
	c.want(201, "POST", rulesPath, c.rule(own.ID, 5)) // by ID, which means the same application
	c.want(201, "POST", rulesPath, c.rule("ci", 5))
	var got struct {
		AccessRules struct {
			TotalRecords int
			AccessRules  []map[string]any
		}
	}
	c.want(200, "GET", "/api/v1/authorization/me/access-rules", nil).into(&got)
	if ids := names(got.AccessRules.AccessRules, "subjectId"); !slices.Equal(ids, []string{"terraform", own.ID}) {
		t.Errorf("subjects %v", ids)
	}
	if n := c.want(200, "GET", "/api/v1/authorization/me/access-rules/count?search=L1", nil).object()["count"]; n != 1.0 {
		t.Errorf("count %v", n)
	}
}

func TestCaller_PermissionsAndScopes(t *testing.T) {
	t.Parallel()
	for version, want := range map[string][2]bool{ // apps, service-account
		"2.18": {true, false}, "2.23": {true, false}, "2.24": {true, true}, "3.0": {false, true},
	} {
		c := startVersion(t, version)
		types := names(c.want(200, "GET", "/api/v1/authorization/permissions", nil).array(), "resourceType")
		if got := [2]bool{slices.Contains(types, "apps"), slices.Contains(types, "service-account")}; got != want {
			t.Errorf("%s: %v", version, types)
		}
		status := map[bool]int{true: 200, false: 400}[want[1]]
		c.want(status, "POST", "/api/v1/authorization/permitted-scopes", map[string]string{"resourceType": "service-account"})
	}
	c := startVersion(t, "2.24")
	got := c.want(200, "POST", "/api/v1/authorization/permitted-scopes", `{"resourceType":"apps","action":"read"}`).object()
	tenants := func(action string) string { return fmt.Sprint(got[action].(map[string]any)["tenants"]) }
	if tenants("read") != "[1001]" || tenants("create") != "[]" {
		t.Errorf("scopes %v", got)
	}
	c.want(200, "POST", "/api/v1/authorization/permitted-scopes", `{"resourceType":"apps","action":null}`)
	c.do("POST", "/api/v1/authorization/permitted-scopes", `{"resourceType":"apps","action":"burn"}`).wantError(400, "action")
}

func TestOrgUnits_Deleted_NotFound(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	first := c.Projects()[0]
	c.DeleteProject(first.ID)
	c.want(404, "GET", "/api/v1/org-unit/projects/"+first.ID, nil)
	if list, _ := c.units("projects", ""); len(list) != 5 {
		t.Errorf("%d projects, want 5", len(list))
	}
}
