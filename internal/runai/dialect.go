package runai

import (
	"fmt"
	"net/url"
	"strings"
)

// API names a generation of the applications API, the spelling that
// control_plane_api shows.
type API string

// The generations, newest first (API.md section 1).
const (
	ServiceAccounts API = "service-accounts" // 2.24 to 3.0
	Apps            API = "apps"             // 2.18 to 2.26
	LegacyApps      API = "k8s"              // to 2.22
)

// dialect holds the names of one generation of the applications API. All differences
// between the generations are in this table and in the functions of this file.
type dialect struct {
	api         API
	path        string // path of the collection
	subjectType string // subject type of an application in an access rule
	noun        string // the product's name for an application
	// legacy: the key in the path is clientId, which here is a uuid that is not
	// the name; enabled is the opposite of revoked and is changed by PUT of the
	// whole object (API.md section 2.1).
	legacy bool
}

// dialects are in the order of detection: if two are served, the newer is used (API.md
// section 9.3).
var dialects = []*dialect{
	{api: ServiceAccounts, path: "/api/v1/service-accounts", subjectType: "service-account", noun: "service account"},
	{api: Apps, path: "/api/v1/apps", subjectType: "app", noun: "application"},
	{api: LegacyApps, path: "/v1/k8s/apps", subjectType: "app", noun: "application", legacy: true},
}

func dialectOf(api API) *dialect {
	for _, d := range dialects {
		if d.api == api {
			return d
		}
	}
	return nil
}

// wireApplication is an application in the wire form of any generation. The response to
// a create is a subset of it with the secret.
type wireApplication struct {
	ID           string     `json:"id"`
	ClientID     string     `json:"clientId"`
	Name         string     `json:"name"`
	Enabled      *bool      `json:"enabled"`
	Revoked      *bool      `json:"revoked"`
	Secret       Secret     `json:"secret"`
	ClientSecret Secret     `json:"clientSecret"`
	CreatedBy    string     `json:"createdBy"`
	CreatedAt    nullTime   `json:"createdAt"`
	UpdatedAt    nullTime   `json:"updatedAt"`
	LastLogin    nullTime   `json:"lastLogin"`
	TenantID     flexString `json:"tenantId"`
}

// secret returns the secret from either member: `secret` under apps and k8s,
// `clientSecret` under service-accounts (API.md section 3).
func (w wireApplication) secret() Secret {
	if !w.ClientSecret.IsZero() {
		return w.ClientSecret
	}
	return w.Secret
}

// application converts an application from its wire form. The client ID is its
// clientId, which equals its name, or the name if none is served (API.md section 5).
func (d *dialect) application(w wireApplication) Application {
	a := Application{
		ID:        w.ID,
		Name:      w.Name,
		ClientID:  w.ClientID,
		Enabled:   w.Enabled == nil || *w.Enabled,
		CreatedBy: w.CreatedBy,
		CreatedAt: w.CreatedAt.Time,
		UpdatedAt: w.UpdatedAt.Time,
		LastLogin: w.LastLogin.Time, LastLoginReported: w.LastLogin.served,
		TenantID: string(w.TenantID),
	}
	if d.legacy {
		a.ID, a.ClientID = w.ClientID, w.Name
		a.Enabled = w.Revoked == nil || !*w.Revoked
	}
	if a.ClientID == "" {
		a.ClientID = a.Name
	}
	return a
}

// checksNames reports whether this control plane refuses names that do not match the
// published pattern, as those from 2.20 on do. known is false if only an attempt can
// show it.
func (d *dialect) checksNames(v Version, apps []Application) (checks, known bool) {
	switch {
	case !v.IsZero():
		return v.atLeast(2, 20), true
	case d.api == ServiceAccounts:
		return true, true
	case d.legacy:
		return false, true
	}
	// 2.18 to 2.23: the pattern was introduced together with clientId.
	for _, a := range apps {
		return a.clientIDServed, true
	}
	return false, false
}

// dialect returns the dialect of a control plane of a known version.
func (v Version) dialect() *dialect {
	switch {
	case v.atLeast(2, 24):
		return dialectOf(ServiceAccounts)
	case v.atLeast(2, 18):
		return dialectOf(Apps)
	default:
		return dialectOf(LegacyApps)
	}
}

// Paths of the roles: v1 up to 2.26, v2 from 2.25 on. A 404 leads to the other one
// (API.md section 1, note c).
const (
	rolesV1 = "/api/v1/authorization/roles"
	rolesV2 = "/api/v2/authorization/roles"
)

func (s *session) rolesPaths() []string {
	old := !s.version.IsZero() && !s.version.atLeast(2, 24)
	// A control plane with the legacy grant does not have v2 of the roles.
	if g := s.auth.working.Load(); s.version.IsZero() && g != nil && g.path != grantV2.path {
		old = true
	}
	if old {
		return []string{rolesV1, rolesV2}
	}
	return []string{rolesV2, rolesV1}
}

// describe returns an application for messages: with its name, if it is known.
func (d *dialect) describe(ref ApplicationRef) string {
	if ref.Name == "" {
		return d.noun + " with the ID " + quote(ref.ID)
	}
	return fmt.Sprintf("%s %q (ID %s)", d.noun, ref.Name, ref.ID)
}

func (d *dialect) pathOf(id string) string { return d.path + "/" + escape(id) }

// escape returns an ID, of which any character may come from a user, as one segment of
// a path.
func escape(id string) string {
	if id == "." || id == ".." {
		return strings.ReplaceAll(id, ".", "%2E")
	}
	return url.PathEscape(id)
}
