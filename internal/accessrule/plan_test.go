package accessrule_test

import (
	"fmt"
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

// named are the arguments of a rule with the name of its role.
func named(name string) string { return onTenant(fmt.Sprintf("role_name = %q", name)) }

// asked checks that roles were looked up since the last ResetRequests: the
// counter that the tests below expect to stand still does move.
func asked(cp *acctest.ControlPlane) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if cp.Calls(acctest.ListRoles) == 0 {
			return fmt.Errorf("no roles were listed; all requests: %v", cp.Requests())
		}
		return nil
	}
}

func TestAccAccessRule_RoleName_ThePlanShowsTheID(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	name := roleName(t, cp, role)
	cp.Test(resource.TestStep{
		PreConfig:         cp.ResetRequests,
		Config:            rule(cp, named(name)),
		ConfigPlanChecks:  thenEmpty(plans("role_id", knownvalue.Int64Exact(role)), plans("role_name", knownvalue.StringExact(name))),
		ConfigStateChecks: []statecheck.StateCheck{has("role_id", knownvalue.Int64Exact(role)), has("role_name", knownvalue.StringExact(name))},
		Check:             asked(cp),
	})
}

func TestAccAccessRule_RoleID_ThePlanShowsTheName(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	name := roleName(t, cp, role)
	cp.Test(resource.TestStep{
		Config:            rule(cp, plain),
		ConfigPlanChecks:  thenEmpty(plans("role_name", knownvalue.StringExact(name))),
		ConfigStateChecks: []statecheck.StateCheck{has("role_name", knownvalue.StringExact(name))},
	})
}

func TestAccAccessRule_RoleName_InAnotherLetterCase(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	name := strings.ToUpper(roleName(t, cp, role))
	cp.Test(
		resource.TestStep{
			Config:            rule(cp, named(name)),
			ConfigPlanChecks:  thenEmpty(plans("role_id", knownvalue.Int64Exact(role))),
			ConfigStateChecks: []statecheck.StateCheck{has("role_name", knownvalue.StringExact(name))},
		},
		noChange(rule(cp, named(roleName(t, cp, role)))),
	)
}

// refusedWhilePlanning tries a configuration that must be an error before
// anything is changed, and then one that is not, which moves the counter.
func refusedWhilePlanning(t *testing.T, cp *acctest.ControlPlane, config string, wants ...*regexp.Regexp) {
	t.Helper()
	steps := []resource.TestStep{}
	for _, want := range wants {
		steps = append(steps, resource.TestStep{Config: config, ExpectError: want})
	}
	steps[0].PreConfig = cp.ResetRequests
	cp.Run(t, append(steps, resource.TestStep{Config: rule(cp, plain), Check: cp.ExpectMutations(1)})...)
}

func TestAccAccessRule_RoleName_UnknownToTheControlPlane(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	name := roleName(t, cp, role)
	misspelled := strings.Replace(name, "researcher", "resarcher", 1)
	refusedWhilePlanning(t, cp, rule(cp, named(misspelled)),
		acctest.ErrorAtAttribute(block, "role_name", fmt.Sprintf("There is no role with the name %q. Did you mean %q", misspelled, name)),
		// … and the whole list.
		regexp.MustCompile(`(?s)There\s+are:.*`+acctest.ErrorContains(roleName(t, cp, 14)).String()+`.*`+acctest.ErrorContains(roleName(t, cp, 1)).String()))
}

func TestAccAccessRule_RoleID_UnknownToTheControlPlane(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	refusedWhilePlanning(t, cp, rule(cp, onTenant("role_id = 999")),
		acctest.ErrorAtAttribute(block, "role_id", `There is no role with the id "999".`))
}

func TestAccAccessRule_RoleName_OfTwoRolesShowsBothIDs(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	name := roleName(t, cp, role)
	other := cp.AddRole(name, true).ID
	refusedWhilePlanning(t, cp, rule(cp, named(name)), acctest.ErrorAtAttribute(block, "role_name",
		fmt.Sprintf("2 roles have the name %[1]q: %[1]q has the id %[2]d, %[1]q has the id %[3]d; use role_id", name, role, other)))
}

// From 2.21 on a control plane tells which roles are disabled.
func TestAccAccessRule_Role_Disabled(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.24"})
	disabled := cp.AddRole("Sleeper", false).ID
	refusedWhilePlanning(t, cp, rule(cp, named("Sleeper")),
		acctest.ErrorAtAttribute(block, "role_name", fmt.Sprintf(`The role "Sleeper" (id %d) is disabled`, disabled)))
}

func TestAccAccessRule_Role_DisabledWhereOnlyTheApplyTells(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.20"})
	cp.AddRole("Sleeper", false)
	cp.Test(resource.TestStep{
		Config:      rule(cp, named("Sleeper")),
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
		Config: rule(cp, onTenant("role_name = terraform_data.later.output")) + fmt.Sprintf(later, roleName(t, cp, role)),
		ConfigPlanChecks: thenEmpty(
			plancheck.ExpectUnknownValue(address, tfjsonpath.New("role_id")),
			plancheck.ExpectUnknownValue(address, tfjsonpath.New("role_name"))),
		ConfigStateChecks: []statecheck.StateCheck{has("role_id", knownvalue.Int64Exact(role))},
	})
}

func TestAccAccessRule_RoleName_UnknownWhilePlanningAndWrong(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	refusedWhilePlanning(t, cp, rule(cp, onTenant("role_name = terraform_data.later.output"))+fmt.Sprintf(later, "No such role"),
		acctest.ErrorContains(`There is no role with the name "No such role".`))
}

func TestAccAccessRule_RoleName_RenamedLaterIsNoChangeAndNoRequest(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	name := roleName(t, cp, role)
	config := rule(cp, named(name))
	cp.Test(
		resource.TestStep{PreConfig: cp.ResetRequests, Config: config, Check: asked(cp)},
		resource.TestStep{
			// The name now belongs to another role, which must not get the rule.
			PreConfig: func() {
				cp.RenameRole(role, "Apprentice")
				cp.RenameRole(6, name)
				cp.ResetRequests()
			},
			Config:            config,
			ConfigPlanChecks:  before(plancheck.ExpectEmptyPlan()),
			ConfigStateChecks: []statecheck.StateCheck{has("role_id", knownvalue.Int64Exact(role)), has("role_name", knownvalue.StringExact(name))},
			Check:             all(cp.ExpectCalls(acctest.ListRoles, 0), cp.ExpectMutations(0)),
		},
		// Its new name is as good.
		noChange(rule(cp, named("Apprentice"))),
		resource.TestStep{
			PreConfig:         cp.ResetRequests,
			Config:            rule(cp, named("Apprentice")+"\nsubject_type = \"group\""),
			ConfigStateChecks: []statecheck.StateCheck{has("role_id", knownvalue.Int64Exact(role)), has("role_name", knownvalue.StringExact("Apprentice"))},
			Check:             asked(cp),
		},
	)
}

func TestAccAccessRule_Role_SwitchingBetweenNameAndIDIsNoChange(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	byName := rule(cp, named(roleName(t, cp, role)))
	cp.Test(
		resource.TestStep{Config: byName},
		noChange(rule(cp, plain)),
		noChange(byName),
		resource.TestStep{PreConfig: cp.ResetRequests, Config: byName, Check: all(cp.ExpectMutations(0), cp.ExpectCalls(acctest.ListRoles, 0))},
	)
}

func TestAccAccessRule_ScopeID_LeftOutIsTheTenant(t *testing.T) {
	t.Parallel()
	for _, scopeType := range []string{"tenant", "system"} {
		t.Run(scopeType, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			config := func(scopeID string) string {
				return rule(cp, fmt.Sprintf("subject_id = %q\nrole_id = %d\nscope_type = %q\n%s", subject, role, scopeType, scopeID))
			}
			cp.Run(t,
				resource.TestStep{
					Config:            config(""),
					ConfigPlanChecks:  thenEmpty(plans("scope_id", knownvalue.StringExact(cp.TenantID()))),
					ConfigStateChecks: []statecheck.StateCheck{has("scope_id", knownvalue.StringExact(cp.TenantID()))},
				},
				noChange(config(fmt.Sprintf("scope_id = %q", cp.TenantID()))),
			)
		})
	}
}

func TestAccAccessRule_ScopeType_UnknownWhilePlanning(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	config := func(scopeType string) string {
		return rule(cp, fmt.Sprintf("subject_id = %q\nrole_id = %d\nscope_type = terraform_data.later.output", subject, role)) + fmt.Sprintf(later, scopeType)
	}
	cp.Test(
		resource.TestStep{PreConfig: cp.ResetRequests, Config: config("project"), ExpectError: acctest.ErrorContains(`needs scope_id: which project`)},
		resource.TestStep{
			Config:            config("tenant"),
			ConfigStateChecks: []statecheck.StateCheck{has("scope_id", knownvalue.StringExact(cp.TenantID()))},
			Check:             cp.ExpectMutations(1),
		},
	)
}

func TestAccAccessRule_ScopeID_ThatDoesNotExist(t *testing.T) {
	t.Parallel()
	for scopeType, id := range map[string]string{
		"cluster":    "00000000-0000-4000-8000-000000000000",
		"department": "00000000-0000-4000-8000-000000000000",
		"project":    "4711",
	} {
		t.Run(scopeType, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			refusedWhilePlanning(t, cp,
				rule(cp, fmt.Sprintf("subject_id = %q\nrole_id = %d\nscope_type = %q\nscope_id = %q", subject, role, scopeType, id)),
				acctest.ErrorAtAttribute(block, "scope_id", fmt.Sprintf("There is no %s with the id %q", scopeType, id)),
				acctest.ErrorContains("The data source runai_"+scopeType+" finds the id by name."))
		})
	}
}

func TestAccAccessRule_ScopeID_KnownToTheControlPlane(t *testing.T) {
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
				Config:            rule(cp, fmt.Sprintf("subject_id = %q\nrole_id = %d\nscope_type = %q\nscope_id = %q", subject, role, scopeType, id)),
				ConfigPlanChecks:  thenEmpty(),
				ConfigStateChecks: []statecheck.StateCheck{has("scope_id", knownvalue.StringExact(id)), has("scope_name", knownvalue.StringExact(name))},
			})
		})
	}
}

// What the configuration alone tells to be wrong is refused by validate.
func TestAccAccessRule_Configuration_Refused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		arguments string
		want      *regexp.Regexp
	}{
		"ScopeTypeThatDoesNotExist": {
			`subject_id = "a"
role_id = 5
scope_type = "galaxy"`,
			acctest.ErrorAtAttribute(block, "scope_type", `value must be one of: ["system" "tenant" "cluster" "department" "project"], got: "galaxy"`),
		},
		"SubjectTypeThatDoesNotExist": {
			onTenant("role_id = 5\nsubject_type = \"robot\""),
			acctest.ErrorAtAttribute(block, "subject_type", `value must be one of: ["app" "service-account" "user" "group"], got: "robot"`),
		},
		"SubjectIDEmpty": {
			`subject_id = ""
role_id = 5
scope_type = "tenant"`,
			acctest.ErrorAtAttribute(block, "subject_id", `string length must be at least 1`),
		},
		"RoleIDAndRoleName": {
			onTenant("role_id = 5\nrole_name = \"Viewer\""),
			acctest.ErrorContains(`2 attributes specified when one (and only one) of [role_id,role_name] is required`),
		},
		"NeitherRoleIDNorRoleName": {
			onTenant(""),
			acctest.ErrorContains(`No attribute specified when one (and only one) of [role_id,role_name] is required`),
		},
		"RoleIDBelowZero":           {onTenant("role_id = -1"), acctest.ErrorAtAttribute(block, "role_id", `value must be at least 0`)},
		"RoleNameEmpty":             {onTenant(`role_name = ""`), acctest.ErrorAtAttribute(block, "role_name", `string length must be at least 1`)},
		"ClusterWithoutScopeID":     {withoutScopeID("cluster"), acctest.ErrorContains(`A rule with scope_type = "cluster" needs scope_id: which cluster. The data source runai_cluster finds its id by name.`)},
		"DepartmentWithoutScopeID":  {withoutScopeID("department"), acctest.ErrorContains(`needs scope_id: which department.`)},
		"ProjectWithoutScopeID":     {withoutScopeID("project"), acctest.ErrorContains(`needs scope_id: which project.`)},
		"TimeoutsThatAreNoDuration": {onTenant("role_id = 5\ntimeouts = { create = \"soon\" }"), acctest.ErrorContains(`"soon" must be a string containing a sequence of decimal numbers`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			cp.Run(t,
				resource.TestStep{Config: rule(cp, c.arguments), ExpectError: c.want},
				resource.TestStep{Config: cp.Config(""), Check: cp.ExpectMutations(0)},
			)
		})
	}
}

func withoutScopeID(scopeType string) string {
	return fmt.Sprintf("subject_id = %q\nrole_id = 5\nscope_type = %q", subject, scopeType)
}
