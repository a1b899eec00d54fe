package accessrule_test

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// ruleByRoleName returns the arguments of a rule with the name of its role.
func ruleByRoleName(name string) string { return tenantRule(fmt.Sprintf("role_name = %q", name)) }

// rolesWereListed checks that roles were listed since the last ResetRequests. It is
// the control of the tests that expect no such request.
func rolesWereListed(cp *acctest.ControlPlane) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if cp.Calls(acctest.ListRoles) == 0 {
			return fmt.Errorf("no roles were listed; all requests: %v", cp.Requests())
		}
		return nil
	}
}

func TestAccAccessRule_RoleName_PlanShowsID(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	name := cp.Role(role).Name
	cp.Test(resource.TestStep{
		PreConfig:         cp.ResetRequests,
		Config:            ruleConfig(cp, ruleByRoleName(name)),
		ConfigPlanChecks:  acctest.EmptyAfter(planHas("role_id", knownvalue.Int64Exact(role)), planHas("role_name", knownvalue.StringExact(name))),
		ConfigStateChecks: []statecheck.StateCheck{stateHas("role_id", knownvalue.Int64Exact(role)), stateHas("role_name", knownvalue.StringExact(name))},
		Check:             rolesWereListed(cp),
	})
}

func TestAccAccessRule_RoleID_PlanShowsName(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	name := cp.Role(role).Name
	cp.Test(resource.TestStep{
		Config:            ruleConfig(cp, defaultRule),
		ConfigPlanChecks:  acctest.EmptyAfter(planHas("role_name", knownvalue.StringExact(name))),
		ConfigStateChecks: []statecheck.StateCheck{stateHas("role_name", knownvalue.StringExact(name))},
	})
}

func TestAccAccessRule_RoleName_CaseInsensitive(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	name := strings.ToUpper(cp.Role(role).Name)
	cp.Test(
		resource.TestStep{
			Config:            ruleConfig(cp, ruleByRoleName(name)),
			ConfigPlanChecks:  acctest.EmptyAfter(planHas("role_id", knownvalue.Int64Exact(role))),
			ConfigStateChecks: []statecheck.StateCheck{stateHas("role_name", knownvalue.StringExact(name))},
		},
		expectNoChange(ruleConfig(cp, ruleByRoleName(cp.Role(role).Name))),
	)
}

// refusedWithoutMutation runs a configuration that is refused before anything is changed,
// and then a valid one, which proves that the counter of mutations moves.
func refusedWithoutMutation(t *testing.T, cp *acctest.ControlPlane, config string, wants ...*regexp.Regexp) {
	t.Helper()
	steps := []resource.TestStep{}
	for _, want := range wants {
		steps = append(steps, resource.TestStep{Config: config, ExpectError: want})
	}
	steps[0].PreConfig = cp.ResetRequests
	cp.Run(t, append(steps, resource.TestStep{Config: ruleConfig(cp, defaultRule), Check: cp.ExpectMutations(1)})...)
}

func TestAccAccessRule_Role_Disabled_ReportedByApply(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.20"})
	cp.AddRole("Sleeper", false)
	cp.Test(resource.TestStep{
		Config:      ruleConfig(cp, ruleByRoleName("Sleeper")),
		ExpectError: regexp.MustCompile(`(?s)Unable to Create Access Rule.*is\s+disabled`),
	})
}

const later = `
resource "terraform_data" "later" { input = %q }
`

func TestAccAccessRule_RoleName_UnknownWhilePlanning(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(resource.TestStep{
		Config: ruleConfig(cp, tenantRule("role_name = terraform_data.later.output")) + fmt.Sprintf(later, cp.Role(role).Name),
		ConfigPlanChecks: acctest.EmptyAfter(
			plancheck.ExpectUnknownValue(address, tfjsonpath.New("role_id")),
			plancheck.ExpectUnknownValue(address, tfjsonpath.New("role_name"))),
		ConfigStateChecks: []statecheck.StateCheck{stateHas("role_id", knownvalue.Int64Exact(role))},
	})
}

func TestAccAccessRule_RoleName_UnknownWhilePlanning_NotFound(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	refusedWithoutMutation(t, cp, ruleConfig(cp, tenantRule("role_name = terraform_data.later.output"))+fmt.Sprintf(later, "No such role"),
		acctest.ErrorContains(`There is no role with the name "No such role" on `+cp.URL))
}

func TestAccAccessRule_RoleName_RoleRenamed_NoChangeNoRequest(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	name := cp.Role(role).Name
	config := ruleConfig(cp, ruleByRoleName(name))
	cp.Test(
		resource.TestStep{PreConfig: cp.ResetRequests, Config: config, Check: rolesWereListed(cp)},
		resource.TestStep{
			// Another role has the name now. The rule must not be bound to it.
			PreConfig: func() {
				cp.RenameRole(role, "Apprentice")
				cp.RenameRole(6, name)
				cp.ResetRequests()
			},
			Config:            config,
			ConfigPlanChecks:  acctest.PreApply(plancheck.ExpectEmptyPlan()),
			ConfigStateChecks: []statecheck.StateCheck{stateHas("role_id", knownvalue.Int64Exact(role)), stateHas("role_name", knownvalue.StringExact(name))},
			Check:             checkAll(cp.ExpectCalls(acctest.ListRoles, 0), cp.ExpectMutations(0)),
		},
		// The new name denotes the same role.
		expectNoChange(ruleConfig(cp, ruleByRoleName("Apprentice"))),
		resource.TestStep{
			PreConfig:         cp.ResetRequests,
			Config:            ruleConfig(cp, ruleByRoleName("Apprentice")+"\nsubject_type = \"group\""),
			ConfigStateChecks: []statecheck.StateCheck{stateHas("role_id", knownvalue.Int64Exact(role)), stateHas("role_name", knownvalue.StringExact("Apprentice"))},
			Check:             rolesWereListed(cp),
		},
	)
}

func TestAccAccessRule_Role_NameToID_NoChange(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	byName := ruleConfig(cp, ruleByRoleName(cp.Role(role).Name))
	cp.Test(
		resource.TestStep{Config: byName},
		expectNoChange(ruleConfig(cp, defaultRule)),
		expectNoChange(byName),
		resource.TestStep{PreConfig: cp.ResetRequests, Config: byName, Check: checkAll(cp.ExpectMutations(0), cp.ExpectCalls(acctest.ListRoles, 0))},
	)
}

func TestAccAccessRule_ScopeID_Omitted_IsTenant(t *testing.T) {
	t.Parallel()
	for _, scopeType := range []string{"tenant", "system"} {
		t.Run(scopeType, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			config := func(scopeID string) string {
				return ruleConfig(cp, fmt.Sprintf("subject_id = %q\nrole_id = %d\nscope_type = %q\n%s", subject, role, scopeType, scopeID))
			}
			cp.Run(t,
				resource.TestStep{
					Config:            config(""),
					ConfigPlanChecks:  acctest.EmptyAfter(planHas("scope_id", knownvalue.StringExact(cp.TenantID()))),
					ConfigStateChecks: []statecheck.StateCheck{stateHas("scope_id", knownvalue.StringExact(cp.TenantID()))},
				},
				expectNoChange(config(fmt.Sprintf("scope_id = %q", cp.TenantID()))),
			)
		})
	}
}

func TestAccAccessRule_ScopeType_UnknownWhilePlanning(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	config := func(scopeType string) string {
		return ruleConfig(cp, fmt.Sprintf("subject_id = %q\nrole_id = %d\nscope_type = terraform_data.later.output", subject, role)) + fmt.Sprintf(later, scopeType)
	}
	cp.Test(
		resource.TestStep{PreConfig: cp.ResetRequests, Config: config("project"), ExpectError: acctest.ErrorContains(`scope_id is required with scope_type = "project"`)},
		resource.TestStep{
			Config:            config("tenant"),
			ConfigStateChecks: []statecheck.StateCheck{stateHas("scope_id", knownvalue.StringExact(cp.TenantID()))},
			Check:             cp.ExpectMutations(1),
		},
	)
}

func TestAccAccessRule_ScopeID_NotFound(t *testing.T) {
	t.Parallel()
	for scopeType, id := range map[string]string{
		"cluster":    "00000000-0000-4000-8000-000000000000",
		"department": "00000000-0000-4000-8000-000000000000",
		"project":    "4711",
	} {
		t.Run(scopeType, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			refusedWithoutMutation(t, cp,
				ruleConfig(cp, fmt.Sprintf("subject_id = %q\nrole_id = %d\nscope_type = %q\nscope_id = %q", subject, role, scopeType, id)),
				acctest.ErrorAtAttribute(block, "scope_id", fmt.Sprintf("There is no %s with the ID %q", scopeType, id)),
				acctest.ErrorContains(fmt.Sprintf("The data source runai_%[1]ss lists all available %[1]ss.", scopeType)))
		})
	}
}

func TestAccAccessRule_ScopeID_Found(t *testing.T) {
	t.Parallel()
	for scopeType, find := range map[string]func(*acctest.ControlPlane) (id, name string){
		"cluster": func(cp *acctest.ControlPlane) (string, string) { return cp.Clusters()[1].ID, cp.Clusters()[1].Name },
		"department": func(cp *acctest.ControlPlane) (string, string) {
			return cp.Departments()[1].ID, cp.Departments()[1].Name
		},
		"project": func(cp *acctest.ControlPlane) (string, string) { return cp.Projects()[4].ID, cp.Projects()[4].Name },
	} {
		t.Run(scopeType, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			id, name := find(cp)
			cp.Run(t, resource.TestStep{
				Config:            ruleConfig(cp, fmt.Sprintf("subject_id = %q\nrole_id = %d\nscope_type = %q\nscope_id = %q", subject, role, scopeType, id)),
				ConfigPlanChecks:  acctest.EmptyAfter(),
				ConfigStateChecks: []statecheck.StateCheck{stateHas("scope_id", knownvalue.StringExact(id)), stateHas("scope_name", knownvalue.StringExact(name))},
			})
		})
	}
}

// Validation refuses values that are invalid by themselves.
func TestAccessRule_Configuration_Refused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		arguments       acctest.Arguments // added to those of a valid rule, or replacing them; nil: null
		attribute, want string
	}{
		"ScopeTypeInvalid":         {acctest.Arguments{"scope_type": "galaxy"}, "scope_type", `value must be one of: ["system" "tenant" "cluster" "department" "project"], got: "galaxy"`},
		"SubjectTypeInvalid":       {acctest.Arguments{"subject_type": "robot"}, "subject_type", `value must be one of: ["app" "service-account" "user" "group"], got: "robot"`},
		"SubjectIDEmpty":           {acctest.Arguments{"subject_id": ""}, "subject_id", `subject_id must not be empty.`},
		"SubjectIDBlank":           {acctest.Arguments{"subject_id": "  "}, "subject_id", `subject_id must not be empty.`},
		"NeitherRoleIDNorRoleName": {acctest.Arguments{"role_id": nil}, "role_id", `At least one attribute out of [role_id,role_name] must be specified`},
		"ClusterIDEmpty":           {acctest.Arguments{"cluster_id": ""}, "cluster_id", `cluster_id must not be empty.`},
		"ScopeIDBlank":             {acctest.Arguments{"scope_id": " "}, "scope_id", `scope_id must not be empty.`},
		"RoleIDNotWhole":           {acctest.Arguments{"role_id": 5.5}, "role_id", `role_id must be a whole number.`},
		"RoleIDBelowZero":          {acctest.Arguments{"role_id": -1}, "role_id", `value must be at least 0`},
		"RoleNameEmpty":            {acctest.Arguments{"role_id": nil, "role_name": ""}, "role_name", `role_name must not be empty.`},
		"ClusterWithoutScopeID":    {acctest.Arguments{"scope_type": "cluster"}, "scope_id", `scope_id is required with scope_type = "cluster": set it to the ID of the cluster. The data source runai_cluster finds the ID by name.`},
		"DepartmentWithoutScopeID": {acctest.Arguments{"scope_type": "department"}, "scope_id", `scope_id is required with scope_type = "department"`},
		"ProjectWithoutScopeID":    {acctest.Arguments{"scope_type": "project"}, "scope_id", `scope_id is required with scope_type = "project"`},
		"TimeoutsNotADuration":     {acctest.Arguments{"timeouts": map[string]any{"create": "soon"}}, "timeouts.create", `timeouts.create must be a positive duration such as "30s" or "5m", not "soon".`},
		"TimeoutsZero":             {acctest.Arguments{"timeouts": map[string]any{"read": "0s"}}, "timeouts.read", `timeouts.read must be a positive duration such as "30s" or "5m", not "0s".`},
		"TimeoutsBelowZero":        {acctest.Arguments{"timeouts": map[string]any{"delete": "-1m"}}, "timeouts.delete", `timeouts.delete must be a positive duration such as "30s" or "5m", not "-1m".`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			rule := cp.Instance(t, "runai_access_rule")
			valid := acctest.Arguments{"subject_id": subject, "role_id": role, "scope_type": "tenant"}
			refused := maps.Clone(valid)
			maps.Copy(refused, c.arguments)
			rule.Plan(refused).Diagnostics.ExpectErrorAt(t, c.attribute, c.want)
			acctest.Expect(t, cp.ExpectMutations(0))
			rule.MustApply(valid)
			acctest.Expect(t, cp.ExpectMutations(1))
		})
	}
}

// The CLI shows the errors at the arguments.
func TestAccAccessRule_Configuration_Refused(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(
		resource.TestStep{
			Config:      ruleConfig(cp, tenantRule("role_id = 5\nsubject_type = \"robot\"")),
			ExpectError: acctest.ErrorAtAttribute(block, "subject_type", `value must be one of: ["app" "service-account" "user" "group"], got: "robot"`),
		},
		resource.TestStep{
			Config:      ruleConfig(cp, tenantRule("role_id = 5\ntimeouts = { create = \"soon\" }")),
			ExpectError: acctest.ErrorContains(`timeouts.create must be a positive duration such as "30s" or "5m", not "soon".`),
		},
		resource.TestStep{Config: ruleConfig(cp, defaultRule), Check: cp.ExpectMutations(1)},
	)
}
