package accessrule_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// example returns an example of the documentation with a provider block.
func example(t *testing.T, cp *acctest.ControlPlane, file string) string {
	t.Helper()
	return cp.Config(acctest.Example(t, "runai_access_rule", file))
}

// replaceOnce replaces from by to, and fails the test unless from occurs exactly once.
func replaceOnce(t *testing.T, text, from, to string) string {
	t.Helper()
	if strings.Count(text, from) != 1 {
		t.Fatalf("%q does not occur exactly once in %s", from, text)
	}
	return strings.Replace(text, from, to, 1)
}

// ruleMutations returns the methods of the requests that changed rules, in order.
func ruleMutations(cp *acctest.ControlPlane) []string {
	var list []string
	for _, r := range cp.Log() {
		if r.Method != "GET" && strings.Contains(r.Route, "/access-rules") {
			list = append(list, r.Method)
		}
	}
	return list
}

func TestAccAccessRuleExamples_CreateBeforeDestroy(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	text := example(t, cp, "create-before-destroy.tf")
	cli.Configure(text)
	cli.Apply().Expect(t, 0, "2 added")
	cli.Configure(replaceOnce(t, text, `"L1 researcher"`, `"L2 researcher"`))
	cli.Apply().Expect(t, 0, "1 added, 0 changed, 1 destroyed")
	if got := ruleMutations(cp); !slices.Equal(got, []string{"POST", "POST", "DELETE"}) {
		t.Errorf("the requests are %v, want the second create before the deletion", got)
	}
	cli.Destroy().Expect(t, 0, "2 destroyed")
}

func TestAccAccessRuleExamples_RulesFromResources(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	text := example(t, cp, "rules-from-resources.tf")
	cli.Configure(text)
	cli.Apply().Expect(t, 0, "4 added")
	cli.Plan().Expect(t, 0, "No changes.")
	// A new application does not change the others.
	cli.Configure(replaceOnce(t, text, "  pipelines = {\n", "  pipelines = {\n    release    = \"Viewer\"\n"))
	cli.Apply().Expect(t, 0, "2 added, 0 changed, 0 destroyed")
	// Rules are deleted before their applications.
	cli.Destroy().Expect(t, 0, "6 destroyed")
	deletedRules := 0
	for _, r := range cp.Log() {
		switch {
		case r.Method != "DELETE":
		case strings.Contains(r.Route, "/access-rules"):
			deletedRules++
		case deletedRules == 0:
			t.Errorf("an application was deleted before any rule: %s", r.Path)
		}
	}
}

func TestAccAccessRuleExamples_InheritedRules(t *testing.T) {
	t.Parallel()
	const warning = "The application nightly has access rules that this configuration does not manage. Import or delete them."
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cli.Needs("check blocks", "1.5.0", "1.6.0")
	cli.Configure(example(t, cp, "inherited-rules.tf"))
	left := cp.CreateAccessRule(mockserver.AccessRule{
		SubjectID: "nightly", SubjectType: "app", RoleID: 6, ScopeType: "tenant", ScopeID: cp.TenantID(), CreatedBy: "jane@acme.example",
	})
	cli.Plan().Expect(t, 2, "2 to add", warning)
	cli.Apply().Expect(t, 0, "2 added", warning)
	cli.Plan().Expect(t, 0, "No changes.", warning)
	cp.DeleteAccessRule(left.ID)
	cli.Plan().Expect(t, 0).ExpectNot(t, warning)
	cli.Destroy().Expect(t, 0, "2 destroyed")
}

// expectForgotten fails the test unless the state is empty, nothing was changed since
// the requests were reset, and the rule is as it was.
func expectForgotten(t *testing.T, cp *acctest.ControlPlane, cli *acctest.CLI, rule mockserver.AccessRule) {
	t.Helper()
	if state := cli.State(); len(state) != 0 {
		t.Errorf("the state has %v", state)
	}
	acctest.Expect(t, cp.ExpectMutations(0))
	if now := cp.AccessRule(rule.SubjectID); now == nil || *now != rule {
		t.Errorf("the rule is %v, want %v, untouched", now, rule)
	}
}

// expectDeletion is the control of expectForgotten: the configuration imports the rule,
// its block is removed, and the deletion is counted.
func expectDeletion(t *testing.T, cp *acctest.ControlPlane, cli *acctest.CLI) {
	t.Helper()
	cli.Apply().Expect(t, 0, "1 imported")
	cli.Configure(cp.Config(""))
	cli.Apply().Expect(t, 0, "1 destroyed")
	acctest.Expect(t, cp.ExpectMutations(1))
}

func TestAccAccessRuleExamples_MovedAndRemoved(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cli.Needs("removed blocks", "1.7.0", "1.7.0")
	named := func(name string) string {
		return "resource \"runai_access_rule\" \"" + name + "\" {\n" + defaultRule + "\n}\n"
	}
	cli.Configure(cp.Config(named("dashboard")))
	cli.Apply().Expect(t, 0, "1 added")
	created := *cp.AccessRule(subject)
	cp.ResetRequests()
	cli.Configure(example(t, cp, "moved.tf") + named("usage"))
	cli.Apply().Expect(t, 0, "0 added, 0 changed, 0 destroyed")
	cli.Configure(strings.ReplaceAll(example(t, cp, "removed.tf"), "runai_access_rule.dashboard", "runai_access_rule.usage"))
	cli.Apply().Expect(t, 0, "0 added, 0 changed, 0 destroyed")
	expectForgotten(t, cp, cli, created)
	cli.Configure(cp.Config(withImport(byID, "app/ci-pipeline/5/tenant/"+cp.TenantID(), named("test"))))
	expectDeletion(t, cp, cli)
}

func TestAccAccessRuleExamples_DestroyFalse(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cli.Needs("lifecycle { destroy = false }", "1.16.0", "1.12.0")
	text := example(t, cp, "destroy-false.tf")
	cli.Configure(text)
	cli.Apply().Expect(t, 0, "1 added")
	created := *cp.AccessRule("auditors")
	cp.ResetRequests()
	cli.Destroy() // OpenTofu ends it with an error that says what is left
	expectForgotten(t, cp, cli, created)
	cli.Configure(strings.Replace(text, "destroy = false", "destroy = true", 1) +
		"\nimport {\n  to = runai_access_rule.auditors\n  id = \"group/auditors/15/tenant/" + cp.TenantID() + "\"\n}\n")
	expectDeletion(t, cp, cli)
}

// What a replacement does with destroy = false depends on the CLI.
func TestAccAccessRuleExamples_DestroyFalse_Replaced(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	for name, c := range map[string]struct {
		terraform, openTofu string // the versions that do this
		mutations           []string
	}{
		"TerraformDeletes": {"1.16.0", "", []string{"POST", "DELETE", "POST"}},
		"OpenTofuKeeps":    {"", "1.12.0", []string{"POST", "POST"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			cli := cp.CLI(t)
			cli.Needs("lifecycle { destroy = false } with replacements", c.terraform, c.openTofu)
			text := example(t, cp, "destroy-false.tf")
			cli.Configure(text)
			cli.Apply().Expect(t, 0, "1 added")
			cli.Configure(replaceOnce(t, text, `"Viewer"`, `"Editor"`))
			cli.MustApply()
			if got := ruleMutations(cp); !slices.Equal(got, c.mutations) {
				t.Errorf("the requests are %v, want %v", got, c.mutations)
			}
		})
	}
}

func TestAccessRuleExamples_AreTested(t *testing.T) {
	t.Parallel()
	acctest.ExpectExamples(t, "runai_access_rule",
		"create-before-destroy.tf", "destroy-false.tf", "import-by-identity.tf", "import-by-string-id.tf", "import.sh", "inherited-rules.tf",
		"moved.tf", "removed.tf", "resource.tf", "rules-from-resources.tf")
}
