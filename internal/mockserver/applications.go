package mockserver

import (
	"net/http"
	"slices"
	"time"
	"unicode/utf8"
)

// variant is one of the two names under which the API serves applications. They share the store, and differ on the wire
// in the name of the secret only.
type variant struct{ secretMember string }

var (
	asApplication    = variant{secretMember: "secret"}       // /api/v1/apps
	asServiceAccount = variant{secretMember: "clientSecret"} // /api/v1/service-accounts
)

// applicationBody is the schema Application, alias ServiceAccount.
type applicationBody struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	ClientID  string     `json:"clientId,omitempty"`
	Enabled   bool       `json:"enabled"`
	CreatedBy string     `json:"createdBy"`
	CreatedAt timestamp  `json:"createdAt"`
	UpdatedAt timestamp  `json:"updatedAt"`
	LastLogin *timestamp `json:"lastLogin"`
	TenantID  string     `json:"tenantId"`
}

// applicationBody returns the body of an application: an applicationBody, unless a test has made it malformed.
func (c *apiRequest) applicationBody(app *application) any {
	body := applicationBody{
		ID: app.ID, Name: app.Name, Enabled: app.Enabled, CreatedBy: app.CreatedBy,
		CreatedAt: timestamp(app.CreatedAt), UpdatedAt: timestamp(app.UpdatedAt),
		LastLogin: optionalTimestamp(app.LastLogin), TenantID: c.data.tenant(),
	}
	if c.version.serves(clientIDMember) {
		body.ClientID = app.Name
	}
	return app.Malformed.apply(body)
}

func listApplications(c *apiRequest) (response, error) {
	apps := dropNewest(c, c.data.Applications)
	if limit := c.server.options.ListLimit; limit > 0 && c.version.serves(boundedLists) {
		apps = apps[:min(limit, len(apps))]
	}
	list := []any{}
	for _, app := range apps {
		list = append(list, c.applicationBody(app))
	}
	return jsonResponse(http.StatusOK, list), nil
}

// create creates an application. Its response is a subset of the object, and the only one with this secret.
func (f variant) create(c *apiRequest) (response, error) {
	var body struct {
		Name string `json:"name"`
	}
	if err := c.decode(&body); err != nil {
		return response{}, err
	}
	if err := c.version.checkName(body.Name); err != nil {
		return response{}, err
	}
	app, err := c.createApplication(body.Name)
	if err != nil {
		return response{}, err
	}
	return jsonResponse(http.StatusCreated, f.withSecret(c, app)), nil
}

// installer returns one object, although the documents call the operation a list.
func (f variant) installer(c *apiRequest) (response, error) {
	return jsonResponse(http.StatusOK, f.withSecret(c, c.data.Installer)), nil
}

func (f variant) withSecret(c *apiRequest, app *application) map[string]string {
	body := map[string]string{"id": app.ID, "name": app.Name, f.secretMember: app.Secret}
	if c.version.serves(clientIDMember) {
		body["clientId"] = app.Name
	}
	return body
}

func getApplication(c *apiRequest) (response, error) {
	app, err := c.application()
	if err != nil {
		return response{}, err
	}
	return jsonResponse(http.StatusOK, c.applicationBody(app)), nil
}

func patchApplication(c *apiRequest) (response, error) {
	app, err := c.application()
	if err != nil {
		return response{}, err
	}
	var body struct {
		Enabled bool `json:"enabled"`
	}
	if err := c.decode(&body); err != nil {
		return response{}, err
	}
	app.Enabled, app.UpdatedAt = body.Enabled, c.now
	return emptyResponse(http.StatusOK), nil
}

func deleteApplication(c *apiRequest) (response, error) {
	app, err := c.application()
	if err != nil {
		return response{}, err
	}
	c.data.removeApplication(app)
	return emptyResponse(http.StatusNoContent), nil
}

// regenerate replaces the secret, which revokes the previous one.
func (f variant) regenerate(c *apiRequest) (response, error) {
	app, err := c.application()
	if err != nil {
		return response{}, err
	}
	c.server.regenerate(app, c.now)
	return jsonResponse(http.StatusOK, map[string]string{f.secretMember: app.Secret}), nil
}

// application returns the application that the path names by its ID, which is the same in all versions.
func (c *apiRequest) application() (*application, error) {
	if app := c.data.applicationByID(c.id); app != nil {
		return app, nil
	}
	return nil, notFound("application %s", c.id)
}

// createApplication adds an application unless its name exists.
func (c *apiRequest) createApplication(name string) (*application, error) {
	if c.data.applicationByName(name) != nil {
		return nil, conflict(apiMessages[http.StatusConflict])
	}
	app := c.data.addApplication(name, c.creator(), newSecret(), c.now)
	c.server.issued = append(c.server.issued, app.Secret)
	return app, nil
}

// creator is createdBy of objects that the caller creates. If the caller is an application, its form is not known: here
// it is the client ID.
func (c *apiRequest) creator() string { return c.server.options.CreatedByPrefix + c.caller }

// regenerate gives an application a new secret; that this moves updatedAt is a choice. The lock is held.
func (s *Server) regenerate(app *application, now time.Time) {
	app.Secret = newSecret()
	app.SecretsIssued++
	app.UpdatedAt = now
	s.issued = append(s.issued, app.Secret)
}

// removeApplication removes an application, and keeps its access rules (a choice).
func (d *store) removeApplication(app *application) {
	d.Applications = slices.DeleteFunc(d.Applications, func(a *application) bool { return a == app })
}

// checkName checks the name of a new application against the rules of the version.
func (v *version) checkName(name string) error {
	switch {
	case name == "":
		return badRequest("name must not be empty")
	case v.names != nil && !v.names.MatchString(name):
		return badRequest("name must match %s", v.names)
	case v.maxName > 0 && utf8.RuneCountInString(name) > v.maxName:
		return badRequest("name must have at most %d characters", v.maxName)
	}
	return nil
}
