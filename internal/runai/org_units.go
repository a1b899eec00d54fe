package runai

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// Department is an org unit of a cluster. Its name is unique in its cluster only.
type Department struct {
	ID, Name, ClusterID string
}

// Project is an org unit of a department. Its name is unique in its cluster or
// department only.
type Project struct {
	ID, Name, ClusterID, DepartmentID string
	// Phase is Ready, NotReady, Creating, …; empty before 2.19.
	Phase string
}

// OrgUnitFilter narrows a list of departments or projects. Empty members are ignored.
type OrgUnitFilter struct {
	Name         string // exact
	ClusterID    string
	DepartmentID string // projects only
}

// Departments are the departments of a tenant.
type Departments struct {
	session  *session
	list     *listcache.Cache[Department]
	clusters *Clusters
}

// Projects are the projects of a tenant.
type Projects struct {
	session     *session
	list        *listcache.Cache[Project]
	clusters    *Clusters
	departments *Departments
}

func newDepartments(s *session, clusters *Clusters) *Departments {
	d := &Departments{session: s, clusters: clusters}
	d.list = newOrgUnitCache(s, departmentsPath, "departments", wireOrgUnit.department, func(d Department) string { return d.ID }, d.read)
	return d
}

func newProjects(s *session, clusters *Clusters, departments *Departments) *Projects {
	p := &Projects{session: s, clusters: clusters, departments: departments}
	p.list = newOrgUnitCache(s, projectsPath, "projects", wireOrgUnit.project, func(p Project) string { return p.ID }, p.read)
	return p
}

func newOrgUnitCache[T any](s *session, path, member string, unit func(wireOrgUnit) T, id func(T) string, read func(context.Context, string) (T, error)) *listcache.Cache[T] {
	return listcache.New(listcache.Source[T]{
		Key: id,
		Pages: func() func(context.Context) (listcache.Page[T], error) {
			return orgUnitPages(s, path, member, "", unit, id)
		},
		Read: read,
		Now:  s.Config.Now, NotFound: ErrNotFound, Forbidden: ErrForbidden,
	})
}

const (
	departmentsPath = "/api/v1/org-unit/departments"
	projectsPath    = "/api/v1/org-unit/projects"
)

// query returns the departments that match the filter, in the order of the control
// plane.
func (s *Departments) query(ctx context.Context, f OrgUnitFilter) ([]Department, error) {
	return orgUnits(ctx, s.session, departmentsPath, "departments", f, wireOrgUnit.department)
}

func (s *Departments) read(ctx context.Context, id string) (Department, error) {
	u, err := s.session.orgUnit(ctx, departmentsPath, "department", id)
	return u.department(), err
}

// query returns the projects that match the filter, in the order of the control
// plane.
func (s *Projects) query(ctx context.Context, f OrgUnitFilter) ([]Project, error) {
	return orgUnits(ctx, s.session, projectsPath, "projects", f, wireOrgUnit.project)
}

func (s *Projects) read(ctx context.Context, id string) (Project, error) {
	u, err := s.session.orgUnit(ctx, projectsPath, "project", id)
	return u.project(), err
}

type wireOrgUnit struct {
	ID        flexString `json:"id"`
	Name      string     `json:"name"`
	ClusterID string     `json:"clusterId"`
	ParentID  flexString `json:"parentId"`
	Status    *struct {
		Phase string `json:"phase"`
	} `json:"status"`
}

func (w wireOrgUnit) department() Department {
	return Department{ID: string(w.ID), Name: w.Name, ClusterID: w.ClusterID}
}

func (w wireOrgUnit) project() Project {
	p := Project{ID: string(w.ID), Name: w.Name, ClusterID: w.ClusterID, DepartmentID: string(w.ParentID)}
	if w.Status != nil {
		p.Phase = w.Status.Phase
	}
	return p
}

func (f OrgUnitFilter) matches(w wireOrgUnit) bool {
	return (f.Name == "" || w.Name == f.Name) &&
		(f.ClusterID == "" || w.ClusterID == f.ClusterID) &&
		(f.DepartmentID == "" || string(w.ParentID) == f.DepartmentID)
}

// filterBy sends only one condition: the documents of 2.18 do not state how several are
// joined (API.md section 9.2). The client checks all of them itself. A comma in a value
// cannot be escaped.
func (f OrgUnitFilter) filterBy() string {
	for _, condition := range []struct{ field, value string }{{"name", f.Name}, {"clusterId", f.ClusterID}} {
		if condition.value != "" && !strings.Contains(condition.value, ",") {
			return condition.field + "==" + condition.value
		}
	}
	return ""
}

func orgUnits[T any](ctx context.Context, s *session, path, member string, f OrgUnitFilter, unit func(wireOrgUnit) T) ([]T, error) {
	read := func(filterBy string) ([]wireOrgUnit, error) {
		same := func(u wireOrgUnit) wireOrgUnit { return u }
		id := func(u wireOrgUnit) string { return string(u.ID) }
		l, err := drain(ctx, orgUnitPages(s, path, member, filterBy, same, id))
		return l.Items, err
	}
	filterBy := f.filterBy()
	rows, err := read(filterBy)
	var e *Error
	if filterBy != "" && errors.As(err, &e) && e.Status == http.StatusBadRequest {
		rows, err = read("") // a filter that this control plane does not take
	}
	if err != nil {
		return nil, err
	}
	units := make([]T, 0, len(rows))
	for _, row := range rows {
		if f.matches(row) {
			units = append(units, unit(row))
		}
	}
	return units, nil
}

func orgUnitPages[T any](s *session, path, member, filterBy string, unit func(wireOrgUnit) T, id func(T) string) func(context.Context) (listcache.Page[T], error) {
	p := pager[T]{fetch: func(ctx context.Context, offset int) (page[T], error) {
		// Only documented parameters: departments refuse others.
		query := url.Values{"limit": {strconv.Itoa(pageSize)}, "offset": {strconv.Itoa(offset)}}
		if filterBy != "" {
			query.Set("filterBy", filterBy)
		}
		list := wireList{member: member}
		err := s.Send(ctx, rest.Request{
			Operation: "list the " + member, Rule: rest.Repeatable,
			Method: http.MethodGet, Path: path, Query: query,
		}, &list)
		return page[T]{rows: decodeRows(list.rows, id, always(unit)), next: list.next}, err
	}}
	return p.next
}

func (s *session) orgUnit(ctx context.Context, path, noun, id string) (wireOrgUnit, error) {
	var w wireOrgUnit
	k := rest.Request{
		Operation: "read " + noun + " " + quote(id), Rule: rest.Repeatable,
		Method: http.MethodGet, Path: path + "/" + escape(id),
	}
	err := s.Send(ctx, k, &w)
	if err == nil && w.ID == "" {
		err = s.IncompleteResponse(k, "id")
	}
	return w, err
}
