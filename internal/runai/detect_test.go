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

// The gateways that stand before control planes. What they let through is
// answered by the mock.
var gateways = []struct {
	name string
	make func(mock http.Handler) http.Handler
}{
	{"none", func(mock http.Handler) http.Handler { return mock }},
	{"html 200 for unknown paths", unknownPaths(page(http.StatusOK, "Run:ai"))},
	{"html 404 for unknown paths", unknownPaths(page(http.StatusNotFound, "Not Found"))},
	{"html 401 for unknown paths", unknownLists(page(http.StatusUnauthorized, "Sign in"))},
	{"json 401 of a gateway for unknown paths", unknownLists(answers(401, "application/json", `{"message":"Unauthorized"}`))},
	{"401 as the API's JSON", lists(answers(http.StatusUnauthorized, "application/json", `{"code":401,"message":"Issuer is not familiar."}`))},
	{"json 404 of a gateway for unknown paths", unknownPaths(answers(404, "application/json", `{"statusCode":404,"message":"Cannot GET","error":"Not Found"}`))},
	{"redirect to a sign-in page", lists(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://login.example/auth?state=abc", http.StatusFound)
	}))},
	{"401", lists(page(http.StatusUnauthorized, "Sign in"))},
	{"403 as the API's JSON", lists(answers(http.StatusForbidden, "application/json", `{"code":403,"message":"You do not have sufficient permissions."}`))},
	{"403 as another JSON", lists(answers(http.StatusForbidden, "application/json", `{"message":"Forbidden"}`))},
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

// isList reports whether a request is one that finds a control plane out.
func isList(r *http.Request) bool {
	return r.Method == http.MethodGet && (r.URL.Path == accounts || r.URL.Path == apps || r.URL.Path == legacyApps)
}

// lists puts a handler before the lists of applications.
func lists(h http.Handler) func(http.Handler) http.Handler {
	return func(mock http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if isList(r) {
				h.ServeHTTP(w, r)
				return
			}
			mock.ServeHTTP(w, r)
		})
	}
}

// unknownPaths has a handler answer where the mock knows no route.
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

// unknownLists is unknownPaths for the lists of applications alone.
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

// generations are what each version serves, and after how many questions that is
// known: service-accounts first, then apps, then k8s.
var generations = []struct {
	version string
	api     runai.API
	asked   int
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
				var asked atomic.Int32
				w := start(t, fixtureOptions{
					mock: mockserver.Options{Version: g.version},
					front: func(mock http.Handler) http.Handler {
						behind := gw.make(mock)
						return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
							if isList(r) {
								asked.Add(1)
							}
							behind.ServeHTTP(w, r)
						})
					},
				})
				wantAPI, want := g.api, g.asked
				api, err := w.client.ControlPlaneAPI(t.Context())
				var e *runai.Error
				switch gw.name {
				case "html 401 for unknown paths", "json 401 of a gateway for unknown paths":
					if g.asked > 1 {
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
						t.Errorf("error %v, want one that says where the redirect leads, without its query", err)
					}
				case "401":
					// Each path once, and once more with a new token.
					if wantAPI, want = "", int(asked.Load()); want != 4 {
						t.Errorf("%d lists were requested, want 4", want)
					}
					if !errors.Is(err, runai.ErrUnauthorized) || !strings.Contains(err.Error(), "gateway") || !strings.Contains(err.Error(), "refuses the token") {
						t.Errorf("error %v, want ErrUnauthorized and that a gateway refuses the token", err)
					}
				case "403 as the API's JSON":
					wantAPI, want = runai.ServiceAccounts, 1 // there is such a path
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
						t.Errorf("error %v, want one of the answer and no verdict about the address", err)
					}
				case "a page for everything":
					wantAPI, want = "", 3
					if !errors.Is(err, runai.ErrNotControlPlane) || !strings.Contains(err.Error(), "base_url") || !strings.Contains(err.Error(), "newer than this version of the provider") {
						t.Errorf("error %v, want ErrNotControlPlane that names base_url and the other possibility", err)
					}
				}
				if api != wantAPI {
					t.Errorf("found %q, want %q (%v)", api, wantAPI, err)
				}
				if (err == nil) != (wantAPI != "") {
					t.Errorf("error %v", err)
				}
				if errors.Is(err, runai.ErrNotFound) {
					t.Errorf("%v is taken for the absence of an object", err)
				}
				if got := int(asked.Load()); got != want {
					t.Errorf("%d lists were asked for, want %d", got, want)
				}
			})
		}
	}
}

func TestDetection_HappensOnceForAllCallers(t *testing.T) {
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

// A gateway's 401 counts as a missing route only where the token was just obtained:
// one that was given may have expired.
func TestDetection_ARefusedAccessTokenDetectsNothing(t *testing.T) {
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

// A detection that fails, fails for all who wait for it, and not once for each.
func TestDetection_AllWaitersShareOneFailure(t *testing.T) {
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
	// Not one only: who is late to wait for it makes another.
	if n := w.listed(); n > 5*(testMaxRetries+1) {
		t.Errorf("%d lists were requested by %d readers", n, readers)
	}
}

func TestDetection_TheProbedListServesTheFirstReads(t *testing.T) {
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
			if n := w.listed(); n != g.asked {
				t.Errorf("%d lists, want the %d that found out", n, g.asked)
			}
			if n := w.Count("GET", account) + w.Count("GET", apps+"/{id}") + w.Count("GET", legacyApp); n != 0 {
				t.Errorf("%d reads by ID, want none", n)
			}
			// The control: once the list is old, it is requested again.
			w.clock.Advance(runai.SnapshotAge)
			if _, err := w.client.Applications.List(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := w.listed(); n != g.asked+1 {
				t.Errorf("%d lists, want one more", n)
			}
		})
	}
}

func TestDetection_NothingIsProbedWhereTheVersionIsSet(t *testing.T) {
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

func TestDetection_AWrongVersionIsAnErrorAndRemovesNothing(t *testing.T) {
	t.Parallel()
	for _, wrong := range []struct{ is, set string }{{"2.22", "2.24"}, {"3.0", "2.22"}, {"2.17", "2.20"}, {"3.0", "2.17"}, {"2.17", "3.0"}} {
		for _, gateway := range []struct {
			name string
			make func(http.Handler) http.Handler
		}{{"bare", nil}, {"html 404", unknownPaths(page(404, "Not Found"))}, {"html 200", unknownPaths(page(200, "Run:ai"))}} {
			t.Run(wrong.is+" as "+wrong.set+"/"+gateway.name, func(t *testing.T) {
				t.Parallel()
				// With an access token: which grants there are is another matter.
				w := start(t, fixtureOptions{mock: mockserver.Options{Version: wrong.is}, front: gateway.make})
				token, err := w.client.SignIn(t.Context(), ownClientID, runai.NewSecret(ownSecret))
				if err != nil {
					t.Fatal(err)
				}
				w.config.AccessToken, w.config.Version = token.Value, version(t, wrong.set)
				c := w.newClient()
				app := w.seed("ci")[0]

				_, getErr := c.Applications.Get(t.Context(), ref(app))
				_, listErr := c.Applications.List(t.Context())
				_, createErr := c.Applications.Create(t.Context(), "new")
				_, settleErr := c.Applications.ResolvePending(t.Context(), "ci", runai.PendingCreate{})
				deleteErr := c.Applications.Delete(t.Context(), byID(app.ID))
				for what, err := range map[string]error{"get": getErr, "list": listErr, "create": createErr, "settle": settleErr, "delete": deleteErr} {
					if err == nil {
						t.Errorf("%s: no error", what)
						continue
					}
					if errors.Is(err, runai.ErrNotFound) {
						t.Errorf("%s: the object is taken for gone: %v", what, err)
					}
					if gateway.name == "bare" && (!errors.Is(err, runai.ErrNotControlPlane) || !strings.Contains(err.Error(), "control_plane_version")) {
						t.Errorf("%s: %v, want an error that names control_plane_version", what, err)
					}
				}
				if len(w.ApplicationsNamed("ci")) != 1 || len(w.ApplicationsNamed("new")) != 0 {
					t.Error("something was changed")
				}
			})
		}
	}
}

func TestDetection_ACallerCanLeaveWhileAnotherDetects(t *testing.T) {
	t.Parallel()
	held, release := make(chan struct{}), make(chan struct{})
	w := start(t, fixtureOptions{front: lists(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(held)
		<-release
		answers(200, "application/json", "[]")(w, r)
	}))})
	done := make(chan error)
	go func() {
		_, err := w.client.ControlPlaneAPI(alive(t))
		done <- err
	}()
	<-held
	ctx, leave := contextThatEnds(t)
	leave()
	left := make(chan error)
	go func() {
		_, err := w.client.Applications.Get(ctx, runai.ApplicationRef{ID: "x"})
		left <- err
	}()
	_ = wantSoon(t, left, "a caller that was canceled waits for another's request")
	close(release)
	if err := <-done; err != nil {
		t.Errorf("the one who stayed got %v", err)
	}
}
