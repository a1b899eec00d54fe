package application_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

const dataAddress = "data.runai_application.test"

// isApplication checks the attributes that every control plane returns.
func isApplication(app mockserver.Application, rules ...mockserver.AccessRule) resource.TestCheckFunc {
	want := map[string]string{
		"id": app.ID, "name": app.Name, "client_id": app.ClientID, "enabled": strconv.FormatBool(app.Enabled),
		"tenant_id": app.TenantID, "access_rules.#": strconv.Itoa(len(rules)),
	}
	for i, rule := range rules {
		prefix := fmt.Sprintf("access_rules.%d.", i)
		want[prefix+"id"], want[prefix+"role_id"] = strconv.Itoa(rule.ID), strconv.Itoa(rule.RoleID)
		want[prefix+"scope_type"], want[prefix+"scope_id"] = rule.ScopeType, rule.ScopeID
	}
	return lookup.HasAttributes(want)
}

// lookup is the specification of the data source for one object.
var lookup = acctest.Lookup{
	Object:    "application",
	Arguments: []string{"id", "name", "client_id"},
	Add: func(cp *acctest.ControlPlane, name string) string {
		return cp.CreateApplication(name, "jane@acme.example").ID
	},
	Calls:         []acctest.Call{acctest.ListApplications, acctest.ReadApplication},
	Requests:      func(*acctest.ControlPlane) int { return 1 },
	CaseSensitive: true,
	UniqueNames:   true,
	Detected:      true,
}

func TestApplicationData_Lookup(t *testing.T) {
	t.Parallel()
	lookup.Run(t)
}

func TestAccApplicationData_Lookup(t *testing.T) {
	t.Parallel()
	lookup.RunCLI(t)
}

func TestAccApplicationData_EveryAttribute_ByEachArgument(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.CreateApplication("another", "jane@acme.example")
	app := cp.CreateApplication("dashboard", "jane@acme.example")
	rule := cp.CreateAccessRule(mockserver.AccessRule{
		SubjectID: "dashboard", SubjectType: "app", RoleID: 1, ScopeType: "tenant", ScopeID: cp.TenantID(), CreatedBy: "jane@acme.example",
	})
	var steps []resource.TestStep
	for _, argument := range []string{
		fmt.Sprintf(`id = %q`, app.ID),
		`name = "dashboard"`,
		`client_id = "dashboard"`,
	} {
		steps = append(steps, resource.TestStep{
			Config:            lookup.Config(cp, argument),
			Check:             isApplication(app, rule),
			ConfigStateChecks: []statecheck.StateCheck{cp.HoldsNoSecret()},
		})
	}
	cp.Test(steps...)
}

func TestAccApplicationData_Disabled_NeverSignedIn(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.CreateApplication("dashboard", "jane@acme.example")
	cp.SetApplicationEnabled("dashboard", false)
	cp.Test(resource.TestStep{
		Config: lookup.Config(cp, `name = "dashboard"`),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue(dataAddress, tfjsonpath.New("enabled"), knownvalue.Bool(false)),
			statecheck.ExpectKnownValue(dataAddress, tfjsonpath.New("last_login"), knownvalue.Null()),
			statecheck.ExpectKnownValue(dataAddress, tfjsonpath.New("access_rules"), knownvalue.ListExact(nil)),
		},
	})
}

func TestAccApplicationData_AccessRules_OfEachAlias(t *testing.T) {
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
		Config: lookup.Config(cp, `name = "dashboard"`),
		Check:  isApplication(app, byName, byID),
	})
}

func TestApplicationData_ByClientID_NotFound(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	app := cp.CreateApplication("dashboard", "jane@acme.example")
	lookup.ExpectError(t, cp, acctest.Arguments{"client_id": "dashbord"}, "client_id", fmt.Sprintf(
		`There is no application with the client ID "dashbord" on %s. Did you mean "dashboard"? Available: dashboard, terraform.`, cp.URL))
	lookup.ExpectError(t, cp, acctest.Arguments{"client_id": app.ID}, "client_id", `There is no application with the client ID`)
}

func TestAccApplicationData_ReadsCreatedApplication(t *testing.T) {
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
		ConfigPlanChecks: acctest.EmptyAfter(),
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
