package runai

import (
	"context"
	"errors"
)

// ErrNoCredentials is the error of [Client.SignInAsCaller] on a client that was
// given an access token and cannot sign in.
var ErrNoCredentials = errors.New("the client was given an access token, and no client ID and client secret to sign in with")

// SignInAsCaller obtains a new token with the client's own credentials. It
// neither returns nor replaces the one that the client's requests share.
func (c *Client) SignInAsCaller(ctx context.Context) (Token, error) {
	if c.tokens.fixed {
		return Token{}, ErrNoCredentials
	}
	c.tokens.mu.Lock()
	clientID, secret := c.tokens.clientID, c.tokens.secret
	c.tokens.mu.Unlock()
	return c.SignIn(ctx, clientID, secret)
}
