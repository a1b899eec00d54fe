package accessrule_test

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

func TestAccAccessRule_Create_SetsEveryAttribute(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cluster, project := cp.Clusters()[0], cp.Projects()[0]
	cp.Test(resource.TestStep{
		Config: ruleConfig(cp, fmt.Sprintf(`
  subject_id     = "jane@acme.example"
  subject_type   = "user"
  role_id        = 5
  scope_type     = "project"
  scope_id       = %q
  cluster_id     = %q
  wait_for_ready = true
  timeouts       = { create = "1m", read = "2m", delete = "3m" }`, project.ID, cluster.ID)),
		ConfigPlanChecks: acctest.EmptyAfter(),
		ConfigStateChecks: []statecheck.StateCheck{
			stateHas("id", knownvalue.StringRegexp(regexp.MustCompile(`^\d+$`))),
			stateHas("subject_id", knownvalue.StringExact("jane@acme.example")),
			stateHas("subject_type", knownvalue.StringExact("user")),
			stateHas("role_id", knownvalue.Int64Exact(5)),
			stateHas("role_name", knownvalue.StringExact(cp.Role(5).Name)),
			stateHas("scope_type", knownvalue.StringExact("project")),
			stateHas("scope_id", knownvalue.StringExact(project.ID)),
			stateHas("scope_name", knownvalue.StringExact(project.Name)),
			stateHas("cluster_id", knownvalue.StringExact(cluster.ID)),
			stateHas("wait_for_ready", knownvalue.Bool(true)),
			stateHas("timeouts", knownvalue.ObjectExact(map[string]knownvalue.Check{
				"create": knownvalue.StringExact("1m"), "read": knownvalue.StringExact("2m"), "delete": knownvalue.StringExact("3m"),
			})),
		},
		Check: func(*terraform.State) error {
			want := mockserver.AccessRule{
				SubjectID: "jane@acme.example", SubjectType: "user", RoleID: 5, ScopeType: "project", ScopeID: project.ID,
				ClusterID: cluster.ID, CreatedBy: "terraform",
			}
			got := *cp.AccessRule("jane@acme.example")
			want.ID, want.CreatedAt = got.ID, got.CreatedAt
			if got != want {
				return fmt.Errorf("the control plane has %+v, want %+v", got, want)
			}
			return nil
		},
	})
}

func TestAccAccessRule_Create_WithDefaults(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(resource.TestStep{
		PreConfig:        cp.ResetRequests,
		Config:           ruleConfig(cp, defaultRule),
		ConfigPlanChecks: acctest.EmptyAfter(),
		ConfigStateChecks: []statecheck.StateCheck{
			stateHas("subject_type", knownvalue.StringExact("app")),
			stateHas("cluster_id", knownvalue.Null()),
			stateHas("wait_for_ready", knownvalue.Bool(false)),
			stateHas("timeouts", knownvalue.Null()),
		},
		Check: cp.ExpectMutations(1),
	})
}

func TestAccAccessRule_ClusterID_Removed_NoChange(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cluster := cp.Clusters()[0].ID
	cp.Test(
		resource.TestStep{Config: ruleConfig(cp, defaultRule+fmt.Sprintf("\ncluster_id = %q", cluster))},
		expectNoChange(ruleConfig(cp, defaultRule)),
	)
}

// Each argument whose change replaces the rule.
func TestAccessRule_Replace(t *testing.T) {
	t.Parallel()
	scopeArguments := func(scopeType, scopeID string) acctest.Arguments {
		return acctest.Arguments{"role_id": role, "scope_type": scopeType, "scope_id": scopeID}
	}
	for name, c := range map[string]struct {
		change      func(t *testing.T, cp *acctest.ControlPlane) (before, after acctest.Arguments)
		wantReplace []string
	}{
		"SubjectID": {func(*testing.T, *acctest.ControlPlane) (acctest.Arguments, acctest.Arguments) {
			return acctest.Arguments{"role_id": role}, acctest.Arguments{"role_id": role, "subject_id": "another-pipeline"}
		}, []string{"subject_id"}},
		"SubjectType": {func(*testing.T, *acctest.ControlPlane) (acctest.Arguments, acctest.Arguments) {
			return acctest.Arguments{"role_id": role}, acctest.Arguments{"role_id": role, "subject_type": "group"}
		}, []string{"subject_type"}},
		"RoleID": {func(*testing.T, *acctest.ControlPlane) (acctest.Arguments, acctest.Arguments) {
			return acctest.Arguments{"role_id": role}, acctest.Arguments{"role_id": 6}
		}, []string{"role_id"}},
		"RoleName": {func(t *testing.T, cp *acctest.ControlPlane) (acctest.Arguments, acctest.Arguments) {
			t.Helper()
			return acctest.Arguments{"role_name": cp.Role(role).Name}, acctest.Arguments{"role_name": cp.Role(6).Name}
		}, []string{"role_id"}},
		"RoleIDToAnotherRoleName": {func(t *testing.T, cp *acctest.ControlPlane) (acctest.Arguments, acctest.Arguments) {
			t.Helper()
			return acctest.Arguments{"role_id": role}, acctest.Arguments{"role_name": cp.Role(6).Name}
		}, []string{"role_id"}},
		"ScopeType": {func(_ *testing.T, cp *acctest.ControlPlane) (acctest.Arguments, acctest.Arguments) {
			return scopeArguments("cluster", cp.Clusters()[0].ID), scopeArguments("project", cp.Projects()[0].ID)
		}, []string{"scope_id", "scope_type"}},
		"ScopeID": {func(_ *testing.T, cp *acctest.ControlPlane) (acctest.Arguments, acctest.Arguments) {
			return scopeArguments("cluster", cp.Clusters()[0].ID), scopeArguments("cluster", cp.Clusters()[1].ID)
		}, []string{"scope_id"}},
		"ClusterID": {func(_ *testing.T, cp *acctest.ControlPlane) (acctest.Arguments, acctest.Arguments) {
			return acctest.Arguments{"role_id": role, "cluster_id": cp.Clusters()[0].ID}, acctest.Arguments{"role_id": role, "cluster_id": cp.Clusters()[1].ID}
		}, []string{"cluster_id"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			from, to := c.change(t, cp)
			complete := func(arguments acctest.Arguments) acctest.Arguments {
				all := acctest.Arguments{"subject_id": subject, "scope_type": "tenant"}
				maps.Copy(all, arguments)
				return all
			}
			rule := cp.Instance(t, "runai_access_rule")
			rule.MustApply(complete(from))
			before := rule.Attributes()["id"]
			cp.ResetRequests()
			plan := rule.MustApply(complete(to))
			if !slices.Equal(plan.Replace, c.wantReplace) {
				t.Errorf("replaced for %q, want %q", plan.Replace, c.wantReplace)
			}
			if after := rule.Attributes()["id"]; after == before {
				t.Errorf("the ID is still %v", after)
			}
			acctest.Expect(t, cp.ExpectCalls(acctest.DeleteAccessRule, 1), cp.ExpectCalls(acctest.CreateAccessRule, 1))
			if again := rule.Plan(complete(to)); len(again.Replace) > 0 || !reflect.DeepEqual(again.Attributes, rule.Attributes()) {
				t.Errorf("the next plan replaces for %q and is %v; diagnostics:%s", again.Replace, again.Attributes, again.Diagnostics)
			}
		})
	}
}

// Terraform deletes the rule, and then creates it.
func TestAccAccessRule_Replace(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	id := statecheck.CompareValue(compare.ValuesDiffer())
	cp.Test(
		resource.TestStep{Config: ruleConfig(cp, defaultRule), ConfigStateChecks: []statecheck.StateCheck{id.AddStateValue(address, tfjsonpath.New("id"))}},
		resource.TestStep{
			PreConfig:         cp.ResetRequests,
			Config:            ruleConfig(cp, tenantRule("role_id = 6")),
			ConfigPlanChecks:  acctest.EmptyAfter(plancheck.ExpectResourceAction(address, plancheck.ResourceActionDestroyBeforeCreate)),
			ConfigStateChecks: []statecheck.StateCheck{id.AddStateValue(address, tfjsonpath.New("id"))},
			Check:             checkAll(cp.ExpectCalls(acctest.DeleteAccessRule, 1), cp.ExpectCalls(acctest.CreateAccessRule, 1)),
		},
	)
}

func TestAccAccessRule_SubjectType_Alias_NoChange(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ version, from, to string }{
		"AppToServiceAccount":                {"", "app", "service-account"},
		"ServiceAccountToApp":                {"", "service-account", "app"},
		"AppReturnedAsServiceAccount":        {"2.24", "app", "app"},
		"ServiceAccountReturnedAsApp":        {"2.22", "service-account", "service-account"},
		"ServiceAccountReturnedAsAppThenApp": {"2.18", "service-account", "app"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: c.version})
			config := func(subjectType string) string {
				return ruleConfig(cp, defaultRule+fmt.Sprintf("\nsubject_type = %q", subjectType))
			}
			cp.Run(t,
				resource.TestStep{Config: config(c.from), ConfigPlanChecks: acctest.EmptyAfter()},
				resource.TestStep{PreConfig: cp.ResetRequests, Config: config(c.to), ConfigPlanChecks: acctest.PreApply(plancheck.ExpectEmptyPlan()), Check: cp.ExpectMutations(0)},
				// Control: another type replaces the rule.
				resource.TestStep{PreConfig: cp.ResetRequests, Config: config("group"), Check: cp.ExpectMutations(2)},
			)
		})
	}
}

func TestAccAccessRule_Subject_Alias_NoChange(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	config := cp.Config(`
resource "runai_application" "test" { name = "ci-pipeline" }

resource "runai_access_rule" "test" {
  subject_id = runai_application.test.client_id
  role_id    = 5
  scope_type = "tenant"
}`)
	cp.Test(
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig:         func() { cp.SpellAccessRuleSubject(cp.AccessRule(subject).ID, cp.IDOf(subject)) },
			Config:            config,
			ConfigPlanChecks:  acctest.PreApply(plancheck.ExpectEmptyPlan()),
			ConfigStateChecks: []statecheck.StateCheck{stateHas("subject_id", knownvalue.StringExact(subject))},
		},
		resource.TestStep{
			PreConfig: func() { // another principal
				for _, r := range cp.State().AccessRules {
					if r.CreatedBy == "terraform" {
						cp.SpellAccessRuleSubject(r.ID, "another-application")
					}
				}
			},
			Config:           config,
			ConfigPlanChecks: acctest.PreApply(plancheck.ExpectResourceAction(address, plancheck.ResourceActionDestroyBeforeCreate)),
		},
	)
}

// If applications cannot be listed, the provider cannot compare two spellings and
// reports an error: treating them as different would replace the rule.
func TestAccAccessRule_Subject_AliasUnknown_IsAnError(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	id := cp.CreateApplication(subject, "jane@acme.example").ID
	cli := applied(t, cp, ruleConfig(cp, defaultRule))
	rule := *cp.AccessRule(subject)
	description := fmt.Sprintf("access rule app/ci-pipeline/5/tenant/%s (ID %d", cp.TenantID(), rule.ID)
	cp.InjectFaultWith(acctest.ListApplications, "status", 403, -1)
	cp.ResetRequests()
	cli.Plan().Expect(t, 0, "No changes.") // the spellings are equal
	acctest.Expect(t, cp.ExpectCalls(acctest.ListApplications, 0))

	cp.SpellAccessRuleSubject(rule.ID, id)
	for _, status := range []int{403, 500} {
		cp.ClearFaults()
		cp.InjectFaultWith(acctest.ListApplications, "status", status, -1)
		cp.ResetRequests()
		cli.Apply().Expect(t, 1, "Unable to Read Access Rule", framework.Capital(description), fmt.Sprintf("responded with %d", status))
		acctest.Expect(t, cp.ExpectMutations(0))
		if state := cli.State()[address]; state == nil || state.AttributeValues["subject_id"] != subject {
			t.Errorf("the state has %v", state)
		}
	}
	cp.ClearFaults()
	cli.Plan().Expect(t, 0, "No changes.")
	cli.Destroy().Expect(t, 0, "1 destroyed")
}

func TestAccAccessRule_Subject_EmailCase_NoChange(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	config := ruleConfig(cp, `
  subject_id   = "Jane@Acme.example"
  subject_type = "user"
  role_id      = 5
  scope_type   = "tenant"`)
	cp.Test(
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig: func() {
				cp.SpellAccessRuleSubject(cp.AccessRule("Jane@Acme.example").ID, "jane@acme.example")
			},
			Config:            config,
			ConfigPlanChecks:  acctest.PreApply(plancheck.ExpectEmptyPlan()),
			ConfigStateChecks: []statecheck.StateCheck{stateHas("subject_id", knownvalue.StringExact("Jane@Acme.example"))},
		},
	)
}

// importBlock is the import block that an error prints for a rule.
func importBlock(id int) string {
	return fmt.Sprintf(`import { to = runai_access_rule.example id = "%d" }`, id)
}

func TestAccAccessRule_Create_AlreadyExists_PrintsImportBlock(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	existing := createOutOfBand(cp)
	cp.Test(
		resource.TestStep{
			Config:      ruleConfig(cp, defaultRule),
			ExpectError: acctest.ErrorContains(fmt.Sprintf(`already exists (ID %d)`, existing.ID)),
		},
		resource.TestStep{Config: ruleConfig(cp, defaultRule), ExpectError: acctest.ErrorContains(importBlock(existing.ID))},
		resource.TestStep{Config: cp.Config(""), Check: checkAll(activeRules(cp, 1), cp.ExpectMutations(0))},
		resource.TestStep{Config: ruleConfig(cp, defaultRule+"\nsubject_type = \"group\""), Check: checkAll(cp.ExpectMutations(1), cp.ExpectCalls(acctest.CreateAccessRule, 1))},
	)
}

func TestAccAccessRule_Create_Conflict_PrintsImportBlock(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	var existing mockserver.AccessRule
	cp.Test(
		resource.TestStep{
			// Another principal creates the same rule between the lookup and the create.
			PreConfig: func() {
				cp.OnCall(acctest.CreateAccessRule, func() {
					if cp.AccessRule(subject) == nil {
						existing = createOutOfBand(cp)
					}
				})
			},
			Config:      ruleConfig(cp, defaultRule),
			ExpectError: regexp.MustCompile(`(?s)already\s+exists.*responded\s+with\s+409.*import \{\s+to\s+= runai_access_rule\.example\s+id = "\d+"`),
		},
		resource.TestStep{
			PreConfig:   func() { cp.OnRequest(nil) },
			Config:      ruleConfig(cp, defaultRule),
			ExpectError: regexp.MustCompile(`already`),
		},
		resource.TestStep{Config: cp.Config(""), Check: func(s *terraform.State) error {
			if got := cp.AccessRule(subject); got == nil || *got != existing {
				return fmt.Errorf("there is %+v, want %+v, untouched", got, existing)
			}
			return cp.ExpectCalls(acctest.CreateAccessRule, 1)(s)
		}},
	)
}

func TestAccAccessRule_Drift_Deleted_IsRecreated(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	id := statecheck.CompareValue(compare.ValuesDiffer())
	cp.Test(
		resource.TestStep{
			Config:            ruleConfig(cp, defaultRule),
			ConfigStateChecks: []statecheck.StateCheck{id.AddStateValue(address, tfjsonpath.New("id"))},
			Check:             cp.NotWarned(""),
		},
		resource.TestStep{
			PreConfig:         func() { cp.DeleteAccessRule(cp.AccessRule(subject).ID) },
			Config:            ruleConfig(cp, defaultRule),
			ConfigPlanChecks:  acctest.PreApply(plancheck.ExpectResourceAction(address, plancheck.ResourceActionCreate)),
			ConfigStateChecks: []statecheck.StateCheck{id.AddStateValue(address, tfjsonpath.New("id"))},
			Check:             checkAll(activeRules(cp, 1), cp.Warned("Access Rule Removed From State"), cp.Warned("deleted outside of Terraform")),
		},
	)
}

// The control plane lists a rule with phase Deleting until its clusters have removed
// it.
func TestAccAccessRule_Drift_Deleting_CountsAsDeleted(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.24"})
	cp.Test(
		resource.TestStep{Config: ruleConfig(cp, defaultRule)},
		resource.TestStep{
			PreConfig:          func() { cp.SetAccessRuleStatus(cp.AccessRule(subject).ID, "Deleting", "") },
			RefreshState:       true,
			ExpectNonEmptyPlan: true,
			RefreshPlanChecks: resource.RefreshPlanChecks{PostRefresh: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionCreate),
			}},
		},
		resource.TestStep{
			PreConfig: func() { cp.DeleteAccessRule(cp.AccessRule(subject).ID) },
			Config:    ruleConfig(cp, defaultRule),
			Check:     checkAll(activeRules(cp, 1), cp.Warned("Access Rule Removed From State")),
		},
	)
}

func TestAccAccessRule_Read_Error_KeepsState(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"Forbidden": 403, "PageOfAGateway": 404} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			kind := map[int]string{403: "status", 404: "html"}[status]
			cp.Run(t,
				resource.TestStep{Config: ruleConfig(cp, defaultRule)},
				resource.TestStep{
					PreConfig: func() {
						cp.InjectFaultWith(acctest.ReadAccessRule, kind, status, -1)
						cp.InjectFaultWith(acctest.ListAccessRules, kind, status, -1)
					},
					Config:      ruleConfig(cp, defaultRule),
					ExpectError: regexp.MustCompile(`(?s)Unable to Read Access Rule.*` + acctest.ErrorContains("Access rule app/ci-pipeline/5/tenant/"+cp.TenantID()+" (ID ").String()),
				},
				resource.TestStep{
					PreConfig:        cp.ClearFaults,
					Config:           ruleConfig(cp, defaultRule),
					ConfigPlanChecks: acctest.PreApply(plancheck.ExpectEmptyPlan()),
				},
			)
		})
	}
}

func TestAccAccessRule_Delete_NotFound_Succeeds(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(
		resource.TestStep{Config: ruleConfig(cp, defaultRule)},
		resource.TestStep{
			// It is deleted between the refresh and the delete.
			PreConfig: func() {
				cp.OnCall(acctest.DeleteAccessRule, func() {
					if r := cp.AccessRule(subject); r != nil {
						cp.DeleteAccessRule(r.ID)
					}
				})
			},
			Config: cp.Config(""),
			Check:  cp.ExpectCalls(acctest.DeleteAccessRule, 1),
		},
	)
}

func TestAccAccessRule_Delete_Error_KeepsState(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(
		resource.TestStep{Config: ruleConfig(cp, defaultRule)},
		resource.TestStep{
			PreConfig:   func() { cp.InjectFaultWith(acctest.DeleteAccessRule, "status", 500, -1) },
			Config:      cp.Config(""),
			ExpectError: regexp.MustCompile(`(?s)Unable to Delete Access Rule.*` + acctest.ErrorContains("delete access rule app/ci-pipeline/5/tenant/"+cp.TenantID()+" (ID ").String() + `.*500`),
		},
		resource.TestStep{
			PreConfig:        cp.ClearFaults,
			Config:           ruleConfig(cp, defaultRule),
			ConfigPlanChecks: acctest.PreApply(plancheck.ExpectEmptyPlan()),
		},
	)
}

func TestAccAccessRule_Create_Forbidden_ShowsStatusAndCaller(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(
		resource.TestStep{
			PreConfig:   func() { cp.InjectFaultWith(acctest.CreateAccessRule, "status", 403, -1) },
			Config:      ruleConfig(cp, defaultRule),
			ExpectError: regexp.MustCompile(`(?s)Unable to Create Access Rule.*403\s+Forbidden.*Signed\s+in\s+at`),
		},
		resource.TestStep{PreConfig: cp.ClearFaults, Config: ruleConfig(cp, defaultRule), Check: activeRules(cp, 1)},
	)
}

func TestAccAccessRule_Destroy_RulesBeforeTheirApplication(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(
		resource.TestStep{Config: cp.Config(`
resource "runai_application" "test" { name = "ci-pipeline" }

resource "runai_access_rule" "test" {
  subject_id = runai_application.test.client_id
  role_id    = 5
  scope_type = "tenant"
}

resource "runai_access_rule" "other" {
  subject_id = runai_application.test.client_id
  role_id    = 6
  scope_type = "tenant"
}`)},
		resource.TestStep{
			Config: cp.Config(""),
			Check: func(*terraform.State) error {
				var deleted []string
				for _, r := range cp.Log() {
					if r.Method == "DELETE" {
						deleted = append(deleted, r.Route)
					}
				}
				const rulePath = "/api/v1/authorization/access-rules/{id}"
				if len(deleted) != 3 || deleted[0] != rulePath || deleted[1] != rulePath || deleted[2] == rulePath {
					return fmt.Errorf("deleted in the order %q, want two rules and then the application", deleted)
				}
				return nil
			},
		},
	)
}

// A rule costs few requests: the plan and the apply each check once whether it
// exists, the apply creates it, and the refresh reads it.
func TestAccAccessRule_Create_FewRequests(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(resource.TestStep{
		PreConfig: cp.ResetRequests,
		Config:    ruleConfig(cp, defaultRule),
		Check: func(s *terraform.State) error {
			if id := s.RootModule().Resources[address].Primary.ID; id != strconv.Itoa(cp.AccessRule(subject).ID) {
				return fmt.Errorf("id is %s", id)
			}
			if n := cp.Calls(acctest.ListAccessRules) + cp.Calls(acctest.ReadAccessRule); n > 3 {
				return fmt.Errorf("%d reads to create one rule: %v", n, cp.Requests())
			}
			return cp.ExpectCalls(acctest.CreateAccessRule, 1)(s)
		},
	})
}
