package runai_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver/mocktest"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// TestMain fails the package if a test leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Routes of the mock, as it counts them.
const (
	tokenV1          = "/api/v1/token"
	tokenV2          = "/api/v2/token"
	accounts         = "/api/v1/service-accounts"
	account          = accounts + "/{id}"
	accountSecret    = account + "/secret"
	apps             = "/api/v1/apps"
	legacyApps       = "/v1/k8s/apps"
	legacyApp        = legacyApps + "/{id}"
	rules            = "/api/v1/authorization/access-rules"
	rule             = rules + "/{id}"
	myRules          = "/api/v1/authorization/me/access-rules"
	anotherPrincipal = "bob@acme.example"
	ownClientID      = "terraform"
	ownSecret        = "terraform-secret"
	testMaxRetries   = 2
)

// fixture is a mock with a client of it. Both read the same clock.
type fixture struct {
	*mocktest.Mock
	t      *testing.T
	clock  *mocktest.Clock
	client *runai.Client
	config runai.Config
}

type fixtureOptions struct {
	mock   mockserver.Options
	client func(*runai.Config)
	// front wraps the mock.
	front func(mock http.Handler) http.Handler
	// serverClock is the difference between the mock's clock and the client's.
	serverClock time.Duration
	// closeEach gives each request its own connection, because net/http itself repeats
	// a GET on a closed connection, which would change the counts.
	closeEach bool
	listen    func(*httptest.Server)
}

// start runs a mock, and a client that is not signed in yet, for the length of a
// test.
func start(t *testing.T, o fixtureOptions) *fixture {
	t.Helper()
	w := &fixture{t: t, clock: mocktest.NewClock()}
	if o.mock.Now == nil {
		o.mock.Now = func() time.Time { return w.clock.Now().Add(o.serverClock) }
	}
	w.Mock = mocktest.Start(t, mocktest.Options{
		Options: o.mock,
		Wrap: func(mock *mockserver.Server) http.Handler {
			if o.front == nil {
				return mock
			}
			return o.front(mock)
		},
		Listen: func(server *httptest.Server) {
			server.Config.SetKeepAlivesEnabled(!o.closeEach)
			if o.listen == nil {
				server.Start()
				return
			}
			o.listen(server)
		},
	})
	w.config = runai.Config{
		BaseURL:        w.HTTP.URL,
		ClientID:       ownClientID,
		ClientSecret:   runai.NewSecret(ownSecret),
		MaxRetries:     testMaxRetries,
		RequestTimeout: 10 * time.Second,
		RetryWait:      time.Microsecond,
		SettleTime:     time.Millisecond,
		UserAgent:      "test",
		Now:            w.clock.Now,
	}
	if o.client != nil {
		o.client(&w.config)
	}
	w.client = w.newClient()
	return w
}

// startOpaque is start with a client that uses an access token which does not
// say whose it is.
func startOpaque(t *testing.T, s fixtureOptions) *fixture {
	t.Helper()
	var current string
	s.front = func(mock http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "Bearer opaque-token" {
				r.Header.Set("Authorization", "Bearer "+current)
			}
			mock.ServeHTTP(w, r)
		})
	}
	w := start(t, s)
	token, err := w.client.SignIn(t.Context(), ownClientID, runai.NewSecret(ownSecret))
	if err != nil {
		t.Fatal(err)
	}
	current = token.Value.Reveal()
	w.config.ClientID, w.config.ClientSecret, w.config.AccessToken = "", runai.Secret{}, runai.NewSecret("opaque-token")
	w.client = w.newClient()
	return w
}

// newClient is another client of the same control plane.
func (w *fixture) newClient() *runai.Client {
	w.t.Helper()
	c, err := runai.New(w.config)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// ready signs the client in and lets it detect the control plane, so that the requests
// counted from now on are the test's own.
func (w *fixture) ready() *fixture {
	w.t.Helper()
	if _, err := w.client.ControlPlaneAPI(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	if err := w.client.Connect(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.ResetRequests()
	return w
}

func (w *fixture) arm(faults ...mockserver.Fault) *fixture {
	w.t.Helper()
	for _, f := range faults {
		if err := w.Arm(f); err != nil {
			w.t.Fatal(err)
		}
	}
	return w
}

// total is how many requests have arrived.
func (w *fixture) total() (n int) {
	for _, count := range w.Requests() {
		n += count
	}
	return n
}

// listed is how many requests for lists of applications have arrived.
func (w *fixture) listed() int {
	return w.Count("GET", accounts) + w.Count("GET", apps) + w.Count("GET", legacyApps)
}

// activeRules are the rules of a subject that the control plane has.
func (w *fixture) activeRules(subject string) (found []mockserver.AccessRule) {
	for _, r := range w.State().AccessRules {
		if r.SubjectID == subject && r.DeletedAt == nil {
			found = append(found, r)
		}
	}
	return found
}

// seed creates applications of another principal, and returns them.
func (w *fixture) seed(names ...string) (created []mockserver.Application) {
	for _, name := range names {
		created = append(created, w.CreateApplication(name, anotherPrincipal))
	}
	return created
}

// ruleKey returns the key of a rule that can be created on each control plane.
func (w *fixture) ruleKey(subject string) runai.RuleKey {
	return runai.RuleKey{
		SubjectID: subject, SubjectType: runai.SubjectApp,
		RoleID: int64(w.Roles()[0].ID), ScopeType: "tenant", ScopeID: w.TenantID(),
	}
}

// leaks are the secrets and tokens of the control plane that a text holds.
func (w *fixture) leaks(text string) (found []string) {
	for _, secret := range append(w.Issued(), ownSecret) {
		if strings.Contains(text, secret) && !slices.Contains(found, secret) {
			found = append(found, secret)
		}
	}
	return found
}

func ref(app mockserver.Application) runai.ApplicationRef { return runai.ApplicationRef{ID: app.ID} }

func byID(id string) runai.ApplicationRef { return runai.ApplicationRef{ID: id} }

// regenerate regenerates the secret of an enabled application whose client ID is
// not known.
func regenerate(ctx context.Context, client *runai.Client, id string) (runai.Secret, error) {
	regenerated, err := client.Applications.RegenerateSecret(ctx, id, runai.RegenerateOptions{})
	return regenerated.Secret, err
}

func version(t *testing.T, s string) runai.Version {
	t.Helper()
	v, err := runai.ParseVersion(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func withVersion(t *testing.T, s string) func(*runai.Config) {
	t.Helper()
	v := version(t, s)
	return func(c *runai.Config) { c.Version = v }
}

// parallel runs f concurrently in n goroutines and waits for them.
func parallel(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

// alive is a context for goroutines that outlive the assertion that follows.
func alive(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// page responds like a web front end.
func page(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write([]byte("<!DOCTYPE html><html><head><title>" + text + "</title></head><body><h1>" + text + "</h1></body></html>"))
	}
}

// respond is a handler with one response.
func respond(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// on puts a handler before the mock for one method and path.
func on(method, path string, h http.Handler) func(http.Handler) http.Handler {
	return func(mock http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == method && r.URL.Path == path {
				h.ServeHTTP(w, r)
				return
			}
			mock.ServeHTTP(w, r)
		})
	}
}

// cancelableContext returns a context of the test and its cancel function.
func cancelableContext(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, cancel
}

// expiring is a context whose deadline passes when a test says so, so that no test
// races against its own deadline.
type expiring struct {
	context.Context //nolint:containedctx // the parent: this is a context itself
	deadline        time.Time
	passed          chan struct{}
}

func (c *expiring) Deadline() (time.Time, bool) { return c.deadline, true }

func (c *expiring) Done() <-chan struct{} { return c.passed }

func (c *expiring) Err() error {
	select {
	case <-c.passed:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// expiringContext returns a context of the test and the function with which its
// deadline passes.
func expiringContext(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	c := &expiring{Context: t.Context(), deadline: time.Now().Add(time.Minute), passed: make(chan struct{})}
	expire := sync.OnceFunc(func() { close(c.passed) })
	t.Cleanup(expire)
	return c, expire
}

// wantSoon receives a value, and fails the test with a message after five seconds.
func wantSoon[T any](t *testing.T, from <-chan T, otherwise string) (got T) {
	t.Helper()
	select {
	case got = <-from:
	case <-time.After(5 * time.Second):
		t.Error(otherwise)
	}
	return got
}
