package guarantees_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// controlPlanes are the versions on which users run the same configuration.
var controlPlanes = []string{"2.17", "2.18", "2.20", "2.22", "2.24", "2.25", "2.26", "3.0"}

// TestAccJourney takes one configuration with all objects through its lifecycle on each
// control plane: create, plan without a change, update in place, removal from the state
// and import, destroy. make test-full runs all tests on each.
func TestAccJourney(t *testing.T) {
	t.Parallel()
	for _, version := range controlPlanes {
		for _, given := range []string{"", version} {
			t.Run(version+map[bool]string{true: "/detected", false: "/given"}[given == ""], func(t *testing.T) {
				t.Parallel()
				cp := acctest.NewWith(t, mockserver.Options{Version: version})
				cli := cp.CLI(t)
				journey := func(enabled bool, keeper string) string {
					return cp.ConfigWith(fmt.Sprintf("control_plane_version = %s", map[bool]string{true: "null", false: `"` + given + `"`}[given == ""]), fmt.Sprintf(`
resource "runai_application" "mine" {
  name    = "ci-pipeline"
  enabled = %t
  keepers = { version = %q }
}
data "runai_cluster" "a" { name = "cluster-a" }
data "runai_department" "default" {
  name       = "default"
  cluster_id = data.runai_cluster.a.id
}
data "runai_projects" "all" { department_id = data.runai_department.default.id }
data "runai_role" "l1" { name = "L1 researcher" }
resource "runai_access_rule" "cluster" {
  subject_id = runai_application.mine.client_id
  role_id    = data.runai_role.l1.id
  scope_type = "cluster"
  scope_id   = data.runai_cluster.a.id
}
resource "runai_access_rule" "project" {
  subject_id = runai_application.mine.client_id
  role_name  = "L1 researcher"
  scope_type = "project"
  scope_id   = data.runai_projects.all.projects[0].id
}
resource "runai_access_rule" "tenant" {
  subject_id   = runai_application.mine.client_id
  subject_type = "service-account"
  role_name    = "ML engineer"
  scope_type   = "tenant"
}
data "runai_applications" "mine" {
  name_regex = "^ci-pipeline$"
  depends_on = [runai_access_rule.cluster, runai_access_rule.project, runai_access_rule.tenant]
}
data "runai_access_rules" "mine" {
  subject_id = runai_application.mine.client_id
  depends_on = [runai_access_rule.cluster, runai_access_rule.project, runai_access_rule.tenant]
}
data "runai_caller" "me" {}
output "rules" {
  value = [length(data.runai_applications.mine.applications[0].access_rules), length(data.runai_access_rules.mine.access_rules)]
}`, enabled, keeper))
				}

				cli.Configure(journey(true, "1"))
				if applied := cli.MustApply(); !strings.Contains(applied.Stdout, "rules = [\n  3,\n  3,\n]") {
					t.Errorf("the application has other rules: %s", applied.Stdout)
				}
				cli.Plan().Expect(t, 0)
				before := cli.State()["runai_application.mine"].AttributeValues

				cli.Configure(journey(false, "2"))
				cli.MustApply()
				after := cli.State()["runai_application.mine"].AttributeValues
				secret, _ := after["client_secret"].(string)
				if after["id"] != before["id"] || after["client_id"] != "ci-pipeline" || !cp.IsSecretOf("ci-pipeline", secret) || fmt.Sprint(after["client_secret_version"]) != "2" {
					t.Errorf("the rotation changed other attributes: %v", after)
				}

				for address, id := range map[string]string{
					"runai_application.mine":   "ci-pipeline",
					"runai_access_rule.tenant": "app/ci-pipeline/" + fmt.Sprint(cli.State()["runai_access_rule.tenant"].AttributeValues["role_id"]) + "/tenant/" + cp.TenantID(),
				} {
					cli.Run("state", "rm", address).Expect(t, 0)
					cli.Run("import", "-input=false", "-no-color", address, id).Expect(t, 0)
				}
				cli.Configure(journey(false, "2"))
				cli.Destroy().Expect(t, 0)
				if cp.Has("ci-pipeline") || len(lifecycle{cp: cp}.activeRules()) != 0 {
					t.Error("objects remain after the destroy")
				}
			})
		}
	}
}

// TestAccJourney covers every control plane of make test-full.
func TestJourney_CoversTheMakefile(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../GNUmakefile")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(data), "\n") {
		list, ok := strings.CutPrefix(line, "CONTROL_PLANES := ")
		if ok && list != strings.Join(controlPlanes, " ") {
			t.Errorf("make test-full covers %s, the journey %v", list, controlPlanes)
		}
	}
}
