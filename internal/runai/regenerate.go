package runai

import (
	"context"
	"errors"
	"fmt"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// RegenerateOptions are the options with which RegenerateSecret proves a new secret.
type RegenerateOptions struct {
	// Object is the application in messages, such as `application "ci" (ID 7)`. By
	// default the client names it by its ID and the control plane's noun.
	Object string
	// ClientID is the client ID of the application.
	ClientID string
	// Enabled: the application can sign in.
	Enabled bool
	// NoProof: the new secret is not proven by a sign-in, which would count as use of
	// the application.
	NoProof bool
}

// RegeneratedSecret is the result of a regeneration.
type RegeneratedSecret struct {
	Secret Secret
	// Warnings are sentences about missing proofs.
	Warnings []string
}

// regeneration is one rotation of a secret, in one or more requests.
type regeneration struct {
	session *session
	object  string // for messages: `application "ci"`
	send    func(ctx context.Context) (Secret, error)
	options RegenerateOptions

	unclear  bool // an attempt may have taken effect without a response
	attempts int
}

func (g *regeneration) run(ctx context.Context) (RegeneratedSecret, error) {
	for attempt := 0; ; attempt++ {
		secret, err := g.attempt(ctx)
		switch {
		case err == nil:
			return g.proven(ctx, secret)
		case !errors.Is(err, ErrUnclear), attempt >= g.session.Config.MaxRetries:
			return RegeneratedSecret{}, err
		case g.session.Settle(ctx, err) != nil:
			return g.beyondTimeout(ctx)
		}
	}
}

// attempt regenerates once, and counts the requests of the whole rotation.
func (g *regeneration) attempt(ctx context.Context) (Secret, error) {
	secret, err := g.send(ctx)
	g.unclear = g.unclear || errors.Is(err, ErrUnclear)
	if e, ok := errors.AsType[*Error](err); ok {
		g.attempts += e.Attempts
		e.Attempts = g.attempts
	}
	return secret, err
}

// proven proves a secret if an earlier attempt may still revoke it.
func (g *regeneration) proven(ctx context.Context, secret Secret) (RegeneratedSecret, error) {
	result := RegeneratedSecret{Secret: secret}
	if !g.unclear || g.options.NoProof || !g.options.Enabled {
		return result, nil
	}
	return g.prove(ctx, result)
}

// beyondTimeout regenerates once more although the operation has timed out: the old
// secret may be revoked already, and the operation must not end without a secret.
func (g *regeneration) beyondTimeout(ctx context.Context) (RegeneratedSecret, error) {
	ctx, cancel := g.session.Detach(ctx)
	defer cancel()
	secret, err := g.attempt(ctx)
	if err != nil {
		return RegeneratedSecret{}, err
	}
	return RegeneratedSecret{Secret: secret, Warnings: []string{fmt.Sprintf(
		"A request to regenerate the secret of %s got no response, and the operation timed out before it could be ruled out that the request takes effect later (see timeouts). "+
			"If it does, it revokes the new secret: verify that it can sign in.", g.object)}}, nil
}

// prove signs in with a secret whose predecessor's request got no response. A
// secret that is still refused at the end of the settle time is regenerated once
// more; the last one is kept even if it is refused as well.
func (g *regeneration) prove(ctx context.Context, result RegeneratedSecret) (RegeneratedSecret, error) {
	for regenerations := 0; ; regenerations++ {
		refused, err := g.isRefused(ctx, result.Secret)
		switch {
		case err != nil:
			result.Warnings = append(result.Warnings, fmt.Sprintf(
				"A request to regenerate the secret of %s got no response and was repeated. Whether the new secret is the current one could not be verified: %s", g.object, err))
			return result, nil
		case !refused:
			return result, nil
		case regenerations > 0:
			result.Warnings = append(result.Warnings, fmt.Sprintf(
				"A request to regenerate the secret of %s got no response and was repeated. The control plane refuses the new secret: verify that it can sign in, "+
					"and change keepers to regenerate the secret again.", g.object))
			return result, nil
		}
		again, err := g.send(ctx)
		if err != nil {
			// The previous secret is the best known one.
			result.Warnings = append(result.Warnings, fmt.Sprintf(
				"The control plane refuses the new secret of %s, and it could not be regenerated again: %s", g.object, err))
			return result, nil
		}
		result.Secret = again
	}
}

// isRefused reports whether the control plane still refuses a secret at the end of the
// settle time: a new one may take a moment to be accepted. An error means that there
// was no valid response of the token endpoint.
func (g *regeneration) isRefused(ctx context.Context, secret Secret) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, g.session.Config.SettleTime+g.session.Config.RequestTimeout)
	defer cancel()
	until := g.session.Config.Now().Add(g.session.Config.SettleTime)
	for attempt := 0; ; attempt++ {
		_, err := g.session.auth.signIn(ctx, g.options.ClientID, secret, rest.Verifying)
		switch {
		case err == nil:
			return false, nil
		case !errors.Is(err, ErrUnauthorized):
			return false, err
		case attempt >= maxProofs || !g.session.Config.Now().Before(until):
			return true, nil
		}
		if g.session.Config.Sleep(ctx, g.session.Config.SettleTime/maxProofs) != nil {
			return true, nil
		}
	}
}

// maxProofs is the number of sign-ins with a new secret within the settle time.
const maxProofs = 4
