package mockserver_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver/mocktest"
)

// TestTokens_GrantsByVersion requests a token with each grant on each version. A grant that the version does not serve is
// refused with 400 or 404, never with 401, which would be about the credentials.
func TestTokens_GrantsByVersion(t *testing.T) {
	t.Parallel()
	appToken := map[string]string{"grantType": "app_token", "appID": "terraform", "appSecret": "terraform-secret"}
	credentials := map[string]string{
		"grantType": "client_credentials", "clientID": "terraform", "clientSecret": "terraform-secret",
	}
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"terraform"}, "client_secret": {"terraform-secret"},
	}
	for version, want := range map[string][3]int{ // app_token, client_credentials, OAuth 2
		"2.17": {200, 400, 404},
		"2.18": {200, 400, 404},
		"2.19": {200, 400, 404},
		"2.20": {200, 200, 404},
		"2.21": {200, 200, 404},
		"2.22": {200, 200, 404},
		"2.23": {200, 200, 404},
		"2.24": {200, 200, 200},
		"3.0":  {400, 200, 200},
	} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			c := startVersion(t, version).anonymous()
			c.want(want[0], "POST", "/api/v1/token", appToken)
			got := c.want(want[1], "POST", "/api/v1/token", credentials)
			c.want(want[2], "POST", "/api/v2/token", form)
			if _, present := got.object()["expiresIn"]; present != (version >= "2.24") {
				t.Errorf("expiresIn in the response: %t", present)
			}
		})
	}
}

func TestTokens_MemberNames_CaseInsensitive(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.18").anonymous()
	for _, body := range []string{
		`{"grantType":"app_token","AppId":"terraform","AppSecret":"terraform-secret"}`,
		`{"GRANTTYPE":"app_token","appid":"terraform","appsecret":"terraform-secret"}`,
	} {
		c.want(200, "POST", "/api/v1/token", body)
	}
}

func TestTokens_BadRequests(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24").anonymous()
	for body, text := range map[string]string{
		`{}`:                        "grantType",
		`{"grantType":"nonsense"}`:  "nonsense",
		`{"grantType":7}`:           "grantType",
		`{"grantType":"app_token"}`: "appID",
		`{"grantType":"app_token","appID":"terraform","appSecret":"terraform-secret","x":""}`: `"x"`,
	} {
		c.do("POST", "/api/v1/token", body).wantError(400, text)
	}
	for _, test := range []struct {
		form   url.Values
		status int
		code   string
	}{
		{url.Values{}, 400, "invalid_request"},
		{url.Values{"grant_type": {"nonsense"}}, 400, "unsupported_grant_type"},
		{url.Values{"grant_type": {"client_credentials", "client_credentials"}}, 400, "invalid_request"},
		{url.Values{"grant_type": {"client_credentials"}}, 401, "invalid_client"},
	} {
		if got := c.want(test.status, "POST", "/api/v2/token", test.form); got.object()["error"] != test.code {
			t.Errorf("%v: %s, want %s", test.form, got.body, test.code)
		}
	}
}

func TestTokens_WrongCredentials(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.18", "2.22"} {
		c := startVersion(t, version)
		c.signIn("terraform", "wrong").wantError(401, "credentials")
		c.signIn("nobody", "terraform-secret").wantError(401, "credentials")
	}
	for _, version := range []string{"2.24", "3.0"} {
		c := startVersion(t, version)
		if got := c.signIn("terraform", "wrong"); got.status != 401 || got.object()["error"] != "invalid_client" {
			t.Errorf("%s: %d %s", version, got.status, got.body)
		}
	}
}

func TestTokens_Claims(t *testing.T) {
	t.Parallel()
	clock := mocktest.NewClock()
	c := start(t, mockserver.Options{Now: clock.Now, TokenLifetime: 90 * time.Second})
	parts := strings.Split(c.token, ".")
	if len(parts) != 3 {
		t.Fatalf("token with %d parts", len(parts))
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Exp, Iat      int64
		Iss, Sub, Azp string
		TenantID      string `json:"tenant_id"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	now := clock.Now().Unix()
	if claims.Iat != now || claims.Exp != now+90 || claims.Azp != "terraform" || claims.TenantID != c.TenantID() ||
		!strings.HasPrefix(claims.Iss, c.url) || claims.Sub != c.State().Applications[0].ID {
		t.Errorf("claims %s", payload)
	}
}

func TestTokens_Expire(t *testing.T) {
	t.Parallel()
	clock := mocktest.NewClock()
	c := start(t, mockserver.Options{Now: clock.Now, TokenLifetime: 90 * time.Second})
	clock.Advance(89 * time.Second)
	c.want(200, "GET", c.accounts(), nil)
	clock.Advance(time.Second)
	c.do("GET", c.accounts(), nil).wantError(401, "expired")
}

func TestTokens_AfterDisableRotateDelete_SignInRefused_OldTokensValid(t *testing.T) {
	t.Parallel()
	for _, version := range mockserver.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			c := startVersion(t, version)
			_, secret := c.create("ci")
			token := c.mustSignIn("ci", secret)

			c.SetApplicationEnabled("ci", false)
			if c.signIn("ci", secret).status != 401 || c.SignsIn("ci", secret) {
				t.Error("a disabled application signs in")
			}
			c.SetApplicationEnabled("ci", true)
			c.mustSignIn("ci", secret)

			rotated := c.RegenerateSecret("ci")
			if c.signIn("ci", secret).status != 401 || c.SignsIn("ci", secret) {
				t.Error("a revoked secret signs in")
			}
			c.mustSignIn("ci", rotated)

			c.DeleteApplication("ci")
			if c.signIn("ci", rotated).status != 401 || c.SignsIn("ci", rotated) {
				t.Error("a deleted application signs in")
			}
			c.with(token).want(200, "GET", c.accounts(), nil)
		})
	}
}

func TestTokens_LegacyUUID_SignsInOnK8sVersions(t *testing.T) {
	t.Parallel()
	for _, version := range mockserver.Versions() {
		c := startVersion(t, version)
		id, secret := c.create("ci")
		if got, want := c.SignsIn(id, secret), version <= "2.22"; got != want {
			t.Errorf("%s: the uuid signs in: %t", version, got)
		}
	}
}

func TestTokens_SignIn_SetsLastLogin(t *testing.T) {
	t.Parallel()
	clock := mocktest.NewClock()
	c := start(t, mockserver.Options{Now: clock.Now})
	clock.Advance(time.Minute)
	c.mustSignIn("terraform", "terraform-secret")
	own := c.State().Applications[0]
	if own.LastLogin == nil || !own.LastLogin.Equal(clock.Now()) {
		t.Errorf("last login %v, want %v", own.LastLogin, clock.Now())
	}
}

func TestIssued_HasEverySecretAndToken(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	_, secret := c.create("ci")
	rotated := c.RegenerateSecret("ci")
	issued := c.Issued()
	for _, s := range []string{"terraform-secret", c.token, secret, rotated} {
		if !slices.Contains(issued, s) {
			t.Errorf("a secret is not among the %d issued", len(issued))
		}
	}
}
