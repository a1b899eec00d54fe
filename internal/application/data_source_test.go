package application_test

import (
	"fmt"
	"strconv"
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
	dataAddress = "data.runai_application.test"
	dataBlock   = `data "runai_application" "test"`
)

// lookup is a configuration with one look-up.
func lookup(cp *acctest.ControlPlane, arguments string) string {
	return cp.Config(fmt.Sprintf("%s {\n  %s\n}", dataBlock, arguments))
}

// isApplication checks what every control plane tells of an application.
func isApplication(app mockserver.Application, rules ...mockserver.AccessRule) resource.TestCheckFunc {
	checks := []resource.TestCheckFunc{
		resource.TestCheckResourceAttr(dataAddress, "id", app.ID),
		resource.TestCheckResourceAttr(dataAddress, "name", app.Name),
		resource.TestCheckResourceAttr(dataAddress, "client_id", app.ClientID),
		resource.TestCheckResourceAttr(dataAddress, "enabled", strconv.FormatBool(app.Enabled)),
		resource.TestCheckResourceAttr(dataAddress, "tenant_id", app.TenantID),
		resource.TestCheckResourceAttr(dataAddress, "access_rules.#", strconv.Itoa(len(rules))),
	}
	for i, rule := range rules {
		at := func(name string) string { return fmt.Sprintf("access_rules.%d.%s", i, name) }
		checks = append(checks,
			resource.TestCheckResourceAttr(dataAddress, at("id"), strconv.Itoa(rule.ID)),
			resource.TestCheckResourceAttr(dataAddress, at("role_id"), strconv.Itoa(rule.RoleID)),
			resource.TestCheckResourceAttr(dataAddress, at("scope_type"), rule.ScopeType),
			resource.TestCheckResourceAttr(dataAddress, at("scope_id"), rule.ScopeID),
		)
	}
	return resource.ComposeAggregateTestCheckFunc(checks...)
}

func TestAccApplicationData_FoundByEachArgument(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.CreateApplication("another", "jane@acme.example")
	app := cp.CreateApplication("dashboard", "jane@acme.example")
	rule := cp.CreateAccessRule(mockserver.AccessRule{
		SubjectID: "dashboard", SubjectType: "app", RoleID: 1, ScopeType: "tenant", ScopeID: cp.TenantID(), CreatedBy: "jane@acme.example",
	})
	for _, argument := range []string{
		fmt.Sprintf(`id = %q`, app.ID),
		`name = "dashboard"`,
		`client_id = "dashboard"`,
	} {
		t.Run(argument, func(t *testing.T) {
			cp.Run(t, resource.TestStep{
				Config:            lookup(cp, argument),
				Check:             isApplication(app, rule),
				ConfigStateChecks: []statecheck.StateCheck{cp.HoldsNoSecret()},
			})
		})
	}
}

func TestAccApplicationData_Disabled_NeverSignedIn(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.CreateApplication("dashboard", "jane@acme.example")
	cp.SetApplicationEnabled("dashboard", false)
	cp.Test(resource.TestStep{
		Config: lookup(cp, `name = "dashboard"`),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue(dataAddress, tfjsonpath.New("enabled"), knownvalue.Bool(false)),
			statecheck.ExpectKnownValue(dataAddress, tfjsonpath.New("last_login"), knownvalue.Null()),
			statecheck.ExpectKnownValue(dataAddress, tfjsonpath.New("access_rules"), knownvalue.ListExact(nil)),
		},
	})
}

func TestAccApplicationData_Rules_OfAnySpellingAndOfNobodyElse(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	app := cp.CreateApplication("dashboard", "jane@acme.example")
	rule := func(subject, subjectType string, role int) mockserver.AccessRule {
		return cp.CreateAccessRule(mockserver.AccessRule{
			SubjectID: subject, SubjectType: subjectType, RoleID: role, ScopeType: "cluster", ScopeID: cp.Clusters()[0].ID,
		})
	}
	byName, byID := rule("dashboard", "app", 1), rule(app.ID, "app", 14)
	rule("dashboard", "user", 1)
	rule("dashboard", "group", 1)
	rule("dashboard-2", "app", 1)
	cp.DeleteAccessRule(rule("dashboard", "app", 15).ID)
	cp.Test(resource.TestStep{
		Config: lookup(cp, `name = "dashboard"`),
		Check:  isApplication(app, byName, byID),
	})
}

func TestAccApplicationData_None_ShowsTheClosest(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	app := cp.CreateApplication("dashboard", "jane@acme.example")
	cp.Test(
		resource.TestStep{
			Config: lookup(cp, `name = "dashbord"`),
			ExpectError: acctest.ErrorAtAttribute(dataBlock, "name",
				`There is no application with the name "dashbord". Did you mean "dashboard"? There are: dashboard, terraform.`),
		},
		resource.TestStep{
			Config:      lookup(cp, `client_id = "dashbord"`),
			ExpectError: acctest.ErrorAtAttribute(dataBlock, "client_id", `There is no application with the client ID "dashbord". Did you mean "dashboard"?`),
		},
		resource.TestStep{
			Config:      lookup(cp, `id = "no-such-id"`),
			ExpectError: acctest.ErrorAtAttribute(dataBlock, "id", `There is no application with the id "no-such-id". There are: `),
		},
		resource.TestStep{
			Config:      lookup(cp, `id = "no-such-id"`),
			ExpectError: acctest.ErrorContains(app.ID),
		},
		resource.TestStep{
			Config:      lookup(cp, `id = "no-such-id"`),
			ExpectError: acctest.ErrorContains(`The data source runai_applications shows all of them that there are.`),
		},
	)
}

func TestAccApplicationData_IsExact(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	app := cp.CreateApplication("dashboard", "jane@acme.example")
	for argument, wrong := range map[string]string{
		"id":        "dashboard", // its name
		"name":      "Dashboard",
		"client_id": app.ID,
	} {
		t.Run(argument, func(t *testing.T) {
			cp.Run(t, resource.TestStep{
				Config:      lookup(cp, fmt.Sprintf(`%s = %q`, argument, wrong)),
				ExpectError: acctest.ErrorAtAttribute(dataBlock, argument, `There is no application with the`),
			})
		})
	}
}

func TestAccApplicationData_NeedsExactlyOneArgument(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	const only = `Exactly one of these attributes must be configured: [id,name,client_id]`
	cp.Test(
		resource.TestStep{Config: lookup(cp, ``), ExpectError: acctest.ErrorContains(only)},
		resource.TestStep{Config: lookup(cp, "name = \"terraform\"\n  client_id = \"terraform\""), ExpectError: acctest.ErrorContains(only)},
		resource.TestStep{Config: lookup(cp, `name = ""`), ExpectError: acctest.ErrorAtAttribute(dataBlock, "name", `string length must be at least 1`)},
	)
}

func TestAccApplicationData_IsTheSameAsInTheList(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.CreateApplication("dashboard", "jane@acme.example")
	cp.CreateAccessRule(mockserver.AccessRule{SubjectID: "dashboard", SubjectType: "app", RoleID: 1, ScopeType: "tenant", ScopeID: cp.TenantID()})
	cp.Test(resource.TestStep{
		Config: lookup(cp, `name = "dashboard"`) + `
data "runai_applications" "test" { search = "DASH" }
output "same" { value = data.runai_applications.test.applications[0] == data.runai_application.test }`,
		ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("same", knownvalue.Bool(true))},
	})
}

func TestAccApplicationData_ReadsWhatTheResourceMade(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(resource.TestStep{
		Config: cp.Config(`
resource "runai_application" "test" { name = "ci-pipeline" }
resource "runai_access_rule" "test" {
  subject_id = runai_application.test.client_id
  role_id    = 1
  scope_type = "tenant"
}
data "runai_application" "test" {
  id         = runai_application.test.id
  depends_on = [runai_access_rule.test]
}`),
		Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttrPair(dataAddress, "name", address, "name"),
			resource.TestCheckResourceAttrPair(dataAddress, "client_id", address, "client_id"),
			resource.TestCheckResourceAttrPair(dataAddress, "access_rules.0.id", "runai_access_rule.test", "id"),
			resource.TestCheckNoResourceAttr(dataAddress, "client_secret"),
		),
		ConfigPlanChecks: resource.ConfigPlanChecks{
			PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
		},
	})
}

func TestAccApplicationData_Many_Among501Rules_ShareTheLists(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: acctest.Version(), Applications: 40, AccessRules: 501})
	cp.Test(resource.TestStep{
		Config: cp.Config(`
data "runai_application" "test" {
  count = 30
  name  = format("app-%04d", 2 + count.index)
}`),
		Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttr(dataAddress+".29", "name", "app-0031"),
			resource.TestCheckResourceAttrSet(dataAddress+".29", "access_rules.0.role_name"),
			cp.ExpectCallsPerRunOf(acctest.ListApplications, 1),
			cp.ExpectCallsPerRunOf(acctest.ListAccessRules, 2),
		),
	})
}
