package runai_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// network is a wire between the client and the mock that can go bad.
type network struct {
	t     *testing.T
	proxy *toxiproxy.Proxy
	n     int
	// afterTry is called by the client's own log, after each try.
	afterTry func(method, path string)
}

// throughNetwork has the client reach the mock by way of a proxy.
func throughNetwork(t *testing.T, timeout time.Duration) (*world, *network) {
	t.Helper()
	w := start(t, setting{mock: mockserver.Options{Applications: 5}, client: withVersion(t, "2.24")})
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	proxy := toxiproxy.NewProxy(server, t.Name(), "127.0.0.1:0", strings.TrimPrefix(w.server.URL, "http://"))
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	n := &network{t: t, proxy: proxy}
	t.Cleanup(func() {
		n.heal()
		proxy.Stop()
	})
	w.config.BaseURL = "http://" + proxy.Listen
	w.config.MaxRetries = 4
	w.config.RequestTimeout = timeout
	w.config.Log = func(_ context.Context, _ string, fields map[string]any) {
		if n.afterTry != nil {
			n.afterTry(fmt.Sprint(fields["method"]), fmt.Sprint(fields["path"]))
		}
	}
	w.client = w.newClient()
	return w.ready(), n
}

// poison makes the wire bad in one direction.
func (n *network) poison(kind, direction string, attributes map[string]any) {
	n.t.Helper()
	n.n++
	data, err := json.Marshal(map[string]any{"name": fmt.Sprint(kind, n.n), "type": kind, "stream": direction, "attributes": attributes})
	if err != nil {
		n.t.Fatal(err)
	}
	if _, err := n.proxy.Toxics.AddToxicJson(strings.NewReader(string(data))); err != nil {
		n.t.Fatal(err)
	}
}

// heal makes it good again.
func (n *network) heal() { n.proxy.Toxics.ResetToxics(n.t.Context()) }

// wires are ways in which a connection goes bad.
func wires() map[string]func(*network) {
	all := map[string]func(*network){
		"latency": func(n *network) { n.poison("latency", "downstream", map[string]any{"latency": 60, "jitter": 40}) },
		"slicer": func(n *network) {
			n.poison("slicer", "downstream", map[string]any{"average_size": 16, "size_variation": 8, "delay": 100})
		},
		"crawl down":    func(n *network) { n.poison("bandwidth", "downstream", map[string]any{"rate": 2}) },
		"crawl up":      func(n *network) { n.poison("bandwidth", "upstream", map[string]any{"rate": 2}) },
		"silence":       func(n *network) { n.poison("timeout", "downstream", map[string]any{"timeout": 0}) },
		"close":         func(n *network) { n.poison("timeout", "downstream", map[string]any{"timeout": 50}) },
		"reset":         func(n *network) { n.poison("reset_peer", "downstream", map[string]any{"timeout": 0}) },
		"reset up":      func(n *network) { n.poison("reset_peer", "upstream", map[string]any{"timeout": 0}) },
		"reset a while": func(n *network) { n.poison("reset_peer", "downstream", map[string]any{"timeout": 30}) },
	}
	for _, bytes := range []int{0, 1, 9, 12, 17, 40, 80, 120, 160, 200, 220, 240, 250, 260, 270, 280, 300, 350, 500, 1000, 2000} {
		for _, direction := range []string{"downstream", "upstream"} {
			all[fmt.Sprintf("cut %s after %d", direction, bytes)] = func(n *network) {
				n.poison("limit_data", direction, map[string]any{"bytes": bytes})
			}
		}
	}
	return all
}

// The wire is bad until the create was sent once, or sent and looked for once, or
// all the time; in the end there is one application at most, and what the client
// holds is the current secret.
func TestToxiproxy_TheCreateKeepsThePromise(t *testing.T) {
	t.Parallel()
	for name, poison := range wires() {
		for _, healed := range []string{"after the first create", "after the first look", "never"} {
			t.Run(name+"/"+healed, func(t *testing.T) {
				t.Parallel()
				w, n := throughNetwork(t, 250*time.Millisecond)
				defer n.cutOff(w.server)
				sent := false
				n.afterTry = func(method, path string) {
					if healed == "after the first create" && method == "POST" && path == accounts ||
						healed == "after the first look" && method == "GET" && sent {
						n.heal()
					}
					sent = sent || method == "POST"
				}
				poison(n)
				created, err := w.client.Applications.Create(t.Context(), "ci")
				n.afterTry = nil
				n.heal()
				w.throughAnotherWire()
				if err != nil && created.ID != "" {
					// Made, and only the secret is missing: the caller knows the id.
					if found := w.named("ci"); len(found) != 1 || found[0].ID != created.ID {
						t.Errorf("%v, and the control plane has %v", err, found)
					}
					return
				}
				w.wantPromise("ci", created, err)
			})
		}
	}
}

func TestToxiproxy_TheRegenerationHoldsTheCurrentSecret(t *testing.T) {
	t.Parallel()
	for name, poison := range wires() {
		if strings.Contains(name, "silence") {
			continue // never cut short: it would wait for the end of the operation
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, n := throughNetwork(t, 250*time.Millisecond)
			defer n.cutOff(w.server)
			app := w.State().Applications[2]
			n.afterTry = func(string, string) { n.heal() }
			poison(n)
			secret, err := regenerate(t.Context(), w.client, app.ID)
			n.afterTry = nil
			if err == nil && !w.SignsIn(app.Name, secret.Reveal()) {
				t.Error("the secret is not the current one")
			}
			if err == nil {
				return
			}
			n.heal() // and the next run does it
			w.throughAnotherWire()
			if secret, err = regenerate(t.Context(), w.newClient(), app.ID); err != nil || !w.SignsIn(app.Name, secret.Reveal()) {
				t.Errorf("error %v, or the secret is not the current one", err)
			}
		})
	}
}

// throughAnotherWire is the next run, which reaches the control plane.
func (w *world) throughAnotherWire() {
	w.config.BaseURL = w.server.URL
	w.config.RequestTimeout = 10 * time.Second
	w.config.Log = nil
}

// cutOff ends all connections, so that nothing waits for the other side.
func (n *network) cutOff(s *httptest.Server) { s.CloseClientConnections() }

// The control: a good wire costs nothing.
func TestToxiproxy_AGoodWire(t *testing.T) {
	t.Parallel()
	w, _ := throughNetwork(t, 10*time.Second)
	created, err := w.client.Applications.Create(t.Context(), "ci")
	if err != nil {
		t.Fatal(err)
	}
	w.wantPromise("ci", created, err)
	w.wantCount("POST", accounts, 1)
	w.wantCount("POST", accountSecret, 0)
	if _, err := w.client.Applications.Get(t.Context(), runai.ApplicationRef{ID: created.ID}); err != nil {
		t.Error(err)
	}
}
