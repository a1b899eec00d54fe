package runai

import (
	"context"
	"errors"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// Token is a bearer token.
type Token struct {
	Value Secret
	// Expires is zero if neither the response nor the token has it.
	Expires time.Time
}

// SignIn obtains a token for any pair of client ID and secret. It does not affect the
// client's own token.
func (c *Client) SignIn(ctx context.Context, clientID string, secret Secret) (Token, error) {
	c.session.AddSecrets(secret)
	t, err := c.session.auth.signIn(ctx, clientID, secret, rest.Repeatable)
	return Token{Value: t.value, Expires: t.expires}, err
}

// ErrNoCredentials is the error of [Client.SignInAsCaller] on a client that has an
// access token and no credentials.
var ErrNoCredentials = errors.New("the client was given an access token, and no client ID and client secret to sign in with")

// SignInAsCaller obtains a new token with the client's own credentials. It neither
// returns nor replaces the shared token of the client's requests.
func (c *Client) SignInAsCaller(ctx context.Context) (Token, error) {
	if c.session.tokens.fixed {
		return Token{}, ErrNoCredentials
	}
	clientID, secret := c.session.tokens.credentials()
	return c.SignIn(ctx, clientID, secret)
}
