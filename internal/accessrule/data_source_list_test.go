package accessrule_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

const (
	listAddress = "data.runai_access_rules.test"
	listBlock   = `data "runai_access_rules" "test"`
)

// listConfig is a configuration with the data source, and the IDs of its rules as an output.
func listConfig(cp *acctest.ControlPlane, arguments ...string) string {
	return cp.Config(fmt.Sprintf(`
%s {
  %s
}
output "ids" { value = %s.access_rules[*].id }`, listBlock, strings.Join(arguments, "\n  "), listAddress))
}

// expectRules is a step that expects these rules, in this order.
func expectRules(cp *acctest.ControlPlane, want []mockserver.AccessRule, arguments ...string) resource.TestStep {
	checks := make([]knownvalue.Check, 0, len(want))
	for _, rule := range want {
		checks = append(checks, knownvalue.StringExact(strconv.Itoa(rule.ID)))
	}
	return resource.TestStep{
		Config: listConfig(cp, arguments...),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("ids", knownvalue.ListExact(checks)),
			cp.HoldsNoSecret(),
		},
	}
}

// seededRules are the rules of a control plane with one rule for each type of subject.
type seededRules struct{ own, app, user, group, deleted mockserver.AccessRule }

func seedRules(cp *acctest.ControlPlane) seededRules {
	cp.CreateApplication("dashboard", "jane@acme.example")
	add := func(subject, subjectType string, role int, scopeType, scopeID string) mockserver.AccessRule {
		return cp.CreateAccessRule(mockserver.AccessRule{
			SubjectID: subject, SubjectType: subjectType, RoleID: role, ScopeType: scopeType, ScopeID: scopeID, CreatedBy: "jane@acme.example",
		})
	}
	r := seededRules{
		own:     cp.State().AccessRules[0],
		app:     add("dashboard", "app", 1, "cluster", cp.Clusters()[0].ID),
		user:    add("jane@acme.example", "user", 14, "project", "11"),
		group:   add("Researchers, all", "group", 14, "department", cp.Departments()[0].ID),
		deleted: add("dashboard", "app", 14, "cluster", cp.Clusters()[1].ID),
	}
	cp.DeleteAccessRule(r.deleted.ID)
	return r
}

func TestAccAccessRules_All_OldestFirst(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := seedRules(cp)
	step := expectRules(cp, []mockserver.AccessRule{r.own, r.app, r.user, r.group})
	step.ConfigPlanChecks.PostApplyPostRefresh = []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}
	cp.Test(step)
}

func TestAccAccessRules_EveryAttribute(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := seedRules(cp)
	cp.Test(resource.TestStep{
		Config: listConfig(cp, `subject_id = "jane@acme.example"`),
		Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttr(listAddress, "access_rules.#", "1"),
			resource.TestCheckResourceAttr(listAddress, "access_rules.0.id", strconv.Itoa(r.user.ID)),
			resource.TestCheckResourceAttr(listAddress, "access_rules.0.subject_id", "jane@acme.example"),
			resource.TestCheckResourceAttr(listAddress, "access_rules.0.subject_type", "user"),
			resource.TestCheckResourceAttr(listAddress, "access_rules.0.role_id", "14"),
			resource.TestCheckResourceAttr(listAddress, "access_rules.0.role_name", "Data volume administrator"),
			resource.TestCheckResourceAttr(listAddress, "access_rules.0.scope_type", "project"),
			resource.TestCheckResourceAttr(listAddress, "access_rules.0.scope_id", "11"),
			resource.TestCheckResourceAttr(listAddress, "access_rules.0.scope_name", "vision"),
			resource.TestCheckResourceAttr(listAddress, "access_rules.0.created_by", "jane@acme.example"),
			resource.TestCheckResourceAttr(listAddress, "access_rules.0.tenant_id", cp.TenantID()),
			resource.TestCheckResourceAttrSet(listAddress, "access_rules.0.created_at"),
			resource.TestCheckResourceAttrSet(listAddress, "access_rules.0.updated_at"),
			resource.TestCheckNoResourceAttr(listAddress, "access_rules.0.deleted_at"),
		),
	})
}

func TestAccAccessRules_Status_From222On(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]knownvalue.Check{
		"2.21": knownvalue.Null(),
		"2.22": knownvalue.StringExact("Ready"),
	} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: version})
			cp.Test(resource.TestStep{
				Config: listConfig(cp),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(listAddress, tfjsonpath.New("access_rules").AtSliceIndex(0).AtMapKey("status"), want),
				},
			})
		})
	}
}

func TestAccAccessRules_Filters_Combine(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := seedRules(cp)
	cp.Test(
		expectRules(cp, []mockserver.AccessRule{r.app}, `subject_id = "dashboard"`),
		expectRules(cp, []mockserver.AccessRule{r.user, r.group}, `role_id = 14`),
		expectRules(cp, []mockserver.AccessRule{r.user, r.group}, `role_name = "data VOLUME administrator"`),
		expectRules(cp, []mockserver.AccessRule{r.user}, `scope_type = "project"`),
		expectRules(cp, []mockserver.AccessRule{r.app}, fmt.Sprintf(`scope_id = %q`, r.app.ScopeID)),
		expectRules(cp, []mockserver.AccessRule{r.group}, `role_id = 14`, `subject_type = "group"`),
		expectRules(cp, []mockserver.AccessRule{}, `role_id = 1`, `subject_type = "group"`),
		expectRules(cp, []mockserver.AccessRule{}, `subject_id = "dashboard"`, `scope_type = "tenant"`),
		expectRules(cp, []mockserver.AccessRule{}, `subject_id = "nobody"`),
	)
}

func TestAccAccessRules_SubjectID_WithAComma(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := seedRules(cp) // a filter of the API cannot contain a comma
	cp.Test(expectRules(cp, []mockserver.AccessRule{r.group}, `subject_id = "Researchers, all"`))
}

func TestAccAccessRules_SubjectID_CaseInsensitiveForUsersOnly(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := seedRules(cp)
	// With include_deleted the control plane lists all rules, and the provider filters them itself.
	cp.Test(
		expectRules(cp, []mockserver.AccessRule{r.user}, `subject_id = "Jane@Acme.example"`, `include_deleted = true`),
		expectRules(cp, []mockserver.AccessRule{}, `subject_id = "Dashboard"`, `include_deleted = true`),
	)
}

func TestAccAccessRules_SubjectType_AppAndServiceAccountAreAliases(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := seedRules(cp)
	cp.Test(
		expectRules(cp, []mockserver.AccessRule{r.own, r.app}, `subject_type = "app"`),
		expectRules(cp, []mockserver.AccessRule{r.own, r.app}, `subject_type = "service-account"`),
		expectRules(cp, []mockserver.AccessRule{r.user}, `subject_type = "user"`),
	)
}

// Both spellings of the control planes are one output, so an upgrade changes nothing.
func TestAccAccessRules_SubjectType_IsAppOnEachControlPlane(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.23", "2.24", "3.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: version})
			cp.Test(resource.TestStep{
				Config: listConfig(cp, `subject_id = "terraform"`) + `
data "runai_application" "test" { name = "terraform" }
data "runai_caller" "test" {}`,
				Check: resource.ComposeAggregateTestCheckFunc(
					resource.TestCheckResourceAttr(listAddress, "access_rules.0.subject_type", "app"),
					resource.TestCheckResourceAttr("data.runai_application.test", "access_rules.0.subject_type", "app"),
					resource.TestCheckResourceAttr("data.runai_caller.test", "access_rules.0.subject_type", "app"),
				),
			})
		})
	}
}

func TestAccAccessRules_AllAuthenticatedUsers(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "3.0"})
	seedRules(cp)
	everyone := cp.CreateAccessRule(mockserver.AccessRule{
		SubjectType: "all-authenticated-users", RoleID: 15, ScopeType: "tenant", ScopeID: cp.TenantID(),
	})
	step := expectRules(cp, []mockserver.AccessRule{everyone}, `subject_type = "all-authenticated-users"`)
	step.ConfigStateChecks = append(step.ConfigStateChecks,
		statecheck.ExpectKnownValue(listAddress, tfjsonpath.New("access_rules").AtSliceIndex(0).AtMapKey("subject_id"), knownvalue.Null()),
		statecheck.ExpectKnownValue(listAddress, tfjsonpath.New("access_rules").AtSliceIndex(0).AtMapKey("subject_type"), knownvalue.StringExact("all-authenticated-users")))
	cp.Test(step, expectRules(cp, []mockserver.AccessRule{everyone}, `role_id = 15`))
}

// A filter by a role that does not exist must not pass a check that nobody has it.
func TestAccAccessRules_Role_ResolvesLikeTheResource(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "3.0"})
	seedRules(cp)
	legacy := cp.CreateAccessRule(mockserver.AccessRule{
		SubjectID: "joe@acme.example", SubjectType: "user", RoleID: 2, ScopeType: "department", ScopeID: cp.Departments()[0].ID,
	})
	expectError := func(argument, text string, arguments ...string) resource.TestStep {
		return resource.TestStep{Config: listConfig(cp, arguments...), ExpectError: acctest.ErrorAtAttribute(listBlock, argument, text)}
	}
	cp.Test(
		expectError("role_name", `There is no role with the name "Systm administrator" on `+cp.URL+`. Did you mean "System administrator"`, `role_name = "Systm administrator"`),
		expectError("role_name", `The data source runai_roles lists all available roles.`, `role_name = "Systm administrator"`),
		expectError("role_id", `There is no role with the ID "4711" on `+cp.URL, `role_id = 4711`),
		expectError("role_name", `The role with the ID 14 is "Data volume administrator", not "Viewer"`, `role_id = 14`, `role_name = "Viewer"`),
		expectError("role_id", `There is no role with the ID "4711"`, `role_id = 4711`, `role_name = "Viewer"`),
		expectError("role_id", `role_id must be a whole number.`, `role_id = 1.5`),
		expectError("role_name", `role_name must not be empty.`, `role_name = ""`),
		// In 3.0 this name denotes another role than the one assigned above.
		expectError("role_name", `"Department administrator (Legacy)" has the ID 2 (deprecated)`, `role_name = "Department administrator"`),
		expectRules(cp, []mockserver.AccessRule{legacy}, `role_name = "department administrator (legacy)"`),
		expectRules(cp, []mockserver.AccessRule{legacy}, `role_id = 2`),
		expectRules(cp, []mockserver.AccessRule{}, `role_id = 32`, `role_name = "Department administrator"`), // a role that nobody has
	)
}

func TestAccAccessRules_Role_WithoutPermissionToListRoles(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := seedRules(cp)
	cp.InjectFaultWith(acctest.ListRoles, "status", 403, -1)
	cp.Test(
		expectRules(cp, []mockserver.AccessRule{r.user, r.group}, `role_id = 14`),
		resource.TestStep{Config: listConfig(cp, `role_name = "Viewer"`), ExpectError: acctest.ErrorAtBlock(listBlock, `responded with 403`)},
	)
}

func TestAccAccessRules_IncludeDeleted(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := seedRules(cp)
	deletedAt := tfjsonpath.New("access_rules").AtSliceIndex(1).AtMapKey("deleted_at")
	withDeleted := expectRules(cp, []mockserver.AccessRule{r.app, r.deleted}, `subject_id = "dashboard"`, `include_deleted = true`)
	withDeleted.ConfigStateChecks = append(withDeleted.ConfigStateChecks,
		statecheck.ExpectKnownValue(listAddress, deletedAt, knownvalue.NotNull()))
	cp.Test(
		withDeleted,
		expectRules(cp, []mockserver.AccessRule{r.app}, `subject_id = "dashboard"`, `include_deleted = false`),
		expectRules(cp, []mockserver.AccessRule{r.own, r.app, r.user, r.group, r.deleted}, `include_deleted = true`),
	)
}

func TestAccAccessRules_Filters_Invalid(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(
		resource.TestStep{Config: listConfig(cp, `subject_type = "robot"`), ExpectError: acctest.ErrorAtAttribute(listBlock, "subject_type", `value must be one of`)},
		resource.TestStep{Config: listConfig(cp, `scope_type = "node"`), ExpectError: acctest.ErrorAtAttribute(listBlock, "scope_type", `value must be one of`)},
		resource.TestStep{Config: listConfig(cp, `role_id = -1`), ExpectError: acctest.ErrorAtAttribute(listBlock, "role_id", `value must be at least 0`)},
		resource.TestStep{Config: listConfig(cp, `subject_id = ""`), ExpectError: acctest.ErrorAtAttribute(listBlock, "subject_id", `subject_id must not be empty.`)},
	)
}

func TestAccAccessRules_501_OneRequestForASubject_TwoForTheRest(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments []string
		matches   func(mockserver.AccessRule) bool
		requests  int
	}{
		"all": {
			matches:  func(mockserver.AccessRule) bool { return true },
			requests: 2,
		},
		"of a subject": {
			arguments: []string{`subject_id = "app-0002"`},
			matches:   func(r mockserver.AccessRule) bool { return r.SubjectID == "app-0002" },
			requests:  1,
		},
		"of a role": {
			arguments: []string{`role_id = 14`},
			matches:   func(r mockserver.AccessRule) bool { return r.RoleID == 14 },
			requests:  2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: acctest.Version(), Applications: 4, AccessRules: 501})
			want := slices.DeleteFunc(cp.State().AccessRules, func(r mockserver.AccessRule) bool { return !test.matches(r) })
			step := expectRules(cp, want, test.arguments...)
			step.Check = cp.ExpectCallsPerRunOf(acctest.ListAccessRules, test.requests)
			cp.Test(step)
		})
	}
}
