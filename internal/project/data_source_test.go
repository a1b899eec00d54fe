package project_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

const (
	address = "data.runai_project.test"
	block   = `data "runai_project" "test"`
	route   = "/api/v1/org-unit/projects"
)

// lookup is a configuration with one look-up.
func lookup(cp *acctest.ControlPlane, arguments string) string {
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

// is checks all that is told of a project.
func is(project mockserver.Project) resource.TestCheckFunc {
	return resource.ComposeAggregateTestCheckFunc(
		resource.TestCheckResourceAttr(address, "id", project.ID),
		resource.TestCheckResourceAttr(address, "name", project.Name),
		resource.TestCheckResourceAttr(address, "cluster_id", project.ClusterID),
		resource.TestCheckResourceAttr(address, "department_id", project.DepartmentID),
		resource.TestCheckResourceAttr(address, "phase", project.Phase),
	)
}

func TestAccProject_ByName_Exact(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.AddProject("VISION", cp.Departments()[1].ID) // the exact name goes before another letter case
	cp.Test(resource.TestStep{
		Config: lookup(cp, `name = "vision"`),
		Check:  resource.ComposeAggregateTestCheckFunc(is(named(cp, "vision")), cp.ExpectCallsPerRun("GET", route, 1)),
	})
}

func TestAccProject_ByName_IgnoresCase(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(resource.TestStep{
		Config: lookup(cp, `name = "Robotics"`),
		Check:  is(named(cp, "robotics")),
	})
}

func TestAccProject_ByName_WithAComma(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	added := cp.AddProject("this, that", cp.Departments()[0].ID) // what a filter of the API cannot hold
	cp.Test(resource.TestStep{
		Config: lookup(cp, `name = "this, that"`),
		Check:  is(added),
	})
}

func TestAccProject_ByID(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	wanted := named(cp, "speech")
	cp.Test(resource.TestStep{
		Config: lookup(cp, fmt.Sprintf(`id = %q`, wanted.ID)),
		Check:  resource.ComposeAggregateTestCheckFunc(is(wanted), cp.ExpectCallsPerRun("GET", route+"/{id}", 1)),
	})
}

func TestAccProject_ByName_Ambiguous_ClusterOrDepartmentTellsWhich(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	a, b := cp.Projects()[2], cp.Projects()[5] // both are called shared
	cp.Test(
		resource.TestStep{
			Config: lookup(cp, `name = "shared"`),
			ExpectError: acctest.ErrorAtAttribute(block, "name", fmt.Sprintf(
				`2 projects have the name "shared": id %s in cluster %s, department %s, id %s in cluster %s, department %s; add cluster_id or department_id, or use the id, to say which.`,
				a.ID, a.ClusterID, a.DepartmentID, b.ID, b.ClusterID, b.DepartmentID)),
		},
		resource.TestStep{
			Config: lookup(cp, fmt.Sprintf("name = \"shared\"\n  cluster_id = %q", a.ClusterID)),
			Check:  is(a),
		},
		resource.TestStep{
			Config: lookup(cp, fmt.Sprintf("name = \"shared\"\n  department_id = %q", b.DepartmentID)),
			Check:  is(b),
		},
	)
}

func TestAccProject_ByName_None_ShowsTheClosestAndAll(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	b := cp.Departments()[1]
	cp.Test(
		resource.TestStep{
			Config: lookup(cp, `name = "visoin"`),
			ExpectError: acctest.ErrorAtAttribute(block, "name",
				`There is no project with the name "visoin". Did you mean "vision"? There are: language, robotics, shared, shared, speech, vision.`),
		},
		resource.TestStep{
			Config:      lookup(cp, `name = "visoin"`),
			ExpectError: acctest.ErrorContains(`The data source runai_projects shows all of them that there are.`),
		},
		resource.TestStep{
			Config: lookup(cp, fmt.Sprintf("name = \"vision\"\n  cluster_id = %q\n  department_id = %q", b.ClusterID, b.ID)),
			ExpectError: acctest.ErrorAtAttribute(block, "name", fmt.Sprintf(
				`There is no project with the name "vision" in cluster %s in department %s. There are: robotics, shared, speech.`, b.ClusterID, b.ID)),
		},
	)
}

func TestAccProject_ByName_None_Among501_ShowsTheFirst50(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	for i := range 495 {
		cp.AddProject(fmt.Sprintf("project-%03d", i), cp.Departments()[0].ID)
	}
	cp.Test(resource.TestStep{
		Config:      lookup(cp, `name = "no such"`),
		ExpectError: acctest.ErrorContains(`The first 50 of 501: language, project-000,`),
	})
}

func TestAccProject_ByID_None_ShowsAll(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(resource.TestStep{
		Config:      lookup(cp, `id = "4711"`),
		ExpectError: acctest.ErrorAtAttribute(block, "id", `There is no project with the id "4711". There are: 11 (vision), 12 (language), 13 (shared), `),
	})
}

func TestAccProject_ByID_Elsewhere_IsNotFound(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	vision, other := named(cp, "vision"), cp.Departments()[1]
	cp.Test(
		resource.TestStep{
			Config: lookup(cp, fmt.Sprintf("id = %q\n  cluster_id = %q", vision.ID, other.ClusterID)),
			ExpectError: acctest.ErrorAtAttribute(block, "id", fmt.Sprintf(
				`There is no project with the id "11" in cluster %s. There are: 21 (speech), 22 (robotics), 23 (shared).`, other.ClusterID)),
		},
		resource.TestStep{
			Config: lookup(cp, fmt.Sprintf("id = %q\n  department_id = %q", vision.ID, other.ID)),
			ExpectError: acctest.ErrorAtAttribute(block, "id", fmt.Sprintf(
				`There is no project with the id "11" in department %s.`, other.ID)),
		},
		resource.TestStep{
			Config: lookup(cp, fmt.Sprintf("id = %q\n  cluster_id = %q\n  department_id = %q", vision.ID, vision.ClusterID, vision.DepartmentID)),
			Check:  is(vision),
		},
	)
}

func TestAccProject_NeedsNameOrID(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	const only = `Exactly one of these attributes must be configured: [name,id]`
	cp.Test(
		resource.TestStep{Config: lookup(cp, ``), ExpectError: acctest.ErrorContains(only)},
		resource.TestStep{Config: lookup(cp, "name = \"a\"\n  id = \"b\""), ExpectError: acctest.ErrorContains(only)},
		resource.TestStep{Config: lookup(cp, `id = ""`), ExpectError: acctest.ErrorAtAttribute(block, "id", `string length must be at least 1`)},
	)
}

func TestAccProject_ByName_Among501_IsFoundByOneRequest(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	last := fill(cp, 501)
	cp.Test(resource.TestStep{
		Config: lookup(cp, `name = "project-500"`),
		Check:  resource.ComposeAggregateTestCheckFunc(is(last), cp.ExpectCallsPerRun("GET", route, 1)),
	})
}

func TestAccProject_ByName_Among501_InAnotherCase_IsFoundByAllPages(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	last := fill(cp, 501)
	cp.Test(resource.TestStep{
		Config: lookup(cp, `name = "PROJECT-500"`),
		Check:  resource.ComposeAggregateTestCheckFunc(is(last), cp.ExpectCallsPerRun("GET", route, 3)),
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
			cp.ExpectCallsPerRun("GET", route, 1),
		),
	})
}

// fill adds n projects and returns the last.
func fill(cp *acctest.ControlPlane, n int) (last mockserver.Project) {
	for i := range n {
		last = cp.AddProject(fmt.Sprintf("project-%03d", i), cp.Departments()[0].ID)
	}
	return last
}
