package application_test

import (
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/provider"
)

// Moving between types came with Terraform 1.8 and OpenTofu 1.10.
func needsMove(cli *acctest.CLI) { cli.Needs("moved between resource types", "1.8", "1.10") }

// moved returns a configuration that moves an application, which is the subject of an
// access rule, to a type name from another address.
func moved(cp *acctest.ControlPlane, typeName, arguments, from string) string {
	config := fmt.Sprintf(`
resource %q "test" {
  name    = "ci-pipeline"
  keepers = { a = "1" }
  %s
}
resource "runai_access_rule" "test" {
  subject_id = %s.test.client_id
  role_id    = 5
  scope_type = "tenant"
}`, typeName, arguments, typeName)
	if from != "" {
		config += fmt.Sprintf("\nmoved {\n  from = %s\n  to   = %s.test\n}\n", from, typeName)
	}
	return cp.Config(config)
}

func TestAccApplication_Move_BetweenTypeNames_KeepsEverything(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, to string }{
		{"runai_application", "runai_service_account"},
		{"runai_service_account", "runai_application"},
	} {
		t.Run("From "+c.from, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			cli := cp.CLI(t)
			needsMove(cli)
			cli.Configure(moved(cp, c.from, "", ""))
			cli.MustApply()
			before := cli.State()[c.from+".test"].AttributeValues

			cp.ResetRequests()
			cli.Configure(moved(cp, c.to, "", c.from+".test"))
			if r := cli.MustApply(); !strings.Contains(r.Output, "0 added, 0 changed, 0 destroyed") {
				t.Errorf("the move plans changes: %s", r.Output)
			}
			after := cli.State()[c.to+".test"].AttributeValues
			if fmt.Sprint(after) != fmt.Sprint(before) {
				t.Error("the move changed the state")
			}
			acctest.Expect(t, cp.ExpectMutations(0))
			// Control: it is still rotated in place.
			cli.Configure(strings.Replace(moved(cp, c.to, "", ""), `a = "1"`, `a = "2"`, 1))
			cli.MustApply()
			if rotated := cli.State()[c.to+".test"].AttributeValues; rotated["id"] != before["id"] || fmt.Sprint(rotated["client_secret_version"]) != "2" {
				t.Errorf("it was not rotated in place: id %v, version %v", rotated["id"], rotated["client_secret_version"])
			}
			if r := cli.Destroy(); r.Code != 0 || cp.Has("ci-pipeline") {
				t.Errorf("the application was not destroyed: %s", r.Output)
			}
		})
	}
}

// A move between the type names keeps the attributes, the identity and private state,
// whichever registry the provider was installed from.
func TestApplication_Move_KeepsEverything(t *testing.T) {
	t.Parallel()
	arguments := func(further acctest.Arguments) acctest.Arguments {
		all := acctest.Arguments{"name": "ci-pipeline", "keepers": map[string]any{"a": "1"}}
		maps.Copy(all, further)
		return all
	}
	for name, further := range map[string]acctest.Arguments{
		"plain":  {"rotate_only_if_unused_for": "24h"},
		"sealed": {"client_secret_recipients": map[string]any{"ops": ageOwner(t).recipient}},
	} {
		for _, c := range []struct{ from, to, provider string }{
			{"runai_application", "runai_service_account", provider.Address},
			{"runai_service_account", "runai_application", provider.Address},
			{"runai_application", "runai_service_account", "registry.opentofu.org/runai-community/runai"},
		} {
			t.Run(fmt.Sprintf("%s %s of %s", name, c.from, c.provider), func(t *testing.T) {
				t.Parallel()
				cp := acctest.New(t)
				app := cp.Instance(t, c.from)
				app.MustApply(arguments(further))
				attributes, identity, private := app.Attributes(), app.Identity(), app.PrivateState()

				cp.ResetRequests()
				if diags := app.Move(c.provider, c.to); len(diags) > 0 {
					t.Fatal(diags)
				}
				if got := app.Attributes(); !reflect.DeepEqual(got, attributes) {
					t.Errorf("the attributes were %v and are %v", attributes, got)
				}
				if got := app.Identity(); got != identity || got == "" {
					t.Errorf("the identity was %q and is %q", identity, got)
				}
				if got := app.PrivateState(); !reflect.DeepEqual(got, private) || len(got) == 0 {
					t.Errorf("private state was %v and is %v", private, got)
				}
				if n := len(cp.Requests()); n != 0 {
					t.Errorf("the move sent %d requests", n)
				}
				if plan := app.Plan(arguments(further)); !reflect.DeepEqual(plan.Attributes, attributes) {
					t.Errorf("the plan is %v, want no change; diagnostics:%s", plan.Attributes, plan.Diagnostics)
				}
			})
		}
	}
}

// A move keeps the record of a pending create, so the next apply resolves it.
func TestApplication_Move_KeepsPendingCreate(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	app := cp.Instance(t, "runai_application")
	plan := app.Plan(acctest.Arguments{"name": "ci-pipeline"})
	cp.OnCall(acctest.CreateApplication, func() { cp.InjectFaultWith(acctest.ListApplications, "status", 503, -1) })
	cp.InjectFault(acctest.CreateApplication, "drop-after", 1)
	if diags := app.Apply(plan); !diags.HasError() || app.Attributes()["id"] != nil {
		t.Fatalf("the outcome of the create is known; diagnostics:%s", diags)
	}
	cp.ClearFaults()
	private := app.PrivateState()
	if diags := app.Move(provider.Address, "runai_service_account"); len(diags) > 0 {
		t.Fatal(diags)
	}
	if got := app.PrivateState(); !reflect.DeepEqual(got, private) || !strings.Contains(fmt.Sprint(got), "claim") {
		t.Errorf("private state was %v and is %v", private, got)
	}
	var want any = cp.IDOf("ci-pipeline")
	if cp.Version == "2.17" { // returns no creator, so a later run cannot prove that it created the application
		want = nil
	}
	if plan := app.Plan(acctest.Arguments{"name": "ci-pipeline"}); plan.Diagnostics.HasError() || app.Attributes()["id"] != want {
		t.Errorf("the pending create is not resolved: ID %v, diagnostics:%s", app.Attributes()["id"], plan.Diagnostics)
	}
}

// A move from another type or provider is one error, without a request.
func TestApplication_Move_FromOtherType_OneError(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	app, rule := cp.Instance(t, "runai_application"), cp.Instance(t, "runai_access_rule")
	app.MustApply(acctest.Arguments{"name": "ci-pipeline"})
	rule.MustApply(acctest.Arguments{"subject_id": "ci-pipeline", "subject_type": "app", "role_id": cp.Roles()[0].ID, "scope_type": "tenant"})
	for _, c := range []struct {
		from     *acctest.Instance
		provider string
		want     string
	}{
		{rule, provider.Address, "A runai_service_account cannot be moved from a runai_access_rule of the provider " + provider.Address},
		{app, "registry.terraform.io/acme/other", "A runai_service_account cannot be moved from a runai_application of the provider registry.terraform.io/acme/other"},
	} {
		cp.ResetRequests()
		diags := c.from.Move(c.provider, "runai_service_account")
		if len(diags) != 1 || len(cp.Requests()) != 0 {
			t.Errorf("%d requests, diagnostics:%s", len(cp.Requests()), diags)
		}
		diags.ExpectErrorAt(t, "", c.want)
	}
}

func TestAccApplication_Move_FromOtherType_OneError(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	needsMove(cli)
	cli.Configure(cp.Config(`resource "terraform_data" "other" {}`))
	cli.MustApply()
	cp.ResetRequests()
	cli.Configure(moved(cp, "runai_service_account", "", "terraform_data.other"))
	r := cli.Plan()
	if r.Code != 1 || strings.Count(r.Stderr, "Error:") != 1 || !acctest.ErrorContains(
		`A runai_service_account cannot be moved from a terraform_data of the provider terraform.io/builtin/terraform`).MatchString(r.Stderr) {
		t.Errorf("exit code %d: %s", r.Code, r.Output)
	}
}

// Messages use the noun of the configuration, whatever the control plane calls the
// object. Messages of the client use the noun of the control plane.
func TestServiceAccount_Messages_UseConfiguredNoun(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.20", "2.24"} {
		for typeName, noun := range map[string]struct{ is, isNot string }{
			"runai_application":     {"application", "service account"},
			"runai_service_account": {"service account", "application"},
		} {
			t.Run(version+", "+typeName, func(t *testing.T) {
				t.Parallel()
				cp := acctest.NewWith(t, mockserver.Options{Version: version})
				expect := func(diags acctest.Diagnostics, want string) {
					t.Helper()
					text := strings.ToLower(diags.String())
					if !strings.Contains(text, want) {
						t.Errorf("no diagnostic contains %q:%s", want, diags)
					}
					for _, other := range []string{typeName, "/v1/applications", "of the provider's application"} {
						text = strings.ReplaceAll(text, other, "")
					}
					if strings.Contains(text, noun.isNot) {
						t.Errorf("a diagnostic contains the noun %s:%s", noun.isNot, diags)
					}
				}
				app := cp.Instance(t, typeName)
				app.MustApply(acctest.Arguments{"name": "ci"})
				named := fmt.Sprintf(`%s "ci" (id %s)`, noun.is, cp.IDOf("ci"))
				// A regeneration and its proof have unknown outcomes.
				rotation := app.Plan(acctest.Arguments{"name": "ci", "keepers": map[string]any{"v": "1"}})
				cp.InjectFaultWith(acctest.RegenerateSecret, "status", 504, 1)
				cp.OnCall(acctest.RegenerateSecret, func() { cp.InjectFaultWith(acctest.GetToken, "status", 503, -1) })
				expect(app.Apply(rotation), "the secret of "+named+" got no response and was repeated")
				cp.ClearFaults()
				// The same after a lost response to a create.
				other := cp.Instance(t, typeName)
				create := other.Plan(acctest.Arguments{"name": "other"})
				cp.InjectFaultWith(acctest.CreateApplication, "drop-after", 0, 1)
				cp.InjectFaultWith(acctest.RegenerateSecret, "status", 504, 1)
				expect(other.Apply(create), fmt.Sprintf(`the secret of %s "other" (id `, noun.is))
				cp.ClearFaults()

				p := cp.Protocol(t)
				importOf := func(id string) acctest.Diagnostics {
					resp, err := p.Server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: typeName, ID: id})
					if err != nil {
						t.Fatal(err)
					}
					return resp.Diagnostics
				}
				cp.InjectFaultWith(acctest.ListApplications, "status", 403, -1)
				var listed acctest.Diagnostics
				for _, result := range p.List(typeName, nil, 0) {
					listed = append(listed, result.Diagnostics...)
				}
				expect(listed, "could not list the "+noun.is+"s")
				expect(importOf("ci"), fmt.Sprintf("could not look up %s %q by its id or name", noun.is, "ci"))
				cp.ClearFaults()
				cp.InjectFaultWith(acctest.ReadApplication, "status", 403, -1)
				expect(importOf(cp.IDOf("ci")), fmt.Sprintf("could not look up %s %q by its id or name", noun.is, cp.IDOf("ci")))
			})
		}
	}
}

func TestAccServiceAccount_Messages_UseConfiguredNoun(t *testing.T) {
	t.Parallel()
	for typeName, noun := range map[string]struct{ is, isNot string }{
		"runai_application":     {"application", "service account"},
		"runai_service_account": {"service account", "application"},
	} {
		t.Run(typeName, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			cli := cp.CLI(t)
			config := func(arguments string) string {
				return cp.Config(fmt.Sprintf("resource %q \"test\" {\n  name = \"ci-pipeline\"\n  %s\n}\n", typeName, arguments))
			}
			cli.Configure(config(""))
			cli.MustApply()
			id := cp.IDOf("ci-pipeline")
			for arguments, call := range map[string]acctest.Call{
				"enabled = false":       acctest.SetEnabled,
				`keepers = { a = "1" }`: acctest.RegenerateSecret,
				"count = 0":             acctest.DeleteApplication,
			} {
				cp.InjectFaultWith(call, "status", 403, 1)
				cli.Configure(config(arguments))
				r := cli.Apply()
				named := fmt.Sprintf(`%s "ci-pipeline" (ID %s)`, noun.is, id)
				r.ExpectError(t, named)
				if strings.Contains(strings.ReplaceAll(strings.ToLower(r.Stderr), typeName, ""), noun.isNot) {
					t.Errorf("%s: the error contains the noun %s: %s", arguments, noun.isNot, r.Stderr)
				}
			}
			cp.ClearFaults()
			cli.Destroy().Expect(t, 0)
		})
	}
}
