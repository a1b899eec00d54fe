package project_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// lookup is the specification of the data sources.
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

// named returns the project with a name, the first one if both clusters have it.
func named(cp *acctest.ControlPlane, name string) mockserver.Project {
	for _, p := range cp.Projects() {
		if p.Name == name {
			return p
		}
	}
	panic("no project " + name)
}

func attributes(project mockserver.Project) map[string]string {
	return map[string]string{
		"id": project.ID, "name": project.Name, "cluster_id": project.ClusterID, "department_id": project.DepartmentID, "phase": project.Phase,
	}
}

func TestAccProject_EveryAttribute(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	comma := cp.AddProject("this, that", cp.Departments()[0].ID) // what a filter of the API cannot hold
	cp.Test(
		resource.TestStep{Config: lookup.Config(cp, `name = "vision"`), Check: lookup.HasAttributes(attributes(named(cp, "vision")))},
		resource.TestStep{Config: lookup.Config(cp, `name = "this, that"`), Check: lookup.HasAttributes(attributes(comma))},
	)
}

func TestAccProject_ByID_OneRequest(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	wanted := named(cp, "speech")
	cp.Test(resource.TestStep{
		Config: lookup.Config(cp, fmt.Sprintf(`id = %q`, wanted.ID)),
		Check: resource.ComposeAggregateTestCheckFunc(
			lookup.HasAttributes(attributes(wanted)),
			cp.ExpectCallsPerRunOf(acctest.ReadProject, 1),
			cp.ExpectCalls(acctest.ListProjects, 0),
			cp.ExpectCalls(acctest.ListClusters, 0),
		),
	})
}

func TestProject_Ambiguous_ClusterOrDepartmentChooses(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	a, b := cp.Projects()[2], cp.Projects()[5] // both are called shared
	lookup.ExpectError(t, cp, acctest.Arguments{"name": "shared"}, "name", fmt.Sprintf(
		`2 projects have the name "shared" on %s: ID 13 in cluster cluster-a (%s), department %s, ID 23 in cluster cluster-b (%s), department %s; add cluster_id or department_id, or use the ID, to choose one.`,
		cp.URL, a.ClusterID, a.DepartmentID, b.ClusterID, b.DepartmentID))
	lookup.Expect(t, cp, acctest.Arguments{"name": "shared", "cluster_id": a.ClusterID}, attributes(a))
	lookup.Expect(t, cp, acctest.Arguments{"name": "shared", "department_id": b.DepartmentID}, attributes(b))
}

func TestProject_NotFound_InADepartment(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	b := cp.Departments()[1]
	lookup.ExpectError(t, cp, acctest.Arguments{"name": "visoin"}, "name", `Did you mean "vision"? Available: language, robotics, shared in cluster cluster-a (`)
	lookup.ExpectError(t, cp, acctest.Arguments{"name": "vision", "cluster_id": b.ClusterID, "department_id": b.ID}, "name", fmt.Sprintf(
		`There is no project with the name "vision" in cluster cluster-b (%s) in department %s on %s. Available: robotics, shared, speech.`, b.ClusterID, b.ID, cp.URL))
	lookup.ExpectError(t, cp, acctest.Arguments{"id": "4711"}, "id", fmt.Sprintf(
		`Available: 11 (vision), 12 (language), 13 (shared in cluster cluster-a (%s), department %s), 21 (speech)`, cp.Clusters()[0].ID, cp.Departments()[0].ID))
}

func TestProject_WrongFilter_ErrorAtArgument(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	vision, a, b := named(cp, "vision"), cp.Departments()[0], cp.Departments()[1]
	const notAUUID, notAnID = `cluster_id is a UUID; data.runai_cluster finds it by name.`, `department_id is an ID; data.runai_department finds it by name.`
	for _, c := range []struct {
		arguments      acctest.Arguments
		argument, want string
	}{
		{acctest.Arguments{"name": "vision", "cluster_id": "cluster-a"}, "cluster_id", notAUUID},
		{acctest.Arguments{"name": "vision", "department_id": "4711"}, "department_id", `There is no department with the ID "4711" on ` + cp.URL},
		{acctest.Arguments{"name": "vision", "department_id": "default"}, "department_id", notAnID},
		// A department of another cluster matches no project.
		{acctest.Arguments{"name": "vision", "cluster_id": a.ClusterID, "department_id": b.ID}, "cluster_id", fmt.Sprintf(
			`The department "default" (ID %s) is in cluster cluster-b (%s), not in %s`, b.ID, b.ClusterID, a.ClusterID)},
		{acctest.Arguments{"id": "11", "cluster_id": b.ClusterID}, "cluster_id", fmt.Sprintf(
			`The project "vision" (ID 11) is in cluster cluster-a (%s), not in %s, on %s.`, a.ClusterID, b.ClusterID, cp.URL)},
		{acctest.Arguments{"id": "11", "department_id": b.ID}, "department_id", fmt.Sprintf(
			`The project "vision" (ID 11) is in department %s, not in %s`, a.ID, b.ID)},
	} {
		lookup.ExpectError(t, cp, c.arguments, c.argument, c.want)
	}
	cp.Protocol(t).ReadError("runai_projects", acctest.Arguments{"cluster_id": "cluster-a"}).ExpectErrorAt(t, "cluster_id", notAUUID)
	cp.Protocol(t).ReadError("runai_projects", acctest.Arguments{"department_id": "default"}).ExpectErrorAt(t, "department_id", notAnID)
	lookup.Expect(t, cp, acctest.Arguments{"id": "11", "cluster_id": vision.ClusterID, "department_id": vision.DepartmentID}, attributes(vision))
}

// A caller that is not permitted to list clusters or departments can filter by them.
func TestProject_Filter_Forbidden(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	for _, call := range []acctest.Call{acctest.ListClusters, acctest.ListDepartments, acctest.ReadDepartment} {
		cp.InjectFaultWith(call, "status", 403, -1)
	}
	vision := named(cp, "vision")
	lookup.Expect(t, cp, acctest.Arguments{"name": "vision", "cluster_id": vision.ClusterID, "department_id": vision.DepartmentID}, attributes(vision))
	lookup.ExpectError(t, cp, acctest.Arguments{"name": "vision", "cluster_id": "d6b2a0b4-0000-4822-adf5-55ce55efd210"},
		"name", `There is no project with the name "vision" in cluster d6b2a0b4`)
}

func TestAccProject_ByName_Among501_CaseInsensitive_ReadsAllPages(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	var last mockserver.Project
	for i := range 501 {
		last = cp.AddProject(fmt.Sprintf("project-%03d", i), cp.Departments()[0].ID)
	}
	cp.Test(resource.TestStep{
		Config: lookup.Config(cp, `name = "PROJECT-500"`),
		Check:  resource.ComposeAggregateTestCheckFunc(lookup.HasAttributes(attributes(last)), cp.ExpectCallsPerRunOf(acctest.ListProjects, 3)),
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
			resource.TestCheckResourceAttr("data.runai_project.test.5", "name", "shared"),
			cp.ExpectCallsPerRunOf(acctest.ListProjects, 1),
		),
	})
}

func TestProjects_Filters_NarrowTogether(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	a := cp.Departments()[0]
	inA := cp.AddDepartment("another", a.ClusterID)
	added := cp.AddProject("shared", inA.ID) // its ID is 101 or so: IDs are sorted as numbers
	if len(added.ID) != 3 {
		t.Fatalf("the ID %s is not above those of the others", added.ID)
	}
	p := cp.Protocol(t)
	for _, c := range []struct {
		arguments acctest.Arguments
		want      []string
	}{
		{nil, []string{"12", "22", "13", "23", added.ID, "21", "11"}},
		{acctest.Arguments{"search": "UAGE"}, []string{"12"}},
		{acctest.Arguments{"name": "shared"}, []string{"13", "23", added.ID}},
		{acctest.Arguments{"name": "Shared"}, nil},
		{acctest.Arguments{"id": "22"}, []string{"22"}},
		{acctest.Arguments{"cluster_id": a.ClusterID}, []string{"12", "13", added.ID, "11"}},
		{acctest.Arguments{"department_id": a.ID}, []string{"12", "13", "11"}},
		{acctest.Arguments{"name": "shared", "cluster_id": a.ClusterID, "department_id": inA.ID}, []string{added.ID}},
		{acctest.Arguments{"name": "vision", "department_id": inA.ID}, nil},
	} {
		p.ExpectList("runai_projects", c.arguments, "id", c.want...)
	}
}
