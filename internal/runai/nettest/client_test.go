package nettest

import (
	"fmt"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// brokenConnections returns the ways in which a connection fails, by name.
func brokenConnections() map[string]func(*fixture) {
	all := map[string]func(*fixture){
		"latency": func(f *fixture) { f.addToxic("latency", "downstream", attributes{"latency": 60, "jitter": 40}) },
		"small packets": func(f *fixture) {
			f.addToxic("slicer", "downstream", attributes{"average_size": 16, "size_variation": 8, "delay": 100})
		},
		"slow responses":     func(f *fixture) { f.addToxic("bandwidth", "downstream", attributes{"rate": 2}) },
		"slow requests":      func(f *fixture) { f.addToxic("bandwidth", "upstream", attributes{"rate": 2}) },
		noResponse:           func(f *fixture) { f.addToxic("timeout", "downstream", attributes{"timeout": 0}) },
		"close after 50 ms":  func(f *fixture) { f.addToxic("timeout", "downstream", attributes{"timeout": 50}) },
		"reset of responses": func(f *fixture) { f.addToxic("reset_peer", "downstream", attributes{"timeout": 0}) },
		"reset of requests":  func(f *fixture) { f.addToxic("reset_peer", "upstream", attributes{"timeout": 0}) },
		"reset after 30 ms":  func(f *fixture) { f.addToxic("reset_peer", "downstream", attributes{"timeout": 30}) },
	}
	for _, bytes := range []int{0, 1, 9, 12, 17, 40, 80, 120, 160, 200, 220, 240, 250, 260, 270, 280, 300, 350, 500, 1000, 2000} {
		for _, direction := range []string{"downstream", "upstream"} {
			all[fmt.Sprintf("%s cut after %d bytes", direction, bytes)] = func(f *fixture) {
				f.addToxic("limit_data", direction, attributes{"bytes": bytes})
			}
		}
	}
	return all
}

type attributes = map[string]any

const noResponse = "no response"

// The connection is broken until the create was sent once, until it was sent and
// looked up once, or permanently.
func TestCreate_BrokenConnection_IsExactlyOnce(t *testing.T) {
	t.Parallel()
	for name, breakConnection := range brokenConnections() {
		for _, repaired := range []string{"after the first create", "after the first lookup", "never"} {
			t.Run(name+"/repaired "+repaired, func(t *testing.T) {
				t.Parallel()
				f := newFixture(t, 250*time.Millisecond)
				sent := false
				f.onAttempt = func(method, path string) {
					if repaired == "after the first create" && method == "POST" && path == accountsRoute ||
						repaired == "after the first lookup" && method == "GET" && sent {
						f.removeToxics()
					}
					sent = sent || method == "POST"
				}
				breakConnection(f)
				created, err := f.client.Applications.Create(t.Context(), "ci")
				f.onAttempt = nil
				f.removeToxics()
				f.wantExactlyOnce("ci", created, err)
			})
		}
	}
}

func TestRegenerateSecret_BrokenConnection_ReturnsCurrentSecret(t *testing.T) {
	t.Parallel()
	for name, breakConnection := range brokenConnections() {
		if name == noResponse {
			continue // an attempt has no timeout, so it would wait until the operation ends
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, 250*time.Millisecond)
			app := f.State().Applications[2]
			f.onAttempt = func(string, string) { f.removeToxics() }
			breakConnection(f)
			regenerated, err := f.client.Applications.RegenerateSecret(t.Context(), app.ID, runai.RegenerateOptions{})
			f.onAttempt = nil
			if err != nil { // and the next run rotates
				f.removeToxics()
				f.bypassProxy()
				if regenerated, err = f.newClient().Applications.RegenerateSecret(t.Context(), app.ID, runai.RegenerateOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			if !f.SignsIn(app.Name, regenerated.Secret.Reveal()) {
				t.Error("the secret is not the current one")
			}
		})
	}
}

// Control of the tests above: over a working connection nothing is retried.
func TestCreate_WorkingConnection_IsOneRequest(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 10*time.Second)
	created, err := f.client.Applications.Create(t.Context(), "ci")
	if err != nil {
		t.Fatal(err)
	}
	f.WantCount("POST", accountsRoute, 1)
	f.WantCount("POST", secretRoute, 0)
	if _, err := f.client.Applications.Get(t.Context(), runai.ApplicationRef{ID: created.ID}); err != nil {
		t.Error(err)
	}
	f.wantExactlyOnce("ci", created, err)
}
