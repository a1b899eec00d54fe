package live

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
)

// authorization returns the header with the token of the control plane.
func (g *gateway) authorization(e *exchange) string {
	header := e.Header.Get("Authorization")
	seen, isBearer := strings.CutPrefix(header, "Bearer ")
	g.mu.Lock()
	defer g.mu.Unlock()
	if token, ok := g.tokens[seen]; isBearer && ok {
		return "Bearer " + token
	}
	return header
}

// credentialMembers are the names of the client ID and of the secret in the requests to the token endpoints.
var credentialMembers = map[string]string{"client_id": "client_secret", "clientid": "clientsecret", "appid": "appsecret", "id": "secret"}

// signIn forwards a sign-in with the credentials of the control plane.
func (g *gateway) signIn(e *exchange) (response, error) {
	if e.route == tokenV2Path {
		form, err := url.ParseQuery(string(e.body))
		if err != nil {
			return g.forward(e, nil)
		}
		id, secret := g.credentials(form.Get("client_id"), form.Get("client_secret"))
		form.Set("client_id", id)
		form.Set("client_secret", secret)
		e.body = []byte(form.Encode())
		return g.forward(e, g.keepToken)
	}
	var sent map[string]any
	if decodeJSON(e.body, &sent) != nil {
		return g.forward(e, nil)
	}
	names := map[string]string{} // in lower case, to the spelling
	for name := range sent {
		names[strings.ToLower(name)] = name
	}
	for idName, secretName := range credentialMembers {
		id, _ := sent[names[idName]].(string)
		secret, _ := sent[names[secretName]].(string)
		if id != "" {
			sent[names[idName]], sent[names[secretName]] = g.credentials(id, secret)
		}
	}
	e.body, _ = json.Marshal(sent) // it has just been decoded
	return g.forward(e, g.keepToken)
}

func (g *gateway) credentials(id, secret string) (realID, realSecret string) {
	if id == testClientID && secret == testClientSecret {
		return g.up.ClientID, g.up.ClientSecret
	}
	return g.outside(id), secret
}

// keepToken replaces a token by one in which the client has the name that the test knows.
func (g *gateway) keepToken(v any) bool {
	granted, _ := v.(map[string]any)
	for _, name := range tokenMembers {
		if token, ok := granted[name].(string); ok && token != "" {
			seen := g.rewriteToken(token)
			g.mu.Lock()
			g.tokens[seen] = token
			g.issued = append(g.issued, seen)
			g.mu.Unlock()
			granted[name] = seen
		}
	}
	return true
}

func (g *gateway) rewriteToken(token string) string {
	claims := claimsOf(token)
	if claims == nil {
		return token
	}
	for name := range claims {
		g.rename(claims, name)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return token
	}
	parts := strings.Split(token, ".")
	parts[1] = base64.RawURLEncoding.EncodeToString(payload)
	return strings.Join(parts, ".")
}
