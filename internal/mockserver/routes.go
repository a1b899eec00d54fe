package mockserver

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// unmatched is the route of a request whose path no version has.
const unmatched = "unmatched"

var errNoRoute = &apiError{Code: http.StatusNotFound, Message: "Route not found."}

// route is one operation of the API. Its pattern has at most one variable part, always spelled {id}.
type route struct {
	method, pattern string
	needs           feature // versions without it do not serve the route
	handle          func(*apiRequest) (response, error)
	open            bool // needs no token
	list            bool // can be stale
	oauth           bool // has the OAuth 2 shape for 400 and 401
}

// The patterns that make long lines below.
const (
	accountsPath = "/api/v1/service-accounts"
	rulesPath    = "/api/v1/authorization/access-rules"
	ownRulesPath = "/api/v1/authorization/me/access-rules"
)

// routes are all operations of all versions. A literal path precedes the pattern that would match it as well.
var routes = []route{
	{method: "POST", pattern: "/api/v1/token", handle: grantToken, open: true},
	{method: "POST", pattern: "/api/v2/token", needs: tokenV2, handle: grantTokenV2, open: true, oauth: true},
	{method: "POST", pattern: "/v1/k8s/auth/oauth/apptoken", needs: tokenK8s, handle: grantTokenK8s, open: true},

	{method: "GET", pattern: accountsPath, needs: serviceAccounts, handle: listApplications, list: true},
	{method: "POST", pattern: accountsPath, needs: serviceAccounts, handle: asServiceAccount.create},
	{method: "GET", pattern: accountsPath + "/{id}", needs: serviceAccounts, handle: getApplication},
	{method: "PATCH", pattern: accountsPath + "/{id}", needs: serviceAccounts, handle: patchApplication},
	{method: "DELETE", pattern: accountsPath + "/{id}", needs: serviceAccounts, handle: deleteApplication},
	{method: "POST", pattern: accountsPath + "/{id}/secret", needs: serviceAccounts, handle: asServiceAccount.regenerate},

	{method: "GET", pattern: "/api/v1/apps", needs: apps, handle: listApplications, list: true},
	{method: "POST", pattern: "/api/v1/apps", needs: apps, handle: asApplication.create},
	{method: "GET", pattern: "/api/v1/apps/installer", needs: installer, handle: asApplication.installer},
	{method: "GET", pattern: "/api/v1/apps/{id}", needs: apps, handle: getApplication},
	{method: "PATCH", pattern: "/api/v1/apps/{id}", needs: apps, handle: patchApplication},
	{method: "DELETE", pattern: "/api/v1/apps/{id}", needs: apps, handle: deleteApplication},
	{method: "POST", pattern: "/api/v1/apps/{id}/secret", needs: apps, handle: asApplication.regenerate},

	{method: "GET", pattern: "/v1/k8s/apps", needs: k8sApps, handle: listLegacyApps, list: true},
	{method: "POST", pattern: "/v1/k8s/apps", needs: k8sApps, handle: createLegacyApp},
	{method: "GET", pattern: "/v1/k8s/apps/{id}", needs: k8sApps, handle: getLegacyApp},
	{method: "PUT", pattern: "/v1/k8s/apps/{id}", needs: k8sApps, handle: putLegacyApp},
	{method: "DELETE", pattern: "/v1/k8s/apps/{id}", needs: k8sApps, handle: deleteLegacyApp},
	{method: "POST", pattern: "/v1/k8s/apps/{id}/secret", needs: k8sApps, handle: regenerateLegacySecret},

	{method: "GET", pattern: rulesPath, handle: listAccessRules, list: true},
	{method: "POST", pattern: rulesPath, handle: createAccessRule},
	{method: "GET", pattern: rulesPath + "/count", handle: countAccessRules, list: true},
	{method: "POST", pattern: rulesPath + "/batch", needs: batchDelete, handle: deleteAccessRules},
	{method: "POST", pattern: rulesPath + "/batch-create", needs: batchCreate, handle: createAccessRules},
	{method: "GET", pattern: rulesPath + "/{id}", handle: getAccessRule},
	{method: "DELETE", pattern: rulesPath + "/{id}", handle: deleteAccessRule},

	{method: "GET", pattern: ownRulesPath, needs: me, handle: listOwnAccessRules, list: true},
	{method: "GET", pattern: ownRulesPath + "/count", needs: me, handle: countOwnAccessRules, list: true},
	{method: "GET", pattern: "/api/v1/authorization/permissions", handle: listPermissions},
	{method: "POST", pattern: "/api/v1/authorization/permitted-scopes", handle: getPermittedScopes},

	{method: "GET", pattern: "/api/v1/authorization/roles", needs: rolesV1, handle: listRolesV1, list: true},
	{method: "GET", pattern: "/api/v1/authorization/roles/{id}", needs: rolesV1, handle: getRoleV1},
	{method: "GET", pattern: "/api/v2/authorization/roles", needs: rolesV2, handle: listRolesV2, list: true},
	{method: "GET", pattern: "/api/v2/authorization/roles/{id}", needs: rolesV2, handle: getRoleV2},

	{method: "GET", pattern: "/api/v1/clusters", handle: listClusters, list: true},
	{method: "GET", pattern: "/api/v1/clusters/{id}", handle: getCluster},
	{method: "GET", pattern: "/api/v1/org-unit/departments", handle: listDepartments, list: true},
	{method: "GET", pattern: "/api/v1/org-unit/departments/{id}", handle: getDepartment},
	{method: "GET", pattern: "/api/v1/org-unit/projects", handle: listProjects, list: true},
	{method: "GET", pattern: "/api/v1/org-unit/projects/{id}", handle: getProject},
}

// Route is one operation of the API, in the versions of the mock that serve it.
type Route struct {
	Method, Pattern string // the variable part of the pattern is {id}
	Versions        []string
}

// Routes returns all operations that the mock serves.
func Routes() []Route {
	list := make([]Route, len(routes))
	for i, r := range routes {
		list[i] = Route{Method: r.method, Pattern: r.pattern}
		for _, v := range versions {
			if v.serves(r.needs) {
				list[i].Versions = append(list[i].Versions, v.name)
			}
		}
	}
	return list
}

// routeMatch is the route of a request, or the error for a request without one. Its pattern is the name under which the
// request is counted; a route that only other versions serve keeps its name, which distinguishes a probe from an unknown
// path.
type routeMatch struct {
	route   *route
	pattern string
	id      string
	unknown bool // no route of the version has the path
	err     error
}

// route matches a method and an escaped path.
func (v *version) route(method, path string) routeMatch {
	none := routeMatch{pattern: unmatched, unknown: true, err: errNoRoute}
	var allowed []string
	for i := range routes {
		r := &routes[i]
		id, ok := r.match(path)
		switch {
		case !ok:
		case !v.serves(r.needs):
			if none.pattern == unmatched {
				none.pattern = r.pattern
			}
		case r.method == method:
			return routeMatch{route: r, pattern: r.pattern, id: id}
		default:
			none.pattern = r.pattern
			allowed = append(allowed, r.method)
		}
	}
	if len(allowed) > 0 {
		slices.Sort(allowed)
		none.unknown = false
		none.err = &apiError{
			Code: http.StatusMethodNotAllowed, Message: http.StatusText(http.StatusMethodNotAllowed),
			Details: fmt.Sprintf("allowed: %s", strings.Join(slices.Compact(allowed), ", ")),
		}
	}
	return none
}

// match reports whether an escaped path matches the route, and returns its variable part.
func (r *route) match(path string) (id string, ok bool) {
	before, after, open := strings.Cut(r.pattern, placeholder)
	if !open {
		return "", path == r.pattern
	}
	rest, ok := strings.CutPrefix(path, before)
	if !ok {
		return "", false
	}
	if rest, ok = strings.CutSuffix(rest, after); !ok || rest == "" || strings.Contains(rest, "/") {
		return "", false
	}
	id, err := url.PathUnescape(rest)
	return id, err == nil
}
