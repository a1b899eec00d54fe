package accessrule_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

const (
	lockout = "Provider Would Lock Itself Out"
	// admin and reader are the IDs of a role that manages access rules and of one that
	// does not.
	admin, reader = 1, 14
	// departmentAdmin manages access rules as well.
	departmentAdmin = 2
)

// ownRule returns a rule of the provider's own application.
func ownRule(role int, scopeType, scopeID string) mockserver.AccessRule {
	return mockserver.AccessRule{SubjectID: "terraform", SubjectType: "app", RoleID: role, ScopeType: scopeType, ScopeID: scopeID, CreatedBy: "jane@acme.example"}
}

// ruleBlock returns a resource of a rule, and the block that imports it.
func ruleBlock(name string, r mockserver.AccessRule) (block, imports string) {
	block = fmt.Sprintf("resource \"runai_access_rule\" %q {\n  subject_id = %q\n  subject_type = %q\n  role_id = %d\n  scope_type = %q\n  scope_id = %q\n}\n",
		name, r.SubjectID, r.SubjectType, r.RoleID, r.ScopeType, r.ScopeID)
	return block, fmt.Sprintf("import {\n  to = runai_access_rule.%s\n  id = \"%d\"\n}\n", name, r.ID)
}

// managing returns a CLI whose state manages these rules, and their blocks.
func managing(t *testing.T, cp *acctest.ControlPlane, rules ...mockserver.AccessRule) (*acctest.CLI, []string) {
	t.Helper()
	cli := cp.CLI(t)
	var blocks []string
	var imports strings.Builder
	for i, r := range rules {
		block, imported := ruleBlock(fmt.Sprintf("rule%d", i), r)
		blocks = append(blocks, block)
		imports.WriteString(imported)
	}
	cli.Configure(cp.Config(strings.Join(blocks, "") + imports.String()))
	cli.Apply().Expect(t, 0, fmt.Sprintf("%d imported, 0 added, 0 changed, 0 destroyed", len(rules)))
	return cli, blocks
}

// The provider refuses to delete or replace a rule that permits itself to manage
// applications or access rules.
func TestAccAccessRule_Lockout_Refused(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	for name, run := range map[string]func(t *testing.T, cp *acctest.ControlPlane, cli *acctest.CLI, block string) acctest.Result{
		"Destroy": func(_ *testing.T, _ *acctest.ControlPlane, cli *acctest.CLI, _ string) acctest.Result {
			return cli.Destroy()
		},
		"Removed": func(_ *testing.T, cp *acctest.ControlPlane, cli *acctest.CLI, _ string) acctest.Result {
			cli.Configure(cp.Config(""))
			return cli.Apply()
		},
		"AnotherRole": func(_ *testing.T, cp *acctest.ControlPlane, cli *acctest.CLI, block string) acctest.Result {
			cli.Configure(cp.Config(strings.Replace(block, "role_id = 1\n", "role_id = 5\n", 1)))
			return cli.Apply()
		},
		"Replace": func(_ *testing.T, _ *acctest.ControlPlane, cli *acctest.CLI, _ string) acctest.Result {
			return cli.Apply("-replace=runai_access_rule.rule0")
		},
		// Nothing but private state tells the plan that the rule is the resource's own.
		"ReplacePlannedWithoutARefresh": func(_ *testing.T, _ *acctest.ControlPlane, cli *acctest.CLI, _ string) acctest.Result {
			return cli.Plan("-replace=runai_access_rule.rule0", "-refresh=false")
		},
		"Tainted": func(t *testing.T, _ *acctest.ControlPlane, cli *acctest.CLI, _ string) acctest.Result {
			t.Helper()
			cli.Run("taint", "runai_access_rule.rule0").Expect(t, 0)
			return cli.Apply()
		},
		"TaintedWithoutARefresh": func(t *testing.T, _ *acctest.ControlPlane, cli *acctest.CLI, _ string) acctest.Result {
			t.Helper()
			cli.Run("taint", "runai_access_rule.rule0").Expect(t, 0)
			return cli.Apply("-refresh=false")
		},
		// If the permissions of a role cannot be read, the provider assumes that it may
		// manage access.
		"RolesForbidden": func(_ *testing.T, cp *acctest.ControlPlane, cli *acctest.CLI, _ string) acctest.Result {
			cp.InjectFaultWith(acctest.ListRoles, "status", 403, -1)
			return cli.Destroy()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			own := *cp.AccessRule("terraform")
			cli, blocks := managing(t, cp, own)
			cp.ResetRequests()
			run(t, cp, cli, blocks[0]).Expect(t, 1, lockout,
				fmt.Sprintf("terraform/1/tenant/%s (ID %d", cp.TenantID(), own.ID), "set allow_self_lockout = true")
			acctest.Expect(t, cp.ExpectMutations(0))
			if now := cp.AccessRule("terraform"); now == nil || *now != own {
				t.Errorf("the rule is %v, want %v", now, own)
			}
		})
	}
}

// A rule of the provider's own application can be deleted if it permits nothing that
// the provider needs, or if another rule of the caller covers its role and scope.
func TestAccessRule_Lockout_OtherRules(t *testing.T) {
	t.Parallel()
	project := func(cp *acctest.ControlPlane) mockserver.AccessRule {
		return ownRule(admin, "project", cp.Projects()[0].ID)
	}
	tenant := func(change func(*mockserver.AccessRule)) func(cp *acctest.ControlPlane) mockserver.AccessRule {
		return func(cp *acctest.ControlPlane) mockserver.AccessRule {
			r := ownRule(admin, "tenant", cp.TenantID())
			change(&r)
			return r
		}
	}
	for name, c := range map[string]struct {
		target    func(cp *acctest.ControlPlane) mockserver.AccessRule // is deleted
		other     func(cp *acctest.ControlPlane) mockserver.AccessRule // remains
		forbidden []acctest.Call                                       // while planning
		permitted bool
	}{
		"AnotherSubject":              {target: tenant(func(r *mockserver.AccessRule) { r.SubjectID = "another" }), permitted: true},
		"GroupWithTheSameName":        {target: tenant(func(r *mockserver.AccessRule) { r.SubjectType = "group" }), permitted: true},
		"RoleWithoutAccessManagement": {target: tenant(func(r *mockserver.AccessRule) { r.RoleID = reader }), permitted: true},
		"RolesForbidden":              {target: tenant(func(r *mockserver.AccessRule) { r.RoleID = reader }), forbidden: []acctest.Call{acctest.ListRoles}},

		"WiderRuleRemains":   {target: project, other: tenant(func(*mockserver.AccessRule) {}), permitted: true},
		"AnotherRoleRemains": {target: project, other: tenant(func(r *mockserver.AccessRule) { r.RoleID = departmentAdmin }), permitted: true},
		"ClusterOfTheProjectRemains": {target: project, permitted: true, other: func(cp *acctest.ControlPlane) mockserver.AccessRule {
			return ownRule(admin, "cluster", cp.Projects()[0].ClusterID)
		}},
		"DepartmentOfTheProjectRemains": {target: project, permitted: true, other: func(cp *acctest.ControlPlane) mockserver.AccessRule {
			return ownRule(admin, "department", cp.Projects()[0].DepartmentID)
		}},
		"AnotherClusterRemains": {target: project, other: func(cp *acctest.ControlPlane) mockserver.AccessRule {
			return ownRule(admin, "cluster", cp.Clusters()[1].ID)
		}},
		"AnotherDepartmentRemains": {target: project, other: func(cp *acctest.ControlPlane) mockserver.AccessRule {
			return ownRule(admin, "department", cp.Departments()[1].ID)
		}},
		"AnotherProjectRemains": {target: project, other: func(cp *acctest.ControlPlane) mockserver.AccessRule {
			return ownRule(admin, "project", cp.Projects()[1].ID)
		}},
		"ProjectsForbidden": {target: project, forbidden: []acctest.Call{acctest.ReadProject, acctest.ListProjects}, other: func(cp *acctest.ControlPlane) mockserver.AccessRule {
			return ownRule(admin, "cluster", cp.Projects()[0].ClusterID)
		}},
		"NarrowerRuleRemains":                {target: tenant(func(*mockserver.AccessRule) {}), other: project},
		"RuleWithoutAccessManagementRemains": {target: project, other: tenant(func(r *mockserver.AccessRule) { r.RoleID = reader })},
		"RuleOfAnotherSubjectRemains":        {target: project, other: tenant(func(r *mockserver.AccessRule) { r.SubjectID = "another" })},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			cp.DeleteAccessRule(1) // the caller's, which the mock has from the start
			target := cp.CreateAccessRule(c.target(cp))
			if c.other != nil {
				cp.CreateAccessRule(c.other(cp))
			}
			p := cp.Protocol(t)
			rule := p.Import("runai_access_rule", strconv.Itoa(target.ID))
			for _, call := range c.forbidden {
				cp.InjectFaultWith(call, "status", 403, -1)
			}
			cp.ResetRequests()
			plan := rule.PlanDestroy()
			if !c.permitted {
				plan.Diagnostics.ExpectErrorAt(t, "", lockout)
				acctest.Expect(t, cp.ExpectMutations(0))
				return
			}
			if diags := rule.Apply(plan); len(diags) > 0 {
				t.Error(diags)
			}
			acctest.Expect(t, cp.ExpectCalls(acctest.DeleteAccessRule, 1))
		})
	}
}

// Of two rules that permit the deletion of each other, one plan deletes one alone.
func TestAccessRule_Lockout_BothRulesPlanned_Refused(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	second := cp.CreateAccessRule(ownRule(departmentAdmin, "tenant", cp.TenantID()))
	p := cp.Protocol(t)
	first := p.Import("runai_access_rule", strconv.Itoa(cp.State().AccessRules[0].ID))
	if plan := first.PlanDestroy(); len(plan.Diagnostics) > 0 {
		t.Errorf("the other rule remains: %s", plan.Diagnostics)
	}
	p.Import("runai_access_rule", strconv.Itoa(second.ID)).PlanDestroy().Diagnostics.ExpectErrorAt(t, "", lockout)
}

// A rule with a disabled role permits nothing.
func TestAccessRule_Lockout_DisabledRoleRemains_Refused(t *testing.T) {
	t.Parallel()
	for enabled, refused := range map[bool]bool{true: false, false: true} {
		cp := acctest.NewWith(t, mockserver.Options{Version: "2.24"})
		cp.CreateAccessRule(ownRule(cp.AddRole("Custom", enabled, "access_rules").ID, "tenant", cp.TenantID()))
		plan := cp.Protocol(t).Import("runai_access_rule", strconv.Itoa(cp.State().AccessRules[0].ID)).PlanDestroy()
		if plan.Diagnostics.HasError() != refused {
			t.Errorf("enabled: %t: %s", enabled, plan.Diagnostics)
		}
	}
}

// The subject of a rule is compared without a request, unless it may be the ID of the
// provider's application.
func TestAccessRule_Lockout_SubjectIsAName_NoLookup(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	other := ownRule(admin, "tenant", cp.TenantID())
	other.SubjectID = "another"
	named := cp.CreateAccessRule(other)
	other.SubjectID, other.SubjectType = "3f7c1a52-9a53-4a4c-8f0e-6a1d0c1f7d20", "user"
	user := cp.CreateAccessRule(other)
	for _, rule := range []mockserver.AccessRule{named, user} {
		imported := cp.Protocol(t).Import("runai_access_rule", strconv.Itoa(rule.ID))
		cp.InjectFaultWith(acctest.ListApplications, "status", 500, -1)
		if plan := imported.In(cp.Protocol(t)).PlanDestroy(); len(plan.Diagnostics) > 0 {
			t.Errorf("%s: %s", rule.SubjectID, plan.Diagnostics)
		}
		cp.ClearFaults()
	}
}

// A rule whose subject is the ID of the provider's application may be its own.
func TestAccessRule_Lockout_SubjectIsApplicationID(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	byID := ownRule(admin, "tenant", cp.TenantID())
	byID.SubjectID = cp.IDOf("terraform")
	ofOther := byID
	ofOther.SubjectID = cp.CreateApplication("another", "jane@acme.example").ID
	byID, ofOther = cp.CreateAccessRule(byID), cp.CreateAccessRule(ofOther)
	cp.DeleteAccessRule(1)
	p := cp.Protocol(t)
	p.Import("runai_access_rule", strconv.Itoa(byID.ID)).PlanDestroy().Diagnostics.ExpectErrorAt(t, "", lockout)
	rule := p.Import("runai_access_rule", strconv.Itoa(ofOther.ID))
	if plan := rule.PlanDestroy(); len(plan.Diagnostics) > 0 {
		t.Errorf("the rule of another application: %s", plan.Diagnostics)
	}
	cp.InjectFaultWith(acctest.ListApplications, "status", 500, -1)
	rule.In(cp.Protocol(t)).PlanDestroy().Diagnostics.ExpectErrorAt(t, "", "500 Internal Server Error")
}

// The reason why the other rules are not known is part of the error; and
// allow_self_lockout permits everything.
func TestAccessRule_Lockout_OwnRulesForbidden(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	own := cp.State().AccessRules[0]
	rule := cp.Protocol(t).Import("runai_access_rule", strconv.Itoa(own.ID))
	cp.ArmFault(mockserver.Fault{Method: "GET", Path: "/api/v1/authorization/me/access-rules", Kind: "status", Status: 403, Count: -1})
	cp.InjectFaultWith(acctest.ListAccessRules, "status", 403, -1)
	plan := rule.PlanDestroy()
	plan.Diagnostics.ExpectErrorAt(t, "", lockout)
	plan.Diagnostics.ExpectErrorAt(t, "", "The other rules of the provider could not be read: ")
	cp.ClearFaults()

	allowed := rule.In(cp.ProtocolWith(t, acctest.Arguments{
		"base_url": cp.URL, "client_id": "terraform", "client_secret": "terraform-secret", "allow_self_lockout": true,
	}))
	if diags := allowed.Apply(allowed.PlanDestroy()); len(diags) > 0 || cp.AccessRule("terraform") != nil {
		t.Errorf("with allow_self_lockout: %s", diags)
	}
}

// The error says where it assumes what the role permits.
func TestAccessRule_Lockout_RoleUnreadable_SaysSo(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	rule := cp.Protocol(t).Import("runai_access_rule", strconv.Itoa(cp.State().AccessRules[0].ID))
	cp.InjectFaultWith(acctest.ListRoles, "status", 403, -1)
	plan := rule.PlanDestroy()
	plan.Diagnostics.ExpectErrorAt(t, "", lockout)
	plan.Diagnostics.ExpectErrorAt(t, "", "That the rule permits this is assumed, since its role could not be read: ")
}

// A replacement is refused as a deletion is.
func TestAccessRule_Lockout_Replaced(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	own := cp.State().AccessRules[0]
	p := cp.Protocol(t)
	rule := p.Import("runai_access_rule", strconv.Itoa(own.ID))
	arguments := acctest.Arguments{"subject_id": "terraform", "role_id": admin, "scope_type": "tenant"}
	if plan := rule.Plan(arguments); len(plan.Diagnostics) > 0 || !plan.Empty {
		t.Errorf("nothing changes: %s", plan.Diagnostics)
	}
	// The second half of a replacement, as -replace plans it.
	cp.Instance(t, "runai_access_rule").In(p).Plan(arguments).Diagnostics.ExpectErrorAt(t, "", "This plan would replace or create again access rule")
	arguments["role_id"] = reader
	rule.Plan(arguments).Diagnostics.ExpectErrorAt(t, "", "This plan would replace access rule app/terraform/1/tenant/")
}

// Two rules that permit the deletion of each other cannot both be deleted in one
// plan. One can, while the other remains.
func TestAccAccessRule_Lockout_BothRulesDeleted_Refused(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	cp := acctest.New(t)
	second := cp.CreateAccessRule(ownRule(departmentAdmin, "tenant", cp.TenantID()))
	cli, blocks := managing(t, cp, cp.State().AccessRules[0], second)
	cp.ResetRequests()
	cli.Destroy().Expect(t, 1, lockout)
	acctest.Expect(t, cp.ExpectMutations(0))
	cli.Configure(cp.Config(blocks[1]))
	cli.Apply().Expect(t, 0, "1 destroyed")
	acctest.Expect(t, cp.ExpectCalls(acctest.DeleteAccessRule, 1))
	cli.Destroy().Expect(t, 1, lockout)
	acctest.Expect(t, cp.ExpectCalls(acctest.DeleteAccessRule, 1))
}

// Delete checks again: the rule that permitted the plan may have been deleted.
func TestAccAccessRule_Lockout_CheckedAgainByDelete(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	cp := acctest.New(t)
	second := cp.CreateAccessRule(ownRule(admin, "system", cp.TenantID()))
	cli, _ := managing(t, cp, cp.State().AccessRules[0])
	cli.Configure(cp.Config(""))
	cli.Plan("-out=plan").Expect(t, 2, "1 to destroy")
	cp.DeleteAccessRule(second.ID)
	cp.ResetRequests()
	cli.Run("apply", "-input=false", "-no-color", "plan").Expect(t, 1, lockout)
	acctest.Expect(t, cp.ExpectMutations(0))
}

func TestAccAccessRule_Lockout_AllowSelfLockout(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	cp := acctest.New(t)
	cli, _ := managing(t, cp, cp.State().AccessRules[0])
	cli.Configure(cp.ConfigWith("allow_self_lockout = true", ""))
	cp.ResetRequests()
	cli.Apply().Expect(t, 0, "1 destroyed")
	acctest.Expect(t, cp.ExpectCalls(acctest.DeleteAccessRule, 1))
}
