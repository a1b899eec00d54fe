package runai_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
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

func TestToken_ConcurrentCallers_SignInOnce(t *testing.T) {
	t.Parallel()
	for range 20 { // the moment between looking and asking is short
		w := start(t, fixtureOptions{})
		parallel(64, func(int) {
			if err := w.client.Connect(t.Context()); err != nil {
				t.Error(err)
			}
		})
		w.WantCount("POST", tokenV2, 1)
		w.Stop()
	}
}

func TestToken_Renewal_BeforeExpiry(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		lifetime, before time.Duration
	}{
		{time.Hour, runai.ExpiryDelta},
		{100 * time.Second, 20 * time.Second}, // a fifth of a short life
	} {
		t.Run(row.lifetime.String(), func(t *testing.T) {
			t.Parallel()
			w := start(t, fixtureOptions{mock: mockserver.Options{TokenLifetime: row.lifetime}})
			w.ready()
			w.clock.Advance(row.lifetime - row.before - time.Second)
			w.mustList()
			w.WantCount("POST", tokenV2, 0)
			w.clock.Advance(time.Second)
			w.mustList() // with the token that is still valid
			w.eventuallyCount("POST", tokenV2, 1)
		})
	}
}

func (w *fixture) mustList() {
	w.t.Helper()
	w.clock.Advance(0)
	if _, err := w.client.AccessRules.ListWithDeleted(w.t.Context()); err != nil {
		w.t.Error(err)
	}
}

// eventuallyCount waits for what a request has set off and does not wait for.
func (w *fixture) eventuallyCount(method, route string, want int) {
	w.t.Helper()
	for deadline := time.Now().Add(5 * time.Second); w.Count(method, route) < want && time.Now().Before(deadline); {
		runtime.Gosched()
	}
	w.WantCount(method, route, want)
}

// jwt is an unsigned token with these claims.
func jwt(claims string) string {
	e := base64.RawURLEncoding.EncodeToString
	return e([]byte(`{"alg":"none"}`)) + "." + e([]byte(claims)) + "." + e([]byte("signature"))
}

// An opaque token without a lifetime is used until it is refused.
func TestToken_Opaque_IsUsedUntilRefused(t *testing.T) {
	t.Parallel()
	var issued atomic.Int32
	var refuse atomic.Value
	refuse.Store("")
	w := start(t, fixtureOptions{front: func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == tokenV2:
				respond(200, "application/json", fmt.Sprintf(`{"access_token":"opaque-%d"}`, issued.Add(1)))(w, r)
			case r.Header.Get("Authorization") == refuse.Load():
				respond(401, "application/json", `{"code":401,"message":"Issuer is not familiar."}`)(w, r)
			default:
				respond(200, "application/json", `{"totalRecords":0,"accessRules":[]}`)(w, r)
			}
		})
	}})
	w.mustList()
	w.clock.Advance(1000 * time.Hour)
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

func TestToken_Refused_IsRenewedOnce(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{client: withVersion(t, "2.24")}).ready()
	w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "status", Status: 401})
	created, err := w.client.Applications.Create(t.Context(), "ci")
	if err != nil {
		t.Fatal(err)
	}
	w.WantCount("POST", accounts, 2)
	w.WantCount("POST", tokenV2, 1)
	if !w.SignsIn("ci", created.Secret.Reveal()) { // the body was sent again in full
		t.Error("the application does not sign in")
	}

	w.clock.Advance(runai.FailureTTL) // since then, the new token may have been revoked too
	w.arm(mockserver.Fault{Method: "GET", Path: rules, Kind: "status", Status: 401, Count: -1})
	_, err = w.client.AccessRules.List(t.Context())
	if !errors.Is(err, runai.ErrUnauthorized) || !strings.Contains(err.Error(), w.HTTP.URL) || !strings.Contains(err.Error(), `"terraform"`) || !strings.Contains(err.Error(), "tenant 1001") {
		t.Errorf("error %v, want ErrUnauthorized with base URL, client ID and tenant", err)
	}
	w.WantCount("GET", rules, 2)
	w.WantCount("POST", tokenV2, 2)
}

// A path that always responds with 401 costs one new token in total.
func TestToken_PathAlwaysRefused_OneNewToken(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{client: withVersion(t, "2.24")}).ready()
	w.arm(mockserver.Fault{Method: "GET", Path: rules, Kind: "status", Status: 401, Count: -1})
	for range 5 {
		if _, err := w.client.AccessRules.ListWithDeleted(t.Context()); !errors.Is(err, runai.ErrUnauthorized) {
			t.Errorf("error %v, want ErrUnauthorized", err)
		}
	}
	w.WantCount("POST", tokenV2, 1)
	w.WantCount("GET", rules, 6)
}

// If the token of many callers is refused, one of them requests a new one for all.
func TestToken_RefusedForManyCallers_OneSignIn(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var waiting int
	all := make(chan struct{})
	const callers = 16
	w := start(t, fixtureOptions{client: withVersion(t, "2.24"), front: func(mock http.Handler) http.Handler {
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
					respond(401, "application/json", `{"code":401,"message":"expired"}`)(w, r)
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
	w.WantCount("POST", tokenV2, 1)
}

func TestToken_ConfiguredAccessToken_IsNeverRenewed(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{})
	token, err := w.client.SignIn(t.Context(), ownClientID, runai.NewSecret(ownSecret))
	if err != nil {
		t.Fatal(err)
	}
	w.config.ClientID, w.config.ClientSecret, w.config.AccessToken = "", runai.Secret{}, token.Value
	w.client = w.newClient()
	w.ready()
	w.clock.Advance(59 * time.Minute)
	w.mustList()
	w.clock.Advance(time.Minute) // now the mock refuses it
	_, err = w.client.AccessRules.List(t.Context())
	if !errors.Is(err, runai.ErrUnauthorized) || !strings.Contains(err.Error(), "with an access token") {
		t.Errorf("error %v, want ErrUnauthorized that names the access token", err)
	}
	w.WantCount("GET", rules, 2)
	w.WantCount("POST", tokenV2, 0)
	w.WantCount("POST", tokenV1, 0)
}

func TestToken_FailedSignIn_IsCached(t *testing.T) {
	t.Parallel()
	t.Run("refused credentials for good", func(t *testing.T) {
		t.Parallel()
		w := start(t, fixtureOptions{client: func(c *runai.Config) { c.ClientSecret = runai.NewSecret("wrong-secret") }})
		for range 3 {
			if _, err := w.client.Applications.List(t.Context()); !errors.Is(err, runai.ErrUnauthorized) {
				t.Errorf("error %v", err)
			}
			w.clock.Advance(time.Hour)
		}
		w.WantCount("POST", tokenV2, 1)
		// Control: another secret is tried.
		w.client.UseSecret(runai.NewSecret(ownSecret))
		if err := w.client.Connect(t.Context()); err != nil {
			t.Error(err)
		}
		w.WantCount("POST", tokenV2, 2)
	})
	t.Run("anything else for half a minute", func(t *testing.T) {
		t.Parallel()
		w := start(t, fixtureOptions{})
		w.arm(mockserver.Fault{Method: "POST", Path: tokenV2, Kind: "status", Status: 500})
		parallel(8, func(int) {
			if err := w.client.Connect(t.Context()); err == nil {
				t.Error("no error")
			}
		})
		w.WantCount("POST", tokenV2, 1)
		w.clock.Advance(runai.FailureTTL)
		if err := w.client.Connect(t.Context()); err != nil {
			t.Error(err)
		}
		w.WantCount("POST", tokenV2, 2)
	})
}

// A token that is still valid is used although its renewal failed.
func TestToken_FailedRenewal_KeepsValidToken(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{client: withVersion(t, "2.24")}).ready()
	w.arm(mockserver.Fault{Method: "POST", Path: tokenV2, Kind: "status", Status: 500})
	w.clock.Advance(time.Hour - 50*time.Second)
	w.mustList()
	w.eventuallyCount("POST", tokenV2, 1)
	for deadline := time.Now().Add(5 * time.Second); !w.client.SignInFailed() && time.Now().Before(deadline); {
		runtime.Gosched()
	}
	w.clock.Advance(runai.FailureTTL)
	w.mustList() // the token has 20 seconds left, and its renewal is retried
	w.eventuallyCount("POST", tokenV2, 2)
}

// While a renewal hangs, the valid token is used.
func TestToken_HangingRenewal_DoesNotBlockRequests(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{client: withVersion(t, "2.24")}).ready()
	w.arm(mockserver.Fault{Method: "POST", Path: tokenV2, Kind: "slow", DelayMS: 60_000, Count: -1})
	w.clock.Advance(time.Hour - 50*time.Second)
	for range 3 {
		w.mustList()
	}
	w.eventuallyCount("POST", tokenV2, 1)
}

// The page of a gateway at the token endpoint is not cached as a refusal of the
// credentials.
func TestToken_RefusedByGateway_IsRetried(t *testing.T) {
	t.Parallel()
	var down atomic.Bool
	down.Store(true)
	w := start(t, fixtureOptions{client: withVersion(t, "2.24"), front: func(mock http.Handler) http.Handler {
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
	w.clock.Advance(runai.FailureTTL)
	if err := w.client.Connect(t.Context()); err != nil {
		t.Errorf("still refused: %v", err)
	}
}

// A sign-in in flight with the old secret does not overwrite the token of the new one.
func TestToken_SecretReplacedDuringSignIn_IsUsed(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{client: withVersion(t, "2.24")})
	var once sync.Once
	w.OnRequest(func(_, route string) {
		if route == tokenV2 {
			once.Do(func() { w.client.UseSecret(runai.NewSecret(w.RegenerateSecret(ownClientID))) })
		}
	})
	_ = w.client.Connect(t.Context()) // this sign-in has the old secret
	if err := w.client.Connect(t.Context()); err != nil {
		t.Errorf("the new secret is not tried: %v", err)
	}
}

func TestToken_CanceledCaller_DoesNotAffectOthers(t *testing.T) {
	t.Parallel()
	held, release := make(chan struct{}), make(chan struct{})
	w := start(t, fixtureOptions{front: func(mock http.Handler) http.Handler {
		return on("POST", tokenV2, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(held)
			<-release
			mock.ServeHTTP(w, r)
		}))(mock)
	}})
	ctx, cancel := cancelableContext(t)
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- w.client.Connect(ctx) }()
	<-held
	go func() { second <- w.client.Connect(alive(t)) }()
	cancel()
	if err := wantSoon(t, first, "the one who left waits"); !errors.Is(err, context.Canceled) {
		t.Errorf("the canceled caller: %v", err)
	}
	close(release)
	if err := wantSoon(t, second, "the one who stayed waits"); err != nil {
		t.Errorf("the one who stayed got %v", err)
	}
	w.WantCount("POST", tokenV2, 1)
}

func TestToken_SignIn_KeepsClientToken(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{client: withVersion(t, "2.24")}).ready()
	secret := w.seed("ci")[0]
	token, err := w.client.SignIn(t.Context(), secret.ClientID, runai.NewSecret(w.RegenerateSecret("ci")))
	if err != nil || token.Value.IsZero() {
		t.Fatal(err)
	}
	if _, err := w.client.SignIn(t.Context(), "ci", runai.NewSecret("wrong-secret")); !errors.Is(err, runai.ErrUnauthorized) {
		t.Errorf("error %v", err)
	}
	w.mustList()
	w.WantCount("POST", tokenV2, 2)
	caller, err := w.client.Caller(t.Context())
	if err != nil || caller.ClientID != ownClientID || caller.TenantID != w.TenantID() || !caller.Is(ownClientID) || caller.Is("ci") {
		t.Errorf("%+v, %v", caller, err)
	}
}
