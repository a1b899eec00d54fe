package department_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// lookup is the specification of the data sources.
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

func attributes(department mockserver.Department) map[string]string {
	return map[string]string{"id": department.ID, "name": department.Name, "cluster_id": department.ClusterID}
}

func TestAccDepartment_ByID_OneRequest(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	wanted := cp.Departments()[1]
	cp.Test(resource.TestStep{
		Config: lookup.Config(cp, fmt.Sprintf(`id = %q`, wanted.ID)),
		Check: resource.ComposeAggregateTestCheckFunc(
			lookup.HasAttributes(attributes(wanted)),
			cp.ExpectCallsPerRunOf(acctest.ReadDepartment, 1),
			cp.ExpectCalls(acctest.ListDepartments, 0),
			cp.ExpectCalls(acctest.ListClusters, 0),
		),
	})
}

func TestDepartment_Ambiguous_ClusterIDChooses(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	a, b := cp.Departments()[0], cp.Departments()[1] // the ID of b is the smaller one
	lookup.ExpectError(t, cp, acctest.Arguments{"name": "default"}, "name", fmt.Sprintf(
		`2 departments have the name "default" on %s: ID %s in cluster cluster-b (%s), ID %s in cluster cluster-a (%s); add cluster_id, or use the ID, to choose one.`,
		cp.URL, b.ID, b.ClusterID, a.ID, a.ClusterID))
	lookup.Expect(t, cp, acctest.Arguments{"name": "default", "cluster_id": b.ClusterID}, attributes(b))
}

// A caller that is not permitted to list clusters gets their IDs instead of their names.
func TestDepartment_Ambiguous_ClustersForbidden(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.InjectFaultWith(acctest.ListClusters, "status", 403, -1)
	lookup.ExpectError(t, cp, acctest.Arguments{"name": "default"}, "name", `in cluster `+cp.Clusters()[0].ID+`;`)
}

func TestDepartment_NotFound_InACluster(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	a, b := cp.Departments()[0], cp.Departments()[1]
	cp.AddDepartment("research", a.ClusterID)
	// Departments with the same name are shown with their clusters.
	lookup.ExpectError(t, cp, acctest.Arguments{"name": "reserch"}, "name", fmt.Sprintf(
		`Did you mean "research"? Available: default in cluster cluster-b (%s), default in cluster cluster-a (%s), research.`, b.ClusterID, a.ClusterID))
	lookup.ExpectError(t, cp, acctest.Arguments{"name": "research", "cluster_id": b.ClusterID}, "name", fmt.Sprintf(
		`There is no department with the name "research" in cluster cluster-b (%s) on %s. Available: default.`, b.ClusterID, cp.URL))
}

func TestDepartment_WrongClusterID_ErrorAtArgument(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	a, b := cp.Departments()[0], cp.Departments()[1]
	const unknown = "71f69d83-0000-4822-adf5-55ce55efd210"
	const notAUUID = `cluster_id is a UUID; data.runai_cluster finds it by name.`
	for _, c := range []struct {
		arguments acctest.Arguments
		want      string
	}{
		{acctest.Arguments{"name": "default", "cluster_id": unknown}, fmt.Sprintf(`There is no cluster with the ID %q on %s. Did you mean %q?`, unknown, cp.URL, a.ClusterID)},
		{acctest.Arguments{"name": "default", "cluster_id": "cluster-a"}, `It is the name of the cluster with the ID ` + a.ClusterID},
		{acctest.Arguments{"name": "default", "cluster_id": "cluster-a"}, notAUUID},
		{acctest.Arguments{"id": a.ID, "cluster_id": "cluster-b"}, notAUUID},
		{acctest.Arguments{"id": a.ID, "cluster_id": b.ClusterID}, fmt.Sprintf(
			`The department "default" (ID %s) is in cluster cluster-a (%s), not in %s, on %s.`, a.ID, a.ClusterID, b.ClusterID, cp.URL)},
		{acctest.Arguments{"name": "default", "cluster_id": ""}, `cluster_id must not be empty.`},
	} {
		lookup.ExpectError(t, cp, c.arguments, "cluster_id", c.want)
	}
	cp.Protocol(t).ReadError("runai_departments", acctest.Arguments{"cluster_id": "cluster-a"}).ExpectErrorAt(t, "cluster_id", notAUUID)
	lookup.Expect(t, cp, acctest.Arguments{"id": a.ID, "cluster_id": a.ClusterID}, attributes(a))
}

func TestDepartments_Filters_NarrowTogether(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	a, b := cp.Departments()[0], cp.Departments()[1]
	inA, inB := cp.AddDepartment("Research", a.ClusterID), cp.AddDepartment("Research", b.ClusterID)
	empty := cp.AddCluster("empty")
	first, second := inA, inB
	if inB.ID < inA.ID {
		first, second = inB, inA
	}
	p := cp.Protocol(t)
	p.ExpectList("runai_departments", nil, "id", first.ID, second.ID, b.ID, a.ID)
	p.ExpectList("runai_departments", acctest.Arguments{"search": "SEARCH"}, "id", first.ID, second.ID)
	p.ExpectList("runai_departments", acctest.Arguments{"cluster_id": a.ClusterID}, "id", inA.ID, a.ID)
	p.ExpectList("runai_departments", acctest.Arguments{"search": "SEARCH", "cluster_id": b.ClusterID}, "id", inB.ID)
	p.ExpectList("runai_departments", acctest.Arguments{"cluster_id": empty.ID}, "id") // no departments are no error
}
