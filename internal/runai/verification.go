package runai

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// SecretStatus is what a sign-in showed about a client secret.
type SecretStatus int

// The statuses of a secret.
const (
	// SecretUnknown: nothing conclusive was seen.
	SecretUnknown SecretStatus = iota
	// SecretValid: the control plane accepts the secret.
	SecretValid
	// SecretRevoked: the control plane refuses the secret of an enabled
	// application while it accepts the caller's own.
	SecretRevoked
)

// Verification is the result of VerifySecret.
type Verification struct {
	Status SecretStatus
	// Warning is a sentence for the user, set at most once per client; else empty.
	Warning string
}

// maxVerifications is how many secrets are verified at the same time.
const maxVerifications = 4

// verifications bounds the sign-ins of VerifySecret.
type verifications struct {
	sem     chan struct{}
	stopped atomic.Bool // the control plane asked for fewer requests
}

// VerifySecret signs in with the secret of an application, once, and reports what
// that showed.
//
// A broken identity provider must not pass for a thousand revoked secrets, so a
// refusal counts only if it is the token endpoint's own refusal of the
// credentials, if the application, read again, is still enabled, and if the
// caller's own sign-in by the same grant succeeds right after. Everything else is
// SecretUnknown and no error: 429, 5xx, web pages, network faults, a disabled
// application, and a caller that uses an access token. After a 429 no secret is
// verified any more.
func (a *Applications) VerifySecret(ctx context.Context, app Application, secret Secret) Verification {
	c := a.client
	c.rest.AddSecrets(secret)
	if secret.IsZero() || !app.Enabled || c.verifications.stopped.Load() {
		return Verification{}
	}
	select {
	case c.verifications.sem <- struct{}{}:
		defer func() { <-c.verifications.sem }()
	case <-ctx.Done():
		return Verification{}
	}
	if c.verifications.stopped.Load() {
		return Verification{}
	}
	grant := c.auth.grants()[0] // the one that works here, and no other with the same secret
	_, err := c.auth.signInBy(ctx, grant, app.ClientID, secret, rest.Verifying, false)
	if err == nil {
		return Verification{Status: SecretValid}
	}
	if !refusesCredentialsItself(err) {
		return c.inconclusive(err)
	}
	if current, err := a.Read(ctx, app.ID); err != nil || !current.Enabled {
		return c.inconclusive(err)
	}
	clientID, own := c.tokens.credentials()
	if own.IsZero() {
		return Verification{} // an access token: there is no control
	}
	if _, err := c.auth.signInBy(ctx, grant, clientID, own, rest.Verifying, false); err != nil {
		return c.inconclusive(err)
	}
	return Verification{Status: SecretRevoked}
}

// inconclusive is the result of a sign-in that showed nothing, and stops further
// ones if the control plane asked for fewer requests.
func (c *Client) inconclusive(err error) Verification {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Status != http.StatusTooManyRequests || c.verifications.stopped.Swap(true) {
		return Verification{}
	}
	return Verification{Warning: fmt.Sprintf("The control plane asked for fewer requests (429) while client secrets were verified, so the secrets that remain are not verified in this run. %s", err)}
}
