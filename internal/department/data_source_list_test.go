package department_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// listed is a configuration with a list, and its ids as an output.
func listed(cp *acctest.ControlPlane, arguments string) string {
	return cp.Config(fmt.Sprintf(`
data "runai_departments" "test" {
  %s
}
output "ids" { value = data.runai_departments.test.departments[*].id }`, arguments))
}

// ids checks the output.
func ids(want ...mockserver.Department) []statecheck.StateCheck {
	checks := make([]knownvalue.Check, 0, len(want))
	for _, department := range want {
		checks = append(checks, knownvalue.StringExact(department.ID))
	}
	return []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("ids", knownvalue.ListExact(checks))}
}

func TestAccDepartments_All_OrderedByNameThenID(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	a, b := cp.Departments()[0], cp.Departments()[1] // the id of b is the smaller one
	added := cp.AddDepartment("another", b.ClusterID)
	cp.Test(resource.TestStep{
		Config:            listed(cp, ``),
		ConfigStateChecks: append(ids(added, b, a), cp.HoldsNoSecret()),
		ConfigPlanChecks: resource.ConfigPlanChecks{
			PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
		},
	})
}

func TestAccDepartments_EachIsTheSameAsByItself(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.AddDepartment("another", cp.Clusters()[1].ID)
	cp.Test(resource.TestStep{
		Config: listed(cp, ``) + `
data "runai_department" "test" { name = "another" }
output "same" { value = data.runai_departments.test.departments[0] == data.runai_department.test }`,
		ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("same", knownvalue.Bool(true))},
	})
}

func TestAccDepartments_Filters_NarrowTogether(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	a, b := cp.Departments()[0], cp.Departments()[1]
	inA, inB := cp.AddDepartment("Research", a.ClusterID), cp.AddDepartment("Research", b.ClusterID)
	first, second := inA, inB
	if inB.ID < inA.ID {
		first, second = inB, inA
	}
	cp.Test(
		resource.TestStep{Config: listed(cp, `search = "SEARCH"`), ConfigStateChecks: ids(first, second)},
		resource.TestStep{Config: listed(cp, fmt.Sprintf(`cluster_id = %q`, a.ClusterID)), ConfigStateChecks: ids(inA, a)},
		resource.TestStep{
			Config:            listed(cp, fmt.Sprintf("search = \"SEARCH\"\n  cluster_id = %q", b.ClusterID)),
			ConfigStateChecks: ids(inB),
		},
		resource.TestStep{Config: listed(cp, `cluster_id = "no-such-cluster"`), ConfigStateChecks: ids()},
	)
}

func TestAccDepartments_501_AllAreListed(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	var want []mockserver.Department
	for i := range 501 {
		want = append(want, cp.AddDepartment(fmt.Sprintf("department-%03d", i), cp.Clusters()[0].ID))
	}
	cp.Test(resource.TestStep{
		Config:            listed(cp, `search = "MENT-"`),
		ConfigStateChecks: ids(want...),
		Check:             cp.ExpectCallsPerRun("GET", route, 2),
	})
}
