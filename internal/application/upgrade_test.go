package application_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/seal"
)

// writeState copies a state file of testdata to the working directory of a CLI, with
// the values of an application on this control plane.
func writeState(t *testing.T, cli *acctest.CLI, file string, replacements map[string]string) {
	t.Helper()
	state, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	text := string(state)
	for placeholder, value := range replacements {
		if !strings.Contains(text, placeholder) {
			t.Fatalf("%s has no %s", file, placeholder)
		}
		text = strings.ReplaceAll(text, placeholder, value)
	}
	if err := os.WriteFile(filepath.Join(cli.Dir, "terraform.tfstate"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// States of the first version have created_at, created_by and tenant_id, and no private
// state. They plan no change, under either type name.
func TestAccApplication_State_OfFirstVersion_NoChange(t *testing.T) {
	t.Parallel()
	for _, typeName := range []string{"runai_application", "runai_service_account"} {
		t.Run(typeName, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			cli := cp.CLI(t)
			app := cp.CreateApplication("ci-pipeline", "terraform")
			secret := cp.Issued()[len(cp.Issued())-1]
			writeState(t, cli, "first-version.tfstate", map[string]string{"$ID": app.ID, "$SECRET": secret})
			config := fmt.Sprintf(`
resource %q "test" {
  name     = "ci-pipeline"
  keepers  = { quarter = "2026-Q4" }
  timeouts = { create = "5m" }
}`, typeName)
			if typeName != "runai_application" {
				needsMove(cli)
				config += fmt.Sprintf("\nmoved {\n  from = runai_application.test\n  to   = %s.test\n}\n", typeName)
			}
			cli.Configure(cp.Config(config))

			cp.ResetRequests()
			if r := cli.MustApply(); !strings.Contains(r.Output, "0 added, 0 changed, 0 destroyed") {
				t.Errorf("the plan has changes: %s", r.Output)
			}
			acctest.Expect(t, cp.ExpectMutations(0))
			after := cli.State()[typeName+".test"].AttributeValues
			if after["client_secret"] != secret || fmt.Sprint(after["client_secret_version"]) != "1" {
				t.Errorf("the secret in the state changed: version %v", after["client_secret_version"])
			}
			if r := cli.Destroy(); r.Code != 0 || cp.Has("ci-pipeline") {
				t.Errorf("the application was not destroyed: %s", r.Output)
			}
		})
	}
}

// Each release adds the state of a configuration of its own schema, as it and the
// oldest CLI wrote it (state-X.Y.tfstate), beside the data of the mock of 2.24 that it
// was applied to (control-plane-X.Y.json, the StateFile of [mockserver.Options]); none
// is ever changed. A release with further arguments uses them in its configuration.
var releases = map[string]func(releaseOptions) string{
	"0.1": func(r releaseOptions) string {
		return fmt.Sprintf(`
resource %q "plain" {
  name                 = "ci-plain"
  keepers              = { quarter = %q }
  verify_client_secret = "report"
  timeouts             = { create = "5m" }
}
resource %q "sealed" {
  name                     = "ci-sealed"
  keepers                  = { quarter = %[2]q }
  client_secret_recipients = { %[4]s = "age18dkxqkjy3sswtadaz36h7kr7vjt3qedrt695tvhy4deuh7ly4e6ssfm9xh" }
}
resource "runai_access_rule" "plain" {
  subject_id = %[1]s.plain.client_id
  role_name  = "L1 researcher"
  scope_type = "tenant"
}`, r.plainType, r.quarter, r.sealedType, r.owner)
	},
}

// releaseIdentity opens the sealed secrets in the states of the releases. It was
// created for these tests and protects nothing.
const releaseIdentity = "AGE-SECRET-KEY-193S2ZFEJ9YMJ37T6FNTNXQJCEZ32AXGC0PEYP7C6NNF2L5ACGD8SHRDZYD"

// releaseOptions are the parameters of the configuration of a release: the type names
// of its two applications, their keeper, and the owner of the sealed secret.
type releaseOptions struct{ plainType, sealedType, quarter, owner string }

// The state of each release, private state included, plans no change. Its secrets
// rotate, plain or sealed, under either type name.
func TestAccApplication_State_OfEachRelease_NoChange(t *testing.T) {
	t.Parallel()
	for version, config := range releases {
		for name, moved := range map[string]bool{"": false, "moved": true} {
			t.Run(strings.TrimSpace(version+" "+name), func(t *testing.T) {
				t.Parallel()
				data, err := os.ReadFile(filepath.Join("testdata", "control-plane-"+version+".json"))
				if err != nil {
					t.Fatal(err)
				}
				file := filepath.Join(t.TempDir(), "control-plane.json")
				if err := os.WriteFile(file, data, 0o600); err != nil {
					t.Fatal(err)
				}
				cp := acctest.NewWith(t, mockserver.Options{Version: "2.24", StateFile: file})
				cli := cp.CLI(t)
				writeState(t, cli, "state-"+version+".tfstate", nil)
				r := releaseOptions{"runai_application", "runai_service_account", "2026-Q4", "ops"}
				before := cli.State()
				plain, sealed := before[r.plainType+".plain"].AttributeValues, before[r.sealedType+".sealed"].AttributeValues
				plain["id"] = cp.RenumberApplication("ci-plain") // private state finds it again
				blocks := ""
				if moved {
					needsMove(cli)
					r.plainType, r.sealedType = r.sealedType, r.plainType
					blocks = fmt.Sprintf(`
moved {
  from = %[2]s.plain
  to   = %[1]s.plain
}
moved {
  from = %[1]s.sealed
  to   = %[2]s.sealed
}`, r.plainType, r.sealedType)
				}

				cli.Configure(cp.Config(config(r) + blocks))
				cp.ResetRequests()
				if got := cli.MustApply(); !strings.Contains(got.Output, "0 added, 0 changed, 0 destroyed") {
					t.Errorf("the plan has changes: %s", got.Output)
				}
				acctest.Expect(t, cp.ExpectMutations(0))
				after := func() (plain, sealed map[string]any) {
					state := cli.State()
					return state[r.plainType+".plain"].AttributeValues, state[r.sealedType+".sealed"].AttributeValues
				}
				if p, s := after(); fmt.Sprint(p) != fmt.Sprint(plain) || fmt.Sprint(s) != fmt.Sprint(sealed) {
					t.Errorf("the secrets in the state changed: versions %v and %v", p["client_secret_version"], s["client_secret_version"])
				}

				// Private state identifies a ciphertext after its entry was renamed.
				r.owner = "renamed"
				cli.Configure(cp.Config(config(r) + blocks))
				if got := cli.MustApply(); !strings.Contains(got.Output, "0 added, 1 changed, 0 destroyed") {
					t.Errorf("the plan changes more than the name: %s", got.Output)
				}
				acctest.Expect(t, cp.ExpectMutations(0))
				if _, s := after(); openSealed(t, s, "renamed") != openSealed(t, sealed, "ops") {
					t.Error("the ciphertext was not kept")
				}

				r.quarter = "2027-Q1"
				cli.Configure(cp.Config(config(r) + blocks))
				cli.MustApply()
				p, s := after()
				secret, _ := p["client_secret"].(string)
				if !cp.IsSecretOf("ci-plain", secret) || secret == plain["client_secret"] || p["id"] != plain["id"] {
					t.Errorf("the plain secret was not rotated in place: version %v", p["client_secret_version"])
				}
				if opened := openSealed(t, s, "renamed"); !cp.IsSecretOf("ci-sealed", opened) || opened == openSealed(t, sealed, "ops") || s["id"] != sealed["id"] {
					t.Errorf("the sealed secret was not rotated in place: version %v", s["client_secret_version"])
				}
				if result := cli.Destroy(); result.Code != 0 || cp.Has("ci-plain") || cp.Has("ci-sealed") {
					t.Errorf("the application was not destroyed: %s", result.Output)
				}
			})
		}
	}
}

// openSealed opens the secret that an application has sealed to an owner.
func openSealed(t *testing.T, attributes map[string]any, owner string) string {
	t.Helper()
	identity, err := seal.ParseIdentity(releaseIdentity)
	if err != nil {
		t.Fatal(err)
	}
	ciphertexts, _ := attributes["client_secret_sealed"].(map[string]any)
	ciphertext, _ := ciphertexts[owner].(string)
	secret, err := seal.Open(ciphertext, identity)
	if err != nil {
		t.Errorf("the sealed secret cannot be opened: %s", err)
	}
	return string(secret)
}

// The record of a pending create of the first version has no time interval. It proves
// nothing, so an application that has the name is not adopted.
func TestAccApplication_State_OfFirstVersion_PendingCreate_AdoptsNothing(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cp.CreateApplication("ci-pipeline", "terraform")
	writeState(t, cli, "first-version-pending.tfstate", nil)
	cli.Configure(applicationConfig(cp, "ci-pipeline", ""))
	cp.ResetRequests()
	cli.Apply().Expect(t, 1, "import {")
	if cp.Calls(acctest.DeleteApplication)+cp.Calls(acctest.RegenerateSecret) != 0 || !cp.Has("ci-pipeline") {
		t.Errorf("the application was adopted: %v", cp.Requests())
	}
}
