package mockserver

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// systemAdministrator is the role of the first application.
const systemAdministrator = 1

// predefinedRole is a role that every tenant has. An empty name means that the role does not exist.
type predefinedRole struct {
	id      int32
	name    string // to 2.24
	name225 string // from 2.25
	legacy  bool   // deprecated from 2.25 on
	purpose string
	manages []string // the resource types on which the role allows all actions; it may read the others
}

// predefinedRoles are the predefined roles. The IDs 5, 6, 8 to 11 and 13 are seen in scripts, the other IDs and the
// permissions are choices. The guide of 2.25 shows "Legacy" as a badge beside most names, and gives one role another
// name: Department administrator, whose name a new role has.
var predefinedRoles = []predefinedRole{
	{
		systemAdministrator, "System administrator", "System administrator", false, "everything",
		[]string{"department", "project", "cluster", "roles", "access_rules", "apps", "service-account"},
	},
	{
		2, "Department administrator", "Department administrator (Legacy)", true, "departments and their projects",
		[]string{"department", "project", "access_rules"},
	},
	{3, "Department viewer", "Department viewer", false, "departments, without changing them", nil},
	{4, "Editor", "Editor", false, "projects and workloads", []string{"project"}},
	{5, "L1 researcher", "L1 researcher", true, "own workloads", nil},
	{6, "ML engineer", "ML engineer", true, "inference workloads", nil},
	{7, "Research manager", "Research manager", true, "researchers and their projects", []string{"project"}},
	{8, "L2 researcher", "L2 researcher", true, "own workloads and assets", nil},
	{9, "Environment administrator", "Environment administrator", true, "environments", nil},
	{10, "Credentials administrator", "Credentials administrator", true, "credentials", nil},
	{11, "Data source administrator", "Data source administrator", true, "data sources", nil},
	{12, "Compute resource administrator", "Compute resource administrator", true, "compute resources", nil},
	{13, "Template administrator", "Template administrator", true, "templates", nil},
	{14, "Data volume administrator", "Data volume administrator", true, "data volumes", nil},
	{15, "Viewer", "Viewer", false, "everything, without changing it", nil},
	{31, "", "AI practitioner", false, "own workloads and inference", nil},
	{32, "", "Department administrator", false, "departments, as from 2.25", []string{"department", "project", "access_rules"}},
	{33, "", "Project administrator", false, "projects", []string{"project", "access_rules"}},
	{34, "", "Data and storage administrator", false, "data sources, data volumes and credentials", nil},
}

// rolesSince is the creation time of the predefined roles.
var rolesSince = time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)

// roleBody is the schema RoleV1 with the members that v2 adds, which are known by their names only.
type roleBody struct {
	ID               int32           `json:"id"`
	Name             string          `json:"name"`
	Description      string          `json:"description"`
	Permissions      []permission    `json:"permissions"`
	PermissionSets   []permissionSet `json:"permissionSets,omitempty"`
	Custom           *bool           `json:"custom,omitempty"`
	Enabled          *bool           `json:"enabled,omitempty"`
	EffectiveEnabled *bool           `json:"effectiveEnabled,omitempty"`
	Deprecated       *bool           `json:"deprecated,omitempty"`
	TenantID         *int32          `json:"tenantId,omitempty"`
	CreatedAt        timestamp       `json:"createdAt"`
	UpdatedAt        timestamp       `json:"updatedAt"`
	CreatedBy        string          `json:"createdBy"`
	DeletedAt        *timestamp      `json:"deletedAt"`
}

// permissionSet is a group of permissions of roles v2.
type permissionSet struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// seedRoles returns the IDs of the roles that every version has.
func seedRoles() []int32 {
	var ids []int32
	for _, r := range predefinedRoles {
		if r.name != "" && r.name225 != "" {
			ids = append(ids, r.id)
		}
	}
	return ids
}

// roles returns the roles of a version: the predefined ones by their names in it, unless a test has renamed them, and the
// custom ones.
func (d *store) roles(v *version) []*role {
	var list []*role
	for i, predefined := range predefinedRoles {
		name := predefined.name
		if v.serves(rolesOf225) {
			name = predefined.name225
		}
		if name == "" {
			continue
		}
		if renamed := d.RoleNames[predefined.id]; renamed != "" {
			name = renamed
		}
		list = append(list, &role{
			sequence: sequence{i - len(predefinedRoles)}, // before everything that was ever added
			ID:       predefined.id, Name: name, Enabled: true, Deprecated: predefined.legacy && v.serves(rolesOf225),
			Manages: predefined.manages, CreatedBy: seedTenantName, CreatedAt: rolesSince,
		})
	}
	return append(list, d.CustomRoles...)
}

// role returns the role of an ID, or nil.
func (c *apiRequest) role(id int32) *role {
	if c.roles == nil {
		c.roles = map[int32]*role{}
		for _, r := range c.data.roles(c.version) {
			c.roles[r.ID] = r
		}
	}
	return c.roles[id]
}

func (c *apiRequest) roleName(id int32) string {
	if r := c.role(id); r != nil {
		return r.Name
	}
	return ""
}

func listRolesV1(c *apiRequest) (response, error) {
	list := []roleBody{}
	for _, r := range dropNewest(c, c.data.roles(c.version)) {
		list = append(list, c.roleBodyV1(r))
	}
	return jsonResponse(http.StatusOK, list), nil
}

// roleColumns are the fields by which v2 sorts and filters. The scope type of a role is not published: here it is system
// for predefined roles and tenant for custom ones.
var roleColumns = map[string]column[*role]{
	"name":      {value: func(r *role) string { return r.Name }},
	"custom":    {value: func(r *role) string { return strconv.FormatBool(r.Custom) }},
	"enabled":   {value: func(r *role) string { return strconv.FormatBool(r.Enabled) }},
	"createdAt": {value: func(r *role) string { return formatDate(&r.CreatedAt) }, kind: date},
	"createdBy": {value: func(r *role) string { return r.CreatedBy }},
	"scopeType": {value: func(r *role) string {
		if r.Custom {
			return "tenant"
		}
		return "system"
	}},
}

func listRolesV2(c *apiRequest) (response, error) {
	roles, err := listing[*role]{
		columns: roleColumns,
		search:  func(r *role) []string { return []string{r.Name, r.description()} },
	}.apply(c, c.data.roles(c.version))
	if err != nil {
		return response{}, err
	}
	part, next, err := page(c, dropNewest(c, roles))
	if err != nil {
		return response{}, err
	}
	list := []roleBody{}
	for _, r := range part {
		list = append(list, c.roleBodyV2(r))
	}
	return jsonResponse(http.StatusOK, struct {
		Roles []roleBody `json:"roles"`
		Next  int        `json:"next,omitempty"`
	}{list, next}), nil
}

func getRoleV1(c *apiRequest) (response, error) { return c.getRole(c.roleBodyV1) }
func getRoleV2(c *apiRequest) (response, error) { return c.getRole(c.roleBodyV2) }

func (c *apiRequest) getRole(body func(*role) roleBody) (response, error) {
	id, err := strconv.ParseInt(c.id, 10, 32)
	if err != nil {
		return response{}, badRequest("the id of a role is an integer")
	}
	r := c.role(int32(id))
	if r == nil {
		return response{}, notFound("role %d", id)
	}
	return jsonResponse(http.StatusOK, body(r)), nil
}

func (c *apiRequest) roleBodyV1(r *role) roleBody {
	body := roleBody{
		ID: r.ID, Name: r.Name, Description: r.description(), Permissions: c.rolePermissions(r),
		CreatedAt: timestamp(r.CreatedAt), UpdatedAt: timestamp(r.CreatedAt), CreatedBy: r.CreatedBy,
	}
	if c.version.serves(roleCustom) {
		body.Custom, body.Enabled, body.EffectiveEnabled = &r.Custom, &r.Enabled, &r.Enabled
	}
	if c.version.serves(roleTenant) {
		body.TenantID = &c.data.TenantID
	}
	return body
}

// roleBodyV2 adds the mark of legacy roles, and the permission sets: one for each resource type that the role manages,
// and one for reading the others (a choice).
func (c *apiRequest) roleBodyV2(r *role) roleBody {
	body := c.roleBodyV1(r)
	body.Deprecated = &r.Deprecated
	body.PermissionSets = []permissionSet{{ID: "platform-read", Name: "View the platform"}}
	for _, p := range body.Permissions {
		if slices.Contains(r.Manages, p.ResourceType) {
			body.PermissionSets = append(body.PermissionSets, permissionSet{p.ResourceType + "-manage", "Manage " + p.DisplayName})
		}
	}
	return body
}

// rolePermissions returns all actions on the resource types that a role manages, and reading of the others.
func (c *apiRequest) rolePermissions(r *role) []permission {
	list := c.permissions([]string{"read"})
	for i, p := range list {
		if slices.Contains(r.Manages, p.ResourceType) {
			list[i].Actions = allActions
		}
	}
	return list
}

func (r *role) description() string {
	for _, predefined := range predefinedRoles {
		if predefined.id == r.ID {
			return "For " + predefined.purpose
		}
	}
	return "Custom role"
}
