package project_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

const (
	address   = "data.runai_project.test"
	block     = `data "runai_project" "test"`
	listBlock = `data "runai_projects" "test"`
)

// lookup is what the data source for one object looks up, and by what.
var lookup = acctest.Lookup{
	Object:    "project",
	Arguments: []string{"name", "id"},
	Add: func(cp *acctest.ControlPlane, name string) string {
		return cp.AddProject(name, cp.Departments()[0].ID).ID
	},
	Calls:    []acctest.Call{acctest.ListProjects, acctest.ReadProject},
	Requests: func(*acctest.ControlPlane) int { return 1 },
}

func TestProject_Lookup(t *testing.T) {
	t.Parallel()
	lookup.Run(t)
}

func TestAccProject_Lookup(t *testing.T) {
	t.Parallel()
	lookup.RunCLI(t)
}

func config(cp *acctest.ControlPlane, arguments string) string {
	return cp.Config(fmt.Sprintf("%s {\n  %s\n}", block, arguments))
}

// named is the project of a name, the first where it is in both clusters.
func named(cp *acctest.ControlPlane, name string) mockserver.Project {
	for _, p := range cp.Projects() {
		if p.Name == name {
			return p
		}
	}
	panic("no project " + name)
}

func hasAttributes(project mockserver.Project) resource.TestCheckFunc {
	return resource.ComposeAggregateTestCheckFunc(
		resource.TestCheckResourceAttr(address, "id", project.ID),
		resource.TestCheckResourceAttr(address, "name", project.Name),
		resource.TestCheckResourceAttr(address, "cluster_id", project.ClusterID),
		resource.TestCheckResourceAttr(address, "department_id", project.DepartmentID),
		resource.TestCheckResourceAttr(address, "phase", project.Phase),
	)
}

func TestAccProject_EveryAttribute(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	comma := cp.AddProject("this, that", cp.Departments()[0].ID) // what a filter of the API cannot hold
	cp.Test(
		resource.TestStep{Config: config(cp, `name = "vision"`), Check: hasAttributes(named(cp, "vision"))},
		resource.TestStep{Config: config(cp, `name = "this, that"`), Check: hasAttributes(comma)},
	)
}

func TestAccProject_ByID_IsOneRequest(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	wanted := named(cp, "speech")
	cp.Test(resource.TestStep{
		Config: config(cp, fmt.Sprintf(`id = %q`, wanted.ID)),
		Check: resource.ComposeAggregateTestCheckFunc(
			hasAttributes(wanted),
			cp.ExpectCallsPerRunOf(acctest.ReadProject, 1),
			cp.ExpectCalls(acctest.ListProjects, 0),
			cp.ExpectCalls(acctest.ListClusters, 0),
		),
	})
}

func TestAccProject_Ambiguous_ClusterOrDepartmentChooses(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	a, b := cp.Projects()[2], cp.Projects()[5] // both are called shared
	cp.Test(
		resource.TestStep{
			Config: config(cp, `name = "shared"`),
			ExpectError: acctest.ErrorAtAttribute(block, "name", fmt.Sprintf(
				`2 projects have the name "shared" on %s: ID 13 in cluster cluster-a (%s), department %s, ID 23 in cluster cluster-b (%s), department %s; add cluster_id or department_id, or use the ID, to choose one.`,
				cp.URL, a.ClusterID, a.DepartmentID, b.ClusterID, b.DepartmentID)),
		},
		resource.TestStep{
			Config: config(cp, fmt.Sprintf("name = \"shared\"\n  cluster_id = %q", a.ClusterID)),
			Check:  hasAttributes(a),
		},
		resource.TestStep{
			Config: config(cp, fmt.Sprintf("name = \"shared\"\n  department_id = %q", b.DepartmentID)),
			Check:  hasAttributes(b),
		},
	)
}

func TestAccProject_NotFound_InADepartment(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	b := cp.Departments()[1]
	cp.Test(
		resource.TestStep{
			Config:      config(cp, `name = "visoin"`),
			ExpectError: acctest.ErrorAtAttribute(block, "name", `Did you mean "vision"? Available: language, robotics, shared in cluster cluster-a (`),
		},
		resource.TestStep{
			Config: config(cp, fmt.Sprintf("name = \"vision\"\n  cluster_id = %q\n  department_id = %q", b.ClusterID, b.ID)),
			ExpectError: acctest.ErrorAtAttribute(block, "name", fmt.Sprintf(
				`There is no project with the name "vision" in cluster cluster-b (%s) in department %s on %s. Available: robotics, shared, speech.`, b.ClusterID, b.ID, cp.URL)),
		},
		resource.TestStep{
			Config: config(cp, `id = "4711"`),
			ExpectError: acctest.ErrorAtAttribute(block, "id", fmt.Sprintf(
				`Available: 11 (vision), 12 (language), 13 (shared in cluster cluster-a (%s), department %s), 21 (speech)`, cp.Clusters()[0].ID, cp.Departments()[0].ID)),
		},
	)
}

func TestAccProject_WrongFilter_IsOnThatArgument(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	vision, a, b := named(cp, "vision"), cp.Departments()[0], cp.Departments()[1]
	cp.Test(
		resource.TestStep{
			Config:      config(cp, "name = \"vision\"\n  cluster_id = \"cluster-a\""),
			ExpectError: acctest.ErrorAtAttribute(block, "cluster_id", `cluster_id is a UUID; data.runai_cluster finds it by name.`),
		},
		resource.TestStep{
			Config:      config(cp, "name = \"vision\"\n  department_id = \"4711\""),
			ExpectError: acctest.ErrorAtAttribute(block, "department_id", `There is no department with the ID "4711" on `+cp.URL),
		},
		resource.TestStep{
			Config:      config(cp, "name = \"vision\"\n  department_id = \"default\""),
			ExpectError: acctest.ErrorAtAttribute(block, "department_id", `department_id is an ID; data.runai_department finds it by name.`),
		},
		// A department of another cluster: nothing can match.
		resource.TestStep{
			Config: config(cp, fmt.Sprintf("name = \"vision\"\n  cluster_id = %q\n  department_id = %q", a.ClusterID, b.ID)),
			ExpectError: acctest.ErrorAtAttribute(block, "cluster_id", fmt.Sprintf(
				`The department "default" (ID %s) is in cluster cluster-b (%s), not in %s`, b.ID, b.ClusterID, a.ClusterID)),
		},
		resource.TestStep{
			Config: config(cp, fmt.Sprintf("id = \"11\"\n  cluster_id = %q", b.ClusterID)),
			ExpectError: acctest.ErrorAtAttribute(block, "cluster_id", fmt.Sprintf(
				`The project "vision" (ID 11) is in cluster cluster-a (%s), not in %s, on %s.`, a.ClusterID, b.ClusterID, cp.URL)),
		},
		resource.TestStep{
			Config: config(cp, fmt.Sprintf("id = \"11\"\n  department_id = %q", b.ID)),
			ExpectError: acctest.ErrorAtAttribute(block, "department_id", fmt.Sprintf(
				`The project "vision" (ID 11) is in department %s, not in %s`, a.ID, b.ID)),
		},
		resource.TestStep{
			Config:      cp.Config(listBlock + " {\n  cluster_id = \"cluster-a\"\n}"),
			ExpectError: acctest.ErrorAtAttribute(listBlock, "cluster_id", `cluster_id is a UUID; data.runai_cluster finds it by name.`),
		},
		resource.TestStep{
			Config:      cp.Config(listBlock + " {\n  department_id = \"default\"\n}"),
			ExpectError: acctest.ErrorAtAttribute(listBlock, "department_id", `department_id is an ID; data.runai_department finds it by name.`),
		},
		resource.TestStep{
			Config: config(cp, fmt.Sprintf("id = \"11\"\n  cluster_id = %q\n  department_id = %q", vision.ClusterID, vision.DepartmentID)),
			Check:  hasAttributes(vision),
		},
	)
}

// A caller who may not see clusters or departments can filter by them all the same.
func TestAccProject_Filter_OfWhatTheCallerMayNotSee(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	for _, call := range []acctest.Call{acctest.ListClusters, acctest.ListDepartments, acctest.ReadDepartment} {
		cp.InjectFaultWith(call, "status", 403, -1)
	}
	vision := named(cp, "vision")
	cp.Test(
		resource.TestStep{
			Config: config(cp, fmt.Sprintf("name = \"vision\"\n  cluster_id = %q\n  department_id = %q", vision.ClusterID, vision.DepartmentID)),
			Check:  hasAttributes(vision),
		},
		resource.TestStep{
			Config:      config(cp, fmt.Sprintf("name = \"vision\"\n  cluster_id = %q", "d6b2a0b4-0000-4822-adf5-55ce55efd210")),
			ExpectError: acctest.ErrorAtAttribute(block, "name", `There is no project with the name "vision" in cluster d6b2a0b4`),
		},
	)
}

func TestAccProject_ByName_Among501_InAnotherCase_TakesAllPages(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	var last mockserver.Project
	for i := range 501 {
		last = cp.AddProject(fmt.Sprintf("project-%03d", i), cp.Departments()[0].ID)
	}
	cp.Test(resource.TestStep{
		Config: config(cp, `name = "PROJECT-500"`),
		Check:  resource.ComposeAggregateTestCheckFunc(hasAttributes(last), cp.ExpectCallsPerRunOf(acctest.ListProjects, 3)),
	})
}

func TestAccProject_Many_ByID_ShareOneList(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(resource.TestStep{
		Config: cp.Config(`
data "runai_project" "test" {
  count = 6
  id    = ["11", "12", "13", "21", "22", "23"][count.index]
}`),
		Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttr(address+".5", "name", "shared"),
			cp.ExpectCallsPerRunOf(acctest.ListProjects, 1),
		),
	})
}

func TestAccProjects_Filters_NarrowTogether(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	a := cp.Departments()[0]
	inA := cp.AddDepartment("another", a.ClusterID)
	added := cp.AddProject("shared", inA.ID) // its ID is 101 or so: IDs are sorted as numbers
	listed := func(arguments string, want ...string) resource.TestStep {
		checks := make([]knownvalue.Check, 0, len(want))
		for _, id := range want {
			checks = append(checks, knownvalue.StringExact(id))
		}
		return resource.TestStep{
			Config: cp.Config(fmt.Sprintf(`
%s {
  %s
}
output "ids" { value = data.runai_projects.test.projects[*].id }`, listBlock, arguments)),
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("ids", knownvalue.ListExact(checks))},
		}
	}
	if len(added.ID) != 3 {
		t.Fatalf("the ID %s is not above those of the others", added.ID)
	}
	cp.Test(
		listed(``, "12", "22", "13", "23", added.ID, "21", "11"),
		listed(`search = "UAGE"`, "12"),
		listed(`name = "shared"`, "13", "23", added.ID),
		listed(`name = "Shared"`),
		listed(`id = "22"`, "22"),
		listed(fmt.Sprintf(`cluster_id = %q`, a.ClusterID), "12", "13", added.ID, "11"),
		listed(fmt.Sprintf(`department_id = %q`, a.ID), "12", "13", "11"),
		listed(fmt.Sprintf("name = \"shared\"\n  cluster_id = %q\n  department_id = %q", a.ClusterID, inA.ID), added.ID),
		listed(fmt.Sprintf("name = \"vision\"\n  department_id = %q", inA.ID)),
	)
}
