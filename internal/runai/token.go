package runai

import (
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

// tokens hands out the bearer token that all calls of a client share. It is
// asked for once, by one caller at a time, renewed before it expires, and once
// more when the control plane refuses it.
type tokens struct {
	client *Client
	fixed  bool // an access token given in the configuration: never renewed

	flight singleflight.Group

	mu       sync.Mutex
	clientID string
	secret   Secret
	current  token
	failure  error     // the last sign-in failed with this …
	failedAt time.Time // … then
}

type token struct {
	value   Secret
	expires time.Time // zero: not known, used until it is refused
	renew   time.Time
	claims  claims
}

const (
	// expiryDelta is how long before its end a token is renewed: longer than
	// a request takes. Of a shorter-lived token it is a fifth of its life.
	expiryDelta = 60 * time.Second
	// failureTTL is how long a failed sign-in answers for all. A thousand
	// resources must not try a wrong secret a thousand times, nor each wait
	// for a host that does not answer.
	failureTTL = 30 * time.Second
)

// token returns a token that has not been refused, asking for one if need be.
func (t *tokens) token(ctx context.Context) (Secret, error) {
	t.mu.Lock()
	value, err := t.atHand()
	t.mu.Unlock()
	if err != nil || !value.IsZero() {
		return value, err
	}

	// The sign-in belongs to all who wait for it: it outlives the caller that
	// happened to start it, and each caller may leave on its own.
	shared := context.WithoutCancel(ctx)
	done := t.flight.DoChan("", func() (any, error) { return t.signIn(shared) })
	select {
	case <-ctx.Done():
		return Secret{}, &Error{Operation: "sign in", Method: http.MethodPost, URL: t.client.baseURL.String(), ended: ctx.Err(), outcome: notSent}
	case r := <-done:
		if r.Err != nil {
			return Secret{}, r.Err
		}
		return r.Val.(Secret), nil //nolint:forcetypeassert // signIn's type
	}
}

// atHand is what can be said without asking: the token, or the failure that
// answers for all; neither if it is time to sign in. mu is held.
func (t *tokens) atHand() (Secret, error) {
	now := t.client.now()
	switch {
	case t.current.freshAt(now):
		return t.current.value, nil
	case t.failure == nil, !errors.Is(t.failure, ErrUnauthorized) && now.Sub(t.failedAt) >= failureTTL:
		return Secret{}, nil
	case now.Before(t.current.expires): // not renewed, and still good
		return t.current.value, nil
	default:
		return Secret{}, t.failure
	}
}

// freshAt reports whether there is a token that needs no renewal yet.
func (t token) freshAt(now time.Time) bool {
	return !t.value.IsZero() && (t.renew.IsZero() || now.Before(t.renew))
}

// reject says that the control plane refused this token. It reports whether
// another can be asked for.
func (t *tokens) reject(refused Secret) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.fixed {
		return false
	}
	if t.current.value == refused { // else somebody has renewed it already
		t.current = token{}
	}
	return true
}

// replaceSecret makes later sign-ins use a new secret, after the client has
// regenerated its own.
func (t *tokens) replaceSecret(s Secret) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.secret, t.failure = s, nil
}

func (t *tokens) signIn(ctx context.Context) (Secret, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	// Another flight may have landed since the caller looked.
	if value, err := t.atHand(); err != nil || !value.IsZero() {
		return value, err
	}
	for {
		clientID, secret := t.clientID, t.secret
		t.mu.Unlock()
		got, err := t.client.grant(ctx, clientID, secret)
		t.mu.Lock()
		switch {
		case err == nil:
			t.failure, t.current = nil, got
			return got.value, nil
		case t.secret != secret: // replaced meanwhile: this failure is of the old one
			continue
		}
		t.failure, t.failedAt = err, t.client.now()
		return t.atHand()
	}
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
	c.secrets.remember(secret)
	t, err := c.grant(ctx, clientID, secret)
	return Token{Value: t.value, Expires: t.expires}, err
}

// grantType is one way to ask for a token (API.md sections 6.1 and 6.2).
type grantType struct {
	name    string
	path    string
	request func(clientID, secret string) call
}

var (
	// grantV2 is the OAuth 2 form of 2.24 and later.
	grantV2 = grantType{"client_credentials (v2)", "/api/v2/token", func(id, secret string) call {
		return call{form: url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}}
	}}
	// grantV1 came with 2.20.
	grantV1 = grantType{"client_credentials (v1)", "/api/v1/token", func(id, secret string) call {
		return call{body: map[string]string{"grantType": "client_credentials", "clientID": id, "clientSecret": secret}}
	}}
	// grantApp is how 2.17 to 2.19 do it; 3.0 has dropped it.
	grantApp = grantType{"app_token (v1)", "/api/v1/token", func(id, secret string) call {
		return call{body: map[string]string{"grantType": "app_token", "appID": id, "appSecret": secret}}
	}}
)

// grant asks for a token in the ways that this control plane may know, best
// first. It goes on to the next only where the control plane does not know the
// one before: credentials that were refused are not tried again in another
// way, which could lock the account out.
func (c *Client) grant(ctx context.Context, clientID string, secret Secret) (token, error) {
	var err error
	grants := c.grants()
	for i, g := range grants {
		k := g.request(clientID, secret.Reveal())
		k.what, k.method, k.path, k.anonymous = "sign in as "+quote(clientID), http.MethodPost, g.path, true
		k.rule = probing
		if i == len(grants)-1 {
			k.rule = repeatable
		}
		var answer tokenResponse
		if err = c.send(ctx, k, &answer); err == nil {
			c.workingGrant.Store(&g)
			return c.newToken(answer, k)
		}
		if !grantUnknown(err) {
			break
		}
	}
	return token{}, signInError(err)
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

func (c *Client) newToken(a tokenResponse, k call) (token, error) {
	value := a.AccessTokenV2
	if value.IsZero() {
		value = a.AccessTokenV1
	}
	if value.IsZero() {
		return token{}, &Error{Operation: k.what, Method: k.method, URL: c.baseURL.JoinPath(k.path).String(), Status: http.StatusOK, Message: "the answer holds no token", outcome: failed, Attempts: 1}
	}
	c.secrets.remember(value)
	t := token{value: value, claims: parseClaims(value)}
	now := c.now()
	switch seconds := max(a.ExpiresInV1, a.ExpiresInV2); {
	case seconds > 0:
		t.expires = now.Add(time.Duration(seconds) * time.Second)
	case t.claims.Expires > 0 && t.claims.Issued > 0:
		// Only the lifetime is taken from the token: the clocks may differ.
		t.expires = now.Add(time.Duration(t.claims.Expires-t.claims.Issued) * time.Second)
	case t.claims.Expires > 0:
		t.expires = time.Unix(t.claims.Expires, 0)
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

// grantUnknown reports whether the control plane does not know this way of
// asking: no such path, or a web page in its place, or a grant type it refuses.
func grantUnknown(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Status {
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return true
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
		e.Hint = "The client ID or the client secret is wrong, was regenerated by somebody else, or belongs to another control plane or tenant; or the application is disabled."
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
