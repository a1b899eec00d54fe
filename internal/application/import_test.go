package application_test

import (
	"fmt"
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

// applicationConfig returns a configuration with one application and its arguments.
func applicationConfig(cp *acctest.ControlPlane, name, arguments string) string {
	return cp.Config(fmt.Sprintf("resource \"runai_application\" \"test\" {\n  name = %q\n%s\n}\n", name, arguments))
}

// withImport adds an import block to a configuration.
func withImport(argument, id, config string) string {
	return config + fmt.Sprintf("import {\n  to = runai_application.test\n  %s\n}\n", fmt.Sprintf(argument, id))
}

const byID, byIdentity = `id = %q`, `identity = { id = %q }`

// expectImported checks the attributes of an application that was created out of band and imported.
func expectImported(existing mockserver.Application) []statecheck.StateCheck {
	value := func(attribute string, value knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), value)
	}
	return []statecheck.StateCheck{
		value("id", knownvalue.StringExact(existing.ID)),
		value("name", knownvalue.StringExact(existing.Name)),
		value("client_id", knownvalue.StringExact(existing.ClientID)),
		value("enabled", knownvalue.Bool(existing.Enabled)),
		value("keepers", knownvalue.Null()),
		value("client_secret", knownvalue.Null()),
		value("client_secret_version", knownvalue.Int64Exact(0)),
	}
}

// importKeys are what an application is imported by.
var importKeys = map[string]func(mockserver.Application) string{
	"ID":   func(a mockserver.Application) string { return a.ID },
	"Name": func(a mockserver.Application) string { return a.Name },
}

func TestAccApplication_Import_ByCommand(t *testing.T) {
	t.Parallel()
	for name, key := range importKeys {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			existing := cp.CreateApplication("ci-pipeline", "jane@acme.example")
			config := applicationConfig(cp, "ci-pipeline", "")
			cp.Run(t,
				resource.TestStep{
					PreConfig:          cp.ResetRequests,
					Config:             config,
					ResourceName:       address,
					ImportState:        true,
					ImportStateId:      key(existing),
					ImportStatePersist: true,
				},
				resource.TestStep{
					Config:            config,
					ConfigPlanChecks:  acctest.PreApply(plancheck.ExpectEmptyPlan()),
					ConfigStateChecks: expectImported(existing),
					Check:             resource.ComposeAggregateTestCheckFunc(cp.ExpectMutations(0), cp.SecretsIssued("ci-pipeline", 1)),
				},
				// Control: Terraform manages the imported application and deletes it.
				resource.TestStep{Config: cp.Config(""), Check: cp.ExpectCalls(acctest.DeleteApplication, 1)},
			)
		})
	}
}

func TestAccApplication_Import_ByBlock(t *testing.T) {
	t.Parallel()
	for name, key := range importKeys {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			existing := cp.CreateApplication("ci-pipeline", "jane@acme.example")
			cp.Run(t, resource.TestStep{
				PreConfig:         cp.ResetRequests,
				Config:            withImport(byID, key(existing), applicationConfig(cp, "ci-pipeline", "")),
				ConfigPlanChecks:  acctest.EmptyAfter(plancheck.ExpectResourceAction(address, plancheck.ResourceActionNoop)),
				ConfigStateChecks: expectImported(existing),
				Check:             resource.ComposeAggregateTestCheckFunc(cp.ExpectMutations(0), cp.SecretsIssued("ci-pipeline", 1)),
			})
		})
	}
}

func TestAccApplication_Import_ByIdentity(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	existing := cp.CreateApplication("ci-pipeline", "jane@acme.example")
	cp.TestOn(acctest.WithIdentity(), resource.TestStep{
		PreConfig:        cp.ResetRequests,
		Config:           withImport(byIdentity, existing.ID, applicationConfig(cp, "ci-pipeline", "")),
		ConfigPlanChecks: acctest.EmptyAfter(plancheck.ExpectResourceAction(address, plancheck.ResourceActionNoop)),
		ConfigStateChecks: append(expectImported(existing),
			statecheck.ExpectIdentity(address, map[string]knownvalue.Check{"id": knownvalue.StringExact(existing.ID)})),
		Check: cp.ExpectMutations(0),
	})
}

func TestAccApplication_Identity_IsTheID(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	identity := []statecheck.StateCheck{statecheck.ExpectIdentityValueMatchesState(address, tfjsonpath.New("id"))}
	cp.TestOn(acctest.WithIdentity(),
		resource.TestStep{Config: applicationConfig(cp, "ci-pipeline", ""), ConfigStateChecks: identity},
		resource.TestStep{Config: applicationConfig(cp, "ci-pipeline", "enabled = false"), ConfigStateChecks: identity},
		resource.TestStep{Config: applicationConfig(cp, "another-pipeline", ""), ConfigStateChecks: identity},
	)
}

func TestAccApplication_Import_Disabled(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	existing := cp.CreateApplication("ci-pipeline", "jane@acme.example")
	cp.SetApplicationEnabled("ci-pipeline", false)
	existing.Enabled = false
	cp.Test(resource.TestStep{
		PreConfig:         cp.ResetRequests,
		Config:            withImport(byID, "ci-pipeline", applicationConfig(cp, "ci-pipeline", "enabled = false")),
		ConfigStateChecks: expectImported(existing),
		Check:             cp.ExpectMutations(0),
	})
}

// An import reads every attribute except the secret and its version, which only the creating run knows.
func TestAccApplication_Import_RoundTrip(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(
		resource.TestStep{Config: applicationConfig(cp, "ci-pipeline", "")},
		resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateVerify: true,
			ImportStateVerifyIgnore: []string{"client_secret", "client_secret_version"},
		},
	)
}

// An application whose name predates the rules for names can be imported and managed.
func TestAccApplication_Import_LegacyName(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.18", "2.24"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: version})
			existing := cp.CreateApplication("MyApplication", "jane@acme.example")
			cp.Run(t,
				resource.TestStep{
					PreConfig:         cp.ResetRequests,
					Config:            withImport(byID, "MyApplication", applicationConfig(cp, "MyApplication", "")),
					ConfigPlanChecks:  acctest.EmptyAfter(),
					ConfigStateChecks: expectImported(existing),
					Check:             cp.ExpectMutations(0),
				},
				resource.TestStep{
					Config: applicationConfig(cp, "MyApplication", `keepers = { a = "1" }`),
					Check:  cp.SignsInAs(address),
				},
			)
		})
	}
}

func TestAccApplication_Import_NotFound(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]string{
		"Name":       "no-such-application",
		"ID":         "00000000-0000-4000-8000-000000000000",
		"PathInside": "../authorization/access-rules",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			cp.Run(t,
				resource.TestStep{
					PreConfig:   cp.ResetRequests,
					Config:      withImport(byID, id, applicationConfig(cp, "ci-pipeline", "")),
					ExpectError: acctest.ErrorContains(fmt.Sprintf(`There is no application with the ID or the name %q on %s`, id, cp.URL)),
				},
				resource.TestStep{
					Config:      withImport(byID, id, applicationConfig(cp, "ci-pipeline", "")),
					ExpectError: acctest.ErrorContains(`Check the spelling, and that the provider signs in to the right tenant.`),
				},
				resource.TestStep{Config: applicationConfig(cp, "ci-pipeline", ""), Check: cp.ExpectCalls(acctest.CreateApplication, 1)},
			)
		})
	}
}

func TestAccApplication_Import_DifferentName_Replaces(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.CreateApplication("ci-pipeline", "jane@acme.example")
	cp.Test(resource.TestStep{
		Config:           withImport(byID, "ci-pipeline", applicationConfig(cp, "another-pipeline", "")),
		ConfigPlanChecks: acctest.PreApply(plancheck.ExpectResourceAction(address, plancheck.ResourceActionDestroyBeforeCreate)),
	})
}

func TestAccApplication_Import_EmptyID(t *testing.T) {
	t.Parallel()
	s := newSealedRun(t)
	s.write("", "", "")
	s.CLI.Run("import", "-input=false", "-no-color", address, "").ExpectError(t, "The import ID is empty. Use the ID or the name of the application.")
}

// The output of terraform plan -generate-config-out plans only the import.
func TestAccApplication_Import_GeneratedConfigurationNeedsNoEdit(t *testing.T) {
	t.Parallel()
	s := newSealedRun(t)
	s.CreateApplication("ci-pipeline", "jane@acme.example")
	s.Needs("-generate-config-out", "1.5", "1.6")
	s.Configure(s.Config(`import {
  provider = runai
  to       = runai_application.test
  id       = "ci-pipeline"
}`))
	s.CLI.Run("plan", "-input=false", "-no-color", "-generate-config-out=generated.tf").Expect(t, 0)
	s.Configure(s.Config(`import {
  to = runai_application.test
  id = "ci-pipeline"
}`))
	if r := s.MustApply(); !strings.Contains(r.Output, "1 imported, 0 added, 0 changed, 0 destroyed") {
		t.Errorf("the plan is not only an import: %s", r.Output)
	}
	s.Plan().Expect(t, 0)
}

// An import suggests similar names, like lookups.
func TestAccServiceAccount_Import_SuggestsSimilarNames(t *testing.T) {
	t.Parallel()
	s := newSealedRun(t)
	s.CreateApplication("ci-pipeline-prod", "jane@acme.example")
	s.Configure(s.Config(`resource "runai_service_account" "test" { name = "ci-pipeline-prod" }`))
	s.CLI.Run("import", "-input=false", "-no-color", "runai_service_account.test", "ci-pipelin-prod").
		ExpectError(t, `There is no service account with the ID or the name "ci-pipelin-prod"`, `Did you mean "ci-pipeline-prod"?`)
}
