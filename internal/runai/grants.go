package runai

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// grantType is one way to request a token (API.md sections 6.1 and 6.2).
type grantType struct {
	name    string
	path    string
	request func(clientID, secret string) rest.Request
}

var (
	// grantV2 is the OAuth 2 form of 2.24 and later.
	grantV2 = grantType{"client_credentials (v2)", "/api/v2/token", func(id, secret string) rest.Request {
		return rest.Request{Form: url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}}
	}}
	// grantV1 came with 2.20.
	grantV1 = grantType{"client_credentials (v1)", "/api/v1/token", func(id, secret string) rest.Request {
		return rest.Request{Body: map[string]string{"grantType": "client_credentials", "clientID": id, "clientSecret": secret}}
	}}
	// grantApp is that of 2.17 to 2.19. 3.0 removed it.
	grantApp = grantType{"app_token (v1)", "/api/v1/token", func(id, secret string) rest.Request {
		return rest.Request{Body: map[string]string{"grantType": "app_token", "appID": id, "appSecret": secret}}
	}}
)

// authenticator obtains tokens for client IDs and secrets.
type authenticator struct {
	rest    *rest.Client // its requests carry no token
	version Version
	working atomic.Pointer[grantType] // the grant that has worked here; nil: none yet
}

// signIn requests a token with the grants that this control plane may serve, best
// first. It continues with the next one only if the control plane does not serve the
// grant: it does not try refused credentials with another grant, which could lock the
// account.
func (a *authenticator) signIn(ctx context.Context, clientID string, secret Secret, rule rest.RetryRule) (token, error) {
	var err error
	grants := a.grants()
	for i, g := range grants {
		t, grantErr := a.signInBy(ctx, g, clientID, secret, rule, i < len(grants)-1)
		if err = grantErr; err == nil || !a.isGrantUnknown(err) {
			return t, err
		}
	}
	return token{}, err
}

// signInBy requests a token with one grant. A probe also detects whether the control
// plane serves its path.
func (a *authenticator) signInBy(ctx context.Context, g grantType, clientID string, secret Secret, rule rest.RetryRule, probe bool) (token, error) {
	r := g.request(clientID, secret.Reveal())
	r.Operation, r.Method, r.Path = "sign in as "+quote(clientID), http.MethodPost, g.path
	r.Rule, r.Probe = rule, probe
	var response tokenResponse
	if err := a.rest.Send(ctx, r, &response); err != nil {
		return token{}, signInError(err)
	}
	a.working.Store(&g)
	return a.newToken(response, r)
}

// grants returns the grants to try, the working one first.
func (a *authenticator) grants() []grantType {
	grants := grantsOf(a.version)
	if known := a.working.Load(); known != nil {
		grants = slices.DeleteFunc(grants, func(g grantType) bool { return g.name == known.name })
		grants = append([]grantType{*known}, grants...)
	}
	return grants
}

// grantsOf returns the grants of a version, in the order of API.md section 6.3.
func grantsOf(v Version) []grantType {
	switch {
	case v.IsZero():
		return []grantType{grantV2, grantV1, grantApp}
	case v.atLeast(2, 24):
		return []grantType{grantV2, grantV1}
	case v.atLeast(2, 20):
		return []grantType{grantV1, grantApp}
	default:
		return []grantType{grantApp}
	}
}

// tokenResponse is the response of the v1 or the v2 token endpoint.
type tokenResponse struct {
	AccessTokenV1 Secret `json:"accessToken"`
	AccessTokenV2 Secret `json:"access_token"`
	ExpiresInV1   int64  `json:"expiresIn"` // seconds, from 2.24
	ExpiresInV2   int64  `json:"expires_in"`
}

func (a *authenticator) newToken(response tokenResponse, r rest.Request) (token, error) {
	value := response.AccessTokenV2
	if value.IsZero() {
		value = response.AccessTokenV1
	}
	if value.IsZero() {
		return token{}, a.rest.IncompleteResponse(r, "token")
	}
	a.rest.AddSecrets(value)
	t := token{value: value, claims: parseClaims(value)}
	now := a.rest.Config.Now()
	after := func(seconds int64) time.Time {
		return now.Add(time.Duration(min(seconds, maxTokenSeconds)) * time.Second)
	}
	switch seconds := max(response.ExpiresInV1, response.ExpiresInV2); {
	case seconds > 0:
		t.expires = after(seconds)
	case t.claims.Issued > 0 && t.claims.Expires > t.claims.Issued:
		// Only the lifetime is taken from the token: the clocks may differ.
		t.expires = after(t.claims.Expires - t.claims.Issued)
	case t.claims.Expires > 0:
		// A time on the control plane's clock.
		t.expires = a.rest.LocalTime(time.Unix(min(t.claims.Expires, now.Unix()+maxTokenSeconds), 0))
	}
	if !t.expires.IsZero() {
		t.renew = t.expires.Add(-min(expiryDelta, max(0, t.expires.Sub(now)/5)))
	}
	return t, nil
}

// maxTokenSeconds is ten years, the longest lifetime of a token: that of one that never
// expires would overflow a [time.Duration], and be over.
const maxTokenSeconds = 10 * 365 * 24 * 60 * 60

// aboutCredentials matches a 400 that refuses the credentials and not the grant. Both
// 400 and 401 occur for wrong credentials.
var aboutCredentials = regexp.MustCompile(`(?i)invalid_client|invalid_grant|unauthorized_client|credential|invalid (client|app|secret)|unauthorized|disabled`)

// refusesCredentials reports whether a 400 is about the credentials. The name of the
// grant type is ignored: a control plane that does not serve client_credentials repeats
// it.
func refusesCredentials(e *Error) bool {
	words := strings.ReplaceAll(e.Message+" "+e.Details, "client_credentials", "")
	return e.Status == http.StatusBadRequest && aboutCredentials.MatchString(words)
}

// refused reports whether the token endpoint itself refused the credentials: OAuth's
// invalid_client or unauthorized_client at v2, a 401 in the API's own form at v1. The
// text of a gateway proves nothing, nor does the form of the other endpoint.
func (g grantType) refused(err error) bool {
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok || e.NonAPI:
		return false
	case g.path == grantV2.path:
		return (e.Status == http.StatusBadRequest || e.Status == http.StatusUnauthorized) &&
			(e.OAuthCode == "invalid_client" || e.OAuthCode == "unauthorized_client")
	default:
		return e.Status == http.StatusUnauthorized && e.OAuthCode == "" && e.FromAPI()
	}
}

// isGrantUnknown reports whether the control plane does not serve this grant: the path
// does not exist, a web page responds, or the grant type is refused. Gateways may
// respond to unknown paths with a 401 that has neither the API's nor OAuth's form
// (API.md section 9.3); if the version is known, the path exists, so such a 401 counts
// as a refusal.
func (a *authenticator) isGrantUnknown(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	switch e.Status {
	case http.StatusUnauthorized:
		return a.version.IsZero() && a.working.Load() == nil && !e.FromAPI() && e.OAuthCode == ""
	case http.StatusBadRequest:
		return !e.NonAPI && !refusesCredentials(e)
	default:
		return e.RouteMissing()
	}
}

// signInError marks a refusal of credentials, of any status, as such.
func signInError(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	e.RefusedCredentials = refusesCredentials(e)
	if errors.Is(e, ErrUnauthorized) {
		e.Hint = "The client ID or the client secret is wrong, was regenerated elsewhere, or belongs to another control plane or tenant; or the application is disabled."
	}
	return e
}
