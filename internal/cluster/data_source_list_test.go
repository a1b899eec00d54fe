package cluster_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// listed is a configuration with a list, and its names as an output.
func listed(cp *acctest.ControlPlane, arguments string) string {
	return cp.Config(fmt.Sprintf(`
data "runai_clusters" "test" {
  %s
}
output "names" { value = data.runai_clusters.test.clusters[*].name }`, arguments))
}

// names checks the output.
func names(want ...string) []statecheck.StateCheck {
	checks := make([]knownvalue.Check, 0, len(want))
	for _, name := range want {
		checks = append(checks, knownvalue.StringExact(name))
	}
	return []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("names", knownvalue.ListExact(checks))}
}

func TestAccClusters_All_OrderedByName(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.AddCluster("a-newer-one")
	cp.Test(resource.TestStep{
		Config:            listed(cp, ``),
		ConfigStateChecks: append(names("a-newer-one", "cluster-a", "cluster-b"), cp.HoldsNoSecret()),
		ConfigPlanChecks: resource.ConfigPlanChecks{
			PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
		},
	})
}

func TestAccClusters_EachIsTheSameAsByItself(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(resource.TestStep{
		Config: listed(cp, ``) + `
data "runai_cluster" "test" { name = "cluster-a" }
output "same" { value = data.runai_clusters.test.clusters[0] == data.runai_cluster.test }`,
		ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("same", knownvalue.Bool(true))},
	})
}

func TestAccClusters_Search_IgnoresCase(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(
		resource.TestStep{Config: listed(cp, `search = "TER-B"`), ConfigStateChecks: names("cluster-b")},
		resource.TestStep{Config: listed(cp, `search = "A.Acme.Example"`), ConfigStateChecks: names("cluster-a")}, // the domain
		resource.TestStep{Config: listed(cp, `search = "no such"`), ConfigStateChecks: names()},
	)
}
