package mockserver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// grantToken serves /api/v1/token. Member names are case-insensitive, as on control planes; members and grants depend on
// the version.
func grantToken(c *apiRequest) (response, error) {
	members, err := c.decodeTokenRequest()
	if err != nil {
		return response{}, err
	}
	grant := members["granttype"]
	switch unknown := c.version.unknownTokenMember(members); {
	case grant == "":
		return response{}, missingMember("grantType")
	case !slices.Contains(c.version.grants, grant):
		return response{}, badRequest("unsupported grantType %q", grant)
	case unknown != "":
		return response{}, badRequest("unknown property %q", unknown)
	}
	id, secret := "clientID", "clientSecret"
	if grant == grantAppToken {
		id, secret = "appID", "appSecret"
	}
	for _, name := range []string{id, secret} {
		if members[strings.ToLower(name)] == "" {
			return response{}, missingMember(name)
		}
	}
	app := c.signIn(members[strings.ToLower(id)], members[strings.ToLower(secret)])
	if app == nil {
		// No document has 401 here; scripts handle it.
		return response{}, &apiError{Code: http.StatusUnauthorized, Message: "Invalid client or invalid client credentials"}
	}
	body := map[string]any{"accessToken": c.issueToken(app)}
	if c.version.serves(expiresIn) {
		body["expiresIn"] = c.tokenSeconds()
	}
	return jsonResponse(http.StatusOK, body), nil
}

// decodeTokenRequest returns the members of a TokenRequest by their lower-case names.
func (c *apiRequest) decodeTokenRequest() (map[string]string, error) {
	if err := requireMediaType(c, "application/json"); err != nil {
		return nil, err
	}
	var body map[string]json.RawMessage
	if json.Unmarshal(c.body, &body) != nil || body == nil {
		return nil, badRequest("the body must be a JSON object")
	}
	members := map[string]string{}
	for name, raw := range body {
		var value string
		if isNull(raw) || json.Unmarshal(raw, &value) != nil {
			return nil, badRequest("%s must be of type string", name)
		}
		members[strings.ToLower(name)] = value
	}
	return members, nil
}

// unknownTokenMember returns a member that the version's TokenRequest does not have, if there is one.
func (v *version) unknownTokenMember(members map[string]string) string {
	known := []string{
		"granttype", "clientid", "appid", "appsecret", "username", "password", "code", "redirecturi", "refreshtoken",
	}
	if slices.Contains(v.grants, grantClientCredentials) {
		known = append(known, "clientsecret")
	}
	if v.serves(externalToken) {
		known = append(known, "externaltoken")
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !slices.Contains(known, name) {
			return name
		}
	}
	return ""
}

// grantTokenV2 serves /api/v2/token, the OAuth 2 endpoint, whose errors have a
// different form.
func grantTokenV2(c *apiRequest) (response, error) {
	if requireMediaType(c, "application/x-www-form-urlencoded") != nil {
		return response{}, &oauthError{http.StatusBadRequest, "invalid_request", "the body must be a form"}
	}
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return response{}, &oauthError{http.StatusBadRequest, "invalid_request", "the form is not valid"}
	}
	for name, values := range form {
		if len(values) > 1 {
			return response{}, &oauthError{http.StatusBadRequest, "invalid_request", "repeated parameter: " + name}
		}
	}
	switch form.Get("grant_type") {
	case "":
		return response{}, &oauthError{http.StatusBadRequest, "invalid_request", "missing parameter: grant_type"}
	case "client_credentials":
	default:
		return response{}, &oauthError{http.StatusBadRequest, "unsupported_grant_type", "unsupported grant_type"}
	}
	app := c.signIn(form.Get("client_id"), form.Get("client_secret"))
	if app == nil {
		return response{}, &oauthError{http.StatusUnauthorized, "invalid_client", "Invalid client or invalid client credentials"}
	}
	return jsonResponse(http.StatusOK, map[string]any{
		"access_token": c.issueToken(app), "token_type": "Bearer", "expires_in": c.tokenSeconds(),
	}), nil
}

// grantTokenK8s serves the legacy endpoint, which takes both the ID and the name of the application.
func grantTokenK8s(c *apiRequest) (response, error) {
	var body struct {
		ID     string `json:"id"`
		Name   string `json:"name"`
		Secret string `json:"secret"`
	}
	if err := c.decode(&body); err != nil {
		return response{}, err
	}
	app := c.signIn(body.Name, body.Secret)
	if app == nil || body.ID != app.ID && body.ID != app.Name {
		return response{}, &apiError{Code: http.StatusUnauthorized, Message: "Invalid client or invalid client credentials"}
	}
	token := c.issueToken(app)
	return jsonResponse(http.StatusOK, map[string]string{"access_token": token, "id_token": token}), nil
}

// signIn returns the application with a pair of credentials, and sets the time of its last login; nil if the credentials
// are refused.
func (c *apiRequest) signIn(clientID, secret string) *application {
	if c.server.signInsRefused {
		return nil
	}
	app := c.data.credentials(c.version, clientID, secret)
	if app != nil {
		app.LastLogin = copyTime(&c.now)
	}
	return app
}

// credentials returns the application that signs in with a pair of credentials: an enabled one with that current secret.
// The client ID is the name. If applications are served under /v1/k8s, their uuid is valid as well.
func (d *store) credentials(v *version, clientID, secret string) *application {
	for _, app := range append(slices.Clone(d.Applications), d.Installer) {
		known := app.Name == clientID || v.serves(k8sApps) && app.ID == clientID
		if known && app.Enabled && hmac.Equal([]byte(app.Secret), []byte(secret)) {
			return app
		}
	}
	return nil
}

// SignsIn reports whether the token endpoints accept a client ID and a secret now.
func (s *Server) SignsIn(clientID, secret string) bool {
	s.lock()
	defer s.mu.Unlock()
	return !s.signInsRefused && s.data.credentials(s.version, clientID, secret) != nil
}

// IsSecretOf reports whether a secret is the current one of the application of a name, enabled or not.
func (s *Server) IsSecretOf(name, secret string) bool {
	s.lock()
	defer s.mu.Unlock()
	return hmac.Equal([]byte(s.data.mustApplication(name).Secret), []byte(secret))
}

// Issued returns every issued client secret and access token, for a search for leaks. No endpoint serves them.
func (s *Server) Issued() []string {
	s.lock()
	defer s.mu.Unlock()
	return slices.Clone(s.issued)
}

// claims are the claims of Keycloak's tokens that are known to be in use, and an ID that makes a token unique.
type claims struct {
	Expires  int64  `json:"exp"`
	IssuedAt int64  `json:"iat"`
	ID       string `json:"jti"`
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Party    string `json:"azp"`
	Type     string `json:"typ"`
	TenantID string `json:"tenant_id"`
}

// jwtHeader is {"alg":"HS256","typ":"JWT"}.
var jwtHeader = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))

func (c *apiRequest) tokenSeconds() int { return int(c.server.options.TokenLifetime.Seconds()) }

func (c *apiRequest) issueToken(app *application) string {
	scheme := "http"
	if c.request.TLS != nil {
		scheme = "https"
	}
	payload, err := json.Marshal(claims{
		Expires: c.now.Add(c.server.options.TokenLifetime).Unix(), IssuedAt: c.now.Unix(), ID: newUUID(),
		Issuer: scheme + "://" + c.request.Host + "/auth/realms/" + seedTenantName, Subject: app.ID, Party: app.Name,
		Type: "Bearer", TenantID: c.data.tenant(),
	})
	if err != nil {
		panic(err) // a struct of strings and integers
	}
	signed := jwtHeader + "." + base64.RawURLEncoding.EncodeToString(payload)
	token := signed + "." + c.data.signature(signed)
	c.server.issued = append(c.server.issued, token)
	return token
}

func (d *store) signature(signed string) string {
	mac := hmac.New(sha256.New, d.SigningKey)
	mac.Write([]byte(signed))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// authenticate returns the client ID in the bearer token. A token is valid until it expires, even if the application is
// disabled or deleted (a choice).
func (c *apiRequest) authenticate() (string, error) {
	scheme, token, _ := strings.Cut(c.request.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", unauthorized("a bearer token is required")
	}
	dot := max(0, strings.LastIndex(token, "."))
	signed, signature := token[:dot], strings.TrimPrefix(token[dot:], ".")
	if !hmac.Equal([]byte(signature), []byte(c.data.signature(signed))) {
		return "", unauthorized("the token was not issued by this control plane")
	}
	_, payload, _ := strings.Cut(signed, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(payload)
	var claimed claims
	if err != nil || json.Unmarshal(decoded, &claimed) != nil {
		return "", unauthorized("the token was not issued by this control plane")
	}
	if c.now.Unix() >= claimed.Expires {
		return "", unauthorized("the token has expired")
	}
	return claimed.Party, nil
}
