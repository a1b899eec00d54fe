package accessrule_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

const existsWarning = "Access Rule Is Taken"

// If the rule already exists, the plan warns and the apply fails; both print the
// import block.
func TestAccAccessRule_Exists_WarnsAndFails(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	existing := createOutOfBand(cp)
	cli := cp.CLI(t)
	cli.Configure(ruleConfig(cp, defaultRule))
	cp.ResetRequests()
	cli.Plan().Expect(t, 2, existsWarning, "1 to add", importBlock(existing.ID))
	cli.Apply().Expect(t, 1, "Unable to Create Access Rule", "already exists (ID", importBlock(existing.ID))
	acctest.Expect(t, cp.ExpectMutations(0))

	// A rule that does not exist causes no warning.
	cli.Configure(ruleConfig(cp, tenantRule("role_id = 6")))
	cli.Apply().Expect(t, 0, "1 added").ExpectNot(t, existsWarning)
	acctest.Expect(t, cp.ExpectMutations(1))
}

// The plan of a replacement records what the new rule is and which rule has its
// values; the apply deletes nothing while that rule exists.
func TestAccessRule_Exists_BlockedReplacement(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	arguments := func(role int) acctest.Arguments {
		return acctest.Arguments{"subject_id": subject, "role_id": role, "scope_type": "tenant"}
	}
	rule := cp.Instance(t, "runai_access_rule")
	rule.MustApply(arguments(6))
	blocker := createOutOfBand(cp)
	cp.ResetRequests()
	plan := rule.Plan(arguments(role))
	plan.Diagnostics.ExpectWarningAt(t, "", fmt.Sprintf("5/tenant/1001 (ID %d) already exists", blocker.ID))
	if len(plan.Diagnostics) != 1 {
		t.Errorf("want one warning for both halves of the replacement: %s", plan.Diagnostics)
	}
	refused := rule.Apply(plan)
	refused.ExpectErrorAt(t, "", fmt.Sprintf("cannot be replaced: access rule app/ci-pipeline/5/tenant/1001 already exists (ID %d)", blocker.ID))
	refused.ExpectErrorAt(t, "", "Nothing was deleted.")
	acctest.Expect(t, cp.ExpectMutations(0))

	// The record is of that plan only: the rule can be destroyed.
	if plan := rule.PlanWithoutRefresh(arguments(6)); !plan.Empty || len(plan.Diagnostics) > 0 {
		t.Errorf("nothing changes: %s", plan.Diagnostics)
	}
	if diags := rule.Apply(rule.PlanDestroy()); len(diags) > 0 {
		t.Errorf("the rule cannot be destroyed: %s", diags)
	}
	acctest.Expect(t, cp.ExpectMutations(1))

	// Once nothing blocks it, the replacement that was planned succeeds.
	rule.MustApply(arguments(6))
	plan = rule.Plan(arguments(role))
	cp.DeleteAccessRule(blocker.ID)
	if diags := rule.Apply(plan); len(diags) > 0 {
		t.Errorf("the replacement failed: %s", diags)
	}
}

// A create fails with the possible causes, which depend on what this run knows.
func TestAccessRule_Exists_CreateFails(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	arguments := acctest.Arguments{"subject_id": subject, "role_id": role, "scope_type": "tenant"}
	existing := createOutOfBand(cp)
	p := cp.Protocol(t)
	first, second := cp.Instance(t, "runai_access_rule").In(p), cp.Instance(t, "runai_access_rule").In(p)
	firstPlan := first.Plan(arguments)
	firstPlan.Diagnostics.ExpectWarningAt(t, "", existsWarning)
	refused := first.Apply(firstPlan)
	for _, text := range []string{fmt.Sprintf("already exists (ID %d)", existing.ID), "Add a moved block", "create_before_destroy", "import {", fmt.Sprintf("id = \"%d\"", existing.ID)} {
		refused.ExpectErrorAt(t, "", text)
	}

	cp.DeleteAccessRule(existing.ID)
	p = cp.Protocol(t)
	first, second = first.In(p), second.In(p)
	firstPlan, secondPlan := first.Plan(arguments), second.Plan(arguments)
	if len(firstPlan.Diagnostics)+len(secondPlan.Diagnostics) > 0 {
		t.Errorf("the rule was deleted, want no diagnostics: %s%s", firstPlan.Diagnostics, secondPlan.Diagnostics)
	}
	if diags := first.Apply(firstPlan); len(diags) > 0 {
		t.Fatal(diags)
	}
	second.Apply(secondPlan).ExpectErrorAt(t, "", "Another resource of this configuration has created it in this run.")
	acctest.Expect(t, activeRules(cp, 1))

	// For a caller that is not permitted to list rules, the error has no ID.
	cp.InjectFaultWith(acctest.ListAccessRules, "status", 403, -1)
	unseen := cp.Instance(t, "runai_access_rule")
	refused = unseen.Apply(unseen.Plan(arguments))
	for _, text := range []string{"already exists on " + cp.URL, "409 Conflict", "id = \"app/ci-pipeline/5/tenant/1001\""} {
		refused.ExpectErrorAt(t, "", text)
	}
}

// If a replacement fails after the deletion, the error names the deleted rule. No
// other failed create does.
func TestAccessRule_Replace_FailedCreate_NamesTheDeletedRule(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	p := cp.Protocol(t)
	rule, other := cp.Instance(t, "runai_access_rule").In(p), cp.Instance(t, "runai_access_rule").In(p)
	rule.MustApply(acctest.Arguments{"subject_id": subject, "role_id": 6, "scope_type": "tenant"})
	deleted := cp.AccessRule(subject).ID
	plan := rule.Plan(acctest.Arguments{"subject_id": subject, "role_id": role, "scope_type": "tenant"})
	cp.InjectFaultWith(acctest.CreateAccessRule, "status", 403, -1)
	rule.Apply(plan).ExpectErrorAt(t, "", fmt.Sprintf("This apply has already deleted the rule that it replaces: access rule app/ci-pipeline/6/tenant/1001 (ID %d", deleted))
	diags := other.Apply(other.Plan(acctest.Arguments{"subject_id": "another", "role_id": role, "scope_type": "tenant"}))
	if !diags.HasError() || strings.Contains(diags.String(), "already deleted") {
		t.Errorf("a create that replaces nothing: %s", diags)
	}
}

// A subject that is the ID of an application is warned of at the argument.
func TestAccessRule_SubjectID_IsApplicationID_WarnsAtTheArgument(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	app := cp.CreateApplication(subject, "jane@acme.example")
	plan := func(arguments acctest.Arguments) acctest.Diagnostics {
		arguments["role_id"], arguments["scope_type"] = role, "tenant"
		return cp.Instance(t, "runai_access_rule").Plan(arguments).Diagnostics
	}
	plan(acctest.Arguments{"subject_id": app.ID}).ExpectWarningAt(t, "subject_id", `set subject_id = "ci-pipeline"`)
	for what, arguments := range map[string]acctest.Arguments{
		"the client ID":            {"subject_id": subject},
		"a user":                   {"subject_id": app.ID, "subject_type": "user"},
		"a UUID of no application": {"subject_id": "3f7c0000-0000-4000-8000-000000000000"},
	} {
		if diags := plan(arguments); len(diags) > 0 {
			t.Errorf("%s: %s", what, diags)
		}
	}
}

// No plan that replaces the rule of the resource warns of that rule.
func TestAccAccessRule_Exists_OwnRuleReplaced_NoWarning(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := applied(t, cp, ruleConfig(cp, defaultRule))
	const replaced = "1 to add, 0 to change, 1 to destroy"
	cli.Plan("-replace="+address).Expect(t, 2, replaced).ExpectNot(t, existsWarning)
	cli.Run("taint", address).Expect(t, 0)
	cli.Plan().Expect(t, 2, replaced).ExpectNot(t, existsWarning)
	cli.Run("untaint", address).Expect(t, 0)
	cli.Configure(ruleConfig(cp, defaultRule+fmt.Sprintf("\ncluster_id = %q", cp.Clusters()[0].ID)))
	cli.Plan().Expect(t, 2, replaced).ExpectNot(t, existsWarning)
}

// twoRules returns a configuration with two rules.
func twoRules(cp *acctest.ControlPlane, first, second string) string {
	return cp.Config(fmt.Sprintf("resource \"runai_access_rule\" \"first\" {\n%s\n}\nresource \"runai_access_rule\" \"second\" {\n%s\n}\n", first, second))
}

func TestAccAccessRule_Exists_DuplicateInConfiguration(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cli.Configure(twoRules(cp, defaultRule, defaultRule))
	cli.Apply().Expect(t, 1, "already exists (ID", "Another resource of this configuration has created it in this run. Remove one of the two.")
	acctest.Expect(t, activeRules(cp, 1))
	cli.Destroy().Expect(t, 0, "1 destroyed")
}

// If a block is renamed without a moved block, Terraform creates the rule under the
// new address and deletes it under the old one, in any order.
func TestAccAccessRule_Exists_RenamedBlock_SuggestsMoved(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := applied(t, cp, ruleConfig(cp, defaultRule))

	renamed := cp.Config("resource \"runai_access_rule\" \"renamed\" {\n" + defaultRule + "\n}\n")
	cli.Configure(renamed)
	// The deletion fails, so the create finds the old rule.
	cp.InjectFaultWith(acctest.DeleteAccessRule, "status", 500, -1)
	cli.Apply().Expect(t, 1, "already exists (ID", "Add a moved block from the old address to the new one",
		"create_before_destroy", "Another resource of this configuration has the same values")
	cp.ClearFaults()

	cli.Configure(renamed + "moved {\n  from = " + address + "\n  to   = runai_access_rule.renamed\n}\n")
	cp.ResetRequests()
	cli.Apply().Expect(t, 0, "has moved to", "0 added, 0 changed, 0 destroyed")
	acctest.Expect(t, cp.ExpectMutations(0))
	cli.Destroy().Expect(t, 0, "1 destroyed")
	acctest.Expect(t, cp.ExpectMutations(1))
}

// create_before_destroy works if the values change, and fails if they do not.
func TestAccAccessRule_Exists_CreateBeforeDestroy(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	const first = "\nlifecycle {\n  create_before_destroy = true\n}"
	cli.Configure(ruleConfig(cp, defaultRule+first))
	cli.Apply().Expect(t, 0, "1 added")
	before := cp.AccessRule(subject)
	cli.Apply("-replace="+address).Expect(t, 1, "already exists (ID",
		"create_before_destroy = true } and is replaced by a rule with the same values, as -replace does: the old rule must be deleted first. Remove create_before_destroy")
	if after := cp.AccessRule(subject); after == nil || *after != *before {
		t.Errorf("the rule is %v, want %v, untouched", after, before)
	}
	cli.Configure(ruleConfig(cp, tenantRule("role_id = 6")+first))
	cli.Apply().Expect(t, 0, "1 added, 0 changed, 1 destroyed")
	cli.Destroy().Expect(t, 0, "1 destroyed")
}

// If the plan shows that a replacement will fail, the apply deletes nothing.
func TestAccAccessRule_BlockedReplacement_DeletesNothing(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := applied(t, cp, ruleConfig(cp, tenantRule("role_id = 6")))
	blocker := createOutOfBand(cp)

	cli.Configure(ruleConfig(cp, defaultRule))
	cp.ResetRequests()
	cli.Plan().Expect(t, 2, existsWarning, "1 to add, 0 to change, 1 to destroy")
	cli.Apply().Expect(t, 1, "Unable to Replace Access Rule", "Access rule app/ci-pipeline/6/tenant/1001 (ID",
		fmt.Sprintf("cannot be replaced: access rule app/ci-pipeline/5/tenant/1001 already exists (ID %d)", blocker.ID), "Nothing was deleted.")
	acctest.Expect(t, cp.ExpectMutations(0))

	// The recorded blocker is of one plan only: neither a plan without the replacement
	// nor a destruction is refused.
	cli.Configure(ruleConfig(cp, tenantRule("role_id = 6")))
	cli.Plan().Expect(t, 0, "No changes.")
	cli.Configure(ruleConfig(cp, defaultRule))
	cp.DeleteAccessRule(blocker.ID)
	cli.Apply().Expect(t, 0, "1 added, 0 changed, 1 destroyed")
	acctest.Expect(t, cp.ExpectMutations(2))
	cli.Destroy().Expect(t, 0, "1 destroyed")
}

// After a blocked replacement was refused, the rule can be destroyed.
func TestAccAccessRule_BlockedReplacement_RuleCanBeDestroyed(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := applied(t, cp, ruleConfig(cp, tenantRule("role_id = 6")))
	blocker := createOutOfBand(cp)
	cli.Configure(ruleConfig(cp, defaultRule))
	cli.Apply().Expect(t, 1, "Unable to Replace Access Rule")
	cli.Destroy("-refresh=false").Expect(t, 0, "1 destroyed")
	if rest := cp.AccessRule(subject); rest == nil || rest.ID != blocker.ID {
		t.Errorf("the rules of the subject: %v, want only %v", rest, blocker)
	}
}

// A blocker that was deleted before the apply does not block it.
func TestAccAccessRule_BlockedReplacement_BlockerDeleted_Succeeds(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := applied(t, cp, ruleConfig(cp, tenantRule("role_id = 6")))
	blocker := createOutOfBand(cp)
	cli.Configure(ruleConfig(cp, defaultRule))
	cli.Plan("-out=plan").Expect(t, 2, existsWarning)
	cp.DeleteAccessRule(blocker.ID)
	cli.Run("apply", "-input=false", "-no-color", "plan").Expect(t, 0, "1 added, 0 changed, 1 destroyed")
	cli.Destroy().Expect(t, 0, "1 destroyed")
}

// If a replacement fails after the deletion, the error names the deleted rule.
func TestAccAccessRule_Replace_FailedCreate_NamesDeletedRule(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	for name, c := range map[string]struct {
		fail func(cp *acctest.ControlPlane)
		want string
	}{
		"Refused": {func(cp *acctest.ControlPlane) { cp.InjectFaultWith(acctest.CreateAccessRule, "status", 403, -1) }, "403 Forbidden"},
		"Taken": {func(cp *acctest.ControlPlane) {
			cp.OnCall(acctest.DeleteAccessRule, func() {
				cp.CreateAccessRule(mockserver.AccessRule{
					SubjectID: "cd-pipeline", SubjectType: "app", RoleID: role, ScopeType: "tenant", ScopeID: cp.TenantID(), CreatedBy: "jane@acme.example",
				})
			})
		}, "already exists"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			cli := cp.CLI(t)
			config := func(subjectID string) string {
				return cp.Config(fmt.Sprintf(`
resource "terraform_data" "subject" { input = %q }
resource "runai_access_rule" "test" {
  subject_id = terraform_data.subject.output
  role_id    = %d
  scope_type = "tenant"
}`, subjectID, role))
			}
			cli.Configure(config(subject))
			cli.Apply().Expect(t, 0, "2 added")
			c.fail(cp)
			cli.Configure(config("cd-pipeline"))
			cli.Apply().Expect(t, 1, c.want, "This apply has already deleted the rule that it replaces: access rule app/ci-pipeline/5/tenant/1001 (ID")
			acctest.Expect(t, activeRules(cp, 0))
		})
	}
}

// An apply that has deleted the rule never advises to import it.
func TestAccAccessRule_Exists_AfterOwnDeletion_NoImportHint(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := applied(t, cp, ruleConfig(cp, defaultRule))
	// Another principal creates the rule between the deletion and the create.
	cp.OnCall(acctest.CreateAccessRule, func() {
		if cp.AccessRule(subject) == nil {
			createOutOfBand(cp)
		}
	})
	result := cli.Apply("-replace=" + address)
	result.Expect(t, 1, "already exists (ID", "This run has deleted it", "Run terraform apply again.",
		"This apply has already deleted the rule that it replaces: access rule app/ci-pipeline/5/tenant/1001 (ID 2")
	result.ExpectNot(t, "import {")
}

// Only an apply that has deleted a rule says so.
func TestAccAccessRule_Create_Failure_NoReplacementHint(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cp.InjectFaultWith(acctest.CreateAccessRule, "status", 403, -1)
	cli.Configure(ruleConfig(cp, defaultRule))
	cli.Apply().Expect(t, 1, "403 Forbidden").ExpectNot(t, "has already deleted the rule")
}

func TestAccAccessRule_SubjectID_IsApplicationID_Warns(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	app := cp.CreateApplication(subject, "jane@acme.example")
	byID := ruleConfig(cp, fmt.Sprintf("subject_id = %q\nrole_id = %d\nscope_type = \"tenant\"", app.ID, role))
	const warning = "Subject Is the ID of an Application"
	cp.Test(
		resource.TestStep{Config: byID, Check: checkAll(cp.Warned(warning), cp.Warned(`subject_id = "ci-pipeline"`))},
		// Only a plan that changes the subject warns.
		resource.TestStep{PreConfig: cp.ForgetWarnings, Config: byID, ConfigPlanChecks: acctest.PreApply(plancheck.ExpectEmptyPlan()), Check: cp.NotWarned("")},
		resource.TestStep{Config: ruleConfig(cp, defaultRule), Check: cp.NotWarned(warning)},
		// A UUID that no application has causes no warning.
		resource.TestStep{
			Config: ruleConfig(cp, fmt.Sprintf("subject_id = \"3f7c0000-0000-4000-8000-000000000000\"\nrole_id = %d\nscope_type = \"tenant\"", role)),
			Check:  cp.NotWarned(warning),
		},
	)
}

// Terraform prints the warnings of a plan again after the apply, so they must not
// speak of the future.
func TestAccAccessRule_Warnings_StayTrueAfterApply(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	cp := acctest.New(t)
	app := cp.CreateApplication(subject, "jane@acme.example")
	byID := fmt.Sprintf("subject_id = %q\nrole_id = %d\nscope_type = \"tenant\"", app.ID, role)
	blocker := cp.CreateAccessRule(mockserver.AccessRule{
		SubjectID: app.ID, SubjectType: "app", RoleID: role, ScopeType: "tenant", ScopeID: cp.TenantID(), CreatedBy: "jane@acme.example",
	})
	cli := cp.CLI(t)
	cli.Configure(ruleConfig(cp, byID))
	// The other rule is deleted between the plan and the apply.
	cp.ResetRequests()
	cp.OnCall(acctest.ListAccessRules, func() {
		if cp.Calls(acctest.ListAccessRules) == 2 {
			cp.DeleteAccessRule(blocker.ID)
		}
	})
	result := cli.Apply()
	result.Expect(t, 0, "1 added")
	_, after, applied := strings.Cut(result.Output, "Creating...")
	if !applied {
		t.Fatalf("nothing was applied: %s", result.Output)
	}
	for _, want := range []string{
		"Subject Is the ID of an Application", `The subject of a rule is the client ID of the application: set subject_id = "ci-pipeline"`,
		existsWarning, "no resource that this run has read manages it",
	} {
		if !acctest.ErrorContains(want).MatchString(after) {
			t.Errorf("after the apply there is no %q: %s", want, after)
		}
	}
	for _, word := range []string{" will ", " would ", "this plan", "planned"} {
		if acctest.ErrorContains(word).MatchString(after) {
			t.Errorf("after the apply the warnings say %q: %s", word, after)
		}
	}
	cli.Destroy().Expect(t, 0, "1 destroyed")
}

func TestAccAccessRule_Create_LostResponse_Warns(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(
		resource.TestStep{
			PreConfig: func() { cp.InjectFault(acctest.CreateAccessRule, "drop-after", 1) },
			Config:    ruleConfig(cp, defaultRule),
			Check: checkAll(activeRules(cp, 1), cp.Warned("Lost Response to a Create"), func(*terraform.State) error {
				return cp.Warned(fmt.Sprintf("access rule app/ci-pipeline/5/tenant/%s (ID %d", cp.TenantID(), cp.AccessRule(subject).ID))(nil)
			}),
		},
		resource.TestStep{PreConfig: cp.ForgetWarnings, Config: ruleConfig(cp, tenantRule("role_id = 6")), Check: cp.NotWarned("")},
	)
}
