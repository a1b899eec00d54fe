package cluster_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

const (
	address = "data.runai_cluster.test"
	block   = `data "runai_cluster" "test"`
	route   = "/api/v1/clusters"
)

// lookup is a configuration with one look-up.
func lookup(cp *acctest.ControlPlane, arguments string) string {
	return cp.Config(fmt.Sprintf("%s {\n  %s\n}", block, arguments))
}

// is checks all that is told of a cluster.
func is(cluster mockserver.Cluster) resource.TestCheckFunc {
	return resource.ComposeAggregateTestCheckFunc(
		resource.TestCheckResourceAttr(address, "id", cluster.ID),
		resource.TestCheckResourceAttr(address, "name", cluster.Name),
		resource.TestCheckResourceAttr(address, "state", cluster.State),
		resource.TestCheckResourceAttr(address, "domain", cluster.Name+".acme.example"),
		resource.TestCheckResourceAttr(address, "version", "2.17.60"),
	)
}

func TestAccCluster_ByName_Exact(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.SetClusterState("cluster-b", "Disconnected")
	cp.Test(resource.TestStep{
		Config: lookup(cp, `name = "cluster-b"`),
		Check:  is(cp.Clusters()[1]),
	})
}

func TestAccCluster_ByName_IgnoresCase(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(resource.TestStep{
		Config: lookup(cp, `name = "Cluster-A"`),
		Check:  is(cp.Clusters()[0]),
	})
}

func TestAccCluster_ByID(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(resource.TestStep{
		Config: lookup(cp, fmt.Sprintf(`id = %q`, cp.Clusters()[1].ID)),
		Check:  is(cp.Clusters()[1]),
	})
}

func TestAccCluster_ByName_None_ShowsTheClosestAndAll(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(
		resource.TestStep{
			Config: lookup(cp, `name = "cluster"`),
			ExpectError: acctest.ErrorAtAttribute(block, "name",
				`There is no cluster with the name "cluster". Did you mean "cluster-a" or "cluster-b"? There are: cluster-a, cluster-b.`),
		},
		resource.TestStep{
			Config:      lookup(cp, `name = "cluster"`),
			ExpectError: acctest.ErrorContains(`The data source runai_clusters shows all of them that there are.`),
		},
	)
}

func TestAccCluster_ByID_None_ShowsAll(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(resource.TestStep{
		Config: lookup(cp, `id = "no-such-id"`),
		ExpectError: acctest.ErrorAtAttribute(block, "id", fmt.Sprintf(
			`There is no cluster with the id "no-such-id". There are: %s (cluster-a), `, cp.Clusters()[0].ID)),
	})
}

func TestAccCluster_ByName_Ambiguous_ShowsTheIDs(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	one, two := cp.AddCluster("twin"), cp.AddCluster("twin")
	cp.Test(
		resource.TestStep{
			Config: lookup(cp, `name = "twin"`),
			ExpectError: acctest.ErrorAtAttribute(block, "name", fmt.Sprintf(
				`2 clusters have the name "twin": "twin" with the id %s, "twin" with the id %s; use the id to say which.`, one.ID, two.ID)),
		},
		resource.TestStep{
			Config: lookup(cp, fmt.Sprintf(`id = %q`, two.ID)),
			Check:  is(two),
		},
	)
}

func TestAccCluster_NeedsNameOrID(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	const only = `Exactly one of these attributes must be configured: [name,id]`
	cp.Test(
		resource.TestStep{Config: lookup(cp, ``), ExpectError: acctest.ErrorContains(only)},
		resource.TestStep{Config: lookup(cp, "name = \"a\"\n  id = \"b\""), ExpectError: acctest.ErrorContains(only)},
		resource.TestStep{Config: lookup(cp, `id = ""`), ExpectError: acctest.ErrorAtAttribute(block, "id", `string length must be at least 1`)},
	)
}

func TestAccCluster_ByName_Among501_IsFound(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	var last mockserver.Cluster
	for i := range 501 {
		last = cp.AddCluster(fmt.Sprintf("cluster-%03d", i))
	}
	cp.Test(resource.TestStep{
		Config: lookup(cp, `name = "cluster-500"`),
		Check:  resource.ComposeAggregateTestCheckFunc(is(last), cp.ExpectCallsPerRun("GET", route, 1)),
	})
}
