package guarantees_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// operation is one call of the life cycle, and the step in which it is made.
type operation struct {
	name string
	call acctest.Call
	step int
}

// The steps of a life, each an apply.
const (
	creation = iota
	change   // disables and rotates
	removal  // destroys
)

var operations = []operation{
	{"token", acctest.GetToken, creation},
	{"create application", acctest.CreateApplication, creation},
	{"read application", acctest.ReadApplication, creation},
	{"list applications", acctest.ListApplications, creation},
	{"enable application", acctest.SetEnabled, change},
	{"rotate application", acctest.RegenerateSecret, change},
	{"delete application", acctest.DeleteApplication, removal},
	{"create rule", acctest.CreateAccessRule, creation},
	{"read rule", acctest.ReadAccessRule, change},
	{"list rules", acctest.ListAccessRules, creation},
	{"delete rule", acctest.DeleteAccessRule, removal},
}

var kinds = []string{"status", "drop-before", "drop-after", "truncate", "html", "slow", "stale-list"}

var counts = map[string]int{"once": 1, "twice": 2, "forever": -1}

// TestAccMatrix is every operation × every kind of fault × once, twice, forever.
// After each the promise is held against the control plane's own record.
func TestAccMatrix(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	var cells, held, struck atomic.Int64
	t.Cleanup(func() {
		report(t, fmt.Sprintf("fault matrix: %d operations × %d kinds of fault × %d counts, %d cells that can be: the fault struck in %d, the promise held in %d",
			len(operations), len(kinds), len(counts), cells.Load(), struck.Load(), held.Load()))
	})
	for _, op := range operations {
		for _, kind := range kinds {
			if kind == "stale-list" && op.call == acctest.ReadAccessRule {
				continue // a single rule is read by its id: no list is asked for
			}
			for times, count := range counts {
				cells.Add(1)
				t.Run(strings.ReplaceAll(op.name, " ", "-")+"/"+kind+"/"+times, func(t *testing.T) {
					t.Parallel()
					if liveThrough(t, op, kind, count) {
						struck.Add(1)
					} else {
						t.Error("the fault struck nothing: this cell shows nothing")
					}
					if !t.Failed() {
						held.Add(1)
					}
				})
			}
		}
	}
}

// report says how large the matrix is and whether it holds, in the file that
// RUNAI_MATRIX_REPORT names: make test prints it.
func report(t *testing.T, line string) {
	t.Helper()
	t.Log(line)
	if file := os.Getenv("RUNAI_MATRIX_REPORT"); file != "" {
		if err := os.WriteFile(file, []byte(line+"\n"), 0o600); err != nil {
			t.Error(err)
		}
	}
}

const (
	mine     = "ci-pipeline"
	somebody = "somebody-else"
)

// liveThrough takes one application with one rule through its life, with a fault
// at one operation, and reports whether the fault struck.
func liveThrough(t *testing.T, op operation, kind string, count int) bool {
	t.Helper()
	cp := acctest.New(t)
	cp.CreateApplication(somebody, "jane@acme.example")
	cp.Tune(func(cfg *runai.Config) {
		cfg.MaxRetries = 3
		cfg.RequestTimeout = 2 * time.Second
		if kind == "slow" {
			cfg.RequestTimeout = 250 * time.Millisecond
		}
	})
	cli := cp.CLI(t)
	struck := false
	for step := creation; step <= removal; step++ {
		run := func() acctest.Result {
			if step == removal {
				return cli.Destroy()
			}
			cli.Configure(cp.Config(life(step)))
			return cli.Apply()
		}
		if step == op.step {
			arm(cp, op, kind, count)
		}
		before := cp.Log()
		result := run()
		struck = struck || slices.ContainsFunc(cp.Log()[len(before):], func(r mockserver.LoggedRequest) bool { return r.Fault == kind })
		if result.Code != 0 {
			// The first apply ended in an error: then the next one, with the
			// network well again, keeps the promise.
			if step != op.step {
				t.Fatalf("step %d failed without a fault: %s", step, result.Stderr)
			}
			cp.ClearFaults()
			if again := run(); again.Code != 0 {
				t.Fatalf("step %d failed:\n%s\nand the next apply failed too:\n%s", step, result.Stderr, again.Stderr)
			}
		}
		cp.ClearFaults()
		check(t, cp, cli, step)
	}
	return struck
}

func life(step int) string {
	enabled, keeper := step == creation, fmt.Sprint(step)
	return fmt.Sprintf(`
resource "runai_application" "mine" {
  name    = %q
  enabled = %t
  keepers = { step = %q }
}
resource "runai_access_rule" "mine" {
  subject_id = runai_application.mine.client_id
  role_id    = 5
  scope_type = "tenant"
}`, mine, enabled, keeper)
}

// arm arms the fault of a cell. A list is stale for what asks for it: beside
// another operation, it is the list by which a lost answer is cleared up.
func arm(cp *acctest.ControlPlane, op operation, kind string, count int) {
	f := cp.Fault(op.call, kind, count)
	if kind == "stale-list" && op.call != acctest.ListApplications && op.call != acctest.ListAccessRules {
		cp.InjectFault(op.call, "drop-after", 1)
		list := acctest.ListApplications
		if strings.HasSuffix(op.name, "rule") {
			list = acctest.ListAccessRules
		}
		f = cp.Fault(list, kind, count)
	}
	f.DelayMS = 1000
	cp.ArmFault(f)
}

// check is the promise, held against the control plane's own record.
func check(t *testing.T, cp *acctest.ControlPlane, cli *acctest.CLI, step int) {
	t.Helper()
	state, world := cli.State(), cp.State()
	named := func(name string) (apps []mockserver.Application) {
		for _, app := range world.Applications {
			if app.Name == name {
				apps = append(apps, app)
			}
		}
		return apps
	}
	living := slices.DeleteFunc(slices.Clone(world.AccessRules), func(r mockserver.AccessRule) bool { return r.DeletedAt != nil || r.SubjectID != mine })

	if other := named(somebody); len(other) != 1 || other[0].SecretsIssued != 1 || !other[0].Enabled {
		t.Errorf("step %d: somebody else's application was touched: %+v", step, other)
	}
	apps := named(mine)
	if step == removal {
		if len(apps) != 0 || len(living) != 0 || len(state) != 0 {
			t.Errorf("left behind: %d applications, %d rules, %d in state", len(apps), len(living), len(state))
		}
		return
	}
	if len(apps) != 1 || len(living) != 1 {
		t.Fatalf("step %d: %d applications and %d rules, want one each", step, len(apps), len(living))
	}
	app, rule := state["runai_application.mine"], state["runai_access_rule.mine"]
	if app == nil || rule == nil || app.Tainted || rule.Tainted {
		t.Fatalf("step %d: not in the state, or tainted: %+v %+v", step, app, rule)
	}
	if app.AttributeValues["id"] != apps[0].ID || rule.AttributeValues["id"] != fmt.Sprint(living[0].ID) {
		t.Errorf("step %d: the state has other ids than the control plane", step)
	}
	secret, _ := app.AttributeValues["client_secret"].(string)
	if !cp.IsSecretOf(mine, secret) {
		t.Errorf("step %d: the secret in the state is not the current one", step)
	}
	if got, want := fmt.Sprint(app.AttributeValues["client_secret_version"]), fmt.Sprint(step+1); got != want {
		t.Errorf("step %d: client_secret_version is %s, want %s: each rotation counts once", step, got, want)
	}
	if apps[0].Enabled != (step == creation) {
		t.Errorf("step %d: enabled is %t", step, apps[0].Enabled)
	}
}
