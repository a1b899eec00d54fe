package runai

import (
	"context"
	"errors"
	"fmt"
)

// List returns the departments that match the filter, in the order of the control
// plane. A cluster that does not exist is a NotFoundError on FieldClusterID.
func (s *Departments) List(ctx context.Context, f OrgUnitFilter) ([]Department, error) {
	return orgUnitList(ctx, s, f, s.query)
}

// ByName returns the one department with a name that matches the filter. Errors are
// NotFoundError, on the name or on a part of the filter, and AmbiguousError.
func (s *Departments) ByName(ctx context.Context, name string, f OrgUnitFilter) (Department, error) {
	return s.lookup(ctx).byName(ctx, name, f)
}

// ByID returns the department of an ID; the error is NotFoundError if there is none.
func (s *Departments) ByID(ctx context.Context, id string) (Department, error) {
	return s.lookup(ctx).byID(ctx, id, OrgUnitFilter{})
}

// ByIDIn is ByID with a filter. The error is MismatchError if the department does not
// match it.
func (s *Departments) ByIDIn(ctx context.Context, id string, f OrgUnitFilter) (Department, error) {
	return s.lookup(ctx).byID(ctx, id, f)
}

func (s *Departments) lookup(ctx context.Context) orgUnitLookup[Department] {
	cluster := s.clusters.names(ctx)
	return orgUnitLookup[Department]{
		lookup: lookup[Department]{
			object: "department",
			server: s.session.BaseURL(),
			hint:   "add cluster_id, or use the ID, to choose one",
			id:     func(d Department) string { return d.ID },
			name:   func(d Department) string { return d.Name },
			detail: func(d Department) string { return " in cluster " + cluster(d.ClusterID) },
		},
		departments: s,
		query:       s.query,
		single:      s.list.Get,
		cluster:     func(d Department) string { return d.ClusterID },
	}
}

// List returns the projects that match the filter, in the order of the control
// plane. A cluster or a department that does not exist is a NotFoundError on
// FieldClusterID or FieldDepartmentID.
func (s *Projects) List(ctx context.Context, f OrgUnitFilter) ([]Project, error) {
	return orgUnitList(ctx, s.departments, f, s.query)
}

// ByName returns the one project with a name that matches the filter. Errors are
// NotFoundError, on the name or on a part of the filter, and AmbiguousError.
func (s *Projects) ByName(ctx context.Context, name string, f OrgUnitFilter) (Project, error) {
	return s.lookup(ctx).byName(ctx, name, f)
}

// ByID returns the project of an ID; the error is NotFoundError if there is none.
func (s *Projects) ByID(ctx context.Context, id string) (Project, error) {
	return s.lookup(ctx).byID(ctx, id, OrgUnitFilter{})
}

// ByIDIn is ByID with a filter. The error is MismatchError if the project does not
// match it.
func (s *Projects) ByIDIn(ctx context.Context, id string, f OrgUnitFilter) (Project, error) {
	return s.lookup(ctx).byID(ctx, id, f)
}

func (s *Projects) lookup(ctx context.Context) orgUnitLookup[Project] {
	cluster := s.clusters.names(ctx)
	return orgUnitLookup[Project]{
		lookup: lookup[Project]{
			object: "project",
			server: s.session.BaseURL(),
			hint:   "add cluster_id or department_id, or use the ID, to choose one",
			id:     func(p Project) string { return p.ID },
			name:   func(p Project) string { return p.Name },
			detail: func(p Project) string {
				return " in cluster " + cluster(p.ClusterID) + ", department " + p.DepartmentID
			},
		},
		departments: s.departments,
		query:       s.query,
		single:      s.list.Get,
		cluster:     func(p Project) string { return p.ClusterID },
		department:  func(p Project) string { return p.DepartmentID },
	}
}

// orgUnitLookup is a lookup among departments or projects.
type orgUnitLookup[T any] struct {
	lookup[T]
	departments *Departments // to check a filter, and for its clusters
	query       func(context.Context, OrgUnitFilter) ([]T, error)
	single      func(ctx context.Context, id string) (T, error)
	cluster     func(T) string
	department  func(T) string // nil for departments
}

// byName queries the name first, which is one request for any number of units. It lists
// all units only for a case-insensitive match, or for the candidates in the error.
func (l orgUnitLookup[T]) byName(ctx context.Context, name string, f OrgUnitFilter) (T, error) {
	var none T
	named := f
	named.Name = name
	units, err := l.query(ctx, named)
	if err == nil && len(units) == 0 {
		units, err = l.query(ctx, f)
	}
	if err != nil {
		return none, err
	}
	if len(units) == 0 {
		if err := l.departments.checkFilter(ctx, f); err != nil {
			return none, err
		}
	}
	l.where = l.departments.describeFilter(ctx, f)
	return l.lookup.byName(name, units)
}

// byID reads one unit, and lists the others only for the candidates in the error. If
// the list fails, it returns that error: the 404 may have been that of the whole
// collection.
func (l orgUnitLookup[T]) byID(ctx context.Context, id string, f OrgUnitFilter) (T, error) {
	var none T
	unit, err := l.single(ctx, id)
	if errors.Is(err, ErrNotFound) {
		units, err := l.query(ctx, OrgUnitFilter{})
		if err != nil {
			return none, err
		}
		return l.lookup.byID(id, units)
	}
	if err != nil {
		return none, err
	}
	mismatch := func(field Field, value, place string) error {
		return &MismatchError{
			Object: l.object, Field: field, Value: value,
			text: fmt.Sprintf("the %s %q (ID %s) is in %s, not in %s, on %s", l.object, l.name(unit), id, place, value, l.server),
		}
	}
	if got := l.cluster(unit); f.ClusterID != "" && f.ClusterID != got {
		if err := l.departments.checkFilter(ctx, OrgUnitFilter{ClusterID: f.ClusterID}); err != nil {
			return none, err
		}
		return none, mismatch(FieldClusterID, f.ClusterID, "cluster "+l.departments.clusters.names(ctx)(got))
	}
	if f.DepartmentID != "" && l.department != nil && f.DepartmentID != l.department(unit) {
		if err := l.departments.checkFilter(ctx, OrgUnitFilter{DepartmentID: f.DepartmentID}); err != nil {
			return none, err
		}
		return none, mismatch(FieldDepartmentID, f.DepartmentID, "department "+l.department(unit))
	}
	return unit, nil
}

// orgUnitList queries units, and checks the filter if none match: a cluster without
// units is an empty list, but a cluster that does not exist is an error.
func orgUnitList[T any](ctx context.Context, departments *Departments, f OrgUnitFilter, query func(context.Context, OrgUnitFilter) ([]T, error)) ([]T, error) {
	units, err := query(ctx, f)
	if err == nil && len(units) == 0 {
		err = departments.checkFilter(ctx, f)
	}
	return units, err
}

// checkFilter reports a cluster or a department that does not exist, and a department
// of another cluster. It ignores objects that the caller is not permitted to list.
func (s *Departments) checkFilter(ctx context.Context, f OrgUnitFilter) error {
	if f.ClusterID != "" {
		_, err := s.clusters.ByID(ctx, f.ClusterID)
		if err := onField(FieldClusterID, err); err != nil {
			return err
		}
	}
	if f.DepartmentID != "" {
		_, err := s.ByIDIn(ctx, f.DepartmentID, OrgUnitFilter{ClusterID: f.ClusterID})
		if err := onField(FieldDepartmentID, err); err != nil {
			return err
		}
	}
	return nil
}

// onField returns the error of a lookup by ID with another field.
func onField(field Field, err error) error {
	if none, ok := errors.AsType[*NotFoundError](err); ok && none.Field == FieldID {
		none.Field = field
	}
	if errors.Is(err, ErrForbidden) {
		return nil
	}
	return err
}

func (s *Departments) describeFilter(ctx context.Context, f OrgUnitFilter) string {
	where := ""
	if f.ClusterID != "" {
		where += " in cluster " + s.clusters.names(ctx)(f.ClusterID)
	}
	if f.DepartmentID != "" {
		where += " in department " + f.DepartmentID
	}
	return where
}
