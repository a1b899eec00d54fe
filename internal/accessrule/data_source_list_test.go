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

// listed is a configuration with a list, and its ids as an output.
func listed(cp *acctest.ControlPlane, arguments ...string) string {
	return cp.Config(fmt.Sprintf(`
%s {
  %s
}
output "ids" { value = %s.access_rules[*].id }`, listBlock, strings.Join(arguments, "\n  "), listAddress))
}

// lists is a step that expects these rules, in this order.
func lists(cp *acctest.ControlPlane, want []mockserver.AccessRule, arguments ...string) resource.TestStep {
	checks := make([]knownvalue.Check, 0, len(want))
	for _, rule := range want {
		checks = append(checks, knownvalue.StringExact(strconv.Itoa(rule.ID)))
	}
	return resource.TestStep{
		Config: listed(cp, arguments...),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("ids", knownvalue.ListExact(checks)),
			cp.HoldsNoSecret(),
		},
	}
}

// rules are those of a control plane with one of each kind of subject.
type rules struct{ own, app, user, group, deleted mockserver.AccessRule }

func someRules(cp *acctest.ControlPlane) rules {
	cp.CreateApplication("dashboard", "jane@acme.example")
	add := func(subject, subjectType string, role int, scopeType, scopeID string) mockserver.AccessRule {
		return cp.CreateAccessRule(mockserver.AccessRule{
			SubjectID: subject, SubjectType: subjectType, RoleID: role, ScopeType: scopeType, ScopeID: scopeID, CreatedBy: "jane@acme.example",
		})
	}
	r := rules{
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
	r := someRules(cp)
	step := lists(cp, []mockserver.AccessRule{r.own, r.app, r.user, r.group})
	step.ConfigPlanChecks.PostApplyPostRefresh = []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}
	cp.Test(step)
}

func TestAccAccessRules_EveryAttribute(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := someRules(cp)
	cp.Test(resource.TestStep{
		Config: listed(cp, `subject_id = "jane@acme.example"`),
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

func TestAccAccessRules_Status_IsToldFrom222On(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]knownvalue.Check{
		"2.21": knownvalue.Null(),
		"2.22": knownvalue.StringExact("Ready"),
	} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: version})
			cp.Test(resource.TestStep{
				Config: listed(cp),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(listAddress, tfjsonpath.New("access_rules").AtSliceIndex(0).AtMapKey("status"), want),
				},
			})
		})
	}
}

func TestAccAccessRules_Filters_NarrowTogether(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := someRules(cp)
	type list = []mockserver.AccessRule
	cp.Test(
		lists(cp, list{r.app}, `subject_id = "dashboard"`),
		lists(cp, list{r.user, r.group}, `role_id = 14`),
		lists(cp, list{r.user, r.group}, `role_name = "data VOLUME administrator"`),
		lists(cp, list{r.user}, `scope_type = "project"`),
		lists(cp, list{r.app}, fmt.Sprintf(`scope_id = %q`, r.app.ScopeID)),
		lists(cp, list{r.group}, `role_id = 14`, `subject_type = "group"`),
		lists(cp, list{}, `role_id = 1`, `subject_type = "group"`),
		lists(cp, list{}, `subject_id = "dashboard"`, `scope_type = "tenant"`),
		lists(cp, list{}, `subject_id = "nobody"`),
	)
}

func TestAccAccessRules_SubjectID_WithAComma(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := someRules(cp) // what a filter of the API cannot hold
	cp.Test(lists(cp, []mockserver.AccessRule{r.group}, `subject_id = "Researchers, all"`))
}

func TestAccAccessRules_SubjectID_LetterCase_CountsButForUsers(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := someRules(cp)
	// All rules are asked for here, so that the answer is the provider's own.
	cp.Test(
		lists(cp, []mockserver.AccessRule{r.user}, `subject_id = "Jane@Acme.example"`, `include_deleted = true`),
		lists(cp, []mockserver.AccessRule{}, `subject_id = "Dashboard"`, `include_deleted = true`),
	)
}

func TestAccAccessRules_SubjectType_AppAndServiceAccountAreOne(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := someRules(cp)
	cp.Test(
		lists(cp, []mockserver.AccessRule{r.own, r.app}, `subject_type = "app"`),
		lists(cp, []mockserver.AccessRule{r.own, r.app}, `subject_type = "service-account"`),
		lists(cp, []mockserver.AccessRule{r.user}, `subject_type = "user"`),
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
				Config: listed(cp, `subject_id = "terraform"`) + `
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
	someRules(cp)
	everybody := cp.CreateAccessRule(mockserver.AccessRule{
		SubjectType: "all-authenticated-users", RoleID: 15, ScopeType: "tenant", ScopeID: cp.TenantID(),
	})
	step := lists(cp, []mockserver.AccessRule{everybody}, `subject_type = "all-authenticated-users"`)
	step.ConfigStateChecks = append(step.ConfigStateChecks,
		statecheck.ExpectKnownValue(listAddress, tfjsonpath.New("access_rules").AtSliceIndex(0).AtMapKey("subject_id"), knownvalue.Null()),
		statecheck.ExpectKnownValue(listAddress, tfjsonpath.New("access_rules").AtSliceIndex(0).AtMapKey("subject_type"), knownvalue.StringExact("all-authenticated-users")))
	cp.Test(step, lists(cp, []mockserver.AccessRule{everybody}, `role_id = 15`))
}

// A filter by a role that does not exist must not pass a check that nobody has it.
func TestAccAccessRules_Role_IsResolvedAsTheResourceDoes(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "3.0"})
	someRules(cp)
	legacy := cp.CreateAccessRule(mockserver.AccessRule{
		SubjectID: "joe@acme.example", SubjectType: "user", RoleID: 2, ScopeType: "department", ScopeID: cp.Departments()[0].ID,
	})
	fails := func(argument, says string, arguments ...string) resource.TestStep {
		return resource.TestStep{Config: listed(cp, arguments...), ExpectError: acctest.ErrorAtAttribute(listBlock, argument, says)}
	}
	cp.Test(
		fails("role_name", `There is no role with the name "Systm administrator" on `+cp.URL+`. Did you mean "System administrator"`, `role_name = "Systm administrator"`),
		fails("role_name", `The data source runai_roles lists all available roles.`, `role_name = "Systm administrator"`),
		fails("role_id", `There is no role with the ID "4711" on `+cp.URL, `role_id = 4711`),
		fails("role_name", `The role with the ID 14 is "Data volume administrator", not "Viewer"`, `role_id = 14`, `role_name = "Viewer"`),
		fails("role_id", `There is no role with the ID "4711"`, `role_id = 4711`, `role_name = "Viewer"`),
		fails("role_id", `role_id must be a whole number.`, `role_id = 1.5`),
		fails("role_name", `role_name must not be empty.`, `role_name = ""`),
		// In 3.0 this name denotes another role than the one assigned above.
		fails("role_name", `"Department administrator (Legacy)" has the ID 2 (deprecated)`, `role_name = "Department administrator"`),
		lists(cp, []mockserver.AccessRule{legacy}, `role_name = "department administrator (legacy)"`),
		lists(cp, []mockserver.AccessRule{legacy}, `role_id = 2`),
		lists(cp, []mockserver.AccessRule{}, `role_id = 32`, `role_name = "Department administrator"`), // a role that nobody has
	)
}

func TestAccAccessRules_Role_WithoutPermissionToListRoles(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := someRules(cp)
	cp.InjectFaultWith(acctest.ListRoles, "status", 403, -1)
	cp.Test(
		lists(cp, []mockserver.AccessRule{r.user, r.group}, `role_id = 14`),
		resource.TestStep{Config: listed(cp, `role_name = "Viewer"`), ExpectError: acctest.ErrorAtBlock(listBlock, `responded with 403`)},
	)
}

func TestAccAccessRules_IncludeDeleted(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := someRules(cp)
	deletedAt := tfjsonpath.New("access_rules").AtSliceIndex(1).AtMapKey("deleted_at")
	with := lists(cp, []mockserver.AccessRule{r.app, r.deleted}, `subject_id = "dashboard"`, `include_deleted = true`)
	with.ConfigStateChecks = append(with.ConfigStateChecks,
		statecheck.ExpectKnownValue(listAddress, deletedAt, knownvalue.NotNull()))
	cp.Test(
		with,
		lists(cp, []mockserver.AccessRule{r.app}, `subject_id = "dashboard"`, `include_deleted = false`),
		lists(cp, []mockserver.AccessRule{r.own, r.app, r.user, r.group, r.deleted}, `include_deleted = true`),
	)
}

func TestAccAccessRules_BadFilters_AreRefused(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(
		resource.TestStep{Config: listed(cp, `subject_type = "robot"`), ExpectError: acctest.ErrorAtAttribute(listBlock, "subject_type", `value must be one of`)},
		resource.TestStep{Config: listed(cp, `scope_type = "node"`), ExpectError: acctest.ErrorAtAttribute(listBlock, "scope_type", `value must be one of`)},
		resource.TestStep{Config: listed(cp, `role_id = -1`), ExpectError: acctest.ErrorAtAttribute(listBlock, "role_id", `value must be at least 0`)},
		resource.TestStep{Config: listed(cp, `subject_id = ""`), ExpectError: acctest.ErrorAtAttribute(listBlock, "subject_id", `subject_id must not be empty.`)},
	)
}

func TestAccAccessRules_501_OneRequestForASubject_TwoForTheRest(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments []string
		wanted    func(mockserver.AccessRule) bool
		requests  int
	}{
		"all": {
			wanted:   func(mockserver.AccessRule) bool { return true },
			requests: 2,
		},
		"of a subject": {
			arguments: []string{`subject_id = "app-0002"`},
			wanted:    func(r mockserver.AccessRule) bool { return r.SubjectID == "app-0002" },
			requests:  1,
		},
		"of a role": {
			arguments: []string{`role_id = 14`},
			wanted:    func(r mockserver.AccessRule) bool { return r.RoleID == 14 },
			requests:  2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: acctest.Version(), Applications: 4, AccessRules: 501})
			want := slices.DeleteFunc(cp.State().AccessRules, func(r mockserver.AccessRule) bool { return !test.wanted(r) })
			step := lists(cp, want, test.arguments...)
			step.Check = cp.ExpectCallsPerRunOf(acctest.ListAccessRules, test.requests)
			cp.Test(step)
		})
	}
}
