package guarantees_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// TestAccModel runs random sequences of changes and faults on an application, and checks
// the guarantees against the control plane's own record after each step. On a failure
// rapid prints the shrunk sequence and the seed that repeats it.
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
			"change the recipients and rotate": func(r *rapid.T) {
				m.owners = drawOwners(r)
				m.keeper++
				m.apply()
			},
			// What a secret is not sealed to needs another secret.
			"remove a recipient": func(r *rapid.T) {
				if len(m.owners) > 1 {
					removed := rapid.IntRange(0, len(m.owners)-1).Draw(r, "removed")
					m.owners = slices.Delete(slices.Clone(m.owners), removed, removed+1)
					m.apply()
				}
			},
			"import":  func(*rapid.T) { m.reimport() },
			"destroy": func(*rapid.T) { m.destroy() },
			"another principal creates": func(*rapid.T) {
				if !m.managed && !m.cp.Has(m.name) {
					m.clock.advance(time.Hour)
					m.cp.CreateApplication(m.name, "terraform") // with the same credentials
					// Within a minute and with a stale list, it is indistinguishable from the resource's own.
					m.clock.advance(time.Hour)
					m.taken[m.name] = true
				}
			},
			"another principal disables": func(*rapid.T) {
				if m.cp.Has(m.name) && !m.taken[m.name] {
					m.cp.SetApplicationEnabled(m.name, false)
				}
			},
			"another principal deletes": func(*rapid.T) {
				if m.cp.Has(m.name) {
					m.cp.DeleteApplication(m.name)
					delete(m.taken, m.name)
				}
			},
			"another principal regenerates": func(*rapid.T) {
				if m.cp.Has(m.name) && !m.taken[m.name] {
					m.cp.RegenerateSecret(m.name)
					m.lost = true
				}
			},
			"time passes": func(r *rapid.T) {
				m.clock.advance(time.Duration(rapid.IntRange(1, 3600).Draw(r, "seconds")) * time.Second)
			},
			"the network fails": func(r *rapid.T) {
				op := rapid.SampledFrom(operations).Draw(r, "operation")
				kind := rapid.SampledFrom(kinds).Draw(r, "kind")
				if kind == "late" && !op.changes() {
					kind = "status"
				}
				lifecycle{cell: cell{operation: op, kind: kind, count: rapid.IntRange(1, 3).Draw(r, "count")}, cp: m.cp}.arm()
			},
			"": m.check,
		})
	})
}

// model is the expected state.
type model struct {
	cp    *acctest.ControlPlane
	cli   *acctest.CLI
	clock *clock
	t     testing.TB
	r     *rapid.T

	owners  []string // that the configuration seals the secret to; none: it is plain
	managed bool
	name    string
	enabled bool
	keeper  int
	taken   map[string]bool // the names of applications of another principal

	id      string // of the application in state
	applied int    // the keeper that was last applied
	version int    // of the secret
	lost    bool   // the secret in state is not the current one, for a reason
}

func newModel(t *testing.T, r *rapid.T) *model {
	t.Helper()
	clock := &clock{}
	cp := acctest.NewWith(t, mockserver.Options{
		Now:       clock.Now,
		ClockSkew: time.Duration(rapid.SampledFrom([]int{0, 0, 1, 45, -1, -5}).Draw(r, "skew")) * time.Second,
	})
	cp.CreateApplication(another, "jane@acme.example")
	cp.Tune(clock.tune)
	cp.Tune(func(cfg *runai.Config) { cfg.MaxRetries, cfg.RequestTimeout = 3, 300*time.Millisecond })
	return &model{cp: cp, cli: cp.CLI(t), clock: clock, t: t, r: r, name: "one", taken: map[string]bool{}, enabled: true, owners: drawOwners(r)}
}

// drawOwners draws the recipients of a secret, none in half of the cases.
func drawOwners(r *rapid.T) []string {
	if !rapid.Bool().Draw(r, "sealed") {
		return nil
	}
	return rapid.SliceOfNDistinct(rapid.SampledFrom(slices.Sorted(maps.Keys(owners()))), 1, -1, rapid.ID).Draw(r, "owners")
}

func (m *model) recipients() string {
	if len(m.owners) == 0 {
		return ""
	}
	var entries strings.Builder
	for _, name := range m.owners {
		fmt.Fprintf(&entries, "%s = %q\n", name, owners()[name].recipient)
	}
	return "client_secret_recipients = {\n" + entries.String() + "}"
}

func (m *model) end() {
	m.cp.ClearFaults()
	if result := m.cli.Destroy(); result.Code != 0 {
		m.r.Fatalf("destroy: %s", result.Stderr)
	}
}

// run runs a command. If it fails, run repeats it without faults, which the guarantees
// cover.
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
  %s
}`, m.name, m.enabled, m.keeper, m.recipients())))
	if m.taken[m.name] {
		if r := m.cli.Apply(); r.Code == 0 {
			m.r.Fatalf("the application of another principal was adopted: %s", r.Output)
		}
		m.cp.ClearFaults()
		if r := m.cli.Apply(); r.Code == 0 || !strings.Contains(r.Stderr, "import {") {
			m.r.Fatalf("want an error with the import block: %s", r.Output)
		}
		// Under its old name it can be managed as before.
		m.managed = m.cli.State()["runai_application.mine"] != nil
		return
	}
	m.run(func() acctest.Result { return m.cli.Apply() })
	switch id := m.cp.IDOf(m.name); {
	case !m.managed || id != m.id: // created again
		m.id, m.version, m.lost = id, 1, false
	case m.keeper != m.applied:
		m.version++
		m.lost = false
	}
	m.managed, m.applied = true, m.keeper
}

// reimport removes the application from the state and imports it by its name: its
// secret is unknown until keepers are set.
func (m *model) reimport() {
	if !m.managed || m.taken[m.name] || !m.cp.Has(m.name) {
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

// check checks the guarantees.
func (m *model) check(r *rapid.T) {
	world := map[string][]mockserver.Application{}
	for _, app := range m.cp.State().Applications {
		world[app.Name] = append(world[app.Name], app)
	}
	if other := world[another]; len(other) != 1 || other[0].SecretsIssued != 1 || !other[0].Enabled {
		r.Fatalf("the application of another principal was changed: %+v", other)
	}
	for name := range m.taken {
		if app := world[name]; len(app) != 1 || app[0].SecretsIssued != 1 || !app[0].Enabled {
			r.Fatalf("the application of another principal was changed: %+v", app)
		}
		delete(world, name)
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
	if !m.managed {
		return
	}
	name, _ := state.AttributeValues["name"].(string)
	if len(world[name]) == 0 {
		return // deleted by another principal, and not refreshed since
	}
	if !m.lost {
		m.checkSecret(r, name, state.AttributeValues)
	}
	if got := fmt.Sprint(state.AttributeValues["client_secret_version"]); got != fmt.Sprint(m.version) {
		r.Fatalf("client_secret_version is %s, want %d", got, m.version)
	}
}

// checkSecret checks that exactly the owners can open the secret that the control plane
// issued last.
func (m *model) checkSecret(r *rapid.T, name string, state map[string]any) {
	recipients, _ := state["client_secret_recipients"].(map[string]any)
	sealed, _ := state["client_secret_sealed"].(map[string]any)
	plain, _ := state["client_secret"].(string)
	if (plain == "") != (len(recipients) > 0) || !slices.Equal(slices.Sorted(maps.Keys(sealed)), slices.Sorted(maps.Keys(recipients))) {
		r.Fatalf("in plain text: %t, sealed to %v, recipients %v", plain != "", slices.Sorted(maps.Keys(sealed)), slices.Sorted(maps.Keys(recipients)))
	}
	if plain != "" && !m.cp.IsSecretOf(name, plain) {
		r.Fatalf("the secret in the state is not the current one")
	}
	for owner, text := range sealed {
		ciphertext, _ := text.(string)
		if secret, err := owners()[owner].open(ciphertext); err != nil || !m.cp.IsSecretOf(name, secret) {
			r.Fatalf("%s does not open the current secret: %v", owner, err)
		}
	}
}
