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

const takenWarning = "Access Rule Is Taken"

// A rule that this configuration does not manage is a warning of the plan, with the
// import block, and an error of the apply.
func TestAccAccessRule_Taken_ThePlanWarns(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	existing := createOutOfBand(cp)
	cli := cp.CLI(t)
	cli.Configure(ruleConfig(cp, defaultRule))
	cp.ResetRequests()
	cli.Plan().Expect(t, 2, takenWarning, "1 to add", importBlock(existing.ID))
	cli.Apply().Expect(t, 1, "Unable to Create Access Rule", "already exists (ID", importBlock(existing.ID))
	acctest.Expect(t, cp.ExpectMutations(0))

	// A rule that is not taken is no reason for a warning.
	cli.Configure(ruleConfig(cp, tenantRule("role_id = 6")))
	cli.Apply().Expect(t, 0, "1 added").ExpectNot(t, takenWarning)
	acctest.Expect(t, cp.ExpectMutations(1))
}

// The resource's own rule is no reason for a warning, whatever replaces it.
func TestAccAccessRule_Taken_ByTheOwnRuleIsNoWarning(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := applied(t, cp, ruleConfig(cp, defaultRule))
	const replaced = "1 to add, 0 to change, 1 to destroy"
	cli.Plan("-replace="+address).Expect(t, 2, replaced).ExpectNot(t, takenWarning)
	cli.Run("taint", address).Expect(t, 0)
	cli.Plan().Expect(t, 2, replaced).ExpectNot(t, takenWarning)
	cli.Run("untaint", address).Expect(t, 0)
	cli.Configure(ruleConfig(cp, defaultRule+fmt.Sprintf("\ncluster_id = %q", cp.Clusters()[0].ID)))
	cli.Plan().Expect(t, 2, replaced).ExpectNot(t, takenWarning)
}

// twoRules returns a configuration with two rules.
func twoRules(cp *acctest.ControlPlane, first, second string) string {
	return cp.Config(fmt.Sprintf("resource \"runai_access_rule\" \"first\" {\n%s\n}\nresource \"runai_access_rule\" \"second\" {\n%s\n}\n", first, second))
}

func TestAccAccessRule_Exists_TwoResourcesOfOneRule(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cli.Configure(twoRules(cp, defaultRule, defaultRule))
	cli.Apply().Expect(t, 1, "already exists (ID", "Another resource of this configuration has created it in this run. Remove one of the two.")
	acctest.Expect(t, activeRules(cp, 1))
	cli.Destroy().Expect(t, 0, "1 destroyed")
}

// A block that is renamed without moved: Terraform creates the rule under its new
// address and deletes it under the old one, in any order.
func TestAccAccessRule_Exists_ARenamedBlockNeedsMoved(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := applied(t, cp, ruleConfig(cp, defaultRule))

	renamed := cp.Config("resource \"runai_access_rule\" \"renamed\" {\n" + defaultRule + "\n}\n")
	cli.Configure(renamed)
	// The create comes first: the deletion fails.
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

// create_before_destroy works where the values change, and not where they stay.
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

// A replacement that the plan sees failing deletes nothing.
func TestAccAccessRule_Exists_AReplacementThatIsTakenDeletesNothing(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := applied(t, cp, ruleConfig(cp, tenantRule("role_id = 6")))
	blocker := createOutOfBand(cp)

	cli.Configure(ruleConfig(cp, defaultRule))
	cp.ResetRequests()
	cli.Plan().Expect(t, 2, takenWarning, "1 to add, 0 to change, 1 to destroy")
	cli.Apply().Expect(t, 1, "Unable to Replace Access Rule", "Access rule app/ci-pipeline/6/tenant/1001 (ID",
		fmt.Sprintf("cannot be replaced: access rule app/ci-pipeline/5/tenant/1001 already exists (ID %d)", blocker.ID), "Nothing was deleted.")
	acctest.Expect(t, cp.ExpectMutations(0))

	// The mark does not outlive its plan: neither a destruction nor a plan without the
	// replacement is refused.
	cli.Configure(ruleConfig(cp, tenantRule("role_id = 6")))
	cli.Plan().Expect(t, 0, "No changes.")
	cli.Configure(ruleConfig(cp, defaultRule))
	cp.DeleteAccessRule(blocker.ID)
	cli.Apply().Expect(t, 0, "1 added, 0 changed, 1 destroyed")
	acctest.Expect(t, cp.ExpectMutations(2))
	cli.Destroy().Expect(t, 0, "1 destroyed")
}

// A blocked replacement that was refused leaves a rule that can be destroyed.
func TestAccAccessRule_Exists_ARefusedReplacementCanBeDestroyed(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := applied(t, cp, ruleConfig(cp, tenantRule("role_id = 6")))
	blocker := createOutOfBand(cp)
	cli.Configure(ruleConfig(cp, defaultRule))
	cli.Apply().Expect(t, 1, "Unable to Replace Access Rule")
	cli.Destroy("-refresh=false").Expect(t, 0, "1 destroyed")
	if rest := cp.AccessRule(subject); rest == nil || rest.ID != blocker.ID {
		t.Errorf("there is %v, want %v alone", rest, blocker)
	}
}

// A blocker that is gone by the time of the apply blocks nothing.
func TestAccAccessRule_Exists_ABlockerThatIsGoneBlocksNothing(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := applied(t, cp, ruleConfig(cp, tenantRule("role_id = 6")))
	blocker := createOutOfBand(cp)
	cli.Configure(ruleConfig(cp, defaultRule))
	cli.Plan("-out=plan").Expect(t, 2, takenWarning)
	cp.DeleteAccessRule(blocker.ID)
	cli.Run("apply", "-input=false", "-no-color", "plan").Expect(t, 0, "1 added, 0 changed, 1 destroyed")
	cli.Destroy().Expect(t, 0, "1 destroyed")
}

// A replacement that fails where nobody could see it says what is gone.
func TestAccAccessRule_Replace_AFailedCreateSaysWhatIsGone(t *testing.T) {
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

// An apply that has deleted the rule itself never advises to import it.
func TestAccAccessRule_Exists_AfterTheOwnDeletionIsNoImport(t *testing.T) {
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

func TestAccAccessRule_SubjectID_ThatIsTheIDOfAnApplication(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	app := cp.CreateApplication(subject, "jane@acme.example")
	byID := ruleConfig(cp, fmt.Sprintf("subject_id = %q\nrole_id = %d\nscope_type = \"tenant\"", app.ID, role))
	const warning = "Subject Is the ID of an Application"
	cp.Test(
		resource.TestStep{Config: byID, Check: checkAll(cp.Warned(warning), cp.Warned(`subject_id = "ci-pipeline"`))},
		// It is a warning of the change, and not of every plan.
		resource.TestStep{PreConfig: cp.ForgetWarnings, Config: byID, ConfigPlanChecks: preApply(plancheck.ExpectEmptyPlan()), Check: cp.NotWarned("")},
		resource.TestStep{Config: ruleConfig(cp, defaultRule), Check: cp.NotWarned(warning)},
		// A UUID that no application has may be anything.
		resource.TestStep{
			Config: ruleConfig(cp, fmt.Sprintf("subject_id = \"3f7c0000-0000-4000-8000-000000000000\"\nrole_id = %d\nscope_type = \"tenant\"", role)),
			Check:  cp.NotWarned(warning),
		},
	)
}

// Terraform prints the warnings of a plan again after the apply.
func TestAccAccessRule_Warnings_ReadCorrectlyWhenPrintedAgain(t *testing.T) {
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
	// The other rule goes away between the plan and the apply.
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
		takenWarning, "no resource that this run has read manages it",
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

func TestAccAccessRule_Create_ALostResponseIsAWarning(t *testing.T) {
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
