package accessrule_test

import (
	"fmt"

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

// ruleConfig returns a configuration with one rule that has these arguments.
func ruleConfig(cp *acctest.ControlPlane, arguments string) string {
	return cp.Config(block + " {\n" + arguments + "\n}\n")
}

// tenantRule returns the arguments of a rule on the tenant, and others.
func tenantRule(others string) string {
	return fmt.Sprintf("subject_id = %q\nscope_type = \"tenant\"\n%s", subject, others)
}

// defaultRule is the arguments of the rule that most tests create.
var defaultRule = tenantRule(fmt.Sprintf("role_id = %d", role))

// createOutOfBand creates a rule like that of defaultRule, as another principal.
func createOutOfBand(cp *acctest.ControlPlane) mockserver.AccessRule {
	return cp.CreateAccessRule(mockserver.AccessRule{
		SubjectID: subject, SubjectType: "app", RoleID: role, ScopeType: "tenant", ScopeID: cp.TenantID(), CreatedBy: "jane@acme.example",
	})
}

func stateHas(attribute string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), value)
}

func planHas(attribute string, value knownvalue.Check) plancheck.PlanCheck {
	return plancheck.ExpectKnownValue(address, tfjsonpath.New(attribute), value)
}

// expectNoChange returns a step whose configuration plans no change.
func expectNoChange(config string) resource.TestStep {
	return resource.TestStep{Config: config, ConfigPlanChecks: acctest.PreApply(plancheck.ExpectEmptyPlan())}
}

// isTainted checks whether the rule in state is tainted.
func isTainted(want bool) resource.TestCheckFunc {
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

// activeRules checks how many active rules the subject of defaultRule has.
func activeRules(cp *acctest.ControlPlane, want int) resource.TestCheckFunc {
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

var checkAll = resource.ComposeAggregateTestCheckFunc
