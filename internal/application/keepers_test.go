package application_test

import (
	"fmt"
	"reflect"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// Each transition of keepers, planned and applied over the protocol. The decision
// itself is tested as a table in rotation_test.go; the CLI shows one of each kind.
func TestApplication_Keepers(t *testing.T) {
	t.Parallel()
	type keepers = map[string]any
	for name, c := range map[string]struct {
		before, after any
		rotates       bool
	}{
		"Keep_NullToEmpty":    {nil, keepers{}, false},
		"Keep_EmptyToNull":    {keepers{}, nil, false},
		"Keep_ValueToNull":    {keepers{"a": "1"}, nil, false},
		"Keep_ValueToEmpty":   {keepers{"a": "1"}, keepers{}, false},
		"Keep_ValueToSame":    {keepers{"a": "1"}, keepers{"a": "1"}, false},
		"Keep_NullToNullKey":  {nil, keepers{"a": nil}, false},
		"Keep_NullKeyAdded":   {keepers{"a": "1"}, keepers{"a": "1", "b": nil}, false},
		"Rotate_NullToValue":  {nil, keepers{"a": "1"}, true},
		"Rotate_EmptyToValue": {keepers{}, keepers{"a": "1"}, true},
		"Rotate_ValueToOther": {keepers{"a": "1"}, keepers{"a": "2"}, true},
		"Rotate_KeyAdded":     {keepers{"a": "1"}, keepers{"a": "1", "b": "1"}, true},
		"Rotate_KeyRemoved":   {keepers{"a": "1", "b": "1"}, keepers{"a": "1"}, true},
		"Rotate_KeyRenamed":   {keepers{"a": "1"}, keepers{"b": "1"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			app := cp.Instance(t, "runai_application")
			app.MustApply(acctest.Arguments{"name": "ci-pipeline", "keepers": c.before})
			before := app.Attributes()
			cp.ResetRequests()
			plan := app.MustApply(acctest.Arguments{"name": "ci-pipeline", "keepers": c.after})
			after := app.Attributes()
			version, rotations := int64(1), 0
			if c.rotates {
				version, rotations = 2, 1
			}
			if unknown := plan.Attributes["client_secret"] == acctest.Unknown; unknown != c.rotates || plan.Attributes["client_secret_version"] != version {
				t.Errorf("the plan is %v", plan.Attributes)
			}
			if after["id"] != before["id"] || after["client_id"] != before["client_id"] || after["client_secret_version"] != version ||
				(after["client_secret"] != before["client_secret"]) != c.rotates {
				t.Errorf("the state was %v and is %v", before, after)
			}
			secret, _ := after["client_secret"].(string)
			if old, _ := before["client_secret"].(string); !cp.SignsIn("ci-pipeline", secret) || cp.SignsIn("ci-pipeline", old) == c.rotates {
				t.Error("a secret other than the current one signs in")
			}
			for _, err := range []error{cp.ExpectCalls(acctest.RegenerateSecret, rotations)(nil), cp.SecretsIssued("ci-pipeline", 1+rotations)(nil)} {
				if err != nil {
					t.Error(err)
				}
			}
			if again := app.Plan(acctest.Arguments{"name": "ci-pipeline", "keepers": c.after}); !reflect.DeepEqual(again.Attributes, after) {
				t.Errorf("the next plan is %v, want no change; diagnostics:%s", again.Attributes, again.Diagnostics)
			}
		})
	}
}

func TestAccApplication_Keepers_Keep_ValueToNull(t *testing.T) { keeps(t, `{ a = "1" }`, `null`) }

func TestAccApplication_Keepers_Keep_NullKeyAdded(t *testing.T) {
	keeps(t, `{ a = "1" }`, `{ a = "1", b = null }`)
}

func TestAccApplication_Keepers_Rotate_NullToValue(t *testing.T) { rotates(t, `null`, `{ a = "1" }`) }

func TestAccApplication_Keepers_Rotate_ValueToOther(t *testing.T) {
	rotates(t, `{ a = "1" }`, `{ a = "2" }`)
}

func withKeepers(cp *acctest.ControlPlane, keepers, extra string) string {
	return cp.Config(fmt.Sprintf(`
resource "runai_application" "test" {
  name    = "ci-pipeline"
  keepers = %s
}

resource "runai_access_rule" "test" {
  subject_id = runai_application.test.client_id
  role_id    = 5
  scope_type = "tenant"
}
%s`, keepers, extra))
}

func keeps(t *testing.T, before, after string) {
	t.Helper()
	t.Parallel()
	cp := acctest.New(t)
	same := statecheck.CompareValue(compare.ValuesSame())
	secret := func() []statecheck.StateCheck {
		return []statecheck.StateCheck{
			same.AddStateValue(address, tfjsonpath.New("client_secret")),
			statecheck.ExpectKnownValue(address, tfjsonpath.New("client_secret_version"), knownvalue.Int64Exact(1)),
		}
	}
	cp.Test(
		resource.TestStep{Config: withKeepers(cp, before, ""), ConfigStateChecks: secret()},
		resource.TestStep{
			PreConfig:         cp.ResetRequests,
			Config:            withKeepers(cp, after, ""),
			ConfigStateChecks: secret(),
			ConfigPlanChecks:  acctest.EmptyAfter(plancheck.ExpectResourceAction("runai_access_rule.test", plancheck.ResourceActionNoop)),
			Check: resource.ComposeAggregateTestCheckFunc(
				cp.ExpectCalls(acctest.RegenerateSecret, 0), cp.SecretsIssued("ci-pipeline", 1), cp.SignsInAs(address)),
		},
	)
}

func rotates(t *testing.T, before, after string) {
	t.Helper()
	t.Parallel()
	cp := acctest.New(t)
	differ := statecheck.CompareValue(compare.ValuesDiffer())
	sameID, sameClientID := statecheck.CompareValue(compare.ValuesSame()), statecheck.CompareValue(compare.ValuesSame())
	checks := func(version int64) []statecheck.StateCheck {
		return []statecheck.StateCheck{
			differ.AddStateValue(address, tfjsonpath.New("client_secret")),
			sameID.AddStateValue(address, tfjsonpath.New("id")),
			sameClientID.AddStateValue(address, tfjsonpath.New("client_id")),
			statecheck.ExpectKnownValue(address, tfjsonpath.New("client_secret_version"), knownvalue.Int64Exact(version)),
		}
	}
	var old acctest.Credentials
	cp.Test(
		resource.TestStep{
			Config:            withKeepers(cp, before, ""),
			ConfigStateChecks: checks(1),
			Check:             resource.ComposeAggregateTestCheckFunc(cp.SignsInAs(address), old.Take(address)),
		},
		resource.TestStep{
			PreConfig:         cp.ResetRequests,
			Config:            withKeepers(cp, after, ""),
			ConfigStateChecks: checks(2),
			ConfigPlanChecks: acctest.EmptyAfter(
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
				plancheck.ExpectUnknownValue(address, tfjsonpath.New("client_secret")),
				plancheck.ExpectKnownValue(address, tfjsonpath.New("client_secret_version"), knownvalue.Int64Exact(2)),
				plancheck.ExpectKnownValue(address, tfjsonpath.New("client_id"), knownvalue.StringExact("ci-pipeline")),
				plancheck.ExpectResourceAction("runai_access_rule.test", plancheck.ResourceActionNoop),
			),
			Check: resource.ComposeAggregateTestCheckFunc(
				cp.ExpectCalls(acctest.RegenerateSecret, 1), cp.SecretsIssued("ci-pipeline", 2), cp.SignsInAs(address), old.AreRefusedBy(cp)),
		},
	)
}

// unknownKeeper is a keeper that is unknown while planning: it is an attribute of
// another resource that the apply replaces or updates.
const unknownKeeper = `
resource "terraform_data" "trigger" {
  input            = %q
  triggers_replace = [%q]
}`

func TestAccApplication_Keepers_UnknownInPlan(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		second    string // the value that the second apply resolves to; that of the first is "one"
		secret    compare.ValueComparer
		rotations int
	}{
		"ResolvesToSame":  {"one", compare.ValuesSame(), 0},
		"ResolvesToOther": {"two", compare.ValuesDiffer(), 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			secret := statecheck.CompareValue(c.secret)
			config := func(value, trigger string) string {
				return withKeepers(cp, `{ a = terraform_data.trigger.output }`, fmt.Sprintf(unknownKeeper, value, trigger))
			}
			cp.Run(t,
				resource.TestStep{Config: config("one", "1"), ConfigStateChecks: []statecheck.StateCheck{secret.AddStateValue(address, tfjsonpath.New("client_secret"))}},
				resource.TestStep{
					PreConfig: cp.ResetRequests,
					Config:    config(c.second, "2"),
					ConfigPlanChecks: acctest.PreApply(
						plancheck.ExpectUnknownValue(address, tfjsonpath.New("client_secret")),
						plancheck.ExpectUnknownValue(address, tfjsonpath.New("client_secret_version")),
					),
					ConfigStateChecks: []statecheck.StateCheck{
						secret.AddStateValue(address, tfjsonpath.New("client_secret")),
						statecheck.ExpectKnownValue(address, tfjsonpath.New("client_secret_version"), knownvalue.Int64Exact(int64(1+c.rotations))),
					},
					Check: resource.ComposeAggregateTestCheckFunc(cp.ExpectCalls(acctest.RegenerateSecret, c.rotations), cp.SignsInAs(address)),
				},
			)
		})
	}
}

func TestAccApplication_Keepers_Rotate_WithEnabled(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(
		resource.TestStep{Config: cp.Config(`resource "runai_application" "test" { name = "ci-pipeline" }`)},
		resource.TestStep{
			PreConfig: cp.ResetRequests,
			Config: cp.Config(`resource "runai_application" "test" {
  name    = "ci-pipeline"
  enabled = false
  keepers = { a = "1" }
}`),
			Check: resource.ComposeAggregateTestCheckFunc(cp.ExpectCalls(acctest.SetEnabled, 1), cp.ExpectCalls(acctest.RegenerateSecret, 1)),
		},
		resource.TestStep{
			Config: cp.Config(`resource "runai_application" "test" {
  name    = "ci-pipeline"
  keepers = { a = "1" }
}`),
			Check: cp.SignsInAs(address),
		},
	)
}

func TestAccApplication_Keepers_FailedRotation_IsRetriedByNextApply(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	config := withKeepers(cp, `{ a = "2" }`, "")
	cp.Test(
		resource.TestStep{Config: withKeepers(cp, `{ a = "1" }`, "")},
		resource.TestStep{
			PreConfig:   func() { cp.InjectFault(acctest.RegenerateSecret, "status", -1) },
			Config:      config,
			ExpectError: regexp.MustCompile(`(?s)Unable to Update Application.*503.*retries\s+the\s+rotation`),
		},
		resource.TestStep{
			PreConfig: func() { cp.ClearFaults(); cp.ResetRequests() },
			Config:    config,
			Check: resource.ComposeAggregateTestCheckFunc(
				cp.ExpectCalls(acctest.RegenerateSecret, 1), cp.SecretsIssued("ci-pipeline", 2), cp.SignsInAs(address)),
		},
	)
}

func TestAccApplication_Keepers_Rotate_AfterImport(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.CreateApplication("ci-pipeline", "terraform")
	cp.Test(
		resource.TestStep{
			Config: cp.Config(`
import {
  to = runai_application.test
  id = "ci-pipeline"
}
resource "runai_application" "test" { name = "ci-pipeline" }`),
			ConfigPlanChecks: acctest.EmptyAfter(),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(address, tfjsonpath.New("client_secret"), knownvalue.Null()),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("client_secret_version"), knownvalue.Int64Exact(0)),
			},
			Check: cp.ExpectCalls(acctest.RegenerateSecret, 0),
		},
		resource.TestStep{
			Config: cp.Config(`resource "runai_application" "test" {
  name    = "ci-pipeline"
  keepers = { owner = "terraform" }
}`),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(address, tfjsonpath.New("client_secret_version"), knownvalue.Int64Exact(1)),
			},
			Check: resource.ComposeAggregateTestCheckFunc(cp.ExpectCalls(acctest.RegenerateSecret, 1), cp.SignsInAs(address)),
		},
	)
}
