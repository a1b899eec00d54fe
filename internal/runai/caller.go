package runai

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// Caller is who the client is signed in as. There is no such endpoint: it is
// read from the token (API.md section 8).
type Caller struct {
	// ClientID is empty where an access token does not name its client.
	ClientID string
	TenantID string

	client *Client
}

// Is reports whether a creator, as objects name it, is the caller.
func (c Caller) Is(creator string) bool { return c.client.tokens.identity().is(creator) }

// Caller tells who is signed in, and the tenant.
func (c *Client) Caller(ctx context.Context) (Caller, error) {
	tenant, err := c.TenantID(ctx)
	return Caller{ClientID: c.callerID(), TenantID: tenant, client: c}, err
}

// callerID is the client ID that the client signs in as; empty where an access
// token does not name it.
func (c *Client) callerID() string { return c.tokens.identity().clientID }

// IsCaller reports whether an application is the one that this client signs in
// as.
func (c *Client) IsCaller(app Application) bool {
	return app.hasAlias(c.callerID())
}

// UseSecret makes the client sign in with a new secret from now on, after it
// has regenerated its own.
func (c *Client) UseSecret(s Secret) {
	c.rest.AddSecrets(s)
	c.tokens.replaceSecret(s)
}

// TenantID returns the caller's tenant: the token's pending, else that of any
// rule, application or permitted scope.
func (c *Client) TenantID(ctx context.Context) (string, error) {
	if _, err := c.tokens.Token(ctx); err != nil {
		return "", err
	}
	if tenant := c.tokens.identity().tenantID; tenant != "" {
		return tenant, nil
	}
	if rules, err := c.AccessRules.List(ctx); err == nil && len(rules) > 0 && rules[0].TenantID != "" {
		return rules[0].TenantID, nil
	}
	apps, err := c.Applications.List(ctx)
	if err != nil {
		return "", err
	}
	for _, app := range apps {
		if app.TenantID != "" {
			return app.TenantID, nil
		}
	}
	return c.permittedTenant(ctx)
}

func (c *Client) permittedTenant(ctx context.Context) (string, error) {
	var answer map[string]struct {
		Tenants []flexString `json:"tenants"`
	}
	err := c.rest.Send(ctx, rest.Request{
		Operation: "find out the tenant", Rule: rest.Repeatable,
		Method: http.MethodPost, Path: "/api/v1/authorization/permitted-scopes", Body: map[string]string{"resourceType": "access_rules"},
	}, &answer)
	for _, action := range answer {
		if len(action.Tenants) > 0 {
			return string(action.Tenants[0]), nil
		}
	}
	if err == nil {
		err = &unsupportedError{ErrUnsupported, "the control plane does not tell the tenant; give the scope_id"}
	}
	return "", err
}

// Installer is the application that installs clusters, with its secret. It is
// served by 2.18 to 2.22; elsewhere the error is ErrUnsupported.
func (c *Client) Installer(ctx context.Context) (CreatedApplication, error) {
	const path = "/api/v1/apps/installer"
	var w wireApplication
	err := c.rest.Send(ctx, rest.Request{Operation: "read the installer application", Rule: rest.Repeatable, Probe: true, Method: http.MethodGet, Path: path}, &w)
	var e *Error
	switch {
	case errors.As(err, &e) && e.RouteMissing():
		return CreatedApplication{}, &unsupportedError{
			sentinel: ErrUnsupported,
			text:     c.BaseURL() + " has no installer application: control planes from 2.18 to 2.22 have one, and this one responded with " + strconv.Itoa(e.Status) + " to " + path + ".",
		}
	case err != nil:
		return CreatedApplication{}, err
	}
	created := CreatedApplication{Application: dialectOf(Apps).application(w), Secret: w.secret()}
	c.rest.AddSecrets(created.Secret)
	return created, nil
}
