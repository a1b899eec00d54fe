package accessrule_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// A scope that is not the caller's, and a cluster that the scope does not belong
// to, are refused by the plan.
func TestAccAccessRule_Scope_WhatDoesNotExistIsRefusedByThePlan(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	clusters, projects := cp.Clusters(), cp.Projects()
	project, foreign := projects[0], clusters[0].ID
	if foreign == project.ClusterID {
		foreign = clusters[1].ID
	}
	for arguments, says := range map[string]string{
		"scope_type = \"tenant\"\n  scope_id = \"77\"":                                                                 `There is no tenant with the id "77"`,
		fmt.Sprintf("scope_type = \"project\"\n  scope_id = %q\n  cluster_id = %q", project.ID, foreign):               `belongs to the cluster ` + project.ClusterID,
		fmt.Sprintf("scope_type = \"cluster\"\n  scope_id = %q\n  cluster_id = \"zzz\"", clusters[0].ID):               `belongs to the cluster ` + clusters[0].ID,
		"scope_type = \"cluster\"\n  scope_id = \"3f7c0000-0000-0000-0000-000000000000\"\n  cluster_id = \"whatever\"": `There is no cluster with the id`,
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			cp.Run(t, resource.TestStep{
				Config:      cp.Config("resource \"runai_access_rule\" \"test\" {\n  subject_id = \"ci\"\n  role_id = 5\n  " + arguments + "\n}"),
				ExpectError: acctest.ErrorContains(says),
			})
		})
	}
	t.Cleanup(func() {
		if n := cp.Calls(acctest.CreateAccessRule); n != 0 {
			t.Errorf("%d rules were asked for", n)
		}
	})
}

// A scope type that does not exist is one error, and not another about a scope
// of that type.
func TestAccAccessRule_ScopeType_AnInvalidOneIsOneError(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cli.Configure(cp.Config(`
resource "runai_access_rule" "test" {
  subject_id = "ci"
  role_id    = 5
  scope_type = "galaxy"
}`))
	r := cli.Run("plan", "-input=false", "-no-color")
	if r.Code != 1 || strings.Count(r.Stderr, "Error: ") != 1 || !strings.Contains(r.Stderr, "scope_type") {
		t.Errorf("exit code %d: %s", r.Code, r.Output)
	}
}
