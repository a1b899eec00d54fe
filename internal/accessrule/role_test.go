package accessrule_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
	name := cp.Role(role).Name
	both := ruleConfig(cp, bothRoles(role, name))
	cp.Test(
		resource.TestStep{
			PreConfig:         cp.ResetRequests,
			Config:            both,
			ConfigPlanChecks:  acctest.EmptyAfter(),
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
			ConfigPlanChecks: acctest.PreApply(plancheck.ExpectEmptyPlan()),
			Check:            checkAll(cp.ExpectCalls(acctest.ListRoles, 0), cp.ExpectMutations(0)),
		},
		expectNoChange(ruleConfig(cp, defaultRule)),
		expectNoChange(ruleConfig(cp, bothRoles(role, "Apprentice"))),
		resource.TestStep{
			Config:            ruleConfig(cp, bothRoles(6, cp.Role(6).Name)),
			ConfigPlanChecks:  acctest.EmptyAfter(plancheck.ExpectResourceAction(address, plancheck.ResourceActionDestroyBeforeCreate)),
			ConfigStateChecks: []statecheck.StateCheck{stateHas("role_id", knownvalue.Int64Exact(6)), stateHas("role_name", knownvalue.StringExact(cp.Role(6).Name))},
		},
	)
}

// The plan refuses a role that does not exist or is disabled, a name that several
// roles have, and an ID and a name of two roles, at the argument.
func TestAccessRule_Role_Refused(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.24"}) // from 2.21 on it reports which roles are disabled
	const viewer = 15                                             // deprecated on no control plane
	name, other := cp.Role(role).Name, cp.Role(6).Name
	twin := cp.AddRole(cp.Role(viewer).Name, true).ID
	disabled := cp.AddRole("Sleeper", false).ID
	misspelled := strings.Replace(name, "researcher", "resarcher", 1)
	disagree := fmt.Sprintf("The role with the ID %d is %q, and not %q, which has the ID 6, on http", role, name, other)
	rule := cp.Instance(t, "runai_access_rule")
	refused := func(id, name any, attribute string, wants ...string) {
		t.Helper()
		diags := rule.Plan(acctest.Arguments{"subject_id": subject, "scope_type": "tenant", "role_id": id, "role_name": name}).Diagnostics
		for _, want := range wants {
			diags.ExpectErrorAt(t, attribute, want)
		}
	}
	check := func() {
		refused(999, nil, "role_id", `There is no role with the ID "999" on `+cp.URL)
		refused(disabled, nil, "role_id", fmt.Sprintf(`The role "Sleeper" (ID %d) is disabled`, disabled))
		refused(nil, misspelled, "role_name", fmt.Sprintf("There is no role with the name %q on %s. Did you mean %q", misspelled, cp.URL, name),
			"Available:", cp.Role(14).Name, cp.Role(1).Name)
		refused(nil, "Sleeper", "role_name", fmt.Sprintf(`The role "Sleeper" (ID %d) is disabled`, disabled))
		refused(nil, cp.Role(viewer).Name, "role_name",
			fmt.Sprintf("2 roles have the name %[1]q on %[4]s: %[1]q has the ID %[2]d, %[1]q has the ID %[3]d; use role_id", cp.Role(viewer).Name, viewer, twin, cp.URL))
		refused(role, other, "role_name", disagree)
		refused(6, name, "role_name", fmt.Sprintf("The role with the ID 6 is %q, and not %q", other, name))
		refused(role, "No such role", "role_name", fmt.Sprintf(`The role with the ID %d is %q, and not "No such role", on http`, role, name))
	}
	check()
	acctest.Expect(t, cp.ExpectMutations(0))
	rule.MustApply(acctest.Arguments{"subject_id": subject, "scope_type": "tenant", "role_id": role, "role_name": name})
	acctest.Expect(t, cp.ExpectMutations(1))
	// A change is checked as well.
	check()
	acctest.Expect(t, cp.ExpectMutations(1))
}

// Another role replaces the rule. Another name of the same role changes nothing.
func TestAccessRule_Role_Changed(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	name, other := cp.Role(role).Name, cp.Role(6).Name
	byID, byName := cp.Instance(t, "runai_access_rule"), cp.Instance(t, "runai_access_rule")
	arguments := func(subject string, id, name any) acctest.Arguments {
		return acctest.Arguments{"subject_id": subject, "scope_type": "tenant", "role_id": id, "role_name": name}
	}
	byID.MustApply(arguments("a", role, name))
	byName.MustApply(arguments("b", nil, name))
	cp.RenameRole(role, "Apprentice")
	for what, plan := range map[string]acctest.Plan{
		"the new name, with the ID": byID.Plan(arguments("a", role, "Apprentice")),
		"the ID alone":              byID.Plan(arguments("a", role, nil)),
		"the new name":              byName.Plan(arguments("b", nil, "Apprentice")),
		"the old name":              byName.Plan(arguments("b", nil, name)),
	} {
		if !plan.Empty || len(plan.Diagnostics) > 0 || len(plan.Replace) > 0 {
			t.Errorf("%s: the plan replaces %v; %s", what, plan.Replace, plan.Diagnostics)
		}
	}
	for what, plan := range map[string]acctest.Plan{
		"another ID":          byID.Plan(arguments("a", 6, nil)),
		"another ID and name": byID.Plan(arguments("a", 6, other)),
		"another name":        byName.Plan(arguments("b", nil, other)),
	} {
		if !slices.Contains(plan.Replace, "role_id") || plan.Attributes["role_name"] != other || len(plan.Diagnostics) > 0 {
			t.Errorf("%s: the plan replaces %v, with role_name = %v; %s", what, plan.Replace, plan.Attributes["role_name"], plan.Diagnostics)
		}
	}
}

// What the configuration does not know yet is not checked, and what it says is planned.
func TestAccessRule_Plan_UnknownAndKnownArguments(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	project := cp.Projects()[0].ID
	name := cp.Role(role).Name
	for what, c := range map[string]struct {
		arguments    acctest.Arguments
		id, roleName any
	}{
		"the role's ID is unknown":     {acctest.Arguments{"role_id": acctest.Unknown, "scope_type": "tenant"}, acctest.Unknown, acctest.Unknown},
		"the role's name is unknown":   {acctest.Arguments{"role_name": acctest.Unknown, "scope_type": "tenant"}, acctest.Unknown, acctest.Unknown},
		"the scope's type is unknown":  {acctest.Arguments{"role_id": role, "scope_type": acctest.Unknown}, fmt.Sprint(role), name},
		"only the scope's ID is known": {acctest.Arguments{"role_id": role, "scope_type": acctest.Unknown, "scope_id": "no-such-project"}, fmt.Sprint(role), name},
		"by ID":                        {acctest.Arguments{"role_id": role, "scope_type": "project", "scope_id": project}, fmt.Sprint(role), name},
		"by name":                      {acctest.Arguments{"role_name": name, "scope_type": "project", "scope_id": project}, fmt.Sprint(role), name},
	} {
		c.arguments["subject_id"] = subject
		plan := cp.Instance(t, "runai_access_rule").Plan(c.arguments)
		id := plan.Attributes["role_id"]
		if id != acctest.Unknown {
			id = fmt.Sprint(id)
		}
		if plan.Diagnostics.HasError() || id != c.id || plan.Attributes["role_name"] != c.roleName {
			t.Errorf("%s: role_id = %v, role_name = %v; %s", what, id, plan.Attributes["role_name"], plan.Diagnostics)
		}
	}
}

// A provider that is not configured yet looks nothing up.
func TestAccessRule_Plan_UnconfiguredProvider_NoLookup(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	rule := cp.Instance(t, "runai_access_rule").In(cp.UnconfiguredProtocol(t))
	arguments := acctest.Arguments{"subject_id": subject, "role_id": role, "scope_type": "project", "scope_id": cp.Projects()[0].ID}
	if plan := rule.Plan(arguments); plan.Diagnostics.HasError() {
		t.Error(plan.Diagnostics)
	}
	acctest.Expect(t, cp.ExpectCalls(acctest.ListAccessRules, 0))
	rule.In(cp.Protocol(t)).Plan(arguments) // the control
	acctest.Expect(t, cp.ExpectCalls(acctest.ListAccessRules, 1))
}

// Without permission to list roles, a role ID is believed, and a role name is an error.
func TestAccessRule_Role_ListForbidden(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.InjectFaultWith(acctest.ListRoles, "status", 403, -1)
	rule := cp.Instance(t, "runai_access_rule")
	rule.Plan(acctest.Arguments{"subject_id": subject, "scope_type": "tenant", "role_name": "Viewer"}).Diagnostics.ExpectErrorAt(t, "", "403 Forbidden")
	rule.MustApply(acctest.Arguments{"subject_id": subject, "scope_type": "tenant", "role_id": role})
	acctest.Expect(t, activeRules(cp, 1))
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
			if !acctest.ErrorContains(fmt.Sprintf("role_id = %d", role)).Match(text) || !acctest.ErrorContains(fmt.Sprintf("role_name = %q", cp.Role(role).Name)).Match(text) {
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
