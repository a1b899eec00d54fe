package accessrule_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

const (
	address = "runai_access_rule.test"
	block   = `resource "runai_access_rule" "test"`
	subject = "ci-pipeline"
	role    = 5
)

// rule is a configuration with one rule that has these arguments.
func rule(cp *acctest.ControlPlane, arguments string) string {
	return cp.Config(block + " {\n" + arguments + "\n}\n")
}

// onTenant are the arguments of a rule on the tenant, and others.
func onTenant(others string) string {
	return fmt.Sprintf("subject_id = %q\nscope_type = \"tenant\"\n%s", subject, others)
}

// plain are the arguments of a rule without any surprise.
var plain = onTenant(fmt.Sprintf("role_id = %d", role))

// roleName is what the control plane calls the role of an id.
func roleName(t *testing.T, cp *acctest.ControlPlane, id int) string {
	t.Helper()
	for _, r := range cp.Roles() {
		if r.ID == id {
			return r.Name
		}
	}
	t.Fatalf("there is no role %d", id)
	return ""
}

// behindTheBack makes a rule like the one of plain.
func behindTheBack(cp *acctest.ControlPlane) mockserver.AccessRule {
	return cp.CreateAccessRule(mockserver.AccessRule{
		SubjectID: subject, SubjectType: "app", RoleID: role, ScopeType: "tenant", ScopeID: cp.TenantID(), CreatedBy: "jane@acme.example",
	})
}

func has(attribute string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), value)
}

func plans(attribute string, value knownvalue.Check) plancheck.PlanCheck {
	return plancheck.ExpectKnownValue(address, tfjsonpath.New(attribute), value)
}

func before(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: checks}
}

// thenEmpty are checks of a plan, after whose apply another plan is empty.
func thenEmpty(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{
		PreApply:             checks,
		PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
	}
}

// noChange is a step whose configuration plans nothing.
func noChange(config string) resource.TestStep {
	return resource.TestStep{Config: config, ConfigPlanChecks: before(plancheck.ExpectEmptyPlan())}
}

// tainted checks whether the rule in state is.
func tainted(want bool) resource.TestCheckFunc {
	return func(s *terraform.State) error {
		r, ok := s.RootModule().Resources[address]
		if !ok {
			return fmt.Errorf("%s is not in the state", address)
		}
		if r.Primary.Tainted != want {
			return fmt.Errorf("tainted is %t, want %t", r.Primary.Tainted, want)
		}
		return nil
	}
}

// living checks how many living rules the subject of plain has.
func living(cp *acctest.ControlPlane, want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		got := 0
		for _, rule := range cp.State().AccessRules {
			if rule.SubjectID == subject && rule.DeletedAt == nil {
				got++
			}
		}
		if got != want {
			return fmt.Errorf("%s has %d access rules, want %d", subject, got, want)
		}
		return nil
	}
}

var all = resource.ComposeAggregateTestCheckFunc
