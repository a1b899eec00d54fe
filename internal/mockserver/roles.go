package mockserver

import (
	"net/http"
	"strconv"
	"time"
)

// systemAdministrator is the role of the application that is there first.
const systemAdministrator = 1

// predefinedRoles are the roles that every tenant has, with their names to 2.24 and from 2.25. An empty name: not there.
// The ids 5, 6, 8 to 11 and 13 are seen in scripts; the others, like which roles exactly became legacy, are choices.
var predefinedRoles = []struct {
	id            int32
	name, name225 string
	purpose       string
}{
	{systemAdministrator, "System administrator", "System administrator", "everything"},
	{2, "Department administrator", "Department administrator (Legacy)", "departments and their projects"},
	{3, "Department viewer", "Department viewer (Legacy)", "departments, without changing them"},
	{4, "Editor", "Editor (Legacy)", "projects and workloads"},
	{5, "L1 researcher", "L1 researcher (Legacy)", "own workloads"},
	{6, "ML engineer", "ML engineer (Legacy)", "inference workloads"},
	{7, "Research manager", "Research manager (Legacy)", "researchers and their projects"},
	{8, "L2 researcher", "L2 researcher (Legacy)", "own workloads and assets"},
	{9, "Environment administrator", "Environment administrator (Legacy)", "environments"},
	{10, "Credentials administrator", "Credentials administrator (Legacy)", "credentials"},
	{11, "Data source administrator", "Data source administrator (Legacy)", "data sources"},
	{12, "Compute resource administrator", "Compute resource administrator (Legacy)", "compute resources"},
	{13, "Template administrator", "Template administrator (Legacy)", "templates"},
	{14, "Data volume administrator", "Data volume administrator", "data volumes"},
	{15, "Viewer", "Viewer (Legacy)", "everything, without changing it"},
	{31, "", "AI practitioner", "own workloads and inference"},
	{32, "", "Department administrator", "departments, as from 2.25"},
	{33, "", "Project administrator", "projects"},
}

// rolesSince is when the predefined roles were made.
var rolesSince = time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)

// roleBody is a role, the same in the two versions of its routes. What the members of v2 are is known in part only.
type roleBody struct {
	ID               int32        `json:"id"`
	Name             string       `json:"name"`
	Description      string       `json:"description"`
	Permissions      []permission `json:"permissions"`
	Custom           *bool        `json:"custom,omitempty"`
	Enabled          *bool        `json:"enabled,omitempty"`
	EffectiveEnabled *bool        `json:"effectiveEnabled,omitempty"`
	TenantID         *int32       `json:"tenantId,omitempty"`
	CreatedAt        timestamp    `json:"createdAt"`
	UpdatedAt        timestamp    `json:"updatedAt"`
	CreatedBy        string       `json:"createdBy"`
	DeletedAt        *timestamp   `json:"deletedAt"`
}

// seedRoles returns the roles that every version has.
func seedRoles() []int32 {
	var ids []int32
	for _, r := range predefinedRoles {
		if r.name != "" && r.name225 != "" {
			ids = append(ids, r.id)
		}
	}
	return ids
}

// roles returns the roles of a version: the predefined ones in its words, unless they were renamed, and those that were
// added.
func (d *store) roles(v *version) []*role {
	var list []*role
	for i, predefined := range predefinedRoles {
		name := predefined.name
		if v.serves(rolesRenamed) {
			name = predefined.name225
		}
		if name == "" {
			continue
		}
		if renamed := d.RoleNames[predefined.id]; renamed != "" {
			name = renamed
		}
		list = append(list, &role{
			sequence: sequence{i - len(predefinedRoles)}, // before all that was ever added
			ID:       predefined.id, Name: name, Enabled: true, CreatedBy: seedTenantName, CreatedAt: rolesSince,
		})
	}
	return append(list, d.CustomRoles...)
}

// role returns the role of an id, nil if the version has none.
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
	roles := dropNewest(c, c.data.roles(c.version))
	return jsonResponse(http.StatusOK, c.roleBodies(roles)), nil
}

func listRolesV2(c *apiRequest) (response, error) {
	roles, err := listing[*role]{
		columns: map[string]column[*role]{
			"id":        {value: func(r *role) string { return strconv.Itoa(int(r.ID)) }, kind: number},
			"name":      {value: func(r *role) string { return r.Name }},
			"custom":    {value: func(r *role) string { return strconv.FormatBool(r.Custom) }},
			"enabled":   {value: func(r *role) string { return strconv.FormatBool(r.Enabled) }},
			"createdAt": {value: func(r *role) string { return formatDate(&r.CreatedAt) }, kind: date},
			"createdBy": {value: func(r *role) string { return r.CreatedBy }},
		},
		search: func(r *role) []string { return []string{r.Name, r.description()} },
	}.apply(c, c.data.roles(c.version))
	if err != nil {
		return response{}, err
	}
	part, next, err := page(c, dropNewest(c, roles))
	if err != nil {
		return response{}, err
	}
	return jsonResponse(http.StatusOK, struct {
		Roles []roleBody `json:"roles"`
		Next  int        `json:"next,omitempty"`
	}{c.roleBodies(part), next}), nil
}

func getRole(c *apiRequest) (response, error) {
	id, err := strconv.ParseInt(c.id, 10, 32)
	if err != nil {
		return response{}, badRequest("the id of a role is an integer")
	}
	r := c.role(int32(id))
	if r == nil {
		return response{}, notFound("role %d", id)
	}
	return jsonResponse(http.StatusOK, c.roleBody(r)), nil
}

func (c *apiRequest) roleBodies(roles []*role) []roleBody {
	list := []roleBody{}
	for _, r := range roles {
		list = append(list, c.roleBody(r))
	}
	return list
}

func (c *apiRequest) roleBody(r *role) roleBody {
	actions := []string{"read"}
	if r.ID == systemAdministrator {
		actions = allActions
	}
	body := roleBody{
		ID: r.ID, Name: r.Name, Description: r.description(), Permissions: c.permissions(actions),
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

func (r *role) description() string {
	for _, predefined := range predefinedRoles {
		if predefined.id == r.ID {
			return "For " + predefined.purpose
		}
	}
	return "Custom role"
}
