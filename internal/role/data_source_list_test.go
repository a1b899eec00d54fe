package role_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// listed is a configuration with a list, and its names as an output.
func listed(cp *acctest.ControlPlane, arguments string) string {
	return cp.Config(fmt.Sprintf(`
data "runai_roles" "test" {
  %s
}
output "names" { value = data.runai_roles.test.roles[*].name }`, arguments))
}

// names checks the output.
func names(want ...string) []statecheck.StateCheck {
	checks := make([]knownvalue.Check, 0, len(want))
	for _, name := range want {
		checks = append(checks, knownvalue.StringExact(name))
	}
	return []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("names", knownvalue.ListExact(checks))}
}

func TestAccRoles_All_OrderedByName(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.AddRole("A role of our own", true)
	var want []string
	for _, r := range cp.Roles() {
		want = append(want, r.Name)
	}
	slices.Sort(want)
	cp.Test(resource.TestStep{
		Config:            listed(cp, ``),
		ConfigStateChecks: append(names(want...), cp.HoldsNoSecret()),
		ConfigPlanChecks: resource.ConfigPlanChecks{
			PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
		},
	})
}

func TestAccRoles_EachIsTheSameAsByItself(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.AddRole("Notebook user", false)
	cp.Test(resource.TestStep{
		Config: listed(cp, `search = "NOTEBOOK"`) + `
data "runai_role" "test" { name = "Notebook user" }
output "same" { value = data.runai_roles.test.roles[0] == data.runai_role.test }`,
		ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("same", knownvalue.Bool(true))},
	})
}

func TestAccRoles_Search_InName_IgnoresCase(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.AddRole("Notebook user", true)
	cp.AddRole("GPU notebook owner", true)
	cp.Test(resource.TestStep{
		Config:            listed(cp, `search = "noteBOOK"`),
		ConfigStateChecks: names("GPU notebook owner", "Notebook user"),
	})
}

func TestAccRoles_Search_InDescription(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.AddRole("Zero", true)
	cp.Test(resource.TestStep{
		Config:            listed(cp, `search = "custom ROLE"`),
		ConfigStateChecks: names("Zero"),
	})
}

func TestAccRoles_NoneFits_IsAnEmptyList(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(resource.TestStep{
		Config:            listed(cp, `search = "no such role"`),
		ConfigStateChecks: names(),
	})
}

func TestAccRoles_501_AllAreListed(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	var want []string
	for i := range 501 {
		want = append(want, cp.AddRole(fmt.Sprintf("Role %03d", i), true).Name)
	}
	route, requests := list(cp)
	cp.Test(resource.TestStep{
		Config:            listed(cp, `search = "role 0"`),
		ConfigStateChecks: names(want[:100]...),
		Check:             cp.ExpectCallsPerRun("GET", route, requests),
	})
}
