package runai

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// SecretStatus is the result of a sign-in with a client secret.
type SecretStatus int

// The statuses of a secret.
const (
	// SecretUnknown: the sign-in proved nothing.
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
	// Warning is a sentence for the user, set at most once per client, otherwise empty.
	Warning string
}

// maxVerifications bounds the number of concurrent verifications.
const maxVerifications = 4

// verifier bounds the sign-ins that verify secrets.
type verifier struct {
	session *session
	sem     chan struct{}
	stopped atomic.Bool // the control plane responded with 429
}

func newVerifier(s *session) *verifier {
	return &verifier{session: s, sem: make(chan struct{}, maxVerifications)}
}

// verify signs in once with the secret of an application. A refusal counts only if
// it is the token endpoint's own, if isEnabled, which reads the application again,
// reports true, and if the caller's own sign-in by the same grant succeeds right
// after.
func (v *verifier) verify(ctx context.Context, clientID string, secret Secret, isEnabled func(context.Context) (bool, error)) Verification {
	if v.stopped.Load() {
		return Verification{}
	}
	select {
	case v.sem <- struct{}{}:
		defer func() { <-v.sem }()
	case <-ctx.Done():
		return Verification{}
	}
	if v.stopped.Load() {
		return Verification{}
	}
	auth := v.session.auth
	grant := auth.grants()[0] // the one that works here, and no other with the same secret
	_, err := auth.signInBy(ctx, grant, clientID, secret, rest.Verifying, false)
	if err == nil {
		return Verification{Status: SecretValid}
	}
	if !grant.refused(err) {
		return v.inconclusive(err)
	}
	if enabled, err := isEnabled(ctx); err != nil || !enabled {
		return v.inconclusive(err)
	}
	ownID, own := v.session.tokens.credentials()
	if own.IsZero() {
		return Verification{} // an access token: there is no control
	}
	if _, err := auth.signInBy(ctx, grant, ownID, own, rest.Verifying, false); err != nil {
		return v.inconclusive(err)
	}
	return Verification{Status: SecretRevoked}
}

// inconclusive returns the result of an inconclusive sign-in, and stops further ones
// after a 429.
func (v *verifier) inconclusive(err error) Verification {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Status != http.StatusTooManyRequests || v.stopped.Swap(true) {
		return Verification{}
	}
	return Verification{Warning: fmt.Sprintf("The control plane responded with 429 (too many requests) while client secrets were verified, so the remaining secrets are not verified in this run. %s", err)}
}
