package application_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

const address = "runai_application.test"

func TestAccApplication_Create_SetsEveryAttribute(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(resource.TestStep{
		Config: cp.Config(`resource "runai_application" "test" { name = "ci-pipeline" }`),
		ConfigPlanChecks: acctest.EmptyAfter(
			plancheck.ExpectSensitiveValue(address, tfjsonpath.New("client_secret")),
			plancheck.ExpectKnownValue(address, tfjsonpath.New("client_secret_version"), knownvalue.Int64Exact(1)),
			plancheck.ExpectUnknownValue(address, tfjsonpath.New("client_secret")),
		),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue(address, tfjsonpath.New("id"), knownvalue.StringRegexp(regexp.MustCompile(`.+`))),
			statecheck.ExpectKnownValue(address, tfjsonpath.New("name"), knownvalue.StringExact("ci-pipeline")),
			statecheck.ExpectKnownValue(address, tfjsonpath.New("enabled"), knownvalue.Bool(true)),
			statecheck.ExpectKnownValue(address, tfjsonpath.New("keepers"), knownvalue.Null()),
			statecheck.ExpectKnownValue(address, tfjsonpath.New("client_id"), knownvalue.StringExact("ci-pipeline")),
			statecheck.ExpectKnownValue(address, tfjsonpath.New("client_secret"), knownvalue.StringRegexp(regexp.MustCompile(`.{16,}`))),
			statecheck.ExpectKnownValue(address, tfjsonpath.New("client_secret_version"), knownvalue.Int64Exact(1)),
			statecheck.ExpectSensitiveValue(address, tfjsonpath.New("client_secret")),
		},
		Check: cp.SignsInAs(address),
	})
}

func TestAccApplication_Plan_LoginAndUpdateTimes_NoChange(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	config := cp.Config(`resource "runai_application" "test" { name = "ci-pipeline" }`)
	cp.Test(
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig:        cp.TouchApplications,
			Config:           config,
			ConfigPlanChecks: acctest.PreApply(plancheck.ExpectEmptyPlan()),
		},
	)
}

func TestAccApplication_Enabled_UpdatesInPlace(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	config := func(enabled bool) string {
		return cp.Config(fmt.Sprintf(`
resource "runai_application" "test" {
  name    = "ci-pipeline"
  enabled = %t
  keepers = { v = "1" }
}`, enabled))
	}
	same := statecheck.CompareValue(compare.ValuesSame())
	cp.Test(
		resource.TestStep{
			Config:            config(true),
			ConfigStateChecks: []statecheck.StateCheck{same.AddStateValue(address, tfjsonpath.New("client_secret"))},
		},
		resource.TestStep{
			PreConfig: cp.ResetRequests,
			Config:    config(false),
			ConfigPlanChecks: acctest.PreApply(
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
				plancheck.ExpectKnownValue(address, tfjsonpath.New("client_secret_version"), knownvalue.Int64Exact(1)),
			),
			ConfigStateChecks: []statecheck.StateCheck{
				same.AddStateValue(address, tfjsonpath.New("client_secret")),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("enabled"), knownvalue.Bool(false)),
			},
			Check: resource.ComposeAggregateTestCheckFunc(
				cp.ExpectCalls(acctest.SetEnabled, 1),
				cp.ExpectCalls(acctest.RegenerateSecret, 0),
				cp.Refused(address),
			),
		},
		resource.TestStep{Config: config(true), Check: cp.SignsInAs(address)},
	)
}

func TestAccApplication_Create_Disabled(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(resource.TestStep{
		Config: cp.Config(`resource "runai_application" "test" {
  name    = "ci-pipeline"
  enabled = false
}`),
		ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownValue(address, tfjsonpath.New("enabled"), knownvalue.Bool(false))},
		Check:             resource.ComposeAggregateTestCheckFunc(cp.ExpectCalls(acctest.SetEnabled, 1), cp.Refused(address)),
	})
}

func TestAccApplication_Name_Replaces(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	secret := statecheck.CompareValue(compare.ValuesDiffer())
	id := statecheck.CompareValue(compare.ValuesDiffer())
	step := func(name string, checks ...plancheck.PlanCheck) resource.TestStep {
		return resource.TestStep{
			Config:           cp.Config(fmt.Sprintf(`resource "runai_application" "test" { name = %q }`, name)),
			ConfigPlanChecks: acctest.PreApply(checks...),
			ConfigStateChecks: []statecheck.StateCheck{
				secret.AddStateValue(address, tfjsonpath.New("client_secret")),
				id.AddStateValue(address, tfjsonpath.New("id")),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("client_secret_version"), knownvalue.Int64Exact(1)),
			},
			Check: cp.SignsInAs(address),
		}
	}
	cp.Test(step("one"), step("two", plancheck.ExpectResourceAction(address, plancheck.ResourceActionDestroyBeforeCreate)))
}

func TestAccApplication_Drift_Disabled_IsEnabled(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	config := cp.Config(`resource "runai_application" "test" { name = "ci-pipeline" }`)
	cp.Test(
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig:        func() { cp.SetApplicationEnabled("ci-pipeline", false); cp.ResetRequests() },
			Config:           config,
			ConfigPlanChecks: acctest.PreApply(plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate)),
			Check:            resource.ComposeAggregateTestCheckFunc(cp.ExpectCalls(acctest.SetEnabled, 1), cp.ExpectCalls(acctest.RegenerateSecret, 0), cp.SignsInAs(address)),
		},
	)
}

func TestAccApplication_Drift_Deleted_IsRecreated(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	config := cp.Config(`resource "runai_application" "test" { name = "ci-pipeline" }`)
	cp.Test(
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig:        func() { cp.DeleteApplication("ci-pipeline") },
			Config:           config,
			ConfigPlanChecks: acctest.PreApply(plancheck.ExpectResourceAction(address, plancheck.ResourceActionCreate)),
			Check:            cp.SignsInAs(address),
		},
	)
}

func TestAccApplication_Delete_NotFound_Succeeds(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(
		resource.TestStep{Config: cp.Config(`resource "runai_application" "test" { name = "ci-pipeline" }`)},
		resource.TestStep{
			// It is deleted between the refresh and the delete.
			PreConfig: func() {
				cp.OnRequest(func(method, _ string) {
					if method == "DELETE" && cp.Has("ci-pipeline") {
						cp.DeleteApplication("ci-pipeline")
					}
				})
			},
			Config:  cp.Config(`resource "runai_application" "test" { name = "ci-pipeline" }`),
			Destroy: true,
		},
	)
}

func TestAccApplication_Create_LaterError_KeepsIDAndSecret(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	config := cp.Config(`
resource "runai_application" "test" {
  name    = "ci-pipeline"
  enabled = false
}`)
	cp.Test(
		resource.TestStep{
			PreConfig:   func() { cp.InjectFault(acctest.SetEnabled, "status", -1) },
			Config:      config,
			ExpectError: regexp.MustCompile(`(?s)Unable to Create Application.*503.*is in the state|its ID and secret are`),
		},
		resource.TestStep{
			// The state has the ID and a secret that signs in.
			PreConfig:    func() { cp.ClearFaults() },
			RefreshState: true,
			Check: resource.ComposeAggregateTestCheckFunc(
				cp.SignsInAs(address),
				func(s *terraform.State) error {
					if !s.RootModule().Resources[address].Primary.Tainted {
						return fmt.Errorf("not tainted")
					}
					return nil
				},
			),
			ExpectNonEmptyPlan: true,
		},
		resource.TestStep{
			Config:           config,
			ConfigPlanChecks: acctest.PreApply(plancheck.ExpectResourceAction(address, plancheck.ResourceActionDestroyBeforeCreate)),
			Check:            cp.Applications("ci-pipeline", 1),
		},
	)
}

func TestAccApplication_Create_AlreadyExists_PrintsImportBlock(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	id := cp.CreateApplication("taken", "jane@acme.example").ID
	cp.Test(resource.TestStep{
		Config:      cp.Config(`resource "runai_application" "test" { name = "taken" }`),
		ExpectError: regexp.MustCompile(`(?s)already exists.*import \{\s+to\s+= runai_application\.example\s+id = "` + id + `"`),
	}, resource.TestStep{
		Config: cp.Config(``),
		Check:  resource.ComposeAggregateTestCheckFunc(cp.SecretsIssued("taken", 1), cp.ExpectCalls(acctest.CreateApplication, 0)),
	})
}
