package application_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Public keys that plans show. Their private keys do not exist.
const (
	keyA = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
	keyB = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAII8KIxzaa0kxpjDNZvCf38DWl3B1a4nUUzwRIRFCdcZx"
	keyC = "nacl:3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08="
)

// transition is a change of the configuration of an application. Its secret exists
// unless created is set.
type transition struct {
	name          string
	before, after string // arguments of the resource
	// Arguments of the provider before and after; empty: none.
	providerBefore, providerAfter string
	// imported: the application was created out of band, so the state has no secret.
	imported bool
	// created: the change creates the application.
	created bool
	// own: the application is the one that the provider signs in as.
	own bool
	// version is the version of the control plane, empty if it does not matter.
	version string
	// meanwhile changes the control plane out of band between the apply and the plan.
	meanwhile func(cp *acctest.ControlPlane)
	// other has further blocks of the configuration; %d is 1 before and 2 after.
	other string
}

func recipientsArgument(pairs ...string) string {
	entries := ""
	for i := 0; i < len(pairs); i += 2 {
		entries += fmt.Sprintf("\n    %s = %q", pairs[i], pairs[i+1])
	}
	return "client_secret_recipients = {" + entries + "\n  }"
}

var transitions = []transition{
	{name: "keepers change", before: `keepers = { v = "1" }`, after: `keepers = { v = "2" }`},
	{name: "keepers depend on what is not known yet", before: `keepers = { v = terraform_data.other.output }`, after: `keepers = { v = terraform_data.other.output }`, other: unknownSource("same")},
	{name: "recipients for a plain secret", after: recipientsArgument("a", keyA, "b", keyB)},
	{name: "recipients of the provider for a plain secret", providerAfter: recipientsArgument("a", keyA)},
	{name: "recipients and keepers together", after: recipientsArgument("a", keyA) + "\n  " + `keepers = { v = "1" }`},
	{name: "an empty map against the provider's recipients", providerAfter: recipientsArgument("a", keyA), after: `client_secret_recipients = {}`},
	{name: "recipients after an import", imported: true, after: recipientsArgument("a", keyA)},
	{name: "a recipient is removed, others stay", before: recipientsArgument("a", keyA, "c", keyC), after: recipientsArgument("a", keyA)},
	{name: "a recipient is renamed", before: recipientsArgument("a", keyA), after: recipientsArgument("renamed", keyA)},
	{name: "the comment of an SSH key changes", before: recipientsArgument("b", keyB), after: recipientsArgument("b", keyB+" laptop")},
	{name: "a recipient is added", before: recipientsArgument("a", keyA), after: recipientsArgument("a", keyA, "b", keyB)},
	{name: "a key is replaced under its name", before: recipientsArgument("a", keyA), after: recipientsArgument("a", keyB)},
	{name: "all recipients are removed", before: recipientsArgument("a", keyA)},
	{name: "a recipient is added with changed keepers", before: recipientsArgument("a", keyA), after: recipientsArgument("a", keyA, "b", keyB) + "\n  " + `keepers = { v = "1" }`},
	{name: "all recipients are removed with changed keepers", before: recipientsArgument("a", keyA), after: `keepers = { v = "1" }`},
	{name: "the provider's recipients change", providerBefore: recipientsArgument("a", keyA), providerAfter: recipientsArgument("a", keyA, "b", keyB)},
	{name: "the provider's recipients are removed", providerBefore: recipientsArgument("a", keyA)},
	{name: "a recipient of the provider is removed, others stay", providerBefore: recipientsArgument("a", keyA, "b", keyB), providerAfter: recipientsArgument("b", keyB)},
	{name: "the provider's recipients change with keepers", providerBefore: recipientsArgument("a", keyA), providerAfter: recipientsArgument("b", keyB), after: `keepers = { v = "1" }`},
	{name: "recipients depend on what is not known yet", before: "client_secret_recipients = { a = terraform_data.other.output }", after: "client_secret_recipients = { a = terraform_data.other.output }", other: unknownSource(keyA)},
	{name: "an empty map for a sealed secret", before: recipientsArgument("a", keyA), after: `client_secret_recipients = {}`},
	{name: "a recipient is added, keepers depend on what is not known yet", before: recipientsArgument("a", keyA) + unknownKeepers, after: recipientsArgument("a", keyA, "b", keyB) + unknownKeepers, other: unknownSource("same")},
	{name: "a key of the provider is replaced under its name", providerBefore: recipientsArgument("a", keyA), providerAfter: recipientsArgument("a", keyB)},
	{name: "from the argument to the same recipients of the provider", providerBefore: recipientsArgument("a", keyA), providerAfter: recipientsArgument("a", keyA), before: recipientsArgument("a", keyA)},
	{name: "from the provider's recipients to the same as an argument", providerBefore: recipientsArgument("a", keyA), providerAfter: recipientsArgument("a", keyA), after: recipientsArgument("a", keyA)},
	{name: "from the argument to other recipients of the provider", providerBefore: recipientsArgument("b", keyB), providerAfter: recipientsArgument("b", keyB), before: recipientsArgument("a", keyA)},
	{name: "creation", created: true},
	{name: "creation with recipients", created: true, after: recipientsArgument("a", keyA, "c", keyC)},
	{name: "creation with recipients that are not known yet", created: true, after: "client_secret_recipients = { a = terraform_data.other.output }", other: unknownSource(keyA)},
	{name: "creation with verification", created: true, after: `verify_client_secret = "report"`},
	{name: "keepers of the provider's own application change", own: true, after: `keepers = { v = "1" }`},
	{name: "keepers of the provider's own application change, which is allowed", own: true, providerAfter: "allow_self_lockout = true", after: `keepers = { v = "1" }`},
	{name: "keepers change while the secret is in use", version: "2.24", before: guarded("1"), after: guarded("2"), meanwhile: signIn},
	{name: "keepers of an application that is not used change", version: "2.24", before: guarded("1"), after: guarded("2")},
	{name: "a revoked secret is reported", before: report, after: report, meanwhile: regenerateOutside},
	{name: "a revoked secret is regenerated", before: regenerate, after: regenerate, meanwhile: regenerateOutside},
	{name: "a revoked secret, verification depends on what is not known yet", before: "verify_client_secret = terraform_data.other.output", after: "verify_client_secret = terraform_data.other.output", other: unknownSource("regenerate"), meanwhile: regenerateOutside},
	{name: "a revoked secret and changed keepers", before: report, after: report + "\n  " + `keepers = { v = "1" }`, meanwhile: regenerateOutside},
	{name: "verification is turned off", before: report},
	{name: "verification is turned on", after: `verify_client_secret = "report"`},
	{name: "verification of a sealed secret", before: recipientsArgument("a", keyA), after: recipientsArgument("a", keyA) + "\n  " + `verify_client_secret = "report"`},
	{name: "verification of a secret that the provider's recipients seal", providerBefore: recipientsArgument("a", keyA), providerAfter: recipientsArgument("a", keyA), after: `verify_client_secret = "report"`},
}

const unknownKeepers = "\n  keepers = { v = terraform_data.other.output }"

// guarded are keepers that change only while the secret is not in use.
func guarded(keepers string) string {
	return fmt.Sprintf("rotate_only_if_unused_for = \"24h\"\n  keepers = { v = %q }", keepers)
}

func signIn(cp *acctest.ControlPlane) { cp.SetLastLogin("ci-pipeline", time.Now()) }

func regenerateOutside(cp *acctest.ControlPlane) { cp.RegenerateSecret("ci-pipeline") }

// unknownSource is a value that is the same before and after, and unknown while the
// change is planned.
func unknownSource(value string) string {
	return fmt.Sprintf(`
resource "terraform_data" "other" {
  input            = %q
  triggers_replace = [%%d]
}`, value)
}

func (tr transition) config(cp *acctest.ControlPlane, generation int) string {
	provider, arguments := tr.providerBefore, tr.before
	if generation == 2 {
		provider, arguments = tr.providerAfter, tr.after
	}
	other := tr.other
	if other != "" {
		other = fmt.Sprintf(other, generation)
	}
	return cp.ConfigWith(provider, fmt.Sprintf("resource \"runai_application\" \"test\" {\n  name = %q\n  %s\n}\n%s", tr.application(), arguments, other))
}

func (tr transition) application() string {
	if tr.own {
		return "terraform"
	}
	return "ci-pipeline"
}

// TestAccApplication_Plans_AllTransitions shows every transition of keepers,
// recipients and verification as a reviewer of the plan sees it. With -update it writes
// testdata/transitions.golden: review the diff.
func TestAccApplication_Plans_AllTransitions(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	shown := make([]string, len(transitions))
	t.Run("transitions", func(t *testing.T) {
		for i, tr := range transitions {
			t.Run(tr.name, func(t *testing.T) {
				t.Parallel()
				shown[i] = "## " + tr.name + "\n\n" + tr.plan(t)
			})
		}
	})
	got := strings.Join(shown, "\n")
	golden := filepath.Join("testdata", "transitions.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the plans differ from %s; run with -update and look at the difference. Got:\n%s", golden, got)
	}
}

// plan applies the configuration before the change and plans the one after it.
func (tr transition) plan(t *testing.T) string {
	t.Helper()
	cp := acctest.NewWith(t, mockserver.Options{Version: tr.version})
	cli := cp.CLI(t)
	cli.Configure(tr.config(cp, 1))
	if tr.imported {
		cp.CreateApplication("ci-pipeline", "jane@acme.example")
	}
	if tr.imported || tr.own {
		cli.Run("import", "-input=false", "-no-color", address, tr.application()).Expect(t, 0)
	}
	if !tr.created {
		cli.MustApply()
	}
	if tr.meanwhile != nil {
		tr.meanwhile(cp)
	}
	cp.ResetRequests()
	cli.Configure(tr.config(cp, 2))
	r := cli.Run("plan", "-json", "-input=false", "-out=plan.bin")
	acctest.Expect(t, cp.ExpectMutations(0))
	out := ""
	if r.Code == 0 {
		out = describePlan(t, cli.Run("show", "-json", "plan.bin").Stdout)
	}
	return tr.anonymous(out+describeDiagnostics(t, r.Stdout), cp)
}

// describePlan shows the changed attributes of the application in a plan.
func describePlan(t *testing.T, text string) string {
	t.Helper()
	var plan tfjson.Plan
	if err := json.Unmarshal([]byte(text), &plan); err != nil {
		t.Fatalf("%s: %s", err, text)
	}
	var b strings.Builder
	for _, rc := range plan.ResourceChanges {
		if rc.Address != address {
			continue
		}
		fmt.Fprintf(&b, "%s: %s\n", rc.Address, strings.Join(actions(rc.Change.Actions), ", "))
		before, _ := rc.Change.Before.(map[string]any)
		after, _ := rc.Change.After.(map[string]any)
		unknown, _ := rc.Change.AfterUnknown.(map[string]any)
		all := maps.Clone(after)
		maps.Copy(all, unknown)
		for _, name := range slices.Sorted(maps.Keys(all)) {
			from, to := value(name, before[name], nil), value(name, after[name], unknown[name])
			if from != to {
				fmt.Fprintf(&b, "  %s: %s -> %s\n", name, from, to)
			}
		}
	}
	return b.String()
}

func actions(list tfjson.Actions) (names []string) {
	for _, action := range list {
		names = append(names, string(action))
	}
	return names
}

// value shows a value of an attribute.
func value(name string, v, unknown any) string {
	if entries, ok := unknown.(map[string]any); ok && len(entries) > 0 {
		known, _ := v.(map[string]any)
		all := map[string]any{}
		maps.Copy(all, known)
		for entry := range entries {
			all[entry] = "(known after apply)"
		}
		v = all
	} else if unknown == true {
		return "(known after apply)"
	}
	if name == "client_secret" && v != nil {
		return "(sensitive value)"
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// describeDiagnostics shows the warnings and errors in the output of a command with
// -json.
func describeDiagnostics(t *testing.T, output string) string {
	t.Helper()
	var all []string
	for line := range strings.Lines(output) {
		var message struct {
			Diagnostic *tfjson.Diagnostic `json:"diagnostic"`
		}
		if err := json.Unmarshal([]byte(line), &message); err != nil {
			t.Fatalf("%s: %s", err, line)
		}
		if d := message.Diagnostic; d != nil {
			at := ""
			if d.Snippet != nil {
				at = " at " + strings.TrimSpace(strings.SplitN(d.Snippet.Code, "=", 2)[0])
			}
			all = append(all, fmt.Sprintf("%s%s: %s\n  %s\n", d.Severity, at, d.Summary, strings.ReplaceAll(d.Detail, "\n", "\n  ")))
		}
	}
	slices.Sort(all)
	return strings.Join(all, "")
}

var (
	ageFile   = regexp.MustCompile(`-----BEGIN AGE ENCRYPTED FILE-----.*?-----END AGE ENCRYPTED FILE-----\\n`)
	recently  = regexp.MustCompile(`at \d{4}-[0-9T:-]+Z, \w+ ago`)
	sealedBox = regexp.MustCompile(`"[A-Za-z0-9+/]{80,}={0,2}"`)
)

// anonymous replaces the parts that differ between two runs.
func (tr transition) anonymous(text string, cp *acctest.ControlPlane) string {
	text = ageFile.ReplaceAllString(text, "AGE FILE")
	text = sealedBox.ReplaceAllString(text, `"SEALED BOX"`)
	text = strings.ReplaceAll(text, cp.URL, "https://acme.run.ai")
	text = recently.ReplaceAllString(text, "at TIME, AGE ago")
	if tr.created {
		return text
	}
	return strings.ReplaceAll(text, cp.IDOf(tr.application()), "ID")
}
