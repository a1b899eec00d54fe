package application_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// Moving between types came with Terraform 1.8 and OpenTofu 1.10.
func needsMove(cli *acctest.CLI) { cli.Needs("moved between resource types", "1.8", "1.10") }

// moved is a configuration in which the resource goes by a type name, with its
// subject of an access rule, after it was moved from another address.
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

func TestAccApplication_Move_BetweenTheTypeNamesKeepsEverything(t *testing.T) {
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
				t.Errorf("the move changes something: %s", r.Output)
			}
			after := cli.State()[c.to+".test"].AttributeValues
			if fmt.Sprint(after) != fmt.Sprint(before) {
				t.Error("the state is another")
			}
			if err := cp.ExpectMutations(0)(nil); err != nil {
				t.Error(err)
			}
			// The control: as before, it is rotated in place.
			cli.Configure(strings.Replace(moved(cp, c.to, "", ""), `a = "1"`, `a = "2"`, 1))
			cli.MustApply()
			if rotated := cli.State()[c.to+".test"].AttributeValues; rotated["id"] != before["id"] || fmt.Sprint(rotated["client_secret_version"]) != "2" {
				t.Errorf("it was not rotated in place: id %v, version %v", rotated["id"], rotated["client_secret_version"])
			}
			if r := cli.Destroy(); r.Code != 0 || cp.Has("ci-pipeline") {
				t.Errorf("it was left behind: %s", r.Output)
			}
		})
	}
}

func TestAccApplication_Move_FromAForeignTypeIsOneClearError(t *testing.T) {
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

// Messages use the noun of the configuration, whatever the control plane says.
func TestAccServiceAccount_MessagesUseTheNounOfTheConfiguration(t *testing.T) {
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
				if r.Code == 0 || !acctest.ErrorContains(named).MatchString(r.Stderr) {
					t.Errorf("%s: exit code %d, the error does not name %s: %s", arguments, r.Code, named, r.Stderr)
				}
				if strings.Contains(strings.ReplaceAll(strings.ToLower(r.Stderr), typeName, ""), noun.isNot) {
					t.Errorf("%s: the error speaks of a %s: %s", arguments, noun.isNot, r.Stderr)
				}
			}
			cp.ClearFaults()
			if r := cli.Destroy(); r.Code != 0 {
				t.Error(r.Output)
			}
		})
	}
}
