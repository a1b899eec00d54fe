package accessrule_test

import (
	"fmt"
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

// withImport adds an import block to a configuration.
func withImport(key, id, config string) string {
	return config + fmt.Sprintf("\nimport {\n  to = %s\n  %s\n}\n", address, fmt.Sprintf(key, id))
}

// expandImportID replaces ID, SUBJECT and TENANT in a template by the values of a rule.
func expandImportID(template string, rule mockserver.AccessRule) string {
	return strings.NewReplacer("ID", strconv.Itoa(rule.ID), "SUBJECT", rule.SubjectID, "TENANT", rule.ScopeID).Replace(template)
}

const byID, byIdentity = `id = %q`, `identity = { id = %q }`

// Import by command: each format finds the rule, and the next plan is empty.
func TestAccAccessRule_Import_ByCommand(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ subjectType, subjectID, id string }{
		"ID":             {"app", subject, "ID"},
		"App":            {"app", subject, "app/SUBJECT/5/tenant/TENANT"},
		"ServiceAccount": {"app", subject, "service-account/SUBJECT/5/tenant/TENANT"},
		"User":           {"user", "jane@acme.example", "user/Jane@acme.example/5/tenant/TENANT"},
		"Group":          {"group", "/acme/ml/ops", "group/SUBJECT/5/tenant/TENANT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			existing := cp.CreateAccessRule(mockserver.AccessRule{
				SubjectID: c.subjectID, SubjectType: c.subjectType, RoleID: role, ScopeType: "tenant", ScopeID: cp.TenantID(), CreatedBy: "jane@acme.example",
			})
			config := ruleConfig(cp, fmt.Sprintf("subject_id = %q\nsubject_type = %q\nrole_id = %d\nscope_type = \"tenant\"", c.subjectID, c.subjectType, role))
			cp.Run(t,
				resource.TestStep{
					PreConfig:          cp.ResetRequests,
					Config:             config,
					ResourceName:       address,
					ImportState:        true,
					ImportStateId:      expandImportID(c.id, existing),
					ImportStatePersist: true,
				},
				resource.TestStep{
					Config:           config,
					ConfigPlanChecks: acctest.PreApply(plancheck.ExpectEmptyPlan()),
					ConfigStateChecks: []statecheck.StateCheck{
						stateHas("id", knownvalue.StringExact(strconv.Itoa(existing.ID))),
						stateHas("subject_id", knownvalue.StringExact(c.subjectID)),
						stateHas("subject_type", knownvalue.StringExact(c.subjectType)),
						stateHas("role_id", knownvalue.Int64Exact(role)),
						stateHas("role_name", knownvalue.StringExact(cp.Role(role).Name)),
						stateHas("scope_id", knownvalue.StringExact(cp.TenantID())),
						stateHas("wait_for_ready", knownvalue.Bool(false)),
					},
					Check: cp.ExpectMutations(0),
				},
				// Control: Terraform manages the imported rule and deletes it.
				resource.TestStep{Config: cp.Config(""), Check: cp.ExpectCalls(acctest.DeleteAccessRule, 1)},
			)
		})
	}
}

func TestAccAccessRule_Import_RoundTrip(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(
		resource.TestStep{Config: ruleConfig(cp, defaultRule)},
		resource.TestStep{ResourceName: address, ImportState: true, ImportStateVerify: true},
	)
}

func TestAccAccessRule_Import_ByBlock(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]string{"ID": "ID", "Key": "app/SUBJECT/5/tenant/TENANT"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			existing := createOutOfBand(cp)
			cp.Run(t, resource.TestStep{
				PreConfig: cp.ResetRequests,
				// With the role name and the alias of the subject type.
				Config: withImport(byID, expandImportID(id, existing),
					ruleConfig(cp, ruleByRoleName(cp.Role(role).Name)+"\nsubject_type = \"service-account\"")),
				ConfigPlanChecks:  acctest.EmptyAfter(plancheck.ExpectResourceAction(address, plancheck.ResourceActionNoop)),
				ConfigStateChecks: []statecheck.StateCheck{stateHas("id", knownvalue.StringExact(strconv.Itoa(existing.ID)))},
				Check:             checkAll(cp.ExpectMutations(0), activeRules(cp, 1)),
			})
		})
	}
}

func TestAccAccessRule_Import_ByIdentity(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	existing := createOutOfBand(cp)
	cp.TestOn(acctest.WithIdentity(), resource.TestStep{
		PreConfig:        cp.ResetRequests,
		Config:           withImport(byIdentity, strconv.Itoa(existing.ID), ruleConfig(cp, defaultRule)),
		ConfigPlanChecks: acctest.EmptyAfter(plancheck.ExpectResourceAction(address, plancheck.ResourceActionNoop)),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectIdentity(address, map[string]knownvalue.Check{"id": knownvalue.StringExact(strconv.Itoa(existing.ID))}),
			statecheck.ExpectIdentityValueMatchesState(address, tfjsonpath.New("id")),
		},
		Check: cp.ExpectMutations(0),
	})
}

func TestAccAccessRule_Identity_IsTheID(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	identity := []statecheck.StateCheck{statecheck.ExpectIdentityValueMatchesState(address, tfjsonpath.New("id"))}
	cp.TestOn(acctest.WithIdentity(),
		resource.TestStep{Config: ruleConfig(cp, defaultRule), ConfigStateChecks: identity},
		resource.TestStep{Config: ruleConfig(cp, defaultRule+"\nwait_for_ready = true"), ConfigStateChecks: identity},
		resource.TestStep{Config: ruleConfig(cp, tenantRule("role_id = 6")), ConfigStateChecks: identity},
	)
}

// A failed import changes nothing, and the error suggests a fix.
func TestAccAccessRule_Import_Refused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ id, want string }{
		"InvalidFormat":         {"ci-pipeline", `"ci-pipeline" is not the ID of an access rule. Use the numeric ID of the rule, or subject_type/subject_id/role_id/scope_type/scope_id, such as app/ci-pipeline/5/project/7`},
		"RoleByName":            {"app/ci-pipeline/Viewer/tenant/1001", `is not a role ID, which is a number.`},
		"UnknownID":             {"424242", `There is no access rule with the ID "424242" on http://127.0.0.1:`},
		"UnknownKey":            {"app/ci-pipeline/6/tenant/1001", `There is no access rule with the values "app/ci-pipeline/6/tenant/1001" on http://127.0.0.1:`},
		"HintForAnUnknownID":    {"424242", `Check the spelling, and that the provider signs in to the tenant of the rule. The data source runai_access_rules lists all available rules.`},
		"DifferentSubjectType":  {"group/ci-pipeline/5/tenant/1001", `There is no access rule with the values "group/ci-pipeline/5/tenant/1001" on`},
		"SimilarValues":         {"app/ci-pipelin/5/tenant/1001", `Did you mean "app/ci-pipeline/5/tenant/1001"`},
		"AllAuthenticatedUsers": {"all-authenticated-users/x/5/tenant/1001", `A rule of all-authenticated-users has no subject, so it cannot be configured here: manage it in the user interface.`},
		"DifferentScope":        {"app/ci-pipeline/5/project/11", `There is no access rule with the values "app/ci-pipeline/5/project/11" on`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			existing := createOutOfBand(cp)
			cp.Run(t,
				resource.TestStep{Config: withImport(byID, c.id, ruleConfig(cp, defaultRule)), ExpectError: acctest.ErrorContains(c.want)},
				resource.TestStep{
					Config: withImport(byID, strconv.Itoa(existing.ID), ruleConfig(cp, defaultRule)),
					Check:  checkAll(cp.ExpectMutations(0), activeRules(cp, 1)),
				},
			)
		})
	}
}

func TestAccAccessRule_Import_DeletedRule_Refused(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	existing := createOutOfBand(cp)
	cp.DeleteAccessRule(existing.ID)
	cp.Test(resource.TestStep{
		Config:      withImport(byID, strconv.Itoa(existing.ID), ruleConfig(cp, defaultRule)),
		ExpectError: acctest.ErrorContains(fmt.Sprintf(`There is no access rule with the ID "%d" on`, existing.ID)),
	})
}

// An empty import ID is an error of the user, and is not reported as a bug in the provider.
func TestAccAccessRule_Import_EmptyID_Refused(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cli.Configure(ruleConfig(cp, defaultRule))
	for _, id := range []string{"", " "} {
		cli.Run("import", "-no-color", "-input=false", address, id).
			Expect(t, 1, "The import ID is empty. Use the numeric ID of the rule, or subject_type/subject_id/role_id/scope_type/scope_id").
			ExpectNot(t, "bug", "report")
	}
}

// Rules of all authenticated users are listed but cannot be managed.
func TestAccAccessRule_Import_AllAuthenticatedUsers_Refused(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "3.0"})
	all := cp.CreateAccessRule(mockserver.AccessRule{
		SubjectType: "all-authenticated-users", RoleID: reader, ScopeType: "tenant", ScopeID: cp.TenantID(), CreatedBy: "jane@acme.example",
	})
	existing := createOutOfBand(cp)
	cp.Test(
		resource.TestStep{
			Config: withImport(byID, strconv.Itoa(all.ID), ruleConfig(cp, defaultRule)),
			ExpectError: acctest.ErrorContains(fmt.Sprintf(`Access rule %d has the subject type "all-authenticated-users": `, all.ID) +
				`runai_access_rule manages rules of applications, users and groups.`),
		},
		resource.TestStep{Config: withImport(byID, strconv.Itoa(existing.ID), ruleConfig(cp, defaultRule)), Check: cp.ExpectMutations(0)},
	)
}
