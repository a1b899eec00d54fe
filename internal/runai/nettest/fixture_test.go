package nettest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver/mocktest"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// The credentials that the mock accepts at first, and the routes it counts.
const (
	clientID     = "terraform"
	clientSecret = "terraform-secret"

	accountsRoute = "/api/v1/service-accounts"
	secretRoute   = accountsRoute + "/{id}/secret"
)

// TestMain fails the package if a test leaves a goroutine of the client behind.
// Toxiproxy itself leaks some: those of a toxic that is removed while it writes.
func TestMain(m *testing.M) {
	zerolog.SetGlobalLevel(zerolog.Disabled)
	const module = "github.com/Shopify/toxiproxy/v2"
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction(module+"/toxics.(*ToxicStub).Run"),
		goleak.IgnoreAnyFunction(module+".(*ToxicLink).read"),
		goleak.IgnoreAnyFunction(module+".(*ToxicLink).write"),
		goleak.IgnoreAnyFunction(module+".(*Proxy).freeBlocker"),
	)
}

// fixture is a mock control plane, a client of it, and a proxy between the two.
type fixture struct {
	*mocktest.Mock
	t      *testing.T
	clock  *mocktest.Clock
	proxy  *toxiproxy.Proxy
	config runai.Config
	client *runai.Client
	toxics int
	// onAttempt is called after each attempt of a request by the proxied client.
	onAttempt func(method, path string)
}

// newFixture starts a mock and connects a client to it through a proxy. The
// client is signed in, and the counts of the mock are zero.
func newFixture(t *testing.T, requestTimeout time.Duration) *fixture {
	t.Helper()
	f := &fixture{t: t, clock: mocktest.NewClock()}
	version, err := runai.ParseVersion("2.24")
	if err != nil {
		t.Fatal(err)
	}
	f.Mock = mocktest.Start(t, mocktest.Options{Options: mockserver.Options{Applications: 5, Now: f.clock.Now}})

	metrics := toxiproxy.NewMetricsContainer(nil)
	f.proxy = toxiproxy.NewProxy(toxiproxy.NewServer(metrics, zerolog.Nop()), t.Name(), "127.0.0.1:0", strings.TrimPrefix(f.HTTP.URL, "http://"))
	if err := f.proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.removeToxics()
		f.proxy.Stop()
	})
	// Runs first: ends all connections, so that no toxic waits for the other side.
	t.Cleanup(f.HTTP.CloseClientConnections)

	f.config = runai.Config{
		BaseURL:        "http://" + f.proxy.Listen,
		ClientID:       clientID,
		ClientSecret:   runai.NewSecret(clientSecret),
		Version:        version,
		MaxRetries:     4,
		RequestTimeout: requestTimeout,
		RetryWait:      time.Microsecond,
		SettleTime:     time.Microsecond,
		UserAgent:      "test",
		Now:            f.clock.Now,
		Log: func(_ context.Context, _ string, fields map[string]any) {
			if f.onAttempt != nil {
				f.onAttempt(fmt.Sprint(fields["method"]), fmt.Sprint(fields["path"]))
			}
		},
	}
	f.client = f.newClient()
	if err := f.client.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.ResetRequests()
	return f
}

func (f *fixture) newClient() *runai.Client {
	f.t.Helper()
	c, err := runai.New(f.config)
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

// bypassProxy connects the clients to come to the mock directly. They stand for
// the next run, which reaches the control plane.
func (f *fixture) bypassProxy() {
	f.config.BaseURL = f.HTTP.URL
	f.config.RequestTimeout = 10 * time.Second
	f.config.Log = nil
}

// addToxic makes the connection fail in one direction, "downstream" for
// responses and "upstream" for requests.
func (f *fixture) addToxic(kind, direction string, attributes map[string]any) {
	f.t.Helper()
	f.toxics++
	data, err := json.Marshal(map[string]any{"name": fmt.Sprint(kind, f.toxics), "type": kind, "stream": direction, "attributes": attributes})
	if err != nil {
		f.t.Fatal(err)
	}
	if _, err := f.proxy.Toxics.AddToxicJson(strings.NewReader(string(data))); err != nil {
		f.t.Fatal(err)
	}
}

// removeToxics makes the connection work again.
func (f *fixture) removeToxics() { f.proxy.Toxics.ResetToxics(context.WithoutCancel(f.t.Context())) }

// wantExactlyOnce checks what a create may end in: one application with its
// current secret; an error with an ID, where only the secret is missing; an
// unknown outcome that the next run resolves to the application or to none; or an
// error and no application.
func (f *fixture) wantExactlyOnce(name string, created runai.CreatedApplication, err error) {
	f.t.Helper()
	f.bypassProxy()
	found := f.ApplicationsNamed(name)
	if len(found) > 1 {
		f.t.Fatalf("%d applications %q", len(found), name)
	}
	var unknown *runai.UnknownOutcomeError
	switch {
	case err == nil:
		if len(found) != 1 || created.ID != found[0].ID {
			f.t.Fatalf("created %q, and the control plane has %v", created.ID, found)
		}
		if !f.SignsIn(created.ClientID, created.Secret.Reveal()) {
			f.t.Error("the secret is not the current one")
		}
	case created.ID != "":
		if len(found) != 1 || created.ID != found[0].ID {
			f.t.Errorf("created %q (%v), and the control plane has %v", created.ID, err, found)
		}
	case errors.As(err, &unknown):
		f.clock.Advance(time.Hour) // past whatever the lists were cached for
		app, err := f.newClient().Applications.ResolvePending(f.t.Context(), name, unknown.Pending)
		if len(found) == 0 && !errors.Is(err, runai.ErrNotFound) || len(found) == 1 && (err != nil || app.ID != found[0].ID) {
			f.t.Errorf("resolved to %v, %v; the control plane has %v", app, err, found)
		}
	case len(found) == 1:
		f.t.Errorf("orphaned: the control plane has %q, and the error does not report it: %v", name, err)
	}
	if err != nil && slices.ContainsFunc(append(f.Issued(), clientSecret), func(secret string) bool { return strings.Contains(err.Error(), secret) }) {
		f.t.Error("the error contains a secret")
	}
}
