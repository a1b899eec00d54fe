package application_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

const allowed = "allow_self_lockout = true"

// own returns a configuration that manages the application that the provider signs in
// as, which is called terraform.
func own(cp *acctest.ControlPlane, provider, arguments, others string) string {
	return cp.ConfigWith(provider, fmt.Sprintf("resource \"runai_application\" \"test\" {\n%s\n}\n%s", arguments, others))
}

const itself = `name = "terraform"`

// adopt returns a step that imports it.
func adopt(cp *acctest.ControlPlane) resource.TestStep {
	return resource.TestStep{Config: withImport(byID, "terraform", own(cp, "", itself, ""))}
}

// release returns a step that permits the lock-out, so the end of the test destroys it.
func release(cp *acctest.ControlPlane) resource.TestStep {
	return resource.TestStep{Config: own(cp, allowed, itself, "")}
}

func TestApplication_Lockout_ErrorAtTheArgument(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	own := cp.Protocol(t).Import("runai_application", "terraform")
	own.Plan(acctest.Arguments{"name": "terraform", "enabled": false}).Diagnostics.
		ExpectErrorAt(t, "enabled", "This plan would disable application \"terraform\", which the provider itself signs in as")
	own.PlanDestroy().Diagnostics.ExpectErrorAt(t, "", "This plan would delete application \"terraform\"")
	for what, arguments := range map[string]acctest.Arguments{
		"nothing changes":                       {"name": "terraform"},
		"what changes does not end the sign-in": {"name": "terraform", "rotate_only_if_unused_for": "24h"},
	} {
		if plan := own.Plan(arguments); len(plan.Diagnostics) > 0 {
			t.Errorf("%s:%s", what, plan.Diagnostics)
		}
	}
}

func TestAccApplication_Lockout_RefusedWhilePlanning(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ arguments, verb string }{
		"Disable": {itself + "\nenabled = false", "disable"},
		"Rename":  {`name = "another-name"`, "replace"},
		"Rotate":  {itself + "\nkeepers = { a = \"1\" }", "regenerate the secret of"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			cp.Run(t,
				adopt(cp),
				resource.TestStep{
					PreConfig: cp.ResetRequests,
					Config:    own(cp, "", c.arguments, ""),
					PlanOnly:  true,
					ExpectError: acctest.ErrorContains(fmt.Sprintf(`This plan would %s application "terraform", which the provider itself signs in as at %s. `+
						`Terraform would lock itself out. If that is intended, set allow_self_lockout = true in the provider configuration.`, c.verb, cp.URL)),
				},
				resource.TestStep{Config: own(cp, "", itself, ""), Check: cp.ExpectMutations(0)},
				release(cp),
			)
			if cp.Has("terraform") {
				t.Error("with allow_self_lockout the application is not destroyed")
			}
		})
	}
}

func TestAccApplication_Lockout_Delete_Refused(t *testing.T) {
	t.Parallel()
	for name, step := range map[string]func(cp *acctest.ControlPlane) resource.TestStep{
		"Removed": func(cp *acctest.ControlPlane) resource.TestStep {
			return resource.TestStep{Config: cp.Config(""), PlanOnly: true}
		},
		"Destroyed": func(cp *acctest.ControlPlane) resource.TestStep {
			return resource.TestStep{Config: own(cp, "", itself, ""), Destroy: true}
		},
		// Terraform plans this as a deletion and a separate create.
		"Tainted": func(cp *acctest.ControlPlane) resource.TestStep {
			return resource.TestStep{Config: own(cp, "", itself, ""), Taint: []string{address}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			refused := step(cp)
			refused.PreConfig = cp.ResetRequests
			verb := map[bool]string{true: "replace or create", false: "delete"}[name == "Tainted"]
			refused.ExpectError = acctest.ErrorContains(`This plan would ` + verb + ` application "terraform", which the provider itself signs in as`)
			steps := []resource.TestStep{adopt(cp), refused}
			if name == "Tainted" {
				// Only planned: replacing it would lose the provider's secret. The end of the test destroys it.
				steps = append(steps, resource.TestStep{Config: own(cp, allowed, itself, ""), PlanOnly: true, ExpectNonEmptyPlan: true})
			} else {
				steps = append(steps, resource.TestStep{Config: own(cp, allowed, itself, ""), Check: cp.ExpectMutations(0)})
			}
			cp.Run(t, steps...)
			if cp.Calls(acctest.DeleteApplication) != 1 {
				t.Errorf("with allow_self_lockout there were %d deletions", cp.Calls(acctest.DeleteApplication))
			}
		})
	}
}

func TestAccApplication_Lockout_OtherApplication_Permitted(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.CreateApplication("terraform-2", "jane@acme.example")
	cp.Test(
		resource.TestStep{Config: withImport(byID, "terraform-2", own(cp, "", `name = "terraform-2"`, ""))},
		resource.TestStep{Config: own(cp, "", "name = \"terraform-2\"\nkeepers = { a = \"1\" }", ""), Check: cp.SignsInAs(address)},
		resource.TestStep{Config: own(cp, "", "name = \"terraform-2\"\nenabled = false", ""), Check: cp.Refused(address)},
		resource.TestStep{Config: own(cp, "", `name = "terraform-3"`, ""), Check: cp.SignsInAs(address)},
		resource.TestStep{Config: cp.Config(""), Check: cp.Applications("terraform", 1)},
	)
}

// Enabling the application or removing its keepers keeps the provider's credentials.
func TestAccApplication_Lockout_HarmlessChange_Permitted(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(
		adopt(cp),
		resource.TestStep{
			PreConfig: cp.ResetRequests,
			Config:    own(cp, "", itself+"\nenabled = true\nkeepers = {}\ntimeouts = { update = \"1m\" }", ""),
			Check:     cp.ExpectMutations(0),
		},
		release(cp),
	)
}

// rotating returns a control plane where the provider gets its current secret from the
// environment in each run, like from a vault.
func rotating(t *testing.T) *acctest.ControlPlane {
	t.Helper()
	acctest.NeedsMock(t, "it changes the application that the provider signs in as")
	cp := acctest.New(t)
	cp.SetEnvironment(func(name string) string {
		if name != "RUNAI_CLIENT_SECRET" {
			return cp.Environment()[name]
		}
		for _, secret := range cp.Issued() {
			if cp.SignsIn("terraform", secret) {
				return secret
			}
		}
		return ""
	})
	return cp
}

const after = `
resource "runai_application" "after" {
  name       = "after"
  depends_on = [runai_application.test]
}`

// If allow_self_lockout permits the rotation, the rest of the run succeeds, also if the
// old token is refused and another one is required.
func TestAccApplication_Lockout_AllowedRotation_UsesNewSecret(t *testing.T) {
	t.Parallel()
	cp := rotating(t)
	config := func(arguments, others string) string {
		return fmt.Sprintf("provider \"runai\" {\n  %s\n}\nresource \"runai_application\" \"test\" {\n%s\n%s\n}\n%s", allowed, itself, arguments, others)
	}
	before := 0
	cp.Test(
		resource.TestStep{Config: withImport(byID, "terraform", config("", ""))},
		resource.TestStep{
			PreConfig: func() {
				cp.OnCall(acctest.CreateApplication, func() {
					if before == 0 { // the token from before the rotation is refused
						cp.InjectFaultWith(acctest.CreateApplication, "status", 401, 1)
						before = cp.Calls(acctest.GetToken)
					}
				})
				cp.ResetRequests()
			},
			Config: config(`keepers = { a = "1" }`, after),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(address, tfjsonpath.New("client_secret_version"), knownvalue.Int64Exact(1)),
			},
			Check: resource.ComposeAggregateTestCheckFunc(
				cp.SignsInAs(address), cp.SignsInAs("runai_application.after"), cp.SecretsIssued("terraform", 2),
				cp.ExpectCalls(acctest.RegenerateSecret, 1),
				cp.ExpectCalls(acctest.CreateApplication, 2), // refused, and again with a new token
			),
		},
	)
}

// Control of the test above: a provider without the new secret cannot sign in.
func TestAccApplication_Lockout_AllowedRotation_OldSecretFails(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(
		resource.TestStep{
			PreConfig: func() {
				cp.OnCall(acctest.CreateApplication, func() {
					if cp.SignsIn("terraform", "terraform-secret") {
						cp.RegenerateSecret("terraform") // by another principal
					}
				})
				cp.InjectFaultWith(acctest.CreateApplication, "status", 401, 1)
			},
			Config:      cp.Config(`resource "runai_application" "test" { name = "ci-pipeline" }`),
			ExpectError: acctest.ErrorContains(`The client ID or the client secret is wrong, was regenerated elsewhere`),
		},
	)
}

// Keepers that are not known yet may turn out to have changed.
func TestAccApplication_Lockout_UnknownKeepers_Refused(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	unknown := func(provider, generation string) string {
		return own(cp, provider, itself+"\nkeepers = { a = terraform_data.trigger.output }", fmt.Sprintf(unknownKeeper, "same", generation))
	}
	cp.Test(
		adopt(cp),
		resource.TestStep{
			PreConfig:   cp.ResetRequests,
			Config:      unknown("", "1"),
			PlanOnly:    true,
			ExpectError: acctest.ErrorContains(`This plan would possibly, depending on values that are not known yet, regenerate the secret of application "terraform"`),
		},
		resource.TestStep{Config: own(cp, "", itself, ""), Check: cp.ExpectMutations(0)},
		release(cp),
	)
}

// If the lock-out is permitted, the plan states which credentials to change afterwards.
func TestAccApplication_Lockout_AllowedRotation_WarnsOfNewSecret(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ recipients, want string }{
		"Plain":  {"", "The new secret is client_secret of this resource."},
		"Sealed": {recipientsArgument("vault", keyA), `The new secret is sealed: "vault" can open it.`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			cli := cp.CLI(t)
			cli.Configure(withImport(byID, "terraform", own(cp, allowed, itself, "")))
			cli.MustApply()
			cli.Configure(own(cp, allowed, itself+"\nkeepers = { a = \"1\" }\n"+c.recipients, ""))
			cli.Plan().Expect(t, 2, "RUNAI_CLIENT_SECRET Must Be Changed Afterwards", c.want)
			// Control: other applications are rotated without such a warning.
			cli.Configure(own(cp, allowed, itself, `resource "runai_application" "other" { name = "other" }`))
			cli.MustApply()
			cli.Configure(own(cp, allowed, itself, "resource \"runai_application\" \"other\" {\n name = \"other\"\n keepers = { a = \"1\" }\n}"))
			cli.Plan().Expect(t, 2).ExpectNot(t, "RUNAI_CLIENT_SECRET")
		})
	}
}
