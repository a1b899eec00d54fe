package accessrule_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// bothRoles returns the arguments of a rule with role_id and role_name.
func bothRoles(id int, name string) string {
	return tenantRule(fmt.Sprintf("role_id = %d\nrole_name = %q", id, name))
}

func TestAccAccessRule_Role_IDAndNameAgree(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	name := roleName(t, cp, role)
	both := ruleConfig(cp, bothRoles(role, name))
	cp.Test(
		resource.TestStep{
			PreConfig:         cp.ResetRequests,
			Config:            both,
			ConfigPlanChecks:  expectEmptyAfter(),
			ConfigStateChecks: []statecheck.StateCheck{stateHas("role_id", knownvalue.Int64Exact(role)), stateHas("role_name", knownvalue.StringExact(name))},
			Check:             rolesWereListed(cp),
		},
		// They are compared on creation and when either changes. A role that is renamed,
		// for example by an upgrade, causes neither a change nor a list of the roles.
		resource.TestStep{
			PreConfig: func() {
				cp.RenameRole(role, "Apprentice")
				cp.ResetRequests()
			},
			Config:           both,
			ConfigPlanChecks: preApply(plancheck.ExpectEmptyPlan()),
			Check:            checkAll(cp.ExpectCalls(acctest.ListRoles, 0), cp.ExpectMutations(0)),
		},
		expectNoChange(ruleConfig(cp, defaultRule)),
		expectNoChange(ruleConfig(cp, bothRoles(role, "Apprentice"))),
		resource.TestStep{
			Config:            ruleConfig(cp, bothRoles(6, roleName(t, cp, 6))),
			ConfigPlanChecks:  expectEmptyAfter(plancheck.ExpectResourceAction(address, plancheck.ResourceActionDestroyBeforeCreate)),
			ConfigStateChecks: []statecheck.StateCheck{stateHas("role_id", knownvalue.Int64Exact(6)), stateHas("role_name", knownvalue.StringExact(roleName(t, cp, 6)))},
		},
	)
}

func TestAccAccessRule_Role_IDAndNameDisagree(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	name, other := roleName(t, cp, role), roleName(t, cp, 6)
	disagree := acctest.ErrorAtAttribute(block, "role_name", fmt.Sprintf("The role with the ID %d is %q, and not %q, which has the ID 6, on http", role, name, other))
	cp.Test(
		resource.TestStep{PreConfig: cp.ResetRequests, Config: ruleConfig(cp, bothRoles(role, other)), ExpectError: disagree},
		resource.TestStep{Config: ruleConfig(cp, bothRoles(role, name)), Check: cp.ExpectMutations(1)},
		// A change of either is checked.
		resource.TestStep{Config: ruleConfig(cp, bothRoles(role, other)), ExpectError: disagree},
		resource.TestStep{
			Config:      ruleConfig(cp, bothRoles(6, name)),
			ExpectError: acctest.ErrorAtAttribute(block, "role_name", fmt.Sprintf("The role with the ID 6 is %q, and not %q", other, name)),
		},
		resource.TestStep{
			Config:      ruleConfig(cp, bothRoles(role, "No such role")),
			ExpectError: acctest.ErrorAtAttribute(block, "role_name", fmt.Sprintf(`The role with the ID %d is %q, and not "No such role", on http`, role, name)),
		},
		resource.TestStep{Config: ruleConfig(cp, bothRoles(role, name)), Check: cp.ExpectMutations(1)},
	)
}

// The output of terraform plan -generate-config-out plans only the import.
func TestAccAccessRule_Import_GeneratedConfigurationNeedsNoEdit(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	for name, adjust := range map[string]func(cp *acctest.ControlPlane, r *mockserver.AccessRule){
		"Tenant": func(*acctest.ControlPlane, *mockserver.AccessRule) {},
		"Project": func(cp *acctest.ControlPlane, r *mockserver.AccessRule) {
			r.ScopeType, r.ScopeID = "project", cp.Projects()[0].ID
		},
		"Cluster": func(cp *acctest.ControlPlane, r *mockserver.AccessRule) {
			r.ScopeType, r.ScopeID, r.ClusterID = "cluster", cp.Clusters()[0].ID, cp.Clusters()[0].ID
		},
		"User": func(_ *acctest.ControlPlane, r *mockserver.AccessRule) {
			r.SubjectType, r.SubjectID = "user", "jane@acme.example"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			existing := mockserver.AccessRule{SubjectID: subject, SubjectType: "app", RoleID: role, ScopeType: "tenant", ScopeID: cp.TenantID(), CreatedBy: "jane@acme.example"}
			adjust(cp, &existing)
			existing = cp.CreateAccessRule(existing)
			cli := cp.CLI(t)
			importing := fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", address, strconv.Itoa(existing.ID))
			// Newer CLIs require the provider argument while there is no resource block.
			cli.Configure(cp.Config(strings.Replace(importing, "\n}", "\n  provider = runai\n}", 1)))
			generated := filepath.Join(cli.Dir, "generated.tf")
			cli.Plan("-generate-config-out="+generated).Expect(t, 2, "1 to import, 0 to add, 0 to change, 0 to destroy")
			text, err := os.ReadFile(generated)
			if err != nil {
				t.Fatal(err)
			}
			if !acctest.ErrorContains(fmt.Sprintf("role_id = %d", role)).Match(text) || !acctest.ErrorContains(fmt.Sprintf("role_name = %q", roleName(t, cp, role))).Match(text) {
				t.Errorf("the generated configuration lacks role_id or role_name: %s", text)
			}
			cli.Configure(cp.Config(importing))
			cli.Plan().Expect(t, 2, "1 to import, 0 to add, 0 to change, 0 to destroy")
			cli.Apply().Expect(t, 0, "1 imported, 0 added, 0 changed, 0 destroyed")
			cli.Plan().Expect(t, 0, "No changes.")
			cli.Destroy().Expect(t, 0, "1 destroyed")
		})
	}
}
