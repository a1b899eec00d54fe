package cluster_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

const (
	address = "data.runai_cluster.test"
	block   = `data "runai_cluster" "test"`
)

// lookup is what the data source for one object looks up, and by what.
var lookup = acctest.Lookup{
	Object:    "cluster",
	Arguments: []string{"name", "id"},
	Add:       func(cp *acctest.ControlPlane, name string) string { return cp.AddCluster(name).ID },
	Calls:     []acctest.Call{acctest.ListClusters},
	Requests:  func(*acctest.ControlPlane) int { return 1 },
	UUIDs:     true,
}

func TestCluster_Lookup(t *testing.T) {
	t.Parallel()
	lookup.Run(t)
}

func TestAccCluster_Lookup(t *testing.T) {
	t.Parallel()
	lookup.RunCLI(t)
}

func TestAccCluster_EveryAttribute(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.SetClusterState("cluster-b", "Disconnected")
	cp.Test(resource.TestStep{
		Config: cp.Config(block + " {\n  name = \"cluster-b\"\n}"),
		Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttr(address, "id", cp.Clusters()[1].ID),
			resource.TestCheckResourceAttr(address, "name", "cluster-b"),
			resource.TestCheckResourceAttr(address, "state", "Disconnected"),
			resource.TestCheckResourceAttr(address, "domain", "cluster-b.acme.example"),
			resource.TestCheckResourceAttr(address, "version", "2.17.60"),
		),
	})
}

func TestAccCluster_NotFound_ShowsAllOfAFew(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(resource.TestStep{
		Config: cp.Config(block + " {\n  name = \"cluster\"\n}"),
		ExpectError: acctest.ErrorAtAttribute(block, "name",
			`There is no cluster with the name "cluster" on `+cp.URL+`. Did you mean "cluster-a" or "cluster-b"? Available: cluster-a, cluster-b.`),
	})
}

func TestAccClusters_Search(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.AddCluster("a-newer-one")
	listed := func(arguments string, want ...string) resource.TestStep {
		checks := make([]knownvalue.Check, 0, len(want))
		for _, name := range want {
			checks = append(checks, knownvalue.StringExact(name))
		}
		return resource.TestStep{
			Config: cp.Config(fmt.Sprintf(`
data "runai_clusters" "test" {
  %s
}
output "names" { value = data.runai_clusters.test.clusters[*].name }`, arguments)),
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("names", knownvalue.ListExact(checks))},
		}
	}
	cp.Test(
		listed(``, "a-newer-one", "cluster-a", "cluster-b"),
		listed(`search = "TER-B"`, "cluster-b"),
		listed(`search = "A.Acme.Example"`, "cluster-a"), // the domain
		listed(`search = "no such"`),
	)
}
