package project_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// listed is a configuration with a list, and its ids as an output.
func listed(cp *acctest.ControlPlane, arguments string) string {
	return cp.Config(fmt.Sprintf(`
data "runai_projects" "test" {
  %s
}
output "ids" { value = data.runai_projects.test.projects[*].id }`, arguments))
}

// ids checks the output.
func ids(want ...string) []statecheck.StateCheck {
	checks := make([]knownvalue.Check, 0, len(want))
	for _, id := range want {
		checks = append(checks, knownvalue.StringExact(id))
	}
	return []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("ids", knownvalue.ListExact(checks))}
}

func TestAccProjects_All_OrderedByNameThenID(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(resource.TestStep{
		Config:            listed(cp, ``),
		ConfigStateChecks: append(ids("12", "22", "13", "23", "21", "11"), cp.HoldsNoSecret()),
		ConfigPlanChecks: resource.ConfigPlanChecks{
			PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
		},
	})
}

func TestAccProjects_EachIsTheSameAsByItself(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(resource.TestStep{
		Config: listed(cp, ``) + `
data "runai_project" "test" { name = "language" }
output "same" { value = data.runai_projects.test.projects[0] == data.runai_project.test }`,
		ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("same", knownvalue.Bool(true))},
	})
}

func TestAccProjects_Filters_NarrowTogether(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	a, b := cp.Departments()[0], cp.Departments()[1]
	inA := cp.AddDepartment("another", a.ClusterID)
	added := cp.AddProject("shared", inA.ID)
	cp.Test(
		resource.TestStep{Config: listed(cp, `search = "UAGE"`), ConfigStateChecks: ids("12")},
		resource.TestStep{Config: listed(cp, `name = "shared"`), ConfigStateChecks: ids(added.ID, "13", "23")},
		resource.TestStep{Config: listed(cp, `name = "Shared"`), ConfigStateChecks: ids()},
		resource.TestStep{Config: listed(cp, `id = "22"`), ConfigStateChecks: ids("22")},
		resource.TestStep{Config: listed(cp, fmt.Sprintf(`cluster_id = %q`, a.ClusterID)), ConfigStateChecks: ids("12", added.ID, "13", "11")},
		resource.TestStep{Config: listed(cp, fmt.Sprintf(`department_id = %q`, a.ID)), ConfigStateChecks: ids("12", "13", "11")},
		resource.TestStep{
			Config:            listed(cp, fmt.Sprintf("name = \"shared\"\n  cluster_id = %q\n  department_id = %q", a.ClusterID, inA.ID)),
			ConfigStateChecks: ids(added.ID),
		},
		resource.TestStep{
			Config:            listed(cp, fmt.Sprintf("name = \"shared\"\n  cluster_id = %q\n  department_id = %q", a.ClusterID, b.ID)),
			ConfigStateChecks: ids(),
		},
	)
}

func TestAccProjects_501_AllAreListed(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	fill(cp, 501)
	cp.Test(resource.TestStep{
		Config: listed(cp, `search = "PROJECT-"`) + `
output "count" { value = length(data.runai_projects.test.projects) }`,
		ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("count", knownvalue.Int64Exact(501))},
		Check:             cp.ExpectCallsPerRun("GET", route, 2),
	})
}
