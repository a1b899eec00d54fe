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
	// Expires is zero where neither the response nor the token holds it.
	Expires time.Time
}

// SignIn obtains a token for any pair of client ID and secret, apart from the
// client's own, which it leaves alone.
func (c *Client) SignIn(ctx context.Context, clientID string, secret Secret) (Token, error) {
	c.session.AddSecrets(secret)
	t, err := c.session.auth.signIn(ctx, clientID, secret, rest.Repeatable)
	return Token{Value: t.value, Expires: t.expires}, err
}

// ErrNoCredentials is the error of [Client.SignInAsCaller] on a client that was
// given an access token and cannot sign in.
var ErrNoCredentials = errors.New("the client was given an access token, and no client ID and client secret to sign in with")

// SignInAsCaller obtains a new token with the client's own credentials. It
// neither returns nor replaces the one that the client's requests share.
func (c *Client) SignInAsCaller(ctx context.Context) (Token, error) {
	if c.session.tokens.fixed {
		return Token{}, ErrNoCredentials
	}
	clientID, secret := c.session.tokens.credentials()
	return c.SignIn(ctx, clientID, secret)
}
