package department_test

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
	address   = "data.runai_department.test"
	block     = `data "runai_department" "test"`
	listBlock = `data "runai_departments" "test"`
)

// lookup is what the data source for one object looks up, and by what.
var lookup = acctest.Lookup{
	Object:    "department",
	Arguments: []string{"name", "id"},
	Add: func(cp *acctest.ControlPlane, name string) string {
		return cp.AddDepartment(name, cp.Clusters()[0].ID).ID
	},
	Calls:    []acctest.Call{acctest.ListDepartments, acctest.ReadDepartment},
	Requests: func(*acctest.ControlPlane) int { return 1 },
}

func TestDepartment_Lookup(t *testing.T) {
	t.Parallel()
	lookup.Run(t)
}

func TestAccDepartment_Lookup(t *testing.T) {
	t.Parallel()
	lookup.RunCLI(t)
}

func config(cp *acctest.ControlPlane, arguments string) string {
	return cp.Config(fmt.Sprintf("%s {\n  %s\n}", block, arguments))
}

func hasAttributes(department mockserver.Department) resource.TestCheckFunc {
	return resource.ComposeAggregateTestCheckFunc(
		resource.TestCheckResourceAttr(address, "id", department.ID),
		resource.TestCheckResourceAttr(address, "name", department.Name),
		resource.TestCheckResourceAttr(address, "cluster_id", department.ClusterID),
	)
}

func TestAccDepartment_ByID_IsOneRequest(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	wanted := cp.Departments()[1]
	cp.Test(resource.TestStep{
		Config: config(cp, fmt.Sprintf(`id = %q`, wanted.ID)),
		Check: resource.ComposeAggregateTestCheckFunc(
			hasAttributes(wanted),
			cp.ExpectCallsPerRunOf(acctest.ReadDepartment, 1),
			cp.ExpectCalls(acctest.ListDepartments, 0),
			cp.ExpectCalls(acctest.ListClusters, 0),
		),
	})
}

func TestAccDepartment_Ambiguous_ClusterIDChooses(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	a, b := cp.Departments()[0], cp.Departments()[1] // the ID of b is the smaller one
	cp.Test(
		resource.TestStep{
			Config: config(cp, `name = "default"`),
			ExpectError: acctest.ErrorAtAttribute(block, "name", fmt.Sprintf(
				`2 departments have the name "default" on %s: ID %s in cluster cluster-b (%s), ID %s in cluster cluster-a (%s); add cluster_id, or use the ID, to choose one.`,
				cp.URL, b.ID, b.ClusterID, a.ID, a.ClusterID)),
		},
		resource.TestStep{
			Config: config(cp, fmt.Sprintf("name = \"default\"\n  cluster_id = %q", b.ClusterID)),
			Check:  hasAttributes(b),
		},
	)
}

// The names of clusters are a courtesy: a caller who may not see them gets their IDs.
func TestAccDepartment_Ambiguous_WithoutTheNamesOfClusters(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.InjectFaultWith(acctest.ListClusters, "status", 403, -1)
	cp.Test(resource.TestStep{
		Config:      config(cp, `name = "default"`),
		ExpectError: acctest.ErrorAtAttribute(block, "name", `in cluster `+cp.Clusters()[0].ID+`;`),
	})
}

func TestAccDepartment_NotFound_InACluster(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	a, b := cp.Departments()[0], cp.Departments()[1]
	cp.AddDepartment("research", a.ClusterID)
	cp.Test(
		// A name that repeats is shown with its cluster.
		resource.TestStep{
			Config: config(cp, `name = "reserch"`),
			ExpectError: acctest.ErrorAtAttribute(block, "name", fmt.Sprintf(
				`Did you mean "research"? Available: default in cluster cluster-b (%s), default in cluster cluster-a (%s), research.`, b.ClusterID, a.ClusterID)),
		},
		resource.TestStep{
			Config: config(cp, fmt.Sprintf("name = \"research\"\n  cluster_id = %q", b.ClusterID)),
			ExpectError: acctest.ErrorAtAttribute(block, "name", fmt.Sprintf(
				`There is no department with the name "research" in cluster cluster-b (%s) on %s. Available: default.`, b.ClusterID, cp.URL)),
		},
	)
}

func TestAccDepartment_WrongClusterID_IsOnThatArgument(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	a, b := cp.Departments()[0], cp.Departments()[1]
	const unknown = "71f69d83-0000-4822-adf5-55ce55efd210"
	cp.Test(
		resource.TestStep{
			Config:      config(cp, "name = \"default\"\n  cluster_id = \""+unknown+"\""),
			ExpectError: acctest.ErrorAtAttribute(block, "cluster_id", fmt.Sprintf(`There is no cluster with the ID %q on %s. Did you mean %q?`, unknown, cp.URL, a.ClusterID)),
		},
		resource.TestStep{
			Config:      config(cp, "name = \"default\"\n  cluster_id = \"cluster-a\""),
			ExpectError: acctest.ErrorAtAttribute(block, "cluster_id", `It is the name of the cluster with the ID `+a.ClusterID),
		},
		resource.TestStep{
			Config:      config(cp, "name = \"default\"\n  cluster_id = \"cluster-a\""),
			ExpectError: acctest.ErrorAtAttribute(block, "cluster_id", `cluster_id is a UUID; data.runai_cluster finds it by name.`),
		},
		resource.TestStep{
			Config: config(cp, fmt.Sprintf("id = %q\n  cluster_id = %q", a.ID, b.ClusterID)),
			ExpectError: acctest.ErrorAtAttribute(block, "cluster_id", fmt.Sprintf(
				`The department "default" (ID %s) is in cluster cluster-a (%s), not in %s, on %s.`, a.ID, a.ClusterID, b.ClusterID, cp.URL)),
		},
		resource.TestStep{
			Config:      config(cp, fmt.Sprintf("id = %q\n  cluster_id = \"cluster-b\"", a.ID)),
			ExpectError: acctest.ErrorAtAttribute(block, "cluster_id", `cluster_id is a UUID; data.runai_cluster finds it by name.`),
		},
		resource.TestStep{
			Config:      config(cp, "name = \"default\"\n  cluster_id = \"\""),
			ExpectError: acctest.ErrorAtAttribute(block, "cluster_id", `cluster_id must not be empty.`),
		},
		resource.TestStep{
			Config:      cp.Config(listBlock + " {\n  cluster_id = \"cluster-a\"\n}"),
			ExpectError: acctest.ErrorAtAttribute(listBlock, "cluster_id", `cluster_id is a UUID; data.runai_cluster finds it by name.`),
		},
		resource.TestStep{
			Config: config(cp, fmt.Sprintf("id = %q\n  cluster_id = %q", a.ID, a.ClusterID)),
			Check:  hasAttributes(a),
		},
	)
}

func TestAccDepartments_Filters_NarrowTogether(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	a, b := cp.Departments()[0], cp.Departments()[1]
	inA, inB := cp.AddDepartment("Research", a.ClusterID), cp.AddDepartment("Research", b.ClusterID)
	empty := cp.AddCluster("empty")
	listed := func(arguments string, want ...mockserver.Department) resource.TestStep {
		checks := make([]knownvalue.Check, 0, len(want))
		for _, department := range want {
			checks = append(checks, knownvalue.StringExact(department.ID))
		}
		return resource.TestStep{
			Config: cp.Config(fmt.Sprintf(`
%s {
  %s
}
output "ids" { value = data.runai_departments.test.departments[*].id }`, listBlock, arguments)),
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("ids", knownvalue.ListExact(checks))},
		}
	}
	first, second := inA, inB
	if inB.ID < inA.ID {
		first, second = inB, inA
	}
	cp.Test(
		listed(``, first, second, b, a),
		listed(`search = "SEARCH"`, first, second),
		listed(fmt.Sprintf(`cluster_id = %q`, a.ClusterID), inA, a),
		listed(fmt.Sprintf("search = \"SEARCH\"\n  cluster_id = %q", b.ClusterID), inB),
		listed(fmt.Sprintf(`cluster_id = %q`, empty.ID)), // no departments are no error
	)
}
