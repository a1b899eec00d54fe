package application_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// unknownProvider returns a configuration whose provider block depends on a resource
// that each generation replaces, so it is unknown while planning.
func unknownProvider(cp *acctest.ControlPlane, generation, arguments string) string {
	return fmt.Sprintf(`
resource "terraform_data" "control_plane" {
  input            = %q
  triggers_replace = [%q]
}

provider "runai" {
  base_url      = terraform_data.control_plane.output
  client_id     = "terraform"
  client_secret = "terraform-secret"
}

resource "runai_application" "test" {
  name = "ci-pipeline"
  %s
}`, cp.URL, generation, arguments)
}

func TestAccApplication_UnknownProvider_PlanKeepsState(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	secret, id := statecheck.CompareValue(compare.ValuesSame()), statecheck.CompareValue(compare.ValuesSame())
	same := func() []statecheck.StateCheck {
		return []statecheck.StateCheck{
			secret.AddStateValue(address, tfjsonpath.New("client_secret")),
			id.AddStateValue(address, tfjsonpath.New("id")),
		}
	}
	cp.Test(
		resource.TestStep{Config: unknownProvider(cp, "1", ""), ConfigStateChecks: same(), Check: cp.SignsInAs(address)},
		resource.TestStep{
			PreConfig:         func() { cp.ResetRequests(); cp.ForgetWarnings() },
			Config:            unknownProvider(cp, "2", ""),
			ConfigPlanChecks:  acctest.PreApply(plancheck.ExpectResourceAction(address, plancheck.ResourceActionNoop)),
			ConfigStateChecks: same(),
			Check:             resource.ComposeAggregateTestCheckFunc(cp.ExpectMutations(0), cp.Warned("Provider Not Configured Yet"), cp.SignsInAs(address)),
		},
	)
}

// The name is checked once it is known, and with a provider that is configured.
func TestApplication_UnknownWhilePlanning_NameNotChecked(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.24"}) // earlier ones accept almost every name
	app := cp.Instance(t, "runai_application")
	for what, plan := range map[string]acctest.Plan{
		"the name":     app.Plan(acctest.Arguments{"name": acctest.Unknown}),
		"the provider": cp.Instance(t, "runai_application").In(cp.UnconfiguredProtocol(t)).Plan(acctest.Arguments{"name": "Not valid"}),
	} {
		if plan.Diagnostics.HasError() || plan.Attributes["id"] != acctest.Unknown {
			t.Errorf("%s is not known: %v%s", what, plan.Attributes, plan.Diagnostics)
		}
	}
	app.Plan(acctest.Arguments{"name": "Not valid"}).Diagnostics.ExpectErrorAt(t, "name", "Invalid Application Name")
}

func TestAccApplication_UnknownProvider_Rotates(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(
		resource.TestStep{Config: unknownProvider(cp, "1", "")},
		resource.TestStep{
			PreConfig: cp.ResetRequests,
			Config:    unknownProvider(cp, "2", `keepers = { a = "1" }`),
			ConfigPlanChecks: acctest.PreApply(
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
				plancheck.ExpectUnknownValue(address, tfjsonpath.New("client_secret")),
			),
			Check: resource.ComposeAggregateTestCheckFunc(cp.ExpectCalls(acctest.RegenerateSecret, 1), cp.SignsInAs(address), cp.Warned("Changed Keepers Regenerate the Client Secret")),
		},
	)
}

// A guard that cannot run in the plan runs in the apply.
func TestAccApplication_UnknownProvider_Lockout_RefusedByApply(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	own := func(generation, arguments string) string {
		return unknownProvider(cp, generation, "") + fmt.Sprintf("\nresource \"runai_application\" \"own\" {\n name = \"terraform\"\n%s\n}\n", arguments)
	}
	cp.Test(
		resource.TestStep{Config: own("1", "") + "import {\n to = runai_application.own\n id = \"terraform\"\n}\n", ExpectError: acctest.ErrorContains("Provider Not Configured")},
		resource.TestStep{Config: unknownProvider(cp, "1", "")},
		resource.TestStep{Config: own("1", "") + "import {\n to = runai_application.own\n id = \"terraform\"\n}\n"},
		resource.TestStep{
			PreConfig:   cp.ResetRequests,
			Config:      own("2", "enabled = false"),
			ExpectError: acctest.ErrorContains(`This plan would disable application "terraform"`),
		},
		resource.TestStep{
			PreConfig: func() {
				acctest.Expect(t, cp.ExpectMutations(0))
			},
			Config: allowedOwn(cp),
		},
	)
}

func allowedOwn(cp *acctest.ControlPlane) string {
	return cp.ConfigWith(allowed, "resource \"runai_application\" \"own\" { name = \"terraform\" }")
}
