package accessrule_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// The plan refuses a scope outside of the caller's tenant, and a cluster that does not
// exist or does not contain the scope, at the attribute.
func TestAccessRule_Scope_Refused(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	clusters, project, department := cp.Clusters(), cp.Projects()[0], cp.Departments()[0]
	cluster, other := clusters[0], clusters[1]
	if cluster.ID != project.ClusterID || cluster.ID != department.ClusterID {
		t.Fatalf("the first project and department are not in the first cluster: %v, %v, %v", project, department, clusters)
	}
	const missing = "3f7c0000-0000-4000-8000-000000000000"
	for name, c := range map[string]struct{ scopeType, scopeID, clusterID, attribute, want string }{
		"AnotherTenant":     {"tenant", "77", "", "scope_id", `There is no tenant with the ID "77"`},
		"MissingCluster":    {"cluster", missing, "", "scope_id", `There is no cluster with the ID "` + missing + `"`},
		"NameOfACluster":    {"cluster", cluster.Name, "", "scope_id", `scope_id is a UUID; data.runai_cluster finds it by name.`},
		"NameOfAProject":    {"project", project.Name, "", "scope_id", `scope_id is an ID; data.runai_project finds it by name.`},
		"NameOfADepartment": {"department", department.Name, "", "scope_id", `scope_id is an ID; data.runai_department finds it by name.`},

		"ClusterOfAnotherProject":    {"project", project.ID, other.ID, "cluster_id", fmt.Sprintf(`The project %q (ID %s) is in the cluster %s, and not in %q (%s). Correct or omit cluster_id.`, project.Name, project.ID, cluster.ID, other.Name, other.ID)},
		"ClusterOfAnotherDepartment": {"department", department.ID, other.ID, "cluster_id", fmt.Sprintf(`The department %q (ID %s) is in the cluster %s, and not in`, department.Name, department.ID, cluster.ID)},
		"AnotherClusterThanTheScope": {"cluster", cluster.ID, other.ID, "cluster_id", fmt.Sprintf(`The scope of the rule is the cluster %s, so cluster_id must be the same. Correct or omit cluster_id.`, cluster.ID)},
		"MissingClusterForAProject":  {"project", project.ID, missing, "cluster_id", `There is no cluster with the ID "` + missing + `"`},
		"MissingClusterForTheTenant": {"tenant", "", missing, "cluster_id", `There is no cluster with the ID "` + missing + `"`},
		"NameOfTheClusterOfAProject": {"project", project.ID, cluster.Name, "cluster_id", `cluster_id is a UUID; data.runai_cluster finds it by name.`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arguments := acctest.Arguments{"subject_id": "ci", "role_id": 5, "scope_type": c.scopeType}
			for argument, value := range map[string]string{"scope_id": c.scopeID, "cluster_id": c.clusterID} {
				if value != "" {
					arguments[argument] = value
				}
			}
			cp.Instance(t, "runai_access_rule").Plan(arguments).Diagnostics.ExpectErrorAt(t, c.attribute, c.want)
		})
	}
}

// The scope was checked when the rule was created, so removing cluster_id looks nothing up.
func TestAccessRule_Scope_ClusterRemoved_NoLookup(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	project := cp.Projects()[0]
	rule := cp.Instance(t, "runai_access_rule")
	arguments := acctest.Arguments{"subject_id": "ci", "role_id": 5, "scope_type": "project", "scope_id": project.ID, "cluster_id": project.ClusterID}
	cp.ResetRequests()
	rule.MustApply(arguments)
	if cp.Calls(acctest.ReadProject)+cp.Calls(acctest.ListProjects) == 0 {
		t.Error("the project was not looked up for the create")
	}
	delete(arguments, "cluster_id")
	cp.ResetRequests()
	rule.PlanWithoutRefresh(arguments)
	acctest.Expect(t, cp.ExpectCalls(acctest.ReadProject, 0))
	acctest.Expect(t, cp.ExpectCalls(acctest.ListProjects, 0))
}

// A scope that the caller may not read is not checked. Another failure is an error.
func TestAccessRule_Scope_Unreadable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		calls  []acctest.Call
		status int
		want   string // "": the rule is created
	}{
		"ProjectsForbidden": {[]acctest.Call{acctest.ReadProject, acctest.ListProjects}, 403, ""},
		"ProjectsFail":      {[]acctest.Call{acctest.ReadProject, acctest.ListProjects}, 500, "500 Internal Server Error"},
		"ClustersForbidden": {[]acctest.Call{acctest.ListClusters}, 403, ""},
		"ClustersFail":      {[]acctest.Call{acctest.ListClusters}, 500, "500 Internal Server Error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			project := cp.Projects()[0]
			for _, call := range c.calls {
				cp.InjectFaultWith(call, "status", c.status, -1)
			}
			rule := cp.Instance(t, "runai_access_rule")
			plan := rule.Plan(acctest.Arguments{
				"subject_id": subject, "role_id": role, "scope_type": "project", "scope_id": project.ID, "cluster_id": project.ClusterID,
			})
			if c.want != "" {
				plan.Diagnostics.ExpectErrorAt(t, "", c.want)
				return
			}
			if diags := rule.Apply(plan); len(diags) > 0 {
				t.Error(diags)
			}
			acctest.Expect(t, activeRules(cp, 1))
		})
	}
}

// A cluster_id that is added later is checked although the scope is unchanged.
func TestAccAccessRule_ClusterID_AddedLater(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	project, clusters := cp.Projects()[0], cp.Clusters()
	onProject := func(clusterID string) string {
		return ruleConfig(cp, fmt.Sprintf("subject_id = %q\nrole_id = %d\nscope_type = \"project\"\nscope_id = %q\n%s", subject, role, project.ID, clusterID))
	}
	cp.Test(
		resource.TestStep{Config: onProject("")},
		resource.TestStep{
			PreConfig:   cp.ResetRequests,
			Config:      onProject(fmt.Sprintf("cluster_id = %q", clusters[1].ID)),
			ExpectError: acctest.ErrorAtAttribute(block, "cluster_id", fmt.Sprintf("The project %q (ID %s) is in the cluster %s", project.Name, project.ID, clusters[0].ID)),
		},
		resource.TestStep{Config: onProject(""), Check: checkAll(cp.ExpectMutations(0), activeRules(cp, 1))},
	)
}

// An invalid scope type causes one error, and no second one about scope_id.
func TestAccAccessRule_ScopeType_Invalid_OneError(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cli.Configure(cp.Config(`
resource "runai_access_rule" "test" {
  subject_id = "ci"
  role_id    = 5
  scope_type = "namespace"
}`))
	result := cli.Plan()
	if n := strings.Count(result.Output, "Error: "); result.Code == 0 || n != 1 {
		t.Errorf("%d errors, want 1: %s", n, result.Output)
	}
}
