package department_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

const (
	address = "data.runai_department.test"
	block   = `data "runai_department" "test"`
	route   = "/api/v1/org-unit/departments"
)

// lookup is a configuration with one look-up.
func lookup(cp *acctest.ControlPlane, arguments string) string {
	return cp.Config(fmt.Sprintf("%s {\n  %s\n}", block, arguments))
}

// is checks all that is told of a department.
func is(department mockserver.Department) resource.TestCheckFunc {
	return resource.ComposeAggregateTestCheckFunc(
		resource.TestCheckResourceAttr(address, "id", department.ID),
		resource.TestCheckResourceAttr(address, "name", department.Name),
		resource.TestCheckResourceAttr(address, "cluster_id", department.ClusterID),
	)
}

func TestAccDepartment_ByName_Exact(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	added := cp.AddDepartment("Research", cp.Clusters()[0].ID)
	cp.AddDepartment("RESEARCH", cp.Clusters()[1].ID)
	cp.Test(resource.TestStep{
		Config: lookup(cp, `name = "Research"`),
		Check:  resource.ComposeAggregateTestCheckFunc(is(added), cp.ExpectCallsPerRun("GET", route, 1)),
	})
}

func TestAccDepartment_ByName_IgnoresCase(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	added := cp.AddDepartment("Research", cp.Clusters()[0].ID)
	cp.Test(resource.TestStep{
		Config: lookup(cp, `name = "rESEARCH"`),
		Check:  is(added),
	})
}

func TestAccDepartment_ByID(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	wanted := cp.Departments()[1]
	cp.Test(resource.TestStep{
		Config: lookup(cp, fmt.Sprintf(`id = %q`, wanted.ID)),
		Check:  resource.ComposeAggregateTestCheckFunc(is(wanted), cp.ExpectCallsPerRun("GET", route+"/{id}", 1)),
	})
}

func TestAccDepartment_ByName_Ambiguous_ClusterIDTellsWhich(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	a, b := cp.Departments()[0], cp.Departments()[1]
	cp.Test(
		resource.TestStep{
			Config: lookup(cp, `name = "default"`),
			ExpectError: acctest.ErrorAtAttribute(block, "name", fmt.Sprintf(
				`2 departments have the name "default": id %s in cluster %s, id %s in cluster %s; add cluster_id, or use the id, to say which.`,
				a.ID, a.ClusterID, b.ID, b.ClusterID)),
		},
		resource.TestStep{
			Config: lookup(cp, fmt.Sprintf("name = \"default\"\n  cluster_id = %q", b.ClusterID)),
			Check:  is(b),
		},
	)
}

func TestAccDepartment_ByName_None_ShowsTheClosestAndAll(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.AddDepartment("research", cp.Clusters()[0].ID)
	cp.Test(
		resource.TestStep{
			Config: lookup(cp, `name = "reserch"`),
			ExpectError: acctest.ErrorAtAttribute(block, "name",
				`There is no department with the name "reserch". Did you mean "research"? There are: default, default, research.`),
		},
		resource.TestStep{
			Config:      lookup(cp, `name = "reserch"`),
			ExpectError: acctest.ErrorContains(`The data source runai_departments shows all of them that there are.`),
		},
		resource.TestStep{
			Config: lookup(cp, fmt.Sprintf("name = \"research\"\n  cluster_id = %q", cp.Clusters()[1].ID)),
			ExpectError: acctest.ErrorAtAttribute(block, "name", fmt.Sprintf(
				`There is no department with the name "research" in cluster %s. There are: default.`, cp.Clusters()[1].ID)),
		},
	)
}

func TestAccDepartment_ByID_None_ShowsAll(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	a := cp.Departments()[1] // its id is the smaller one
	cp.Test(resource.TestStep{
		Config:      lookup(cp, `id = "no-such-id"`),
		ExpectError: acctest.ErrorAtAttribute(block, "id", fmt.Sprintf(`There is no department with the id "no-such-id". There are: %s (default), `, a.ID)),
	})
}

func TestAccDepartment_ByID_InAnotherCluster_IsNotFound(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	a, b := cp.Departments()[0], cp.Departments()[1]
	cp.Test(
		resource.TestStep{
			Config: lookup(cp, fmt.Sprintf("id = %q\n  cluster_id = %q", a.ID, b.ClusterID)),
			ExpectError: acctest.ErrorAtAttribute(block, "id", fmt.Sprintf(
				`There is no department with the id %q in cluster %s. There are: %s (default).`, a.ID, b.ClusterID, b.ID)),
		},
		resource.TestStep{
			Config: lookup(cp, fmt.Sprintf("id = %q\n  cluster_id = %q", a.ID, a.ClusterID)),
			Check:  is(a),
		},
	)
}

func TestAccDepartment_Forbidden_IsNotTheArgumentsFault(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.ArmFault(mockserver.Fault{Method: "GET", Path: route + "/{id}", Kind: "status", Status: 403, Count: -1})
	cp.Test(resource.TestStep{
		Config:      lookup(cp, fmt.Sprintf(`id = %q`, cp.Departments()[0].ID)),
		ExpectError: acctest.ErrorAtBlock(block, `responded with 403`),
	})
}

func TestAccDepartment_NeedsNameOrID(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	const only = `Exactly one of these attributes must be configured: [name,id]`
	cp.Test(
		resource.TestStep{Config: lookup(cp, ``), ExpectError: acctest.ErrorContains(only)},
		resource.TestStep{Config: lookup(cp, "name = \"a\"\n  id = \"b\""), ExpectError: acctest.ErrorContains(only)},
		resource.TestStep{Config: lookup(cp, "name = \"default\"\n  cluster_id = \"\""), ExpectError: acctest.ErrorAtAttribute(block, "cluster_id", `string length must be at least 1`)},
	)
}

func TestAccDepartment_ByName_Among501_IsFoundByOneRequest(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	var last mockserver.Department
	for i := range 501 {
		last = cp.AddDepartment(fmt.Sprintf("department-%03d", i), cp.Clusters()[0].ID)
	}
	cp.Test(resource.TestStep{
		Config: lookup(cp, `name = "department-500"`),
		Check:  resource.ComposeAggregateTestCheckFunc(is(last), cp.ExpectCallsPerRun("GET", route, 1)),
	})
}
