package guarantees_test

import (
	"cmp"
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

// operation is one request of the lifecycle, and the step that sends it.
type operation struct {
	name string
	call acctest.Call
	step int
	// version is the control plane on which the step sends the request, empty for all.
	version string
}

// The steps of a lifecycle, each an apply.
const (
	creation = iota
	change   // disables and rotates
	removal  // destroys
)

var operations = []operation{
	{name: "token", call: acctest.GetToken, step: creation},
	{name: "create application", call: acctest.CreateApplication, step: creation},
	{name: "read application", call: acctest.ReadApplication, step: change, version: "2.17"}, // before it changes the whole object
	{name: "list applications", call: acctest.ListApplications, step: creation},
	{name: "enable application", call: acctest.SetEnabled, step: change},
	{name: "rotate application", call: acctest.RegenerateSecret, step: change},
	{name: "delete application", call: acctest.DeleteApplication, step: removal},
	{name: "create rule", call: acctest.CreateAccessRule, step: creation},
	{name: "read rule", call: acctest.ReadAccessRule, step: change},
	{name: "list rules", call: acctest.ListAccessRules, step: creation},
	{name: "delete rule", call: acctest.DeleteAccessRule, step: removal},
}

// kinds are the kinds of fault. Only mutations can take effect late.
var kinds = []string{"status", "drop-before", "drop-after", "truncate", "html", "slow", "stale-list", "late"}

func (o operation) changes() bool {
	return !slices.Contains([]acctest.Call{acctest.GetToken, acctest.ReadApplication, acctest.ListApplications, acctest.ReadAccessRule, acctest.ListAccessRules}, o.call)
}

// issuesSecret reports whether the response to an operation has a secret.
func issuesSecret(o operation) bool {
	return o.call == acctest.CreateApplication || o.call == acctest.RegenerateSecret
}

// cell is one combination of the matrix.
type cell struct {
	operation
	kind  string
	count int    // of faults; -1: until the first apply has ended
	on    string // the version of the control plane
	// skew is the difference between the Date of responses and the times in the data.
	skew time.Duration
	// blind: after a create has arrived, lists fail as well, so its outcome stays
	// unknown.
	blind bool
	// between is the change of the control plane after a failed first apply.
	between string
	// sealed: the secret is encrypted to a recipient, so no state has it.
	sealed bool
}

const (
	noChange       = ""
	anotherCreates = "another principal creates it"
	anotherDeletes = "another principal deletes it"
)

func (c cell) String() string {
	parts := []string{c.name, c.kind, map[int]string{1: "once", 2: "twice", -1: "forever"}[c.count]}
	if c.on != acctest.Version() {
		parts = append(parts, c.on)
	}
	if c.skew != 0 {
		parts = append(parts, "skew "+c.skew.String())
	}
	if c.blind {
		parts = append(parts, "blind")
	}
	if c.between != noChange {
		parts = append(parts, c.between)
	}
	if c.sealed {
		parts = append(parts, "sealed")
	}
	return strings.ReplaceAll(strings.Join(parts, "/"), " ", "-")
}

// fullMatrix is the environment variable of make test-full that selects the cross
// product instead of each guarantee once.
const fullMatrix = "RUNAI_FULL_MATRIX"

// matrix lists the cells: each operation with each kind of fault, once and for the whole
// first apply. Creates also have skewed clocks, and changes of the control plane between
// the two applies. The full matrix also has faults that occur twice, each skew for every
// operation, and more control planes.
func matrix() (cells []cell) {
	counts, versions := []int{1, -1}, []string{acctest.Version()}
	skews := []time.Duration{0}
	full := os.Getenv(fullMatrix) != ""
	if full {
		counts, versions = []int{1, 2, -1}, []string{"2.17", "2.20", "2.24", "3.0"}
		skews = []time.Duration{0, 45 * time.Second, -5 * time.Second}
	}
	for _, version := range versions {
		for _, op := range operations {
			for _, kind := range kinds {
				switch {
				case kind == "stale-list" && op.call == acctest.ReadAccessRule, kind == "stale-list" && op.call == acctest.ReadApplication:
					continue // read by ID: no list is requested
				case kind == "late" && !op.changes():
					continue
				}
				if op.version != "" && (full && op.version != version || !full && version != acctest.Version()) {
					continue
				}
				for _, count := range counts {
					for _, skew := range skews {
						if skew != 0 && op.call != acctest.CreateApplication && op.call != acctest.CreateAccessRule {
							continue // no time is compared
						}
						c := cell{operation: op, kind: kind, count: count, on: cmp.Or(op.version, version), skew: skew}
						cells = append(cells, c)
						if c.sealed = true; full || issuesSecret(op) {
							cells = append(cells, c)
						}
					}
				}
			}
		}
	}
	creates := slices.DeleteFunc(slices.Clone(operations), func(o operation) bool {
		return o.call != acctest.CreateApplication && o.call != acctest.CreateAccessRule
	})
	for _, op := range creates {
		for _, kind := range []string{"drop-after", "late", "status"} {
			if !full {
				for _, skew := range []time.Duration{time.Second, 45 * time.Second, -5 * time.Second} {
					cells = append(cells, cell{operation: op, kind: kind, count: 1, on: acctest.Version(), skew: skew})
				}
			}
			for _, between := range []string{noChange, anotherCreates, anotherDeletes} {
				cells = append(cells, cell{operation: op, kind: kind, count: -1, on: acctest.Version(), blind: true, between: between})
			}
		}
	}
	return cells
}

// TestAccMatrix checks the guarantees against the control plane's own record
// after each cell of the matrix.
func TestAccMatrix(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	var held, struck atomic.Int64
	cells := matrix()
	t.Cleanup(func() {
		report(t, fmt.Sprintf("fault matrix: %d operations × %d kinds of fault, %d cells: the fault struck in %d, the guarantees held in %d",
			len(operations), len(kinds), len(cells), struck.Load(), held.Load()))
	})
	for _, c := range cells {
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			if runLifecycle(t, c) {
				struck.Add(1)
			} else {
				t.Error("no request met the fault, so this cell proves nothing")
			}
			if !t.Failed() {
				held.Add(1)
			}
		})
	}
}

// report writes the size of the matrix and its result to the file that
// RUNAI_MATRIX_REPORT names. make test prints it.
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
	mine    = "ci-pipeline"
	another = "another-application"
)

// lifecycle is one application with one rule, and its control plane.
type lifecycle struct {
	cell
	clock *clock
	cp    *acctest.ControlPlane
	cli   *acctest.CLI
}

// runLifecycle takes one application with one rule up to the step of the operation,
// injects the fault there, and reports whether a request met it.
func runLifecycle(t *testing.T, c cell) (struck bool) {
	t.Helper()
	clock := &clock{}
	cp := acctest.NewWith(t, mockserver.Options{Version: c.on, Now: clock.Now, ClockSkew: c.skew})
	cp.CreateApplication(another, "jane@acme.example")
	cp.Tune(clock.tune)
	cp.Tune(func(cfg *runai.Config) {
		cfg.MaxRetries = 3
		cfg.RequestTimeout = 10 * time.Second
		if c.kind == "slow" {
			cfg.RequestTimeout = 500 * time.Millisecond
		}
	})
	l := lifecycle{cell: c, clock: clock, cp: cp, cli: cp.CLI(t)}
	for step := creation; step < c.step; step++ {
		if result := l.run(step); result.Code != 0 {
			t.Fatalf("step %d failed without a fault: %s", step, result.Output)
		}
	}
	l.arm()
	before := len(cp.Log())
	first := l.run(c.step)
	struck = slices.ContainsFunc(cp.Log()[before:], func(r mockserver.LoggedRequest) bool { return r.Fault == c.kind })
	cp.OnRequest(nil)
	cp.ClearFaults()
	if first.Code != 0 {
		if c.between != noChange {
			l.checkAfterChange(t, first)
			return struck
		}
		// After a failed first apply, the next one without faults must keep the
		// guarantees.
		again := l.run(c.step)
		if again.Code != 0 && c.namesNoCreator() {
			l.checkImport(t, again)
			return struck
		}
		if again.Code != 0 {
			t.Fatalf("failed:\n%s\nand the next apply failed too:\n%s", first.Stderr, again.Output)
		}
	}
	l.check(t)
	return struck
}

// namesNoCreator reports whether the outcome of a create stays unknown and a later run
// cannot determine the creator of the application: 2.17 does not return creators.
func (c cell) namesNoCreator() bool {
	return c.on == "2.17" && c.call == acctest.CreateApplication && c.kind == "stale-list" && c.count < 0
}

func (l lifecycle) run(step int) acctest.Result {
	if step == removal {
		return l.cli.Destroy()
	}
	l.cli.Configure(l.cp.Config(config(step, l.sealed)))
	return l.cli.Apply()
}

func config(step int, sealed bool) string {
	enabled, keeper, recipients := step == creation, fmt.Sprint(step), ""
	if sealed {
		recipients = fmt.Sprintf("client_secret_recipients = { ops = %q }", recipient)
	}
	return fmt.Sprintf(`
resource "runai_application" "mine" {
  name    = %q
  enabled = %t
  keepers = { step = %q }
  %s
}
resource "runai_access_rule" "mine" {
  subject_id = runai_application.mine.client_id
  role_id    = 5
  scope_type = "tenant"
}`, mine, enabled, keeper, recipients)
}

// arm injects the fault of a cell. A stale list of another operation is the list that
// resolves a lost response.
func (l lifecycle) arm() {
	f := l.cp.Fault(l.call, l.kind, l.count)
	switch {
	case l.kind == "stale-list" && l.call != acctest.ListApplications && l.call != acctest.ListAccessRules:
		l.cp.InjectFault(l.call, "drop-after", 1)
		f = l.cp.Fault(l.list(), l.kind, l.count)
	case l.kind == "late":
		f.Status = 504
		f.DelayMS = 8000
	case l.kind == "slow":
		f.DelayMS = 2000
	}
	l.cp.ArmFault(f)
	if l.blind {
		l.cp.OnCall(l.call, func() { l.cp.InjectFault(l.list(), "html", -1) })
	}
}

// list returns the list that resolves a lost create.
func (l lifecycle) list() acctest.Call {
	if strings.HasSuffix(l.name, "rule") {
		return acctest.ListAccessRules
	}
	return acctest.ListApplications
}

func (l lifecycle) applications(name string) (apps []mockserver.Application) {
	for _, app := range l.cp.State().Applications {
		if app.Name == name {
			apps = append(apps, app)
		}
	}
	return apps
}

func (l lifecycle) activeRules() (rules []mockserver.AccessRule) {
	for _, rule := range l.cp.State().AccessRules {
		if rule.DeletedAt == nil && rule.SubjectID == mine {
			rules = append(rules, rule)
		}
	}
	return rules
}

// check compares the state with the control plane's own record.
func (l lifecycle) check(t *testing.T) {
	t.Helper()
	state, apps, rules := l.cli.State(), l.applications(mine), l.activeRules()
	if other := l.applications(another); len(other) != 1 || other[0].SecretsIssued != 1 || !other[0].Enabled {
		t.Errorf("the application of another principal was changed: %+v", other)
	}
	if l.step == removal {
		if len(apps) != 0 || len(rules) != 0 || len(state) != 0 {
			t.Errorf("remaining: %d applications, %d rules, %d in state", len(apps), len(rules), len(state))
		}
		return
	}
	if len(apps) != 1 || len(rules) != 1 {
		t.Fatalf("%d applications and %d rules, want one each", len(apps), len(rules))
	}
	app, rule := state["runai_application.mine"], state["runai_access_rule.mine"]
	if app == nil || rule == nil || app.Tainted || rule.Tainted {
		t.Fatalf("not in the state, or tainted: %+v %+v", app, rule)
	}
	if app.AttributeValues["id"] != apps[0].ID || rule.AttributeValues["id"] != fmt.Sprint(rules[0].ID) {
		t.Error("the state has other IDs than the control plane")
	}
	if !l.cp.IsSecretOf(mine, secretOf(t, app, l.sealed)) {
		t.Error("the secret in the state is not the current one")
	}
	if got, want := fmt.Sprint(app.AttributeValues["client_secret_version"]), fmt.Sprint(l.step+1); got != want {
		t.Errorf("client_secret_version is %s, want %s: each rotation counts once", got, want)
	}
	if apps[0].Enabled != (l.step == creation) {
		t.Errorf("enabled is %t", apps[0].Enabled)
	}
}

// checkAfterChange creates or deletes the object of the first apply as another
// principal, and checks that the next apply does not change objects of others.
func (l lifecycle) checkAfterChange(t *testing.T, first acctest.Result) {
	t.Helper()
	ofRule := l.call == acctest.CreateAccessRule
	l.cp.ReleaseLate()
	for _, rule := range l.activeRules() {
		l.cp.DeleteAccessRule(rule.ID)
	}
	if !ofRule && l.cp.Has(mine) {
		l.cp.DeleteApplication(mine)
	}
	if l.between == anotherDeletes {
		if again := l.run(l.step); again.Code != 0 {
			t.Fatalf("failed:\n%s\nand the next apply failed too:\n%s", first.Stderr, again.Output)
		}
		l.check(t)
		return
	}
	// With the same credentials an hour later, only the creation time distinguishes it.
	l.clock.advance(time.Hour)
	var id string
	if ofRule {
		id = fmt.Sprint(l.cp.CreateAccessRule(mockserver.AccessRule{
			SubjectID: mine, SubjectType: "app", RoleID: 5, ScopeType: "tenant", ScopeID: l.cp.TenantID(), CreatedBy: "terraform",
		}).ID)
	} else {
		id = l.cp.CreateApplication(mine, "terraform").ID
	}
	wantImport(t, l.run(l.step), id)
	if apps := l.applications(mine); len(apps) != 1 || apps[0].SecretsIssued != 1 || !ofRule && apps[0].ID != id {
		t.Errorf("the application that another principal created was changed: %+v", apps)
	}
	if rules := l.activeRules(); ofRule && (len(rules) != 1 || fmt.Sprint(rules[0].ID) != id) {
		t.Errorf("the rule that another principal created was changed: %+v", rules)
	}
}

// checkImport checks that an application with an unknown creator is not changed, that
// the error shows how to import it, and that the import block works.
func (l lifecycle) checkImport(t *testing.T, again acctest.Result) {
	t.Helper()
	apps := l.applications(mine)
	if len(apps) != 1 || apps[0].SecretsIssued != 1 {
		t.Fatalf("the application whose creator is unknown was changed: %+v", apps)
	}
	wantImport(t, again, apps[0].ID)
	l.cli.Configure(l.cp.Config(config(l.step, l.sealed) + fmt.Sprintf("\nimport {\n  to = runai_application.mine\n  id = %q\n}\n", apps[0].ID)))
	l.cli.MustApply()
	l.check(t)
}

// wantImport checks for the error that shows how to import the object with an ID.
func wantImport(t *testing.T, result acctest.Result, id string) {
	t.Helper()
	result.ExpectError(t, "import {", fmt.Sprintf("%q", id))
}
