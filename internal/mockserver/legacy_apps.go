package mockserver

import (
	"net/http"
	"slices"
)

// legacyApp is the schema App of /v1/k8s/apps in 2.18 to 2.22. It has no ID: the key in paths is the client ID, which is a
// uuid here, and the ID under /api/v1/apps. The application signs in with its name.
//
// The published schema has no member for the secret; its name, secret, is a choice.
type legacyApp struct {
	EntityType        string   `json:"entityType,omitempty"`
	TenantID          int32    `json:"tenantId,omitempty"`
	UserID            string   `json:"userId,omitempty"`
	PermitAllClusters bool     `json:"permitAllClusters"`
	PermittedClusters []string `json:"permittedClusters"`
	Roles             []string `json:"roles"`
	CreatedAt         string   `json:"createdAt,omitempty"`
	ClientID          string   `json:"clientId,omitempty"`
	Name              string   `json:"name"`
	Revoked           bool     `json:"revoked"`
	Secret            string   `json:"secret,omitempty"`
}

// legacyAppInput is an App as a client may send it: only the name is required.
type legacyAppInput struct {
	EntityType        string   `json:"entityType,omitempty"`
	TenantID          int32    `json:"tenantId,omitempty"`
	UserID            string   `json:"userId,omitempty"`
	PermitAllClusters bool     `json:"permitAllClusters,omitempty"`
	PermittedClusters []string `json:"permittedClusters,omitempty"`
	Roles             []string `json:"roles,omitempty"`
	CreatedAt         string   `json:"createdAt,omitempty"`
	ClientID          string   `json:"clientId,omitempty"`
	Name              string   `json:"name"`
	Revoked           bool     `json:"revoked,omitempty"`
}

var (
	legacyEntityTypes = []string{"regular-user", "sso-user", "app", "group", "internal-user", "super-admin"}
	legacyRoles       = []string{
		"admin", "department_admin", "researcher", "editor", "viewer", "research_manager", "ml_engineer",
	}
)

func (c *apiRequest) legacyApp(app *application) legacyApp {
	return legacyApp{
		EntityType: "app", TenantID: c.data.TenantID, UserID: app.ID,
		PermitAllClusters: app.Legacy.PermitAllClusters,
		PermittedClusters: orEmpty(app.Legacy.PermittedClusters),
		Roles:             orEmpty(app.Legacy.Roles),
		CreatedAt:         timestamp(app.CreatedAt).String(),
		ClientID:          app.ID, Name: app.Name, Revoked: !app.Enabled,
	}
}

func (c *apiRequest) legacyAppWithSecret(app *application) response {
	body := c.legacyApp(app)
	body.Secret = app.Secret
	return jsonResponse(http.StatusOK, body)
}

func listLegacyApps(c *apiRequest) (response, error) {
	mine, err := c.boolean("onlyCreatedByMe")
	if err != nil {
		return response{}, err
	}
	roles := c.query["roles"]
	list := []any{}
	for _, app := range dropNewest(c, c.data.Applications) {
		hasRole := func(role string) bool { return slices.Contains(app.Legacy.Roles, role) }
		if mine && app.CreatedBy != c.creator() || len(roles) > 0 && !slices.ContainsFunc(roles, hasRole) {
			continue
		}
		list = append(list, app.Malformed.apply(c.legacyApp(app)))
	}
	return jsonResponse(http.StatusOK, list), nil
}

func createLegacyApp(c *apiRequest) (response, error) {
	body, err := c.decodeLegacyApp()
	if err != nil {
		return response{}, err
	}
	app, err := c.createApplication(body.Name)
	if err != nil {
		return response{}, err
	}
	app.Legacy, app.Enabled = body.permissions(), !body.Revoked
	return c.legacyAppWithSecret(app), nil
}

func getLegacyApp(c *apiRequest) (response, error) {
	app, err := c.application()
	if err != nil {
		return response{}, err
	}
	return jsonResponse(http.StatusOK, app.Malformed.apply(c.legacyApp(app))), nil
}

// putLegacyApp replaces a whole application: omitted members are reset. It refuses to change name and client ID (a choice:
// how a control plane responds to that is not documented).
func putLegacyApp(c *apiRequest) (response, error) {
	app, err := c.application()
	if err != nil {
		return response{}, err
	}
	body, err := c.decodeLegacyApp()
	if err != nil {
		return response{}, err
	}
	if body.Name != app.Name || body.ClientID != "" && body.ClientID != app.ID {
		return response{}, badRequest("name and clientId cannot be changed")
	}
	app.Legacy, app.Enabled, app.UpdatedAt = body.permissions(), !body.Revoked, c.now
	return jsonResponse(http.StatusOK, c.legacyApp(app)), nil
}

func deleteLegacyApp(c *apiRequest) (response, error) {
	app, err := c.application()
	if err != nil {
		return response{}, err
	}
	c.data.removeApplication(app)
	return emptyResponse(http.StatusOK), nil
}

func regenerateLegacySecret(c *apiRequest) (response, error) {
	app, err := c.application()
	if err != nil {
		return response{}, err
	}
	c.server.regenerate(app, c.now)
	return c.legacyAppWithSecret(app), nil
}

func (c *apiRequest) decodeLegacyApp() (legacyAppInput, error) {
	var body legacyAppInput
	if err := c.decode(&body); err != nil {
		return body, err
	}
	if body.Name == "" {
		return body, badRequest("name must not be empty")
	}
	if body.EntityType != "" && !slices.Contains(legacyEntityTypes, body.EntityType) {
		return body, badRequest("unknown entityType %q", body.EntityType)
	}
	for _, role := range body.Roles {
		if !slices.Contains(legacyRoles, role) {
			return body, badRequest("unknown role %q", role)
		}
	}
	return body, nil
}

func (b legacyAppInput) permissions() legacyPermissions {
	return legacyPermissions{
		Roles: b.Roles, PermitAllClusters: b.PermitAllClusters, PermittedClusters: b.PermittedClusters,
	}
}

// orEmpty returns an empty list for nil, since the schema does not allow null.
func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
