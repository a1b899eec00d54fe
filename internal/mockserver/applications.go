package mockserver

import (
	"net/http"
	"slices"
	"time"
	"unicode/utf8"
)

// facade is one of the two names under which the API serves applications. They share the store, and differ on the wire in
// the name of the secret alone.
type facade struct{ secretMember string }

var (
	asApplication    = facade{secretMember: "secret"}       // /api/v1/apps
	asServiceAccount = facade{secretMember: "clientSecret"} // /api/v1/service-accounts
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

func (c *call) applicationBody(app *application) applicationBody {
	body := applicationBody{
		ID: app.ID, Name: app.Name, Enabled: app.Enabled, CreatedBy: app.CreatedBy,
		CreatedAt: timestamp(app.CreatedAt), UpdatedAt: timestamp(app.UpdatedAt),
		LastLogin: optionalTimestamp(app.LastLogin), TenantID: c.data.tenant(),
	}
	if c.version.serves(clientIDMember) {
		body.ClientID = app.Name
	}
	return body
}

func listApplications(c *call) (answer, error) {
	list := []applicationBody{}
	for _, app := range fresh(c, c.data.Applications) {
		list = append(list, c.applicationBody(app))
	}
	return jsonAnswer(http.StatusOK, list), nil
}

// create makes an application. Its answer is a subset of the object, and the only one with this secret.
func (f facade) create(c *call) (answer, error) {
	var body struct {
		Name string `json:"name"`
	}
	if err := c.decode(&body); err != nil {
		return answer{}, err
	}
	if err := c.version.checkName(body.Name); err != nil {
		return answer{}, err
	}
	app, err := c.createApplication(body.Name)
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusCreated, f.withSecret(c, app)), nil
}

// installer answers with one object, although the documents name the operation a list.
func (f facade) installer(c *call) (answer, error) {
	return jsonAnswer(http.StatusOK, f.withSecret(c, c.data.Installer)), nil
}

func (f facade) withSecret(c *call, app *application) map[string]string {
	body := map[string]string{"id": app.ID, "name": app.Name, f.secretMember: app.Secret}
	if c.version.serves(clientIDMember) {
		body["clientId"] = app.Name
	}
	return body
}

func getApplication(c *call) (answer, error) {
	app, err := c.application()
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusOK, c.applicationBody(app)), nil
}

func patchApplication(c *call) (answer, error) {
	app, err := c.application()
	if err != nil {
		return answer{}, err
	}
	var body struct {
		Enabled bool `json:"enabled"`
	}
	if err := c.decode(&body); err != nil {
		return answer{}, err
	}
	app.Enabled, app.UpdatedAt = body.Enabled, c.now
	return emptyAnswer(http.StatusOK), nil
}

func deleteApplication(c *call) (answer, error) {
	app, err := c.application()
	if err != nil {
		return answer{}, err
	}
	c.data.removeApplication(app)
	return emptyAnswer(http.StatusNoContent), nil
}

// regenerate replaces the secret. The one before is worth nothing from now on.
func (f facade) regenerate(c *call) (answer, error) {
	app, err := c.application()
	if err != nil {
		return answer{}, err
	}
	c.server.regenerate(app, c.now)
	return jsonAnswer(http.StatusOK, map[string]string{f.secretMember: app.Secret}), nil
}

// application returns the application that the path names by id, in any version.
func (c *call) application() (*application, error) {
	if app := c.data.applicationByID(c.id); app != nil {
		return app, nil
	}
	return nil, notFound("application %s", c.id)
}

// createApplication adds an application with a name that is free. What stands in createdBy for an application made by an
// application is not known: here it is the caller's client ID.
func (c *call) createApplication(name string) (*application, error) {
	if c.data.applicationByName(name) != nil {
		return nil, conflict(apiMessages[http.StatusConflict])
	}
	app := c.data.addApplication(name, c.caller, newSecret(), c.now)
	c.server.issued = append(c.server.issued, app.Secret)
	return app, nil
}

// regenerate gives an application a new secret; that this moves updatedAt is a choice. The lock is held.
func (s *Server) regenerate(app *application, now time.Time) {
	app.Secret = newSecret()
	app.SecretsIssued++
	app.UpdatedAt = now
	s.issued = append(s.issued, app.Secret)
}

// removeApplication forgets an application, and leaves its access rules alone (a choice).
func (d *store) removeApplication(app *application) {
	d.Applications = slices.DeleteFunc(d.Applications, func(a *application) bool { return a == app })
}

// checkName holds the name of a new application against what the version allows.
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
