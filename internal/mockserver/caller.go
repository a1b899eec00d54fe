package mockserver

import (
	"net/http"
	"slices"
	"strings"
)

var allActions = []string{"create", "read", "update", "delete"}

// permission is the schema Permission.
type permission struct {
	ResourceType string   `json:"resourceType"`
	DisplayName  string   `json:"displayName"`
	GroupID      string   `json:"groupId"`
	Actions      []string `json:"actions"`
}

// permissions returns permissions for the given actions on each resource type that the provider uses. The list of a
// control plane is longer.
func (c *apiRequest) permissions(actions []string) []permission {
	list := []permission{
		{"department", "Departments", "organization", actions},
		{"project", "Projects", "organization", actions},
		{"cluster", "Clusters", "physical-resource", actions},
		{"roles", "Roles", "iam", actions},
		{"access_rules", "Access rules", "iam", actions},
	}
	if c.version.serves(apps) || c.version.serves(k8sApps) {
		list = append(list, permission{"apps", "Applications", "iam", actions})
	}
	if c.version.serves(serviceAccounts) {
		list = append(list, permission{"service-account", "Service accounts", "iam", actions})
	}
	return list
}

func listPermissions(c *apiRequest) (response, error) {
	return jsonResponse(http.StatusOK, c.permissions(allActions)), nil
}

// resourceTypes are the resource types of all documents. resourceTypesBetween are those that were added or removed, with
// the first and the last version; the last is empty if the type still exists.
var (
	resourceTypes = []string{
		"department", "tenant", "project", "cluster", "cluster-config", "nodepools", "nodes", "settings", "users", "apps",
		"dashboards-overview", "dashboards-analytics", "dashboards-consumption", "roles", "access_rules", "jobs",
		"workloads", "workspaces", "trainings", "inferences", "environments", "pvc-assets", "git-assets",
		"host-path-assets", "nfs-assets", "s3-assets", "compute-resources", "templates", "credentials", "events-history",
		"policies", "cm-volume-assets", "datavolumes", "secret-volume-assets",
	}
	resourceTypesBetween = map[string][2]string{
		"groups":                      {"2.17", "2.22"},
		"datavolumes/sharedscopes":    {"2.17", "2.21"},
		"internal-cluster-config":     {"2.19", "2.19"},
		"storage-class-configuration": {"2.20", ""},
		"personal-apps":               {"2.20", "2.20"},
		"user-apps":                   {"2.21", "2.23"},
		"security-settings":           {"2.22", ""},
		"workload-properties":         {"2.22", ""},
		"branding-settings":           {"2.23", ""},
		"network-topologies":          {"2.23", ""},
		"registries":                  {"2.23", ""},
		"service-account":             {"2.24", ""},
		"access-keys":                 {"2.24", ""},
		"scrapeable-metrics":          {"2.24", ""},
	}
)

// knowsResourceType compares versions as text, which orders 2.17 to 2.26 and 3.0 correctly.
func (v *version) knowsResourceType(name string) bool {
	between, ok := resourceTypesBetween[name]
	if !ok {
		return slices.Contains(resourceTypes, name)
	}
	return between[0] <= v.name && (between[1] == "" || v.name <= between[1])
}

// permittedScopes is the schema PermittedScopes.
type permittedScopes struct {
	System      bool     `json:"system"`
	Tenant      string   `json:"tenant,omitempty"`
	Tenants     []string `json:"tenants"`
	Clusters    []string `json:"clusters"`
	Departments []string `json:"departments"`
	Projects    []string `json:"projects"`
}

// getPermittedScopes returns the tenant for each action, or for the requested one.
func getPermittedScopes(c *apiRequest) (response, error) {
	var body struct {
		ResourceType string  `json:"resourceType"`
		Action       *string `json:"action,omitempty"`
	}
	if err := c.decode(&body); err != nil {
		return response{}, err
	}
	if !c.version.knowsResourceType(body.ResourceType) {
		return response{}, badRequest("unknown resourceType %q", body.ResourceType)
	}
	if body.Action != nil && !slices.Contains(allActions, *body.Action) {
		return response{}, badRequest("action must be one of %s", strings.Join(allActions, ", "))
	}
	scopes := map[string]permittedScopes{}
	for _, action := range allActions {
		none := permittedScopes{Tenants: []string{}, Clusters: []string{}, Departments: []string{}, Projects: []string{}}
		if body.Action == nil || *body.Action == action {
			none.Tenant, none.Tenants = c.data.tenant(), []string{c.data.tenant()}
		}
		scopes[action] = none
	}
	return jsonResponse(http.StatusOK, scopes), nil
}

// ownAccessRule is the schema MeAccessRule.
type ownAccessRule struct {
	accessRuleInput
	ID        int32  `json:"id"`
	RoleName  string `json:"roleName"`
	ScopeName string `json:"scopeName"`
	TenantID  int32  `json:"tenantId"`
}

// listOwnAccessRules returns a page of the caller's rules, within an object.
func listOwnAccessRules(c *apiRequest) (response, error) {
	rules, err := c.ownAccessRules()
	if err != nil {
		return response{}, err
	}
	list, err := newAccessRulePage(c, rules, func(r *accessRule) ownAccessRule {
		b := c.accessRuleBody(r)
		return ownAccessRule{b.accessRuleInput, b.ID, b.RoleName, b.ScopeName, b.TenantID}
	})
	if err != nil {
		return response{}, err
	}
	return jsonResponse(http.StatusOK, map[string]any{"accessRules": list}), nil
}

func countOwnAccessRules(c *apiRequest) (response, error) {
	rules, err := c.ownAccessRules()
	if err != nil {
		return response{}, err
	}
	return jsonResponse(http.StatusOK, map[string]int{"count": len(rules)}), nil
}

// ownAccessRules returns the caller's rules without the deleted ones. The subject of a rule may be the caller's client ID,
// which is its name, or its ID.
func (c *apiRequest) ownAccessRules() ([]*accessRule, error) {
	names := []string{c.caller}
	if app := c.data.applicationByName(c.caller); app != nil {
		names = append(names, app.ID)
	}
	rules := slices.DeleteFunc(slices.Clone(c.data.AccessRules), func(r *accessRule) bool {
		return r.DeletedAt != nil || r.SubjectType != subjectApp || !slices.Contains(names, r.SubjectID)
	})
	rules, err := listing[*accessRule]{search: c.ruleListing().search}.apply(c, rules)
	return dropNewest(c, rules), err
}
