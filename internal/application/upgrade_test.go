package application_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// writeState puts a state file of testdata into the working directory of a CLI, with
// the facts of an application that this control plane has.
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

// The state of the first version had created_at, created_by and tenant_id, and no
// private state.
func TestAccApplication_State_OfTheFirstVersionPlansNothing(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	app := cp.CreateApplication("ci-pipeline", "terraform")
	secret := cp.Issued()[len(cp.Issued())-1]
	writeState(t, cli, "first-version.tfstate", map[string]string{"$ID": app.ID, "$SECRET": secret})
	cli.Configure(applicationConfig(cp, "ci-pipeline", `
  keepers  = { quarter = "2026-Q4" }
  timeouts = { create = "5m" }`))

	cp.ResetRequests()
	if r := cli.Plan(); r.Code != 0 {
		t.Fatalf("the plan is not empty: %s", r.Output)
	}
	cli.MustApply()
	if err := cp.ExpectMutations(0)(nil); err != nil {
		t.Error(err)
	}
	after := cli.State()[address].AttributeValues
	if after["client_secret"] != secret || fmt.Sprint(after["client_secret_version"]) != "1" {
		t.Errorf("the secret in the state is another: version %v", after["client_secret_version"])
	}
	if r := cli.Destroy(); r.Code != 0 || cp.Has("ci-pipeline") {
		t.Errorf("it was not destroyed: %s", r.Output)
	}
}

// A create of the first version with an unknown outcome left a record without an
// interval. It proves nothing, so whatever has the name now is left alone.
func TestAccApplication_State_OfTheFirstVersionWithAnUnknownOutcomeTakesNothing(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cp.CreateApplication("ci-pipeline", "terraform")
	writeState(t, cli, "first-version-pending.tfstate", nil)
	cli.Configure(applicationConfig(cp, "ci-pipeline", ""))
	cp.ResetRequests()
	r := cli.Apply()
	if r.Code == 0 || !acctest.ErrorContains("import {").MatchString(r.Output) {
		t.Errorf("exit code %d: %s", r.Code, r.Output)
	}
	if cp.Calls(acctest.DeleteApplication)+cp.Calls(acctest.RegenerateSecret) != 0 || !cp.Has("ci-pipeline") {
		t.Errorf("it was taken: %v", cp.Requests())
	}
}
