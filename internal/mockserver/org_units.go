package mockserver

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

const projectReady = "Ready"

// orgUnitBody has the common members of the schemas DepartmentForList, Department and Project. The members about the
// assignment of resources are required, and empty here.
type orgUnitBody struct {
	ID             string    `json:"id"`
	Name           string    `json:"name"`
	Description    string    `json:"description"`
	ClusterID      string    `json:"clusterId"`
	CreatedAt      timestamp `json:"createdAt"`
	UpdatedAt      timestamp `json:"updatedAt"`
	CreatedBy      string    `json:"createdBy"`
	Resources      []string  `json:"resources"`
	TotalResources struct{}  `json:"totalResources"`
}

func newOrgUnitBody(id, name, clusterID string, at time.Time) orgUnitBody {
	return orgUnitBody{
		ID: id, Name: name, ClusterID: clusterID, CreatedAt: timestamp(at), UpdatedAt: timestamp(at),
		CreatedBy: seedCreator, Resources: []string{},
	}
}

func (c *apiRequest) departmentBody(u *department) any {
	return newOrgUnitBody(u.ID, u.Name, u.ClusterID, u.CreatedAt)
}

// projectBody returns a project; its members vary with the version, so it is a map.
func (c *apiRequest) projectBody(u *project) any {
	base := newOrgUnitBody(u.ID, u.Name, u.ClusterID, u.CreatedAt)
	body := map[string]any{
		"id": base.ID, "name": base.Name, "description": base.Description, "clusterId": base.ClusterID,
		"createdAt": base.CreatedAt, "updatedAt": base.UpdatedAt, "createdBy": base.CreatedBy,
		"resources": base.Resources, "totalResources": base.TotalResources,
		"parentId":           u.DepartmentID,
		"parent":             map[string]string{"id": u.DepartmentID, "name": c.parentName(u)},
		"requestedNamespace": "runai-" + u.Name,
		"effective":          struct{}{},
		"status":             map[string]string{"phase": u.Phase},
	}
	if c.version.serves(projectPhase) {
		body["phase"] = u.Phase
	}
	if c.version.schedulerFlag != "" {
		body[c.version.schedulerFlag] = true
	}
	return body
}

func (c *apiRequest) parentName(u *project) string {
	if parent := c.data.department(u.DepartmentID); parent != nil {
		return parent.Name
	}
	return ""
}

// listDepartments refuses unknown parameters, like control planes on this route.
func listDepartments(c *apiRequest) (response, error) {
	known := []string{"filterBy", "sortBy", "sortOrder", "offset", "limit"}
	if !c.version.serves(orgUnitsV218) {
		known = append(known, "verbosity")
	}
	for _, name := range slices.Sorted(maps.Keys(c.query)) {
		if !slices.Contains(known, name) {
			return response{}, badRequest("unknown query parameter %q", name)
		}
	}
	if _, err := c.oneOf("verbosity", "verbose", "brief", "meta"); err != nil {
		return response{}, err
	}
	l := listing[*department]{columns: map[string]column[*department]{
		"name":      {value: func(u *department) string { return u.Name }},
		"clusterId": {value: func(u *department) string { return u.ClusterID }},
	}}
	addOrgUnitColumns(c, l.columns, func(u *department) time.Time { return u.CreatedAt })
	return orgUnits(c, l, c.data.Departments, "departments", c.departmentBody)
}

func listProjects(c *apiRequest) (response, error) {
	departmentID := func(u *project) string { return u.DepartmentID }
	l := listing[*project]{columns: map[string]column[*project]{
		"name":         {value: func(u *project) string { return u.Name }},
		"clusterId":    {value: func(u *project) string { return u.ClusterID }},
		"departmentId": {value: departmentID},
	}}
	if !c.version.serves(orgUnitsV218) {
		l.columns["parentId"] = column[*project]{value: departmentID}
		l.columns["parentName"] = column[*project]{value: c.parentName}
		l.columns["phase"] = column[*project]{value: func(u *project) string { return u.Phase }}
	}
	if c.version.serves(projectSearch) {
		l.search = func(u *project) []string { return []string{u.Name} }
	}
	addOrgUnitColumns(c, l.columns, func(u *project) time.Time { return u.CreatedAt })
	return orgUnits(c, l, c.data.Projects, "projects", c.projectBody)
}

// addOrgUnitColumns adds the columns of both kinds of unit: createdAt for sorting only in 2.18, and from 2.19 on also quotas
// and averages, which are zero here.
func addOrgUnitColumns[T any](c *apiRequest, columns map[string]column[T], createdAt func(T) time.Time) {
	old := c.version.serves(orgUnitsV218)
	columns["createdAt"] = column[T]{kind: date, sortOnly: old, value: func(u T) string {
		at := createdAt(u)
		return formatDate(&at)
	}}
	if old {
		return
	}
	zero := column[T]{kind: number, value: func(T) string { return "0" }}
	columns["totalGpuQuota"], columns["gpuAllocated"] = zero, zero
	for _, span := range []string{"24h", "7d", "30d"} {
		columns["avgGpuAllocation"+span], columns["avgGpuUtilization"+span] = zero, zero
		if c.version.serves(orgUnitMemory) {
			columns["avgGpuMemoryUtilization"+span] = zero
		}
	}
}

// orgUnits returns a page of a list and the offset of the next page, if there is one.
func orgUnits[T interface{ seq() int }](c *apiRequest, l listing[T], all []T, member string, body func(T) any) (response, error) {
	units, err := l.apply(c, all)
	if err != nil {
		return response{}, err
	}
	part, next, err := page(c, dropNewest(c, units))
	if err != nil {
		return response{}, err
	}
	list := []any{}
	for _, u := range part {
		list = append(list, body(u))
	}
	result := map[string]any{member: list}
	if next > 0 {
		result["next"] = next
	}
	return jsonResponse(http.StatusOK, result), nil
}

func getDepartment(c *apiRequest) (response, error) {
	u := c.data.department(c.id)
	if u == nil {
		return response{}, notFound("department %s", c.id)
	}
	return jsonResponse(http.StatusOK, c.departmentBody(u)), nil
}

func getProject(c *apiRequest) (response, error) {
	u := c.data.project(c.id)
	if u == nil {
		return response{}, notFound("project %s", c.id)
	}
	return jsonResponse(http.StatusOK, c.projectBody(u)), nil
}
