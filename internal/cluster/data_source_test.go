package cluster_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// lookup is the specification of the data sources.
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
		Config: lookup.Config(cp, `name = "cluster-b"`),
		Check: lookup.HasAttributes(map[string]string{
			"id": cp.Clusters()[1].ID, "name": "cluster-b", "state": "Disconnected", "domain": "cluster-b.acme.example", "version": "2.17.60",
		}),
	})
}

func TestCluster_NotFound_ListsAllIfFew(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	lookup.ExpectError(t, cp, acctest.Arguments{"name": "cluster"}, "name",
		`There is no cluster with the name "cluster" on `+cp.URL+`. Did you mean "cluster-a" or "cluster-b"? Available: cluster-a, cluster-b.`)
}

func TestClusters_Search(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.AddCluster("a-newer-one")
	p := cp.Protocol(t)
	p.ExpectList("runai_clusters", nil, "name", "a-newer-one", "cluster-a", "cluster-b")
	p.ExpectList("runai_clusters", acctest.Arguments{"search": "TER-B"}, "name", "cluster-b")
	p.ExpectList("runai_clusters", acctest.Arguments{"search": "A.Acme.Example"}, "name", "cluster-a") // the domain
	p.ExpectList("runai_clusters", acctest.Arguments{"search": "no such"}, "name")
}
