package runai

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// tokenSource hands out the bearer token that all requests of a client share,
// and knows whose it is. A token is requested once for all callers, renewed
// before it expires, and replaced once when the control plane refuses it.
type tokenSource struct {
	client *Client
	fixed  bool // an access token given in the configuration: never renewed

	flight singleflight.Group

	mu       sync.Mutex
	clientID string
	secret   Secret
	current  token
	failure  error     // the last sign-in failed with this …
	failedAt time.Time // … then
	// replacing: the control plane refused the token before, so the next one
	// replaces it. One that is refused as well shortly after says something
	// about the request and not about the token.
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
	// expiryDelta is how long before its expiry a token is renewed: longer than
	// a request takes. For a shorter-lived token it is a fifth of its lifetime.
	expiryDelta = 60 * time.Second
	// failureTTL is how long a failed sign-in answers for all callers. A
	// thousand resources must not try a wrong secret a thousand times, nor each
	// wait for a host that does not respond.
	failureTTL = 30 * time.Second
)

// token returns a token that has not been refused, signing in if need be. A
// token whose renewal is due but that has not expired serves while the renewal
// is under way.
func (t *tokenSource) token(ctx context.Context) (Secret, error) {
	t.mu.Lock()
	value, err := t.cached()
	still, now := t.current, t.client.now()
	t.mu.Unlock()
	if err != nil || !value.IsZero() {
		return value, err
	}

	// The sign-in belongs to all who wait for it: it outlives the caller that
	// happened to start it, and each caller may leave on its own.
	shared := context.WithoutCancel(ctx)
	done := t.flight.DoChan("", func() (any, error) { return t.signIn(shared) })
	if now.Before(still.expires) {
		return still.value, nil
	}
	select {
	case <-ctx.Done():
		return Secret{}, &Error{Operation: "sign in", Method: http.MethodPost, URL: t.client.baseURL.String(), ctxErr: ctx.Err(), outcome: notSent}
	case r := <-done:
		if r.Err != nil {
			return Secret{}, r.Err
		}
		return r.Val.(Secret), nil //nolint:forcetypeassert // signIn's type
	}
}

// cached returns what is known without a request: the token, or the failure that
// answers for all callers; neither if it is time to sign in. mu is held.
func (t *tokenSource) cached() (Secret, error) {
	now := t.client.now()
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

// isFinalRefusal reports whether a failed sign-in needs no repetition: the
// control plane itself refused the credentials. A page of a gateway says nothing
// about them.
func isFinalRefusal(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && errors.Is(e, ErrUnauthorized) && !e.NonAPI
}

// valid reports whether there is a token that needs no renewal yet.
func (t token) valid(now time.Time) bool {
	return !t.value.IsZero() && (t.renew.IsZero() || now.Before(t.renew))
}

// invalidate drops a token that the control plane refused. It reports whether
// another one may help: not for a configured token, and not if the refused one
// itself has just replaced another. A path that always responds with 401 so
// costs one new token and not one for each request.
func (t *tokenSource) invalidate(refused Secret) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.fixed:
		return false
	case t.current.value != refused: // renewed in the meantime
		return true
	case !t.current.replaced.IsZero() && t.client.now().Sub(t.current.replaced) < failureTTL:
		return false
	}
	t.current, t.replacing = token{}, true
	return true
}

// replaceSecret makes later sign-ins use a new secret, after the client has
// regenerated its own.
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
	// Another flight may have landed since the caller looked.
	if value, err := t.cached(); err != nil || !value.IsZero() {
		return value, err
	}
	for {
		clientID, secret := t.clientID, t.secret
		t.mu.Unlock()
		got, err := t.client.grant(ctx, clientID, secret, signingIn)
		t.mu.Lock()
		switch {
		case err == nil:
			if t.replacing {
				got.replaced, t.replacing = t.client.now(), false
			}
			t.failure, t.current = nil, got
			return got.value, nil
		case t.secret != secret: // replaced meanwhile: this failure is of the old one
			continue
		}
		t.failure, t.failedAt = err, t.client.now()
		return t.cached()
	}
}

// identity is who a client is signed in as, as far as known.
type identity struct {
	clientID string // empty: an access token that does not name its client
	tenantID string // empty: the token does not name it
	names    []string
	// named: at least one of the names is one that creators are known by.
	named bool
	fixed bool // signed in with a configured access token
}

// identity returns the caller's identity: the configured client ID, and what the
// current token claims.
func (t *tokenSource) identity() identity {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.current.claims
	id := identity{clientID: t.clientID, tenantID: string(c.TenantID), fixed: t.fixed}
	if t.fixed {
		id.clientID = cmp.Or(c.AuthorizedParty, c.Client)
	}
	for _, name := range []string{t.clientID, c.AuthorizedParty, c.Client, c.Username, c.Email} {
		if name != "" {
			id.names, id.named = append(id.names, name), true
		}
	}
	if c.SubjectID != "" {
		id.names = append(id.names, c.SubjectID)
	}
	return id
}

// serviceAccountPrefix is how Keycloak names the user of a client (facts on
// createdBy in API.md section 2).
const serviceAccountPrefix = "service-account-"

// is reports whether a creator, as objects name it, is the caller.
func (i identity) is(creator string) bool {
	return slices.ContainsFunc(i.names, func(name string) bool {
		return strings.EqualFold(name, creator) || strings.EqualFold(serviceAccountPrefix+name, creator)
	})
}

// Token is a bearer token and what is known of it.
type Token struct {
	Value Secret
	// Expires is zero where neither the answer nor the token says it.
	Expires time.Time
}

// SignIn obtains a token for any pair of client ID and secret, apart from the
// client's own, which it leaves alone.
func (c *Client) SignIn(ctx context.Context, clientID string, secret Secret) (Token, error) {
	c.secrets.add(secret)
	t, err := c.grant(ctx, clientID, secret, signingIn)
	return Token{Value: t.value, Expires: t.expires}, err
}

// grantType is one way to ask for a token (API.md sections 6.1 and 6.2).
type grantType struct {
	name    string
	path    string
	request func(clientID, secret string) request
}

var (
	// grantV2 is the OAuth 2 form of 2.24 and later.
	grantV2 = grantType{"client_credentials (v2)", "/api/v2/token", func(id, secret string) request {
		return request{form: url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}}
	}}
	// grantV1 came with 2.20.
	grantV1 = grantType{"client_credentials (v1)", "/api/v1/token", func(id, secret string) request {
		return request{body: map[string]string{"grantType": "client_credentials", "clientID": id, "clientSecret": secret}}
	}}
	// grantApp is how 2.17 to 2.19 do it; 3.0 has dropped it.
	grantApp = grantType{"app_token (v1)", "/api/v1/token", func(id, secret string) request {
		return request{body: map[string]string{"grantType": "app_token", "appID": id, "appSecret": secret}}
	}}
)

// grant asks for a token in the ways that this control plane may know, best
// first. It goes on to the next only where the control plane does not know the
// one before: credentials that were refused are not tried again in another
// way, which could lock the account out.
func (c *Client) grant(ctx context.Context, clientID string, secret Secret, rule retryRule) (token, error) {
	var err error
	grants := c.grants()
	for i, g := range grants {
		rule.probing = i < len(grants)-1
		t, grantErr := c.grantBy(ctx, g, clientID, secret, rule)
		if err = grantErr; err == nil || !c.isGrantUnknown(err) {
			return t, err
		}
	}
	return token{}, err
}

// grantBy requests a token in one way.
func (c *Client) grantBy(ctx context.Context, g grantType, clientID string, secret Secret, rule retryRule) (token, error) {
	r := g.request(clientID, secret.Reveal())
	r.op, r.method, r.path, r.anonymous, r.rule = "sign in as "+quote(clientID), http.MethodPost, g.path, true, rule
	var response tokenResponse
	if err := c.send(ctx, r, &response); err != nil {
		return token{}, signInError(err)
	}
	c.workingGrant.Store(&g)
	return c.newToken(response, r)
}

// grants are the ways to try, the one that has worked here before first.
func (c *Client) grants() []grantType {
	grants := c.version.grants()
	if known := c.workingGrant.Load(); known != nil {
		grants = slices.DeleteFunc(grants, func(g grantType) bool { return g.name == known.name })
		grants = append([]grantType{*known}, grants...)
	}
	return grants
}

// tokenResponse is what the v1 and v2 token endpoints answer, in one.
type tokenResponse struct {
	AccessTokenV1 Secret `json:"accessToken"`
	AccessTokenV2 Secret `json:"access_token"`
	ExpiresInV1   int64  `json:"expiresIn"` // seconds, from 2.24
	ExpiresInV2   int64  `json:"expires_in"`
}

func (c *Client) newToken(a tokenResponse, r request) (token, error) {
	value := a.AccessTokenV2
	if value.IsZero() {
		value = a.AccessTokenV1
	}
	if value.IsZero() {
		return token{}, &Error{Operation: r.op, Method: r.method, URL: c.baseURL.JoinPath(r.path).String(), Status: http.StatusOK, Message: "the response has no token", outcome: failed, Attempts: 1}
	}
	c.secrets.add(value)
	t := token{value: value, claims: parseClaims(value)}
	now := c.now()
	switch seconds := max(a.ExpiresInV1, a.ExpiresInV2); {
	case seconds > 0:
		t.expires = now.Add(time.Duration(seconds) * time.Second)
	case t.claims.Expires > 0 && t.claims.Issued > 0:
		// Only the lifetime is taken from the token: the clocks may differ.
		t.expires = now.Add(time.Duration(t.claims.Expires-t.claims.Issued) * time.Second)
	case t.claims.Expires > 0:
		// A time on the control plane's clock.
		t.expires = c.clock.local(time.Unix(t.claims.Expires, 0))
	}
	if !t.expires.IsZero() {
		t.renew = t.expires.Add(-min(expiryDelta, t.expires.Sub(now)/5))
	}
	return t, nil
}

// aboutCredentials recognises a 400 that refuses the credentials and not the
// way in which they were sent: scripts in the field meet both 400 and 401.
var aboutCredentials = regexp.MustCompile(`(?i)invalid_client|invalid_grant|unauthorized_client|credential|invalid (client|app|secret)|unauthorized|disabled`)

// refusesCredentials reports whether a 400 is about the credentials. The name of
// the grant type is not: a control plane that does not know client_credentials
// says so.
func refusesCredentials(e *Error) bool {
	words := strings.ReplaceAll(e.Message+" "+e.Details, "client_credentials", "")
	return e.Status == http.StatusBadRequest && aboutCredentials.MatchString(words)
}

// isGrantUnknown reports whether the control plane does not know this grant: no
// such path, a web page in its place, or a grant type that it refuses. A 401 that
// is neither the API's nor OAuth's own is how gateways respond to unknown paths
// (API.md section 9.3); where the version is known the path exists, so it counts
// as a refusal.
func (c *Client) isGrantUnknown(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Status {
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return true
	case http.StatusUnauthorized:
		return c.version.IsZero() && c.workingGrant.Load() == nil && (e.NonAPI || e.missingCode && e.oauthCode == "")
	case http.StatusBadRequest:
		return !e.NonAPI && !refusesCredentials(e)
	default:
		return isHTMLNotFound(e)
	}
}

// signInError makes a refusal of credentials plain, whatever status it had.
func signInError(err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	e.refusedCredentials = refusesCredentials(e)
	if errors.Is(e, ErrUnauthorized) {
		e.Hint = "The client ID or the client secret is wrong, was regenerated elsewhere, or belongs to another control plane or tenant; or the application is disabled."
	}
	return e
}

// claims are the members of a token that are of use here (API.md section 6.4).
// They are read without checking the signature: the control plane does that.
type claims struct {
	Expires         int64  `json:"exp"`
	Issued          int64  `json:"iat"`
	TenantID        text   `json:"tenant_id"`
	AuthorizedParty string `json:"azp"` // the client the token was issued to, in Keycloak
	Client          string `json:"client_id"`
	Username        string `json:"preferred_username"`
	Email           string `json:"email"`
	SubjectID       string `json:"sub"`
}

func parseClaims(t Secret) claims {
	var c claims
	parts := strings.Split(t.Reveal(), ".")
	if len(parts) != 3 {
		return c // an opaque token tells nothing
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil || json.Unmarshal(payload, &c) != nil {
		return claims{}
	}
	return c
}
