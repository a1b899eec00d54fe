package runai

import (
	"context"
	"net/http"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// Caller is the principal that the client is signed in as. The API has no such
// endpoint, so it is read from the token (API.md section 8).
type Caller struct {
	// ClientID is empty if an access token does not name its client.
	ClientID string
	TenantID string

	session *session
}

// Is reports whether the creator of an object is the caller.
func (c Caller) Is(creator string) bool { return c.session.caller().is(creator) }

// Caller returns the signed-in principal and its tenant.
func (c *Client) Caller(ctx context.Context) (Caller, error) {
	tenant, err := c.TenantID(ctx)
	return Caller{ClientID: c.session.caller().clientID, TenantID: tenant, session: c.session}, err
}

// IsCaller reports whether an application is the one that this client signs in as.
func (c *Client) IsCaller(app Application) bool {
	return app.hasAlias(c.session.caller().clientID)
}

// UseSecret replaces the secret that the client signs in with, after the client has
// regenerated its own.
func (c *Client) UseSecret(s Secret) {
	c.session.AddSecrets(s)
	c.session.tokens.replaceSecret(s)
}

// TenantID returns the caller's tenant: that of the token, otherwise that of any rule,
// application or permitted scope.
func (c *Client) TenantID(ctx context.Context) (string, error) {
	if _, err := c.session.tokens.Token(ctx); err != nil {
		return "", err
	}
	if tenant := c.session.caller().tenantID; tenant != "" {
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
	var scopes map[string]struct {
		Tenants []flexString `json:"tenants"`
	}
	err := c.session.Send(ctx, rest.Request{
		Operation: "detect the tenant", Rule: rest.Repeatable,
		Method: http.MethodPost, Path: "/api/v1/authorization/permitted-scopes", Body: map[string]string{"resourceType": "access_rules"},
	}, &scopes)
	for _, action := range scopes {
		if len(action.Tenants) > 0 {
			return string(action.Tenants[0]), nil
		}
	}
	if err == nil {
		err = &unsupportedError{ErrUnsupported, "the control plane does not return the tenant; set scope_id"}
	}
	return "", err
}

// CheckTenantID returns a NotFoundError for any tenant but the caller's.
func (c *Client) CheckTenantID(ctx context.Context, id string) error {
	tenant, err := c.TenantID(ctx)
	if err != nil || tenant == id {
		return err
	}
	l := lookup[string]{
		object: "tenant",
		server: c.BaseURL(),
		id:     func(id string) string { return id },
		name:   func(string) string { return "the tenant that the provider signs in to" },
	}
	return l.notFound(FieldID, id, []string{tenant})
}
