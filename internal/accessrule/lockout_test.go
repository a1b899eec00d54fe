package accessrule_test

import (
	"fmt"
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

func TestAccAccessRule_Lockout_Permitted(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	for name, c := range map[string]struct {
		// target is the rule that is deleted, the others remain.
		target func(cp *acctest.ControlPlane) mockserver.AccessRule
		others func(cp *acctest.ControlPlane) []mockserver.AccessRule
		// keepFirst keeps the rule that the caller has from the start.
		keepFirst bool
	}{
		"AnotherSubject": {
			target: func(cp *acctest.ControlPlane) mockserver.AccessRule {
				r := ownRule(admin, "tenant", cp.TenantID())
				r.SubjectID = "another"
				return r
			},
		},
		"GroupWithTheSameName": {
			target: func(cp *acctest.ControlPlane) mockserver.AccessRule {
				r := ownRule(admin, "tenant", cp.TenantID())
				r.SubjectType = "group"
				return r
			},
		},
		"RoleWithoutAccessManagement": {
			target: func(cp *acctest.ControlPlane) mockserver.AccessRule {
				return ownRule(reader, "tenant", cp.TenantID())
			},
		},
		"WiderRuleRemains": {
			target: func(cp *acctest.ControlPlane) mockserver.AccessRule {
				return ownRule(admin, "project", cp.Projects()[0].ID)
			},
			keepFirst: true,
		},
		"ClusterOfTheProjectRemains": {
			target: func(cp *acctest.ControlPlane) mockserver.AccessRule {
				return ownRule(admin, "project", cp.Projects()[0].ID)
			},
			others: func(cp *acctest.ControlPlane) []mockserver.AccessRule {
				return []mockserver.AccessRule{ownRule(admin, "cluster", cp.Projects()[0].ClusterID)}
			},
		},
		"DepartmentOfTheProjectRemains": {
			target: func(cp *acctest.ControlPlane) mockserver.AccessRule {
				return ownRule(admin, "project", cp.Projects()[0].ID)
			},
			others: func(cp *acctest.ControlPlane) []mockserver.AccessRule {
				return []mockserver.AccessRule{ownRule(admin, "department", cp.Projects()[0].DepartmentID)}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			target := cp.CreateAccessRule(c.target(cp))
			if c.others != nil {
				for _, other := range c.others(cp) {
					cp.CreateAccessRule(other)
				}
			}
			cli, _ := managing(t, cp, target)
			if !c.keepFirst {
				cp.DeleteAccessRule(1)
			}
			cp.ResetRequests()
			cli.Destroy().Expect(t, 0, "1 destroyed")
			acctest.Expect(t, cp.ExpectCalls(acctest.DeleteAccessRule, 1))
		})
	}
}

// Another rule of the caller permits the deletion only if it covers role and scope.
func TestAccAccessRule_Lockout_InsufficientOtherRule_Refused(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	for name, other := range map[string]func(cp *acctest.ControlPlane) mockserver.AccessRule{
		"RoleWithoutAccessManagement": func(cp *acctest.ControlPlane) mockserver.AccessRule {
			return ownRule(reader, "tenant", cp.TenantID())
		},
		"NarrowerScope": func(cp *acctest.ControlPlane) mockserver.AccessRule {
			return ownRule(admin, "project", cp.Projects()[0].ID)
		},
		"AnotherSubject": func(cp *acctest.ControlPlane) mockserver.AccessRule {
			r := ownRule(admin, "tenant", cp.TenantID())
			r.SubjectID = "another"
			return r
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			cp.CreateAccessRule(other(cp))
			cli, _ := managing(t, cp, cp.State().AccessRules[0])
			cp.ResetRequests()
			cli.Destroy().Expect(t, 1, lockout)
			acctest.Expect(t, cp.ExpectMutations(0))
		})
	}
}

// Two rules that permit the deletion of each other cannot both be deleted in one
// plan. One can, while the other remains.
func TestAccAccessRule_Lockout_BothRulesDeleted_Refused(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	cp := acctest.New(t)
	second := cp.CreateAccessRule(ownRule(2, "tenant", cp.TenantID())) // Department administrator
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

// The subject of the rule may be the ID of the provider's application.
func TestAccAccessRule_Lockout_SubjectIsApplicationID(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	cp := acctest.New(t)
	byID := ownRule(admin, "tenant", cp.TenantID())
	byID.SubjectID = cp.IDOf("terraform")
	ofOther := byID
	ofOther.SubjectID = cp.CreateApplication("another", "jane@acme.example").ID
	byID, ofOther = cp.CreateAccessRule(byID), cp.CreateAccessRule(ofOther)
	cli, blocks := managing(t, cp, byID, ofOther)
	cp.DeleteAccessRule(1)
	cp.ResetRequests()
	cli.Destroy().Expect(t, 1, lockout, byID.SubjectID)
	acctest.Expect(t, cp.ExpectMutations(0))
	cli.Configure(cp.Config(blocks[0]))
	cli.Apply().Expect(t, 0, "1 destroyed")
	acctest.Expect(t, cp.ExpectMutations(1))
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
