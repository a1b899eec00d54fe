package guarantees_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// TestAccModel lives through random sequences of what people and networks do to
// an application, and holds the promise against the control plane's own record
// after each step. On a failure rapid prints the sequence, made as short as it
// can be, and the seed that repeats it.
func TestAccModel(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	rapid.Check(t, func(r *rapid.T) {
		m := newModel(t, r)
		defer m.end()
		r.Repeat(map[string]func(*rapid.T){
			"create or enable": func(*rapid.T) { m.enabled = true; m.apply() },
			"disable":          func(*rapid.T) { m.enabled = false; m.apply() },
			"rotate":           func(*rapid.T) { m.keeper++; m.apply() },
			"rename": func(r *rapid.T) {
				m.name = rapid.SampledFrom([]string{"one", "two", "three"}).Draw(r, "name")
				m.apply()
			},
			"import":  func(*rapid.T) { m.reimport() },
			"destroy": func(*rapid.T) { m.destroy() },
			"somebody disables": func(*rapid.T) {
				if m.cp.Has(m.name) {
					m.cp.SetApplicationEnabled(m.name, false)
				}
			},
			"somebody deletes": func(*rapid.T) {
				if m.cp.Has(m.name) {
					m.cp.DeleteApplication(m.name)
				}
			},
			"somebody regenerates": func(*rapid.T) {
				if m.cp.Has(m.name) {
					m.cp.RegenerateSecret(m.name)
					m.lost = true
				}
			},
			"the network fails": func(r *rapid.T) {
				op := rapid.SampledFrom(operations).Draw(r, "operation")
				kind := rapid.SampledFrom(kinds).Draw(r, "kind")
				arm(m.cp, op, kind, rapid.IntRange(1, 3).Draw(r, "count"))
			},
			"": m.check,
		})
	})
}

// model is what should be the case.
type model struct {
	cp  *acctest.ControlPlane
	cli *acctest.CLI
	r   *rapid.T

	managed bool
	name    string
	enabled bool
	keeper  int

	id      string // of the application in state
	applied int    // the keeper that was last applied
	version int    // of the secret
	lost    bool   // the secret in state is not the current one, for a reason
}

func newModel(t *testing.T, r *rapid.T) *model {
	t.Helper()
	cp := acctest.New(t)
	cp.CreateApplication(somebody, "jane@acme.example")
	cp.Tune(func(cfg *runai.Config) { cfg.MaxRetries, cfg.RequestTimeout = 3, 300*time.Millisecond })
	return &model{cp: cp, cli: cp.CLI(t), r: r, name: "one", enabled: true}
}

func (m *model) end() {
	m.cp.ClearFaults()
	if result := m.cli.Destroy(); result.Code != 0 {
		m.r.Fatalf("destroy: %s", result.Stderr)
	}
}

// run runs a command, and once more without faults if it ended in an error: that
// is what the promise is about.
func (m *model) run(command func() acctest.Result) {
	if first := command(); first.Code != 0 {
		m.cp.ClearFaults()
		if second := command(); second.Code != 0 {
			m.r.Fatalf("failed:\n%s\nand the next one failed too:\n%s", first.Stderr, second.Stderr)
		}
	}
}

func (m *model) apply() {
	m.cli.Configure(m.cp.Config(fmt.Sprintf(`
resource "runai_application" "mine" {
  name    = %q
  enabled = %t
  keepers = { version = "%d" }
}`, m.name, m.enabled, m.keeper)))
	m.run(func() acctest.Result { return m.cli.Apply() })
	switch id := m.cp.IDOf(m.name); {
	case !m.managed || id != m.id: // made anew
		m.id, m.version, m.lost = id, 1, false
	case m.keeper != m.applied:
		m.version++
		m.lost = false
	}
	m.managed, m.applied = true, m.keeper
}

// reimport forgets the application and imports it by its name: its secret is not
// known, and no other is made of it until keepers ask for one.
func (m *model) reimport() {
	if !m.managed || !m.cp.Has(m.name) {
		return
	}
	m.cp.ClearFaults()
	if result := m.cli.Run("state", "rm", "runai_application.mine"); result.Code != 0 {
		m.r.Fatalf("state rm: %s", result.Stderr)
	}
	if result := m.cli.Run("import", "-input=false", "-no-color", "runai_application.mine", m.name); result.Code != 0 {
		m.r.Fatalf("import: %s", result.Stderr)
	}
	m.version, m.lost, m.id = 0, true, m.cp.IDOf(m.name)
	m.keeper++ // the keepers in state are null now: the next apply rotates
	m.applied = m.keeper - 1
}

func (m *model) destroy() {
	m.run(func() acctest.Result { return m.cli.Destroy() })
	m.managed = false
}

// check is the promise.
func (m *model) check(r *rapid.T) {
	world := map[string][]mockserver.Application{}
	for _, app := range m.cp.State().Applications {
		world[app.Name] = append(world[app.Name], app)
	}
	if other := world[somebody]; len(other) != 1 || other[0].SecretsIssued != 1 || !other[0].Enabled {
		r.Fatalf("somebody else's application was touched: %+v", other)
	}
	own := 0
	for _, name := range []string{"one", "two", "three"} {
		own += len(world[name])
	}
	if own > 1 || !m.managed && own != 0 {
		r.Fatalf("%d applications, and managed is %t", own, m.managed)
	}
	state := m.cli.State()["runai_application.mine"]
	if (state != nil) != m.managed {
		r.Fatalf("in state: %t, want %t", state != nil, m.managed)
	}
	if !m.managed || own == 0 {
		return
	}
	secret, _ := state.AttributeValues["client_secret"].(string)
	if !m.lost && !m.cp.IsSecretOf(m.name, secret) {
		r.Fatalf("the secret in the state is not the current one")
	}
	if got := fmt.Sprint(state.AttributeValues["client_secret_version"]); got != fmt.Sprint(m.version) {
		r.Fatalf("client_secret_version is %s, want %d", got, m.version)
	}
}
