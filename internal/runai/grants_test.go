package runai_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver/mocktest"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// A renewal does not try grants that were refused before.
func TestToken_Renewal_UsesWorkingGrant(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{mock: mockserver.Options{Version: "2.18"}}).ready()
	if err := w.client.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.ResetRequests()
	if _, err := w.client.SignIn(t.Context(), ownClientID, runai.NewSecret(ownSecret)); err != nil {
		t.Fatal(err)
	}
	w.WantCount("POST", "/api/v1/token", 1)
	w.WantCount("POST", "/api/v2/token", 0)
}

// The number of requests to the two token endpoints of each version, with the version
// configured and with it unknown.
func TestToken_GrantLadder(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		version                    string
		v2, v1                     int // version unknown
		configuredV2, configuredV1 int
		wrongV2, wrongV1           int // version unknown, wrong secret
	}{
		{"2.17", 1, 2, 0, 1, 1, 2},
		{"2.18", 1, 2, 0, 1, 1, 2},
		{"2.20", 1, 1, 0, 1, 1, 1},
		{"2.22", 1, 1, 0, 1, 1, 1},
		{"2.23", 1, 1, 0, 1, 1, 1},
		{"2.24", 1, 0, 1, 0, 1, 0},
		{"3.0", 1, 0, 1, 0, 1, 0},
	} {
		t.Run(row.version, func(t *testing.T) {
			t.Parallel()
			for _, how := range []struct {
				name       string
				configured bool
				secret     string
				v2, v1     int
			}{
				{"unknown version", false, ownSecret, row.v2, row.v1},
				{"version configured", true, ownSecret, row.configuredV2, row.configuredV1},
				{"wrong secret", false, "wrong-secret", row.wrongV2, row.wrongV1},
				{"wrong secret, version configured", true, "wrong-secret", row.configuredV2, row.configuredV1},
			} {
				t.Run(how.name, func(t *testing.T) {
					t.Parallel()
					var shown atomic.Int32 // requests that hold the secret where this grant looks for it
					w := start(t, fixtureOptions{
						mock: mockserver.Options{Version: row.version},
						client: func(c *runai.Config) {
							c.ClientSecret = runai.NewSecret(how.secret)
							if how.configured {
								c.Version = version(t, row.version)
							}
						},
						front: func(mock http.Handler) http.Handler {
							return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
								recorded := &recorder{header: http.Header{}}
								mock.ServeHTTP(recorded, r)
								if recorded.status == http.StatusUnauthorized {
									shown.Add(1)
								}
								w.Header().Set("Content-Type", "application/json")
								w.WriteHeader(recorded.status)
								_, _ = io.WriteString(w, recorded.body.String())
							})
						},
					})
					err := w.client.Connect(t.Context())
					w.WantCount("POST", tokenV2, how.v2)
					w.WantCount("POST", tokenV1, how.v1)
					if how.secret == ownSecret {
						if err != nil {
							t.Fatal(err)
						}
						return
					}
					if !errors.Is(err, runai.ErrUnauthorized) || !strings.Contains(err.Error(), "client secret is wrong") {
						t.Errorf("error %v, want ErrUnauthorized and that the credentials are wrong", err)
					}
					if n := shown.Load(); n != 1 {
						t.Errorf("the credentials were refused %d times, want once: more could lock the account out", n)
					}
				})
			}
		})
	}
}

// A 400 may refuse the credentials or the grant.
func TestToken_GrantLadder_400AboutCredentials_IsFinal(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		body    string
		v2, v1  int
		refused bool
	}{
		{`{"error":"invalid_client","error_description":"Invalid client"}`, 1, 0, true},
		{`{"error":"unauthorized_client"}`, 1, 0, true},
		{`{"error":"invalid_grant","error_description":"Account disabled"}`, 1, 0, true},
		{`{"code":400,"message":"Invalid client or Invalid client credentials"}`, 1, 0, true},
		{`{"error":"unsupported_grant_type"}`, 1, 1, false},
		{`{"code":400,"message":"Bad request - unsupported grantType"}`, 1, 1, false},
	} {
		t.Run(row.body, func(t *testing.T) {
			t.Parallel()
			var v2, v1 atomic.Int32
			w := start(t, fixtureOptions{front: func(mock http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					switch r.URL.Path {
					case tokenV2:
						v2.Add(1)
						respond(400, "application/json", row.body)(w, r)
					case tokenV1:
						v1.Add(1)
						mock.ServeHTTP(w, r)
					}
				})
			}})
			err := w.client.Connect(t.Context())
			if errors.Is(err, runai.ErrUnauthorized) != row.refused || (err != nil) != row.refused {
				t.Errorf("error %v", err)
			}
			if int(v2.Load()) != row.v2 || int(v1.Load()) != row.v1 {
				t.Errorf("%d v2 and %d v1 requests, want %d and %d", v2.Load(), v1.Load(), row.v2, row.v1)
			}
		})
	}
}

func TestToken_Lifetime_FromResponseOrToken(t *testing.T) {
	t.Parallel()
	now := mocktest.NewClock().Now().Unix()
	for _, row := range []struct {
		name, answer string
		want         time.Duration // 0: not known
	}{
		{"expires_in", `{"access_token":"opaque-token","expires_in":3600}`, time.Hour},
		{"expiresIn", `{"accessToken":"opaque-token","expiresIn":1800}`, 30 * time.Minute},
		{"exp and iat, by another clock", fmt.Sprintf(`{"accessToken":%q}`, jwt(`{"exp":5000,"iat":1400}`)), time.Hour},
		{"exp alone", fmt.Sprintf(`{"accessToken":%q}`, jwt(fmt.Sprintf(`{"exp":%d}`, now+600))), 3 * time.Minute},
		{"opaque", `{"accessToken":"opaque-token"}`, 0},
		{"three parts that are no JWT", `{"accessToken":"not.a.token"}`, 0},
		{"padded", fmt.Sprintf(`{"accessToken":%q}`, "x."+base64.URLEncoding.EncodeToString([]byte(`{"exp":5000,"iat":1400} `))+".y"), time.Hour},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			// The control plane's clock is seven minutes ahead.
			w := start(t, fixtureOptions{front: on("POST", tokenV2, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Date", mocktest.NewClock().Now().Add(7*time.Minute).Format(http.TimeFormat))
				respond(200, "application/json", row.answer)(w, r)
			}))})
			token, err := w.client.SignIn(t.Context(), "ci", runai.NewSecret("ci-secret"))
			if err != nil {
				t.Fatal(err)
			}
			if row.want == 0 {
				if !token.Expires.IsZero() {
					t.Errorf("expires %v, want not known", token.Expires)
				}
			} else if got := token.Expires.Sub(w.clock.Now()); got != row.want {
				t.Errorf("lives %v, want %v", got, row.want)
			}
		})
	}
}

func TestToken_ResponseWithoutToken_IsAnError(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{front: on("POST", tokenV2, respond(200, "application/json", `{"token_type":"Bearer"}`))})
	if err := w.client.Connect(t.Context()); err == nil || !strings.Contains(err.Error(), "has no token") {
		t.Errorf("error %v", err)
	}
}

// A 401 in neither the API's nor OAuth's form may be the response of a gateway to an
// unknown path: it leads to the next grant, once. A 401 in one of these forms is a
// refusal, and the secret is not tried again.
func TestToken_GrantLadder_401OfGateway_LeadsToV1(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, version   string
		contentType     string
		body            string
		wantV1, signsIn bool
	}{
		{"a web page", "", "text/html", "<html>Unauthorized</html>", true, true},
		{"plain text", "", "text/plain", "Unauthorized", true, true},
		{"JSON without a code", "", "application/json", `{"message":"Unauthorized"}`, true, true},
		{"OAuth", "", "application/json", `{"error":"invalid_client"}`, false, false},
		{"the API", "", "application/json", `{"code":401,"message":"Unauthorized"}`, false, false},
		{"a web page, version known", "2.24", "text/html", "<html>Unauthorized</html>", false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var v2 atomic.Int32
			w := start(t, fixtureOptions{mock: mockserver.Options{Version: "2.22"}, client: withVersion(t, row.version), front: func(mock http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == tokenV2 {
						v2.Add(1)
						respond(401, row.contentType, row.body)(w, r)
						return
					}
					mock.ServeHTTP(w, r)
				})
			}})
			err := w.client.Connect(t.Context())
			if row.signsIn != (err == nil) {
				t.Errorf("error %v", err)
			}
			if got := w.Count("POST", tokenV1); (got == 1) != row.wantV1 || got > 1 || v2.Load() != 1 {
				t.Errorf("%d requests for v2, %d for v1", v2.Load(), got)
			}
		})
	}
}
