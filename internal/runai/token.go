package runai

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// tokenSource supplies the bearer token that all requests of a client share, and its
// principal. A token is requested once for all callers, renewed before it expires, and
// replaced once when the control plane refuses it.
type tokenSource struct {
	auth  *authenticator
	fixed bool // an access token given in the configuration: never renewed

	flight singleflight.Group

	mu       sync.Mutex
	clientID string
	secret   Secret
	current  token
	failure  error     // the last sign-in failed with this …
	failedAt time.Time // … then
	// replacing: the control plane refused the previous token, so the next one replaces
	// it. If that is refused shortly after, the cause is the request and not the token.
	replacing bool
}

type token struct {
	value    Secret
	expires  time.Time // zero: unknown, used until it is refused
	renew    time.Time
	replaced time.Time // when it replaced a refused token; zero: it did not
	claims   claims
}

const (
	// expiryDelta is the time before its expiry at which a token is renewed, longer
	// than a request takes. For a shorter-lived token it is a fifth of its lifetime.
	expiryDelta = 60 * time.Second
	// failureTTL is the time for which the error of a failed sign-in is cached. A
	// thousand resources must not try a wrong secret a thousand times, nor wait one by
	// one for a host that does not respond.
	failureTTL = 30 * time.Second
)

// newTokenSource returns the source of a configured access token, or of the tokens
// that the credentials obtain.
func newTokenSource(auth *authenticator, clientID string, secret, accessToken Secret) *tokenSource {
	t := &tokenSource{auth: auth, clientID: clientID, secret: secret}
	if !accessToken.IsZero() {
		t.fixed = true
		t.current = token{value: accessToken, claims: parseClaims(accessToken)}
	}
	return t
}

// Token returns a token that has not been refused, and signs in if necessary. While a
// renewal is in flight, it returns the old token as long as that has not expired.
func (t *tokenSource) Token(ctx context.Context) (Secret, error) {
	t.mu.Lock()
	value, err := t.cached()
	still, now := t.current, t.auth.rest.Config.Now()
	t.mu.Unlock()
	if err != nil || !value.IsZero() {
		return value, err
	}

	// All waiting callers share the sign-in: it outlives the caller that started it,
	// and each caller can be canceled separately.
	shared := context.WithoutCancel(ctx)
	done := t.flight.DoChan("", func() (any, error) { return t.signIn(shared) })
	if now.Before(still.expires) {
		return still.value, nil
	}
	select {
	case <-ctx.Done():
		return Secret{}, t.auth.rest.NotSentError("sign in", http.MethodPost, ctx.Err())
	case r := <-done:
		if r.Err != nil {
			return Secret{}, r.Err
		}
		return r.Val.(Secret), nil //nolint:forcetypeassert // signIn's type
	}
}

// cached returns the token or the error of the last sign-in, or neither if a sign-in is
// due. mu is held.
func (t *tokenSource) cached() (Secret, error) {
	now := t.auth.rest.Config.Now()
	switch {
	case t.current.valid(now):
		return t.current.value, nil
	case t.failure == nil, !isFinalRefusal(t.failure) && now.Sub(t.failedAt) >= failureTTL:
		return Secret{}, nil
	case now.Before(t.current.expires): // not renewed, and still valid
		return t.current.value, nil
	default:
		return Secret{}, t.failure
	}
}

// isFinalRefusal reports whether a sign-in failed because the control plane itself
// refused the credentials. The page of a gateway proves nothing about them.
func isFinalRefusal(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && errors.Is(e, ErrUnauthorized) && !e.NonAPI
}

// valid reports whether there is a token whose renewal is not due.
func (t token) valid(now time.Time) bool {
	return !t.value.IsZero() && (t.renew.IsZero() || now.Before(t.renew))
}

// Invalidate removes a token that the control plane refused. It reports whether another
// one may help: not for a configured token, and not if the refused one has just
// replaced another. So a path that always responds with 401 costs one new token in
// total.
func (t *tokenSource) Invalidate(refused Secret) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.fixed:
		return false
	case t.current.value != refused: // renewed in the meantime
		return true
	case !t.current.replaced.IsZero() && t.auth.rest.Config.Now().Sub(t.current.replaced) < failureTTL:
		return false
	}
	t.current, t.replacing = token{}, true
	return true
}

// replaceSecret sets the secret of later sign-ins, after the client has regenerated its
// own.
func (t *tokenSource) replaceSecret(s Secret) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.secret, t.failure, t.current.replaced = s, nil, time.Time{}
}

// credentials returns the pair to sign in with.
func (t *tokenSource) credentials() (clientID string, secret Secret) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.clientID, t.secret
}

func (t *tokenSource) signIn(ctx context.Context) (Secret, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	// Another sign-in may have finished in the meantime.
	if value, err := t.cached(); err != nil || !value.IsZero() {
		return value, err
	}
	for {
		clientID, secret := t.clientID, t.secret
		t.mu.Unlock()
		got, err := t.auth.signIn(ctx, clientID, secret, rest.Repeatable)
		t.mu.Lock()
		switch {
		case err == nil:
			if t.replacing {
				got.replaced, t.replacing = t.auth.rest.Config.Now(), false
			}
			t.failure, t.current = nil, got
			return got.value, nil
		case t.secret != secret: // replaced meanwhile: this failure is of the old one
			continue
		}
		t.failure, t.failedAt = err, t.auth.rest.Config.Now()
		return t.cached()
	}
}

// identity returns the caller's identity: the configured client ID, and what the
// current token claims.
func (t *tokenSource) identity() identity {
	t.mu.Lock()
	defer t.mu.Unlock()
	return newIdentity(t.clientID, t.current.claims, t.fixed)
}

// Describe returns the principal of the token, for hints.
func (t *tokenSource) Describe() string {
	caller := t.identity()
	s := ""
	if caller.clientID != "" {
		s += " as " + quote(caller.clientID)
	}
	if caller.fixed {
		s += " with an access token"
	}
	if caller.tenantID != "" {
		s += ", tenant " + caller.tenantID
	}
	return s
}
