package runai

import (
	"context"
	"time"
)

// Client talks to one control plane as one caller. It is safe for concurrent use.
// Concurrent callers share one token, and reads of single objects are served from
// lists.
type Client struct {
	// Applications are the tenant's applications, or service accounts.
	Applications *Applications
	// AccessRules bind roles to subjects in scopes.
	AccessRules *AccessRules
	// Roles, Clusters, Departments and Projects are referred to by rules.
	Roles       *Roles
	Clusters    *Clusters
	Departments *Departments
	Projects    *Projects

	session *session
}

// New returns a client without sending a request. An error names the invalid member of
// Config.
func New(cfg Config) (*Client, error) {
	s, err := newSession(cfg)
	if err != nil {
		return nil, err
	}
	c := &Client{session: s}
	c.Applications = newApplications(s)
	c.Roles = newRoles(s)
	c.Clusters = newClusters(s)
	c.Departments = newDepartments(s, c.Clusters)
	c.Projects = newProjects(s, c.Clusters, c.Departments)
	c.AccessRules = newAccessRules(s, c.Applications, c.Clusters, c.Departments, c.Projects)
	return c, nil
}

// Connect signs in, so that wrong credentials, or an address without a control plane,
// are an error before any other request. It checks a configured access token by
// detecting the control plane.
func (c *Client) Connect(ctx context.Context) error {
	if c.session.tokens.fixed {
		_, err := c.Applications.dialect(ctx)
		return err
	}
	_, err := c.session.tokens.Token(ctx)
	return err
}

// BaseURL returns the control plane's address.
func (c *Client) BaseURL() string { return c.session.BaseURL() }

// ControlPlaneAPI returns which generation of the applications API is in use.
func (c *Client) ControlPlaneAPI(ctx context.Context) (API, error) {
	d, err := c.Applications.dialect(ctx)
	if err != nil {
		return "", err
	}
	return d.api, nil
}

// ServerTime returns the control plane's clock, known from its own responses;
// ok is false before the first of them.
func (c *Client) ServerTime() (t time.Time, ok bool) {
	t = c.session.ServerTime()
	return t, !t.IsZero()
}
