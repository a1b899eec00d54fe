package accessrule_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

const listAddress = "data.runai_access_rules.test"

// listConfig is a configuration with the data source.
func listConfig(cp *acctest.ControlPlane, arguments string) string {
	return cp.Config(fmt.Sprintf("data \"runai_access_rules\" \"test\" {\n  %s\n}\n", arguments))
}

// expectRules lists rules over the protocol, and expects these in this order.
func expectRules(t *testing.T, cp *acctest.ControlPlane, arguments acctest.Arguments, want ...mockserver.AccessRule) {
	t.Helper()
	var ids []string
	for _, rule := range want {
		ids = append(ids, strconv.Itoa(rule.ID))
	}
	cp.Protocol(t).ExpectList("runai_access_rules", arguments, "id", ids...)
}

// seededRules are rules of subjects of all types; the last one is deleted.
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

func TestAccessRules_All_OldestFirst(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := seedRules(cp)
	expectRules(t, cp, nil, r.own, r.app, r.user, r.group)
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
		ConfigStateChecks: []statecheck.StateCheck{cp.HoldsNoSecret()},
		ConfigPlanChecks:  acctest.EmptyAfter(),
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
				Config: listConfig(cp, ""),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(listAddress, tfjsonpath.New("access_rules").AtSliceIndex(0).AtMapKey("status"), want),
				},
			})
		})
	}
}

func TestAccessRules_Filters_Combine(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := seedRules(cp)
	expectRules(t, cp, acctest.Arguments{"subject_id": "dashboard"}, r.app)
	expectRules(t, cp, acctest.Arguments{"role_id": 14}, r.user, r.group)
	expectRules(t, cp, acctest.Arguments{"role_name": "data VOLUME administrator"}, r.user, r.group)
	expectRules(t, cp, acctest.Arguments{"scope_type": "project"}, r.user)
	expectRules(t, cp, acctest.Arguments{"scope_id": r.app.ScopeID}, r.app)
	expectRules(t, cp, acctest.Arguments{"role_id": 14, "subject_type": "group"}, r.group)
	expectRules(t, cp, acctest.Arguments{"role_id": 1, "subject_type": "group"})
	expectRules(t, cp, acctest.Arguments{"subject_id": "dashboard", "scope_type": "tenant"})
	expectRules(t, cp, acctest.Arguments{"subject_id": "nobody"})
	// A filter of the API cannot contain a comma.
	expectRules(t, cp, acctest.Arguments{"subject_id": "Researchers, all"}, r.group)
}

func TestAccessRules_SubjectID_CaseInsensitiveForUsersOnly(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := seedRules(cp)
	// With include_deleted the control plane lists all rules, and the provider filters them itself.
	expectRules(t, cp, acctest.Arguments{"subject_id": "Jane@Acme.example", "include_deleted": true}, r.user)
	expectRules(t, cp, acctest.Arguments{"subject_id": "Dashboard", "include_deleted": true})
}

func TestAccessRules_SubjectType_AppAndServiceAccountAreAliases(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := seedRules(cp)
	expectRules(t, cp, acctest.Arguments{"subject_type": "app"}, r.own, r.app)
	expectRules(t, cp, acctest.Arguments{"subject_type": "service-account"}, r.own, r.app)
	expectRules(t, cp, acctest.Arguments{"subject_type": "user"}, r.user)
}

// The output has the canonical subject type on every version, so an upgrade changes
// nothing.
func TestAccAccessRules_SubjectType_OutputIsCanonical(t *testing.T) {
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

func TestAccessRules_AllAuthenticatedUsers(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "3.0"})
	seedRules(cp)
	everyone := cp.CreateAccessRule(mockserver.AccessRule{
		SubjectType: "all-authenticated-users", RoleID: 15, ScopeType: "tenant", ScopeID: cp.TenantID(),
	})
	arguments := acctest.Arguments{"subject_type": "all-authenticated-users"}
	expectRules(t, cp, arguments, everyone)
	cp.Protocol(t).ExpectList("runai_access_rules", arguments, "subject_id", "<nil>")
	cp.Protocol(t).ExpectList("runai_access_rules", arguments, "subject_type", "all-authenticated-users")
	expectRules(t, cp, acctest.Arguments{"role_id": 15}, everyone)
}

// A filter by a role that does not exist is an error: an empty list would wrongly pass
// a check that the role is not assigned.
func TestAccessRules_Role_ResolvesLikeTheResource(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "3.0"})
	seedRules(cp)
	legacy := cp.CreateAccessRule(mockserver.AccessRule{
		SubjectID: "joe@acme.example", SubjectType: "user", RoleID: 2, ScopeType: "department", ScopeID: cp.Departments()[0].ID,
	})
	for _, c := range []struct {
		arguments      acctest.Arguments
		argument, want string
	}{
		{acctest.Arguments{"role_name": "Systm administrator"}, "role_name", `There is no role with the name "Systm administrator" on ` + cp.URL + `. Did you mean "System administrator"`},
		{acctest.Arguments{"role_name": "Systm administrator"}, "role_name", `The data source runai_roles lists all available roles.`},
		{acctest.Arguments{"role_id": 4711}, "role_id", `There is no role with the ID "4711" on ` + cp.URL},
		{acctest.Arguments{"role_id": 14, "role_name": "Viewer"}, "role_name", `The role with the ID 14 is "Data volume administrator", not "Viewer"`},
		{acctest.Arguments{"role_id": 4711, "role_name": "Viewer"}, "role_id", `There is no role with the ID "4711"`},
		{acctest.Arguments{"role_id": 1.5}, "role_id", `role_id must be a whole number.`},
		{acctest.Arguments{"role_name": ""}, "role_name", `role_name must not be empty.`},
		// In 3.0 this name denotes another role than the one assigned above.
		{acctest.Arguments{"role_name": "Department administrator"}, "role_name", `"Department administrator (Legacy)" has the ID 2 (deprecated)`},
	} {
		cp.Protocol(t).ReadError("runai_access_rules", c.arguments).ExpectErrorAt(t, c.argument, c.want)
	}
	expectRules(t, cp, acctest.Arguments{"role_name": "department administrator (legacy)"}, legacy)
	expectRules(t, cp, acctest.Arguments{"role_id": 2}, legacy)
	expectRules(t, cp, acctest.Arguments{"role_id": 32, "role_name": "Department administrator"}) // a role without rules
}

func TestAccessRules_Role_WithoutPermissionToListRoles(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := seedRules(cp)
	cp.InjectFaultWith(acctest.ListRoles, "status", 403, -1)
	expectRules(t, cp, acctest.Arguments{"role_id": 14}, r.user, r.group)
	cp.Protocol(t).ReadError("runai_access_rules", acctest.Arguments{"role_name": "Viewer"}).ExpectErrorAt(t, "", `responded with 403`)
}

func TestAccessRules_IncludeDeleted(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := seedRules(cp)
	withDeleted := acctest.Arguments{"subject_id": "dashboard", "include_deleted": true}
	expectRules(t, cp, withDeleted, r.app, r.deleted)
	read, _ := cp.Protocol(t).ReadDataSource("runai_access_rules", withDeleted)
	rules, _ := read["access_rules"].([]any)
	if deleted, _ := rules[1].(map[string]any); deleted["deleted_at"] == nil {
		t.Errorf("no deleted_at in %v", deleted)
	}
	expectRules(t, cp, acctest.Arguments{"subject_id": "dashboard", "include_deleted": false}, r.app)
	expectRules(t, cp, acctest.Arguments{"include_deleted": true}, r.own, r.app, r.user, r.group, r.deleted)
}

func TestAccessRules_Filters_Invalid(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	for _, c := range []struct {
		argument string
		value    any
		want     string
	}{
		{"subject_type", "robot", `value must be one of`},
		{"scope_type", "node", `value must be one of`},
		{"role_id", -1, `value must be at least 0`},
		{"subject_id", "", `subject_id must not be empty.`},
	} {
		cp.Protocol(t).ReadError("runai_access_rules", acctest.Arguments{c.argument: c.value}).ExpectErrorAt(t, c.argument, c.want)
	}
}

func TestAccessRules_501_OneRequestForASubject_TwoForTheRest(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: acctest.Version(), Applications: 4, AccessRules: 501})
	for name, c := range map[string]struct {
		arguments acctest.Arguments
		matches   func(mockserver.AccessRule) bool
		requests  int
	}{
		"all":          {nil, func(mockserver.AccessRule) bool { return true }, 2},
		"of a subject": {acctest.Arguments{"subject_id": "app-0002"}, func(r mockserver.AccessRule) bool { return r.SubjectID == "app-0002" }, 1},
		"of a role":    {acctest.Arguments{"role_id": 14}, func(r mockserver.AccessRule) bool { return r.RoleID == 14 }, 2},
	} {
		cp.ResetRequests()
		expectRules(t, cp, c.arguments, slices.DeleteFunc(cp.State().AccessRules, func(r mockserver.AccessRule) bool { return !c.matches(r) })...)
		if got := cp.Calls(acctest.ListAccessRules); got != c.requests {
			t.Errorf("%s: %d requests, want %d", name, got, c.requests)
		}
	}
}
