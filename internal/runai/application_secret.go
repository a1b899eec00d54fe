package runai

import (
	"cmp"
	"context"
	"net/http"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// RegenerateSecret replaces the secret of an application. The old one is revoked
// immediately.
//
// If the response is lost, the request is repeated, since the lost secret is unused.
// The lost request may still take effect and revoke the secret of a later one. So after
// an unclear attempt, RegenerateSecret waits until the attempt can no longer take
// effect, regenerates again, and proves the new secret by signing in with it.
func (a *Applications) RegenerateSecret(ctx context.Context, id string, o RegenerateOptions) (RegeneratedSecret, error) {
	d, err := a.dialect(ctx)
	if err != nil {
		return RegeneratedSecret{}, err
	}
	defer a.list.Invalidate(id)
	defer a.session.locks.lock("application id " + id)()
	object := cmp.Or(o.Object, d.describe(ApplicationRef{ID: id}))
	g := regeneration{
		session: a.session, object: object, options: o,
		send: func(ctx context.Context) (Secret, error) { return a.regenerate(ctx, d, id, object) },
	}
	return g.run(ctx)
}

// regenerate sends one request to regenerate a secret.
func (a *Applications) regenerate(ctx context.Context, d *dialect, id, object string) (Secret, error) {
	r := rest.Request{
		Operation: "regenerate the secret of " + object, Rule: rest.Regenerating,
		Method: http.MethodPost, Path: d.pathOf(id) + "/secret",
	}
	var w wireApplication
	if err := a.session.Send(ctx, r, &w); err != nil {
		return Secret{}, err
	}
	secret := w.secret()
	if secret.IsZero() {
		return Secret{}, a.session.IncompleteResponse(r, "secret")
	}
	a.session.AddSecrets(secret)
	return secret, nil
}

// VerifySecret signs in once with the secret of an application, and reports the result.
//
// A broken identity provider must not be reported as a thousand revoked secrets. So a
// refusal counts only if the token endpoint itself refused the credentials, if the
// application, read again, is still enabled, and if the caller's own sign-in with the
// same grant succeeds afterwards. Everything else is SecretUnknown and no error: 429,
// 5xx, web pages, network faults, a disabled application, and a caller that uses an
// access token. After a 429 no more secrets are verified.
func (a *Applications) VerifySecret(ctx context.Context, app Application, secret Secret) Verification {
	a.session.AddSecrets(secret)
	if secret.IsZero() || !app.Enabled {
		return Verification{}
	}
	return a.verifier.verify(ctx, app.ClientID, secret, func(ctx context.Context) (bool, error) {
		current, err := a.Read(ctx, app.ID)
		return current.Enabled, err
	})
}
