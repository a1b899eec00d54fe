package runai_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// The ladder of grants: how many requests each version sees at its two token
// endpoints, with the version told and with it unknown.
func TestToken_GrantLadder(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		version          string
		v2, v1           int // version unknown
		toldV2, toldV1   int
		wrongV2, wrongV1 int // version unknown, wrong secret
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
				name   string
				told   bool
				secret string
				v2, v1 int
			}{
				{"unknown version", false, ownSecret, row.v2, row.v1},
				{"version told", true, ownSecret, row.toldV2, row.toldV1},
				{"wrong secret", false, "wrong-secret", row.wrongV2, row.wrongV1},
				{"wrong secret, version told", true, "wrong-secret", row.toldV2, row.toldV1},
			} {
				t.Run(how.name, func(t *testing.T) {
					t.Parallel()
					var shown atomic.Int32 // requests that hold the secret where this grant looks for it
					w := start(t, setting{
						mock: mockserver.Options{Version: row.version},
						client: func(c *runai.Config) {
							c.ClientSecret = runai.NewSecret(how.secret)
							if how.told {
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
					w.wantCount("POST", tokenV2, how.v2)
					w.wantCount("POST", tokenV1, how.v1)
					if how.secret == ownSecret {
						if err != nil {
							t.Fatal(err)
						}
						return
					}
					if !errors.Is(err, runai.ErrUnauthorized) || !strings.Contains(err.Error(), "client secret is wrong") {
						t.Errorf("error %v, want ErrUnauthorized that says so", err)
					}
					if n := shown.Load(); n != 1 {
						t.Errorf("the credentials were refused %d times, want once: more could lock the account out", n)
					}
				})
			}
		})
	}
}

// A 400 may refuse the credentials as well as the way they were sent.
func TestToken_A400AboutCredentialsEndsTheLadder(t *testing.T) {
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
			w := start(t, setting{front: func(mock http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					switch r.URL.Path {
					case tokenV2:
						v2.Add(1)
						answers(400, "application/json", row.body)(w, r)
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

func TestToken_OneSignInForAllCallers(t *testing.T) {
	t.Parallel()
	for range 20 { // the moment between looking and asking is short
		w := start(t, setting{})
		parallel(64, func(int) {
			if err := w.client.Connect(t.Context()); err != nil {
				t.Error(err)
			}
		})
		w.wantCount("POST", tokenV2, 1)
		w.close()
	}
}

func TestToken_IsRenewedBeforeItExpires(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		lifetime, before time.Duration
	}{
		{time.Hour, runai.ExpiryDelta},
		{100 * time.Second, 20 * time.Second}, // a fifth of a short life
	} {
		t.Run(row.lifetime.String(), func(t *testing.T) {
			t.Parallel()
			w := start(t, setting{mock: mockserver.Options{TokenLifetime: row.lifetime}})
			w.ready()
			w.clock.advance(row.lifetime - row.before - time.Second)
			w.mustList()
			w.wantCount("POST", tokenV2, 0)
			w.clock.advance(time.Second)
			w.mustList() // with the token that is still valid
			w.eventuallyCount("POST", tokenV2, 1)
		})
	}
}

func (w *world) mustList() {
	w.t.Helper()
	w.clock.advance(0)
	if _, err := w.client.AccessRules.ListWithDeleted(w.t.Context()); err != nil {
		w.t.Error(err)
	}
}

// eventuallyCount waits for what a request has set off and does not wait for.
func (w *world) eventuallyCount(method, route string, want int) {
	w.t.Helper()
	for deadline := time.Now().Add(5 * time.Second); w.Count(method, route) < want && time.Now().Before(deadline); {
		runtime.Gosched()
	}
	w.wantCount(method, route, want)
}

// jwt is an unsigned token with these claims.
func jwt(claims string) string {
	e := base64.RawURLEncoding.EncodeToString
	return e([]byte(`{"alg":"none"}`)) + "." + e([]byte(claims)) + "." + e([]byte("signature"))
}

func TestToken_LifetimeIsReadFromTheAnswerOrTheToken(t *testing.T) {
	t.Parallel()
	now := newClock().Now().Unix()
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
			w := start(t, setting{front: on("POST", tokenV2, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Date", newClock().Now().Add(7*time.Minute).Format(http.TimeFormat))
				answers(200, "application/json", row.answer)(w, r)
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

func TestToken_AnAnswerWithoutTokenIsAnError(t *testing.T) {
	t.Parallel()
	w := start(t, setting{front: on("POST", tokenV2, answers(200, "application/json", `{"token_type":"Bearer"}`))})
	if err := w.client.Connect(t.Context()); err == nil || !strings.Contains(err.Error(), "has no token") {
		t.Errorf("error %v", err)
	}
}

// An opaque token without a lifetime serves until it is refused.
func TestToken_AnOpaqueOneServesUntilItIsRefused(t *testing.T) {
	t.Parallel()
	var issued atomic.Int32
	var refuse atomic.Value
	refuse.Store("")
	w := start(t, setting{front: func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == tokenV2:
				answers(200, "application/json", fmt.Sprintf(`{"access_token":"opaque-%d"}`, issued.Add(1)))(w, r)
			case r.Header.Get("Authorization") == refuse.Load():
				answers(401, "application/json", `{"code":401,"message":"Issuer is not familiar."}`)(w, r)
			default:
				answers(200, "application/json", `{"totalRecords":0,"accessRules":[]}`)(w, r)
			}
		})
	}})
	w.mustList()
	w.clock.advance(1000 * time.Hour)
	w.mustList()
	if n := issued.Load(); n != 1 {
		t.Errorf("%d sign-ins, want one", n)
	}
	refuse.Store("Bearer opaque-1")
	w.mustList()
	if n := issued.Load(); n != 2 {
		t.Errorf("%d sign-ins, want a second after the refusal", n)
	}
}

func TestToken_ARefusedOneIsRenewedOnce(t *testing.T) {
	t.Parallel()
	w := start(t, setting{client: withVersion(t, "2.24")}).ready()
	w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "status", Status: 401})
	created, err := w.client.Applications.Create(t.Context(), "ci")
	if err != nil {
		t.Fatal(err)
	}
	w.wantCount("POST", accounts, 2)
	w.wantCount("POST", tokenV2, 1)
	if !w.SignsIn("ci", created.Secret.Reveal()) { // the body was sent again in full
		t.Error("the application does not sign in")
	}

	w.clock.advance(runai.FailureTTL) // since then, the new token may have been revoked too
	w.arm(mockserver.Fault{Method: "GET", Path: rules, Kind: "status", Status: 401, Count: -1})
	_, err = w.client.AccessRules.List(t.Context())
	if !errors.Is(err, runai.ErrUnauthorized) || !strings.Contains(err.Error(), w.server.URL) || !strings.Contains(err.Error(), `"terraform"`) || !strings.Contains(err.Error(), "tenant 1001") {
		t.Errorf("error %v, want ErrUnauthorized with base URL, client ID and tenant", err)
	}
	w.wantCount("GET", rules, 2)
	w.wantCount("POST", tokenV2, 2)
}

// A path that always responds with 401 costs one new token, and not one for each
// request.
func TestToken_APathThatIsAlwaysRefusedCostsOneNewToken(t *testing.T) {
	t.Parallel()
	w := start(t, setting{client: withVersion(t, "2.24")}).ready()
	w.arm(mockserver.Fault{Method: "GET", Path: rules, Kind: "status", Status: 401, Count: -1})
	for range 5 {
		if _, err := w.client.AccessRules.ListWithDeleted(t.Context()); !errors.Is(err, runai.ErrUnauthorized) {
			t.Errorf("error %v, want ErrUnauthorized", err)
		}
	}
	w.wantCount("POST", tokenV2, 1)
	w.wantCount("GET", rules, 6)
}

// Of many callers whose token is refused at once, one asks for another.
func TestToken_ARefusalOfManyIsOneSignIn(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var waiting int
	all := make(chan struct{})
	const callers = 16
	w := start(t, setting{client: withVersion(t, "2.24"), front: func(mock http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete {
				mu.Lock()
				waiting++
				n := waiting
				if n == callers {
					close(all)
				}
				mu.Unlock()
				if n <= callers {
					<-all
					answers(401, "application/json", `{"code":401,"message":"expired"}`)(w, r)
					return
				}
			}
			mock.ServeHTTP(w, r)
		})
	}}).ready()
	apps := w.seed("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p")
	parallel(callers, func(i int) {
		if err := w.client.Applications.Delete(t.Context(), byID(apps[i].ID)); err != nil {
			t.Error(err)
		}
	})
	w.wantCount("POST", tokenV2, 1)
}

func TestToken_AFixedAccessTokenIsNeverRenewed(t *testing.T) {
	t.Parallel()
	w := start(t, setting{})
	token, err := w.client.SignIn(t.Context(), ownClientID, runai.NewSecret(ownSecret))
	if err != nil {
		t.Fatal(err)
	}
	w.config.ClientID, w.config.ClientSecret, w.config.AccessToken = "", runai.Secret{}, token.Value
	w.client = w.newClient()
	w.ready()
	w.clock.advance(59 * time.Minute)
	w.mustList()
	w.clock.advance(time.Minute) // now the mock refuses it
	_, err = w.client.AccessRules.List(t.Context())
	if !errors.Is(err, runai.ErrUnauthorized) || !strings.Contains(err.Error(), "with an access token") {
		t.Errorf("error %v, want ErrUnauthorized that names the access token", err)
	}
	w.wantCount("GET", rules, 2)
	w.wantCount("POST", tokenV2, 0)
	w.wantCount("POST", tokenV1, 0)
}

func TestToken_AFailedSignInIsRemembered(t *testing.T) {
	t.Parallel()
	t.Run("refused credentials for good", func(t *testing.T) {
		t.Parallel()
		w := start(t, setting{client: func(c *runai.Config) { c.ClientSecret = runai.NewSecret("wrong-secret") }})
		for range 3 {
			if _, err := w.client.Applications.List(t.Context()); !errors.Is(err, runai.ErrUnauthorized) {
				t.Errorf("error %v", err)
			}
			w.clock.advance(time.Hour)
		}
		w.wantCount("POST", tokenV2, 1)
		// The control: another secret is tried.
		w.client.UseSecret(runai.NewSecret(ownSecret))
		if err := w.client.Connect(t.Context()); err != nil {
			t.Error(err)
		}
		w.wantCount("POST", tokenV2, 2)
	})
	t.Run("anything else for half a minute", func(t *testing.T) {
		t.Parallel()
		w := start(t, setting{})
		w.arm(mockserver.Fault{Method: "POST", Path: tokenV2, Kind: "status", Status: 500})
		parallel(8, func(int) {
			if err := w.client.Connect(t.Context()); err == nil {
				t.Error("no error")
			}
		})
		w.wantCount("POST", tokenV2, 1)
		w.clock.advance(runai.FailureTTL)
		if err := w.client.Connect(t.Context()); err != nil {
			t.Error(err)
		}
		w.wantCount("POST", tokenV2, 2)
	})
}

// What is still good is used although it could not be renewed.
func TestToken_AFailedRenewalDoesNotEndAGoodToken(t *testing.T) {
	t.Parallel()
	w := start(t, setting{client: withVersion(t, "2.24")}).ready()
	w.arm(mockserver.Fault{Method: "POST", Path: tokenV2, Kind: "status", Status: 500})
	w.clock.advance(time.Hour - 50*time.Second)
	w.mustList()
	w.eventuallyCount("POST", tokenV2, 1)
	for deadline := time.Now().Add(5 * time.Second); !w.client.SignInFailed() && time.Now().Before(deadline); {
		runtime.Gosched()
	}
	w.clock.advance(runai.FailureTTL)
	w.mustList() // the token has 20 seconds left, and its renewal is retried
	w.eventuallyCount("POST", tokenV2, 2)
}

// While a renewal hangs, the token that is still valid serves.
func TestToken_AHangingRenewalDoesNotHoldUpRequests(t *testing.T) {
	t.Parallel()
	w := start(t, setting{client: withVersion(t, "2.24")}).ready()
	w.arm(mockserver.Fault{Method: "POST", Path: tokenV2, Kind: "slow", DelayMS: 60_000, Count: -1})
	w.clock.advance(time.Hour - 50*time.Second)
	for range 3 {
		w.mustList()
	}
	w.eventuallyCount("POST", tokenV2, 1)
}

// A page of a gateway at the token endpoint says nothing about the credentials:
// it is not remembered like a refusal.
func TestToken_AGatewaysRefusalIsNotFinal(t *testing.T) {
	t.Parallel()
	var down atomic.Bool
	down.Store(true)
	w := start(t, setting{client: withVersion(t, "2.24"), front: func(mock http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == tokenV2 && down.Load() {
				page(401, "Sign in")(w, r)
				return
			}
			mock.ServeHTTP(w, r)
		})
	}})
	if err := w.client.Connect(t.Context()); !errors.Is(err, runai.ErrUnauthorized) {
		t.Errorf("error %v", err)
	}
	down.Store(false)
	w.clock.advance(runai.FailureTTL)
	if err := w.client.Connect(t.Context()); err != nil {
		t.Errorf("still refused: %v", err)
	}
}

// A 401 in nobody's words is how a gateway responds to an unknown path: it leads
// to the next grant, once. One in the API's or OAuth's words is a refusal, and
// the secret is not tried again.
func TestToken_A401OfAGatewayLeadsToV1(t *testing.T) {
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
			w := start(t, setting{mock: mockserver.Options{Version: "2.22"}, client: withVersion(t, row.version), front: func(mock http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == tokenV2 {
						v2.Add(1)
						answers(401, row.contentType, row.body)(w, r)
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

// A sign-in that was under way with the old secret does not outlast the new one.
func TestToken_ASecretReplacedDuringASignInIsUsed(t *testing.T) {
	t.Parallel()
	w := start(t, setting{client: withVersion(t, "2.24")})
	var once sync.Once
	w.OnRequest(func(_, route string) {
		if route == tokenV2 {
			once.Do(func() { w.client.UseSecret(runai.NewSecret(w.RegenerateSecret(ownClientID))) })
		}
	})
	_ = w.client.Connect(t.Context()) // this one was asked for with the old secret
	if err := w.client.Connect(t.Context()); err != nil {
		t.Errorf("the new secret is not tried: %v", err)
	}
}

func TestToken_ACallerCanLeaveAndTheOthersGetTheToken(t *testing.T) {
	t.Parallel()
	held, release := make(chan struct{}), make(chan struct{})
	w := start(t, setting{front: func(mock http.Handler) http.Handler {
		return on("POST", tokenV2, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(held)
			<-release
			mock.ServeHTTP(w, r)
		}))(mock)
	}})
	ctx, leave := contextThatEnds(t)
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- w.client.Connect(ctx) }()
	<-held
	go func() { second <- w.client.Connect(alive(t)) }()
	leave()
	if err := wantSoon(t, first, "the one who left waits"); !errors.Is(err, context.Canceled) {
		t.Errorf("the one who left got %v", err)
	}
	close(release)
	if err := wantSoon(t, second, "the one who stayed waits"); err != nil {
		t.Errorf("the one who stayed got %v", err)
	}
	w.wantCount("POST", tokenV2, 1)
}

func TestToken_SignInLeavesTheClientsOwnAlone(t *testing.T) {
	t.Parallel()
	w := start(t, setting{client: withVersion(t, "2.24")}).ready()
	secret := w.seed("ci")[0]
	token, err := w.client.SignIn(t.Context(), secret.ClientID, runai.NewSecret(w.RegenerateSecret("ci")))
	if err != nil || token.Value.IsZero() {
		t.Fatal(err)
	}
	if _, err := w.client.SignIn(t.Context(), "ci", runai.NewSecret("wrong-secret")); !errors.Is(err, runai.ErrUnauthorized) {
		t.Errorf("error %v", err)
	}
	w.mustList()
	w.wantCount("POST", tokenV2, 2)
	caller, err := w.client.Caller(t.Context())
	if err != nil || caller.ClientID != ownClientID || caller.TenantID != w.TenantID() || !caller.Is(ownClientID) || caller.Is("ci") {
		t.Errorf("%+v, %v", caller, err)
	}
}
