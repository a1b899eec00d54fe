package runai_test

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// gateways are those in front of control planes. The mock responds to the rest.
var gateways = []struct {
	name string
	wrap func(mock http.Handler) http.Handler
}{
	{"none", func(mock http.Handler) http.Handler { return mock }},
	{"html 200 for unknown paths", unknownPaths(page(http.StatusOK, "Run:ai"))},
	{"html 404 for unknown paths", unknownPaths(page(http.StatusNotFound, "Not Found"))},
	{"html 401 for unknown paths", unknownLists(page(http.StatusUnauthorized, "Sign in"))},
	{"json 401 of a gateway for unknown paths", unknownLists(respond(401, "application/json", `{"message":"Unauthorized"}`))},
	{"401 as the API's JSON", lists(respond(http.StatusUnauthorized, "application/json", `{"code":401,"message":"Issuer is not familiar."}`))},
	{"json 404 of a gateway for unknown paths", unknownPaths(respond(404, "application/json", `{"statusCode":404,"message":"Cannot GET","error":"Not Found"}`))},
	{"redirect to a sign-in page", lists(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://login.example/auth?state=abc", http.StatusFound)
	}))},
	{"401", lists(page(http.StatusUnauthorized, "Sign in"))},
	{"403 as the API's JSON", lists(respond(http.StatusForbidden, "application/json", `{"code":403,"message":"You do not have sufficient permissions."}`))},
	{"403 as another JSON", lists(respond(http.StatusForbidden, "application/json", `{"message":"Forbidden"}`))},
	{"403 as a page", lists(page(http.StatusForbidden, "Access denied"))},
	{"503 twice then fine", func(mock http.Handler) http.Handler {
		var n atomic.Int32
		return lists(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1) <= 2 {
				page(http.StatusServiceUnavailable, "Busy")(w, r)
				return
			}
			mock.ServeHTTP(w, r)
		}))(mock)
	}},
	{"503 for ever", lists(page(http.StatusServiceUnavailable, "Busy"))},
	{"a page for everything", lists(page(http.StatusOK, "Welcome"))},
}

// isProbe reports whether a request is a detection probe.
func isProbe(r *http.Request) bool {
	return r.Method == http.MethodGet && (r.URL.Path == accounts || r.URL.Path == apps || r.URL.Path == legacyApps)
}

// lists puts a handler before the lists of applications.
func lists(h http.Handler) func(http.Handler) http.Handler {
	return func(mock http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if isProbe(r) {
				h.ServeHTTP(w, r)
				return
			}
			mock.ServeHTTP(w, r)
		})
	}
}

// unknownPaths serves h for paths the mock does not serve.
func unknownPaths(h http.Handler) func(http.Handler) http.Handler {
	return func(mock http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			recorded := &recorder{header: http.Header{}}
			mock.ServeHTTP(recorded, r)
			if recorded.status == http.StatusNotFound && strings.Contains(recorded.body.String(), "Route not found") {
				h.ServeHTTP(w, r)
				return
			}
			maps.Copy(w.Header(), recorded.header)
			w.WriteHeader(recorded.status)
			_, _ = io.WriteString(w, recorded.body.String())
		})
	}
}

// unknownLists is unknownPaths for the lists of applications only.
func unknownLists(h http.Handler) func(http.Handler) http.Handler {
	return func(mock http.Handler) http.Handler { return lists(unknownPaths(h)(mock))(mock) }
}

type recorder struct {
	header http.Header
	status int
	body   strings.Builder
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

// generations are the API of each version and the number of probes that detect it:
// service-accounts first, then apps, then k8s.
var generations = []struct {
	version string
	api     runai.API
	probes  int
}{
	{"2.17", runai.LegacyApps, 3},
	{"2.18", runai.Apps, 2},
	{"2.20", runai.Apps, 2},
	{"2.22", runai.Apps, 2},
	{"2.23", runai.Apps, 2},
	{"2.24", runai.ServiceAccounts, 1},
	{"3.0", runai.ServiceAccounts, 1},
}

func TestDetection_EachVersionBehindEachGateway(t *testing.T) {
	t.Parallel()
	for _, g := range generations {
		for _, gw := range gateways {
			t.Run(g.version+"/"+gw.name, func(t *testing.T) {
				t.Parallel()
				var probes atomic.Int32
				w := start(t, fixtureOptions{
					mock: mockserver.Options{Version: g.version},
					front: func(mock http.Handler) http.Handler {
						behind := gw.wrap(mock)
						return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
							if isProbe(r) {
								probes.Add(1)
							}
							behind.ServeHTTP(w, r)
						})
					},
				})
				wantAPI, want := g.api, g.probes
				api, err := w.client.ControlPlaneAPI(t.Context())
				var e *runai.Error
				switch gw.name {
				case "html 401 for unknown paths", "json 401 of a gateway for unknown paths":
					if g.probes > 1 {
						want++ // the first missing one is tried with a new token
					}
				case "401 as the API's JSON":
					wantAPI, want = "", 2 // once more with a new token
					if !errors.Is(err, runai.ErrUnauthorized) || strings.Contains(err.Error(), "gateway") {
						t.Errorf("error %v, want ErrUnauthorized of the control plane", err)
					}
				case "redirect to a sign-in page":
					wantAPI, want = "", 1
					if !errors.As(err, &e) || e.Status != http.StatusFound || strings.Contains(err.Error(), "state=abc") || !strings.Contains(err.Error(), "https://login.example/auth") {
						t.Errorf("error %v, want the target of the redirect without its query", err)
					}
				case "401":
					// Each path once, and once more with a new token.
					if wantAPI, want = "", int(probes.Load()); want != 4 {
						t.Errorf("%d lists were requested, want 4", want)
					}
					if !errors.Is(err, runai.ErrUnauthorized) || !strings.Contains(err.Error(), "gateway") || !strings.Contains(err.Error(), "refuses the token") {
						t.Errorf("error %v, want ErrUnauthorized and that a gateway refuses the token", err)
					}
				case "403 as the API's JSON":
					wantAPI, want = runai.ServiceAccounts, 1 // the path exists
				case "403 as another JSON", "403 as a page":
					wantAPI, want = "", 1
					if !errors.Is(err, runai.ErrForbidden) {
						t.Errorf("error %v, want ErrForbidden", err)
					}
				case "503 twice then fine":
					want += 2
				case "503 for ever":
					wantAPI, want = "", testMaxRetries+1
					if !errors.Is(err, runai.ErrUnclear) || errors.Is(err, runai.ErrNotControlPlane) {
						t.Errorf("error %v, want ErrUnclear, not ErrNotControlPlane", err)
					}
				case "a page for everything":
					wantAPI, want = "", 3
					if !errors.Is(err, runai.ErrNotControlPlane) || !strings.Contains(err.Error(), "base_url") || !strings.Contains(err.Error(), "newer than this version of the provider") {
						t.Errorf("error %v, want ErrNotControlPlane that names base_url and the other possibility", err)
					}
				}
				if api != wantAPI {
					t.Errorf("detected %q, want %q (%v)", api, wantAPI, err)
				}
				if (err == nil) != (wantAPI != "") {
					t.Errorf("error %v", err)
				}
				if errors.Is(err, runai.ErrNotFound) {
					t.Errorf("error %v is ErrNotFound, which means the absence of an object", err)
				}
				if got := int(probes.Load()); got != want {
					t.Errorf("%d probes, want %d", got, want)
				}
			})
		}
	}
}

func TestDetection_ConcurrentCallers_ShareOne(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{mock: mockserver.Options{Version: "2.17"}})
	parallel(32, func(int) {
		if api, err := w.client.ControlPlaneAPI(t.Context()); err != nil || api != runai.LegacyApps {
			t.Errorf("%q, %v", api, err)
		}
	})
	w.WantCount("GET", accounts, 1)
	w.WantCount("GET", apps, 1)
	w.WantCount("GET", legacyApps, 1)
}

// A gateway's 401 counts as a missing route only if the client has just obtained the
// token: a configured one may have expired.
func TestDetection_RefusedAccessToken_IsAnError(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{client: func(c *runai.Config) {
		c.ClientID, c.ClientSecret, c.AccessToken = "", runai.Secret{}, runai.NewSecret("given")
	}, front: lists(page(http.StatusUnauthorized, "Sign in"))})
	var e *runai.Error
	if api, err := w.client.ControlPlaneAPI(t.Context()); !errors.As(err, &e) || !errors.Is(err, runai.ErrUnauthorized) {
		t.Errorf("%q, %v", api, err)
	}
	if e != nil && !strings.HasSuffix(e.URL, accounts) {
		t.Errorf("the error is of %s, want the first probe", e.URL)
	}
}

// All callers that wait for a detection share its failure.
func TestDetection_Failure_IsSharedByWaiters(t *testing.T) {
	t.Parallel()
	const readers = 50
	var waiting sync.WaitGroup
	waiting.Add(readers)
	w := start(t, fixtureOptions{front: lists(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		waiting.Wait()
		page(http.StatusServiceUnavailable, "Busy")(w, r)
	}))})
	parallel(readers, func(int) {
		waiting.Done()
		if _, err := w.client.Applications.Get(t.Context(), byID("x")); !errors.Is(err, runai.ErrUnclear) {
			t.Errorf("error %v", err)
		}
	})
	// A caller that arrives after the failure starts another detection.
	if n := w.listed(); n > 5*(testMaxRetries+1) {
		t.Errorf("%d lists were requested by %d readers", n, readers)
	}
}

func TestDetection_ProbedList_ServesFirstReads(t *testing.T) {
	t.Parallel()
	for _, g := range generations {
		t.Run(g.version, func(t *testing.T) {
			t.Parallel()
			w := start(t, fixtureOptions{mock: mockserver.Options{Version: g.version, Applications: 10}})
			all := w.State().Applications
			parallel(len(all), func(i int) {
				app, err := w.client.Applications.Get(t.Context(), ref(all[i]))
				if err != nil || app.Name != all[i].Name {
					t.Errorf("%v, %v", app, err)
				}
			})
			if n := w.listed(); n != g.probes {
				t.Errorf("%d lists, want the %d probes", n, g.probes)
			}
			if n := w.Count("GET", account) + w.Count("GET", apps+"/{id}") + w.Count("GET", legacyApp); n != 0 {
				t.Errorf("%d reads by ID, want none", n)
			}
			// Control: once the list is old, it is requested again.
			w.clock.Advance(runai.SnapshotAge)
			if _, err := w.client.Applications.List(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := w.listed(); n != g.probes+1 {
				t.Errorf("%d lists, want one more", n)
			}
		})
	}
}

func TestDetection_VersionConfigured_SendsNoProbe(t *testing.T) {
	t.Parallel()
	for _, g := range generations {
		t.Run(g.version, func(t *testing.T) {
			t.Parallel()
			w := start(t, fixtureOptions{mock: mockserver.Options{Version: g.version}, client: withVersion(t, g.version)})
			if api, err := w.client.ControlPlaneAPI(t.Context()); err != nil || api != g.api {
				t.Errorf("%q, %v", api, err)
			}
			if n := w.total(); n != 0 {
				t.Errorf("%d requests, want none: %v", n, w.Requests())
			}
			if _, err := w.client.Applications.List(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := w.listed(); n != 1 {
				t.Errorf("%d lists, want one: %v", n, w.Requests())
			}
		})
	}
}

func TestDetection_WrongVersionConfigured_IsAnError(t *testing.T) {
	t.Parallel()
	for _, wrong := range []struct{ actual, configured string }{{"2.22", "2.24"}, {"3.0", "2.22"}, {"2.17", "2.20"}, {"3.0", "2.17"}, {"2.17", "3.0"}} {
		for _, gateway := range []struct {
			name string
			wrap func(http.Handler) http.Handler
		}{{"bare", nil}, {"html 404", unknownPaths(page(404, "Not Found"))}, {"html 200", unknownPaths(page(200, "Run:ai"))}} {
			t.Run(wrong.actual+" as "+wrong.configured+"/"+gateway.name, func(t *testing.T) {
				t.Parallel()
				// An access token makes the version's grants irrelevant.
				w := start(t, fixtureOptions{mock: mockserver.Options{Version: wrong.actual}, front: gateway.wrap})
				token, err := w.client.SignIn(t.Context(), ownClientID, runai.NewSecret(ownSecret))
				if err != nil {
					t.Fatal(err)
				}
				w.config.AccessToken, w.config.Version = token.Value, version(t, wrong.configured)
				c := w.newClient()
				app := w.seed("ci")[0]

				_, getErr := c.Applications.Get(t.Context(), ref(app))
				_, listErr := c.Applications.List(t.Context())
				_, createErr := c.Applications.Create(t.Context(), "new")
				_, resolveErr := c.Applications.ResolvePending(t.Context(), "ci", runai.PendingCreate{})
				deleteErr := c.Applications.Delete(t.Context(), byID(app.ID))
				for what, err := range map[string]error{"get": getErr, "list": listErr, "create": createErr, "resolve": resolveErr, "delete": deleteErr} {
					if err == nil {
						t.Errorf("%s: no error", what)
						continue
					}
					if errors.Is(err, runai.ErrNotFound) {
						t.Errorf("%s: the object is reported as not found: %v", what, err)
					}
					if gateway.name == "bare" && (!errors.Is(err, runai.ErrNotControlPlane) || !strings.Contains(err.Error(), "control_plane_version")) {
						t.Errorf("%s: %v, want an error that names control_plane_version", what, err)
					}
				}
				if len(w.ApplicationsNamed("ci")) != 1 || len(w.ApplicationsNamed("new")) != 0 {
					t.Error("applications were changed")
				}
			})
		}
	}
}

func TestDetection_CanceledCaller_DoesNotWait(t *testing.T) {
	t.Parallel()
	held, release := make(chan struct{}), make(chan struct{})
	w := start(t, fixtureOptions{front: lists(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(held)
		<-release
		respond(200, "application/json", "[]")(w, r)
	}))})
	done := make(chan error)
	go func() {
		_, err := w.client.ControlPlaneAPI(alive(t))
		done <- err
	}()
	<-held
	ctx, cancel := cancelableContext(t)
	cancel()
	left := make(chan error)
	go func() {
		_, err := w.client.Applications.Get(ctx, runai.ApplicationRef{ID: "x"})
		left <- err
	}()
	_ = wantSoon(t, left, "a canceled caller waits for the request of another")
	close(release)
	if err := <-done; err != nil {
		t.Errorf("the remaining caller: %v", err)
	}
}
