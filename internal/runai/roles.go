package runai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// Role is a set of permissions. Rules refer to its ID: names change their meaning
// between versions (API.md section 7).
type Role struct {
	ID          int64
	Name        string
	Description string
	// Custom and Enabled are served from 2.21 on; before, all roles are predefined
	// and enabled.
	Custom  bool
	Enabled bool
	// Deprecated roles are marked as legacy in the user interface, from 2.25 on.
	Deprecated bool

	readsAccessOnly bool // its permissions were served, and none of them manages access
}

// MayManageAccess reports whether the role permits to create, change or delete
// applications or access rules. It returns true if the control plane does not return
// the permissions of the role, and for the zero Role, since the result guards against a
// lock-out.
func (r Role) MayManageAccess() bool { return !r.readsAccessOnly }

// Roles are the roles that can be bound.
type Roles struct {
	session *session
	list    *listcache.Cache[Role]

	mu   sync.Mutex
	path string // of the version of the API that this control plane serves; empty: not detected
}

func newRoles(s *session) *Roles {
	r := &Roles{session: s}
	r.list = listcache.New(listcache.Source[Role]{
		Key:   roleID,
		Pages: func() func(context.Context) (listcache.Page[Role], error) { return r.load },
		Now:   s.Config.Now, NotFound: ErrNotFound, Forbidden: ErrForbidden,
	})
	return r
}

func roleID(role Role) string { return strconv.FormatInt(role.ID, 10) }

// List returns all roles. The list is cached for half a minute.
func (r *Roles) List(ctx context.Context) ([]Role, error) {
	l, err := r.list.List(ctx, listcache.Recent)
	return l.Items, err
}

// The one predefined role whose name changed its meaning: from 2.25 on the name denotes
// a new role, and the former one has the suffix legacy. The other roles that 2.25
// deprecated keep their names (API.md section 7).
const (
	departmentAdministrator       = "Department administrator"
	departmentAdministratorLegacy = "Department administrator (Legacy)"
)

// RoleNameNote is a note for the documentation of a role's name, in Markdown.
const RoleNameNote = "From 2.25 on `" + departmentAdministrator + "` is the name of a new role, and the role that had it is the deprecated `" +
	departmentAdministratorLegacy + "`; the name is then an error that shows the IDs of both. Other roles keep their names."

// ByName returns the role with a name: an exact match is preferred, otherwise the match
// is case-insensitive. Errors are NotFoundError and AmbiguousError.
//
// Department administrator is ambiguous from 2.25 on, although only one role has
// exactly this name: a configuration for an older control plane means the other one.
func (r *Roles) ByName(ctx context.Context, name string) (Role, error) {
	roles, err := r.List(ctx)
	if err != nil {
		return Role{}, err
	}
	l := r.lookup()
	role, err := l.byName(name, roles)
	if err != nil || !strings.EqualFold(name, departmentAdministrator) {
		return role, err
	}
	legacy := l.equal(roles, l.name, departmentAdministratorLegacy)
	legacy = slices.DeleteFunc(legacy, func(r Role) bool { return r.Custom }) // a custom role of that name is not the predefined one
	if len(legacy) == 0 {
		return role, nil
	}
	l.note = fmt.Sprintf("Up to 2.24 the name meant the role that is now %q, which is deprecated; "+
		"2.25 gave it to a new role with other permissions. The deprecated one can be named %[1]q.", departmentAdministratorLegacy)
	return l.one(FieldName, name, append([]Role{role}, legacy...), roles)
}

// ByID returns the role of an ID; the error is NotFoundError if there is none.
func (r *Roles) ByID(ctx context.Context, id int64) (Role, error) {
	roles, err := r.List(ctx)
	if err != nil {
		return Role{}, err
	}
	return r.lookup().byID(strconv.FormatInt(id, 10), roles)
}

// ByIDAndName returns the role with an ID that also has a name. Errors are
// NotFoundError for the ID, and MismatchError for another name than the role's.
func (r *Roles) ByIDAndName(ctx context.Context, id int64, name string) (Role, error) {
	role, err := r.ByID(ctx, id)
	if err == nil && !strings.EqualFold(role.Name, name) {
		return Role{}, &MismatchError{
			Object: "role", Field: FieldName, Value: name,
			text: fmt.Sprintf("the role with the ID %d is %q, not %q, on %s", id, role.Name, name, r.session.BaseURL()),
		}
	}
	return role, err
}

func (r *Roles) lookup() lookup[Role] {
	return lookup[Role]{
		object: "role",
		server: r.session.BaseURL(),
		hint:   "use role_id, or the ID, to choose one",
		id:     func(r Role) string { return strconv.FormatInt(r.ID, 10) },
		name:   func(r Role) string { return r.Name },
		candidate: func(r Role) string {
			s := fmt.Sprintf("%q has the ID %d", r.Name, r.ID)
			if r.Deprecated {
				s += " (deprecated)"
			}
			return s
		},
	}
}

func (r *Roles) load(ctx context.Context) (listcache.Page[Role], error) {
	var last error
	for _, path := range r.paths() {
		l, err := drain(ctx, r.pages(path))
		var e *Error
		if err == nil {
			r.mu.Lock()
			r.path = path
			r.mu.Unlock()
			return listcache.Page[Role]{Listing: l, Last: true}, nil
		}
		last = err
		if !errors.As(err, &e) || !r.session.isMissingToProbe(e) {
			break
		}
	}
	return listcache.Page[Role]{}, last
}

func (r *Roles) paths() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.path != "" {
		return []string{r.path}
	}
	return r.session.rolesPaths()
}

// pages lists the roles of one version of the API. v1 is a bare array; v2 is
// paged, and was a bare array too in an early build.
func (r *Roles) pages(path string) func(context.Context) (listcache.Page[Role], error) {
	p := pager[Role]{fetch: func(ctx context.Context, offset int) (page[Role], error) {
		var query url.Values
		if path == rolesV2 {
			query = url.Values{"limit": {strconv.Itoa(pageSize)}, "offset": {strconv.Itoa(offset)}}
		}
		list := wireList{member: "roles"}
		err := r.session.Send(ctx, rest.Request{Operation: "list the roles", Rule: rest.Repeatable, Probe: true, Method: http.MethodGet, Path: path, Query: query}, &list)
		rows := decodeRows(list.rows, roleID, func(w wireRole) (Role, bool) { return w.role(), w.DeletedAt.IsZero() })
		return page[Role]{rows: rows, next: list.next}, err
	}}
	return p.next
}

type wireRole struct {
	ID               int64    `json:"id"`
	Name             string   `json:"name"`
	Description      string   `json:"description"`
	Custom           bool     `json:"custom"`
	Enabled          *bool    `json:"enabled"`
	EffectiveEnabled *bool    `json:"effectiveEnabled"`
	Deprecated       bool     `json:"deprecated"`
	DeletedAt        nullTime `json:"deletedAt"`

	// Permissions are the schema Permissions, in both versions of the API. Version 2
	// may return the names of permission sets instead.
	Permissions rolePermissions `json:"permissions"`
}

// rolePermissions are the permissions of a role. If they cannot be decoded, that is no
// error of the list: they are unknown, which is a nil slice.
type rolePermissions []rolePermission

type rolePermission struct {
	ResourceType string   `json:"resourceType"`
	Actions      []string `json:"actions"`
}

func (p *rolePermissions) UnmarshalJSON(data []byte) error {
	var list []rolePermission
	if json.Unmarshal(data, &list) == nil {
		*p = list
	}
	return nil
}

// readAccessOnly reports whether the permissions are known and none of them manages
// access. An empty list counts as unknown, since a list may omit details.
func (p rolePermissions) readAccessOnly() bool {
	return len(p) > 0 && !slices.ContainsFunc(p, rolePermission.managesAccess)
}

// managesAccess reports whether a permission permits any action except read on
// applications or access rules. A missing resource type or missing actions count as unknown
// ones.
func (p rolePermission) managesAccess() bool {
	switch strings.ReplaceAll(strings.ToLower(p.ResourceType), "_", "-") {
	case "", "apps", "service-account", "service-accounts", "access-rules":
		return len(p.Actions) == 0 || slices.ContainsFunc(p.Actions, func(action string) bool { return action != "read" })
	}
	return false
}

func (w wireRole) role() Role {
	r := Role{
		ID: w.ID, Name: w.Name, Description: w.Description, Custom: w.Custom, Enabled: true, Deprecated: w.Deprecated,
		readsAccessOnly: w.Permissions.readAccessOnly(),
	}
	switch {
	case w.EffectiveEnabled != nil:
		r.Enabled = *w.EffectiveEnabled
	case w.Enabled != nil:
		r.Enabled = *w.Enabled
	}
	return r
}
