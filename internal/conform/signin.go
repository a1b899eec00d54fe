package conform

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// ErrCannotRun is wrapped by the errors of [Run] that are caused by the address or the credentials.
var ErrCannotRun = errors.New("cannot probe the control plane")

// grant is a way to obtain a token.
type grant struct {
	name, path string
	body       func(clientID, secret string) any
}

// grants are all known ones, newest first.
var grants = []grant{
	{"token-v2", "/api/v2/token", func(id, secret string) any {
		return url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
	}},
	{"token-v1-client-credentials", "/api/v1/token", func(id, secret string) any {
		return map[string]string{"grantType": "client_credentials", "clientID": id, "clientSecret": secret}
	}},
	{"token-v1-app-token", "/api/v1/token", func(id, secret string) any {
		return map[string]string{"grantType": "app_token", "appID": id, "appSecret": secret}
	}},
	{"token-legacy", "/v1/k8s/auth/oauth/apptoken", func(id, secret string) any {
		return map[string]string{"id": id, "name": id, "secret": secret}
	}},
}

// signIn sends credentials to the endpoint of a grant once.
func (c *client) signIn(ctx context.Context, g grant, clientID, secret string) (resp response, token string, err error) {
	resp, err = c.send(ctx, request{method: http.MethodPost, path: g.path, body: g.body(clientID, secret), anonymous: true})
	if err != nil || resp.status != http.StatusOK {
		return resp, "", err
	}
	for _, member := range []string{"accessToken", "access_token"} {
		if token = text(resp.object()[member]); token != "" {
			break
		}
	}
	return resp, token, nil
}

// isRefused reports whether a response is about the credentials: trying them on another endpoint could lock the account.
func isRefused(r response) bool {
	if r.status == http.StatusUnauthorized {
		return !r.isAbsent()
	}
	return r.status == http.StatusForbidden || r.status == http.StatusBadRequest && text(r.object()["error"]) == "invalid_client"
}

// start signs the caller in, with the first grant that works, and makes sure that a control plane responds.
func (s *session) start(ctx context.Context, target Target) error {
	s.clientID, s.secret = target.ClientID, target.ClientSecret
	if s.token = target.AccessToken; s.token == "" {
		if err := s.signInCaller(ctx); err != nil {
			return err
		}
	}
	s.claims = tokenClaims(s.token)
	if s.clientID == "" {
		s.clientID = text(s.claims["azp"])
	}
	resp, err := s.send(ctx, request{method: http.MethodGet, path: rulesPath + "?limit=1"})
	switch {
	case err != nil:
		return fmt.Errorf("%w: no response from %s: %w", ErrCannotRun, s.base, err)
	case resp.status == http.StatusUnauthorized:
		return fmt.Errorf("%w: %s refuses the access token (%s); obtain a new one", ErrCannotRun, s.base, resp.describe())
	case resp.status == http.StatusOK && resp.kind() == "object", resp.status == http.StatusForbidden:
		return nil
	}
	return fmt.Errorf("%w: GET %s%s returned %s; check that RUNAI_BASE_URL is the address of a Run:ai control plane",
		ErrCannotRun, s.base, rulesPath, resp.describe())
}

func (s *session) signInCaller(ctx context.Context) error {
	var seen []string
	for _, g := range grants {
		resp, token, err := s.signIn(ctx, g, s.clientID, s.secret)
		switch {
		case err != nil:
			return fmt.Errorf("%w: no response from %s: %w", ErrCannotRun, s.base, err)
		case token != "":
			s.grant, s.token = &g, token
			return nil
		case isRefused(resp):
			return fmt.Errorf("%w: %s%s refuses the credentials (%s); check RUNAI_CLIENT_ID and RUNAI_CLIENT_SECRET",
				ErrCannotRun, s.base, g.path, resp.describe())
		}
		seen = append(seen, g.path+": "+resp.describe())
	}
	return fmt.Errorf("%w: no token endpoint at %s (%s); check that RUNAI_BASE_URL is the address of a Run:ai control plane",
		ErrCannotRun, s.base, strings.Join(seen, "; "))
}

// tokenClaims returns the claims of a JWT without verification.
func tokenClaims(token string) map[string]any {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil
	}
	var claims map[string]any
	decoder := json.NewDecoder(strings.NewReader(string(payload)))
	decoder.UseNumber()
	if decoder.Decode(&claims) != nil {
		return nil
	}
	return claims
}
