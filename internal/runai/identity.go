package runai

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
)

// identity is the principal that a client is signed in as, as far as it is known.
type identity struct {
	clientID string // empty: an access token that does not name its client
	tenantID string // empty: the token does not name it
	names    []string
	// named: at least one of the names can occur as a creator.
	named bool
	fixed bool // signed in with a configured access token
}

// newIdentity returns the identity behind a configured client ID, which is empty
// for an access token, and the claims of the current token.
func newIdentity(clientID string, c claims, fixed bool) identity {
	id := identity{clientID: clientID, tenantID: string(c.TenantID), fixed: fixed}
	if fixed {
		id.clientID = cmp.Or(c.AuthorizedParty, c.Client)
	}
	for _, name := range []string{clientID, c.AuthorizedParty, c.Client, c.Username, c.Email} {
		if name != "" {
			id.names, id.named = append(id.names, name), true
		}
	}
	if c.SubjectID != "" {
		id.names = append(id.names, c.SubjectID)
	}
	return id
}

// serviceAccountPrefix is the prefix of Keycloak's user of a client (API.md section 2,
// on createdBy).
const serviceAccountPrefix = "service-account-"

// is reports whether the creator of an object is the caller.
func (i identity) is(creator string) bool {
	return slices.ContainsFunc(i.names, func(name string) bool {
		return strings.EqualFold(name, creator) || strings.EqualFold(serviceAccountPrefix+name, creator)
	})
}

// claims are the members of a token that are used here (API.md section 6.4). The
// signature is not verified, which is up to the control plane.
type claims struct {
	Expires         int64      `json:"exp"`
	Issued          int64      `json:"iat"`
	TenantID        flexString `json:"tenant_id"`
	AuthorizedParty string     `json:"azp"` // the client the token was issued to, in Keycloak
	Client          string     `json:"client_id"`
	Username        string     `json:"preferred_username"`
	Email           string     `json:"email"`
	SubjectID       string     `json:"sub"`
}

// parseClaims reads the claims of a JSON Web Token; those of an opaque token are
// the zero value.
func parseClaims(t Secret) claims {
	var c claims
	parts := strings.Split(t.Reveal(), ".")
	if len(parts) != 3 {
		return c
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil || json.Unmarshal(payload, &c) != nil {
		return claims{}
	}
	return c
}
