package runai_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// signInOf returns the client ID of a sign-in, and leaves the request as it is; empty
// for any other request.
func signInOf(r *http.Request) string {
	if r.URL.Path != tokenV2 && r.URL.Path != tokenV1 {
		return ""
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if r.URL.Path == tokenV2 {
		form, _ := url.ParseQuery(string(body))
		return form.Get("client_id")
	}
	var v1 struct{ ClientID string }
	_ = json.Unmarshal(body, &v1)
	return v1.ClientID
}

// refusals responds to the sign-ins of one client ID in front of the mock.
func refusals(clientID string, respond http.HandlerFunc) func(http.Handler) http.Handler {
	return func(mock http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if signInOf(r) == clientID {
				respond(w, r)
				return
			}
			mock.ServeHTTP(w, r)
		})
	}
}

// Only OAuth's error codes at v2 and the API's error form at v1 count as a refusal.
func TestVerifySecret_OnlyRefusalOfTokenEndpointCounts(t *testing.T) {
	t.Parallel()
	const jsonType = "application/json"
	const revoked, unknown = runai.SecretRevoked, runai.SecretUnknown
	for _, row := range []struct {
		name    string
		respond http.HandlerFunc
		v2, v1  runai.SecretStatus
		warns   bool
	}{
		{"invalid_client, 401", respond(401, jsonType, `{"error":"invalid_client"}`), revoked, unknown, false},
		{"invalid_client, 400", respond(400, jsonType, `{"error":"invalid_client","error_description":"x"}`), revoked, unknown, false},
		{"unauthorized_client", respond(401, jsonType, `{"error":"unauthorized_client"}`), revoked, unknown, false},
		{"the API's form, 401", respond(401, jsonType, `{"code":401,"message":"Unauthorized"}`), unknown, revoked, false},
		{"the API's form, 400", respond(400, jsonType, `{"code":400,"message":"Invalid credentials"}`), unknown, unknown, false},
		{"invalid_grant", respond(400, jsonType, `{"error":"invalid_grant"}`), unknown, unknown, false},
		{"server_error", respond(400, jsonType, `{"error":"server_error"}`), unknown, unknown, false},
		{"a web page, 401", page(401, "Sign in"), unknown, unknown, false},
		{"JSON without a code, 401", respond(401, jsonType, `{"message":"Unauthorized"}`), unknown, unknown, false},
		{"403", respond(403, jsonType, `{"code":403,"message":"Forbidden"}`), unknown, unknown, false},
		{"500", respond(500, jsonType, `{"code":500,"message":"Something went wrong."}`), unknown, unknown, false},
		{"503", respond(503, jsonType, `{"code":503,"message":"Later."}`), unknown, unknown, false},
		{"429", respond(429, jsonType, `{"code":429,"message":"Slow down."}`), unknown, unknown, true},
		{"a web page, 200", page(200, "Welcome"), unknown, unknown, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for _, on := range []struct {
				version, token, app string
				want                runai.SecretStatus
			}{{"2.24", tokenV2, account, row.v2}, {"2.20", tokenV1, apps + "/{id}", row.v1}} {
				w := start(t, fixtureOptions{
					mock: mockserver.Options{Version: on.version}, client: withVersion(t, on.version), front: refusals("ci", row.respond),
				}).ready()
				app := w.seed("ci")[0]
				got := w.client.Applications.VerifySecret(t.Context(), runai.Application{ID: app.ID, ClientID: "ci", Enabled: true}, runai.NewSecret("former-secret"))
				if got.Status != on.want || row.warns != (got.Warning != "") {
					t.Errorf("%s: %+v, want %v", on.version, got, on.want)
				}
				// The result is conclusive only with both checks. No secret is tried
				// twice.
				controls := map[bool]int{true: 1}[on.want == revoked]
				w.WantCount("GET", on.app, controls)
				w.WantCount("POST", on.token, controls)
			}
		})
	}
}

// A secret counts as revoked only if the application is still enabled and the caller
// itself can sign in.
func TestVerifySecret_Controls(t *testing.T) {
	t.Parallel()
	revoked := func(w *fixture) (runai.Application, runai.Secret) {
		app := w.seed("ci")[0]
		w.RegenerateSecret("ci")
		return runai.Application{ID: app.ID, ClientID: "ci", Enabled: true}, runai.NewSecret("former-secret")
	}
	for _, row := range []struct {
		name    string
		arrange func(*fixture)
		want    runai.SecretStatus
	}{
		{"both hold", func(*fixture) {}, runai.SecretRevoked},
		{"disabled in the meantime", func(w *fixture) { w.SetApplicationEnabled("ci", false) }, runai.SecretUnknown},
		{"deleted in the meantime", func(w *fixture) { w.DeleteApplication("ci") }, runai.SecretUnknown},
		{"it cannot be read", func(w *fixture) {
			w.arm(mockserver.Fault{Method: "GET", Path: account, Kind: "status", Status: 503, Count: -1})
		}, runai.SecretUnknown},
		{"the identity provider refuses everybody", func(w *fixture) {
			w.arm(mockserver.Fault{Method: "POST", Path: tokenV2, Kind: "status", Status: 401, Count: -1})
		}, runai.SecretUnknown},
		{"the identity provider refuses everybody but the first", func(w *fixture) {
			// The caller's own credentials are refused as well.
			w.RegenerateSecret(ownClientID)
		}, runai.SecretUnknown},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, fixtureOptions{client: withVersion(t, "2.24")}).ready()
			app, secret := revoked(w)
			row.arrange(w)
			if got := w.client.Applications.VerifySecret(t.Context(), app, secret); got.Status != row.want || got.Warning != "" {
				t.Errorf("%+v, want %v", got, row.want)
			}
		})
	}
	t.Run("the caller has an access token and cannot sign in", func(t *testing.T) {
		t.Parallel()
		w := startOpaque(t, fixtureOptions{client: withVersion(t, "2.24")}).ready()
		app, secret := revoked(w)
		if got := w.client.Applications.VerifySecret(t.Context(), app, secret); got.Status != runai.SecretUnknown {
			t.Errorf("%+v", got)
		}
	})
}

// Among 1000 applications, exactly the revoked secrets are found. The sign-ins run
// concurrently up to a bound, one for each secret.
func TestVerifySecret_1000Applications(t *testing.T) {
	t.Parallel()
	var inFlight, most atomic.Int32
	var mu sync.Mutex
	tried := map[string]int{}
	giveUp, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	concurrent := make(chan struct{}) // closed once two sign-ins are in flight
	closeConcurrent := sync.OnceFunc(func() { close(concurrent) })
	w := start(t, fixtureOptions{client: withVersion(t, "2.24"), front: func(mock http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id := signInOf(r)
			if id == "" || id == ownClientID {
				mock.ServeHTTP(w, r)
				return
			}
			for n := inFlight.Add(1); ; {
				if m := most.Load(); n <= m || most.CompareAndSwap(m, n) {
					break
				}
			}
			defer inFlight.Add(-1)
			if most.Load() > 1 {
				closeConcurrent()
			}
			select { // the first waits for the second, so that the count does not depend on the scheduler
			case <-concurrent:
			case <-giveUp.Done():
			}
			mu.Lock()
			tried[id]++
			broken := len(tried)%200 == 100 // five of a thousand
			mu.Unlock()
			if broken {
				respond(503, "application/json", `{"code":503,"message":"Please try again in few minutes."}`)(w, r)
				return
			}
			mock.ServeHTTP(w, r)
		})
	}}).ready()
	const n = 1000
	apps := make([]runai.Application, n)
	secrets := make([]runai.Secret, n)
	for i := range n {
		name := fmt.Sprintf("app-%d", i)
		app := w.seed(name)[0]
		apps[i] = runai.Application{ID: app.ID, ClientID: name, Enabled: true}
		secrets[i] = runai.NewSecret(w.RegenerateSecret(name))
		switch {
		case i < 7: // regenerated elsewhere
			w.RegenerateSecret(name)
		case i < 10:
			w.SetApplicationEnabled(name, false)
		case i < 12:
			w.DeleteApplication(name)
		}
	}
	got := make([]runai.Verification, n)
	parallel(20, func(worker int) {
		for i := worker; i < n; i += 20 {
			got[i] = w.client.Applications.VerifySecret(t.Context(), apps[i], secrets[i])
		}
	})
	count := map[runai.SecretStatus]int{}
	for i, v := range got {
		count[v.Status]++
		if v.Status == runai.SecretRevoked && i >= 7 {
			t.Errorf("%s counts as revoked", apps[i].ClientID)
		}
	}
	if count[runai.SecretRevoked] < 7-5 || count[runai.SecretRevoked] > 7 || count[runai.SecretValid] < n-7-3-2-5 {
		t.Errorf("statuses %v", count)
	}
	for id, times := range tried {
		if times != 1 {
			t.Errorf("the secret of %s was tried %d times", id, times)
		}
	}
	if most.Load() < 2 || most.Load() > 4 {
		t.Errorf("%d sign-ins at the same time, want 2 to 4", most.Load())
	}
}

// After a 429 no more secrets are verified, and one warning reports it.
func TestVerifySecret_StopsAfterTooManyRequests(t *testing.T) {
	t.Parallel()
	var signIns atomic.Int32
	w := start(t, fixtureOptions{client: withVersion(t, "2.24"), front: refusals("ci", func(w http.ResponseWriter, r *http.Request) {
		signIns.Add(1)
		respond(429, "application/json", `{"code":429,"message":"Slow down."}`)(w, r)
	})}).ready()
	app := runai.Application{ID: w.seed("ci")[0].ID, ClientID: "ci", Enabled: true}
	warnings := 0
	for range 5 {
		if got := w.client.Applications.VerifySecret(t.Context(), app, runai.NewSecret("former-secret")); got.Warning != "" {
			warnings++
		}
	}
	if signIns.Load() != 1 || warnings != 1 {
		t.Errorf("%d sign-ins and %d warnings, want one each", signIns.Load(), warnings)
	}
}
