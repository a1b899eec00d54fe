package application_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

const exampleFolder = "../../examples/resources/runai_application"

// example returns an example of the documentation.
func example(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(exampleFolder, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// expectUntouched fails the test unless nothing was changed since the requests were
// reset, and the secret still signs in.
func expectUntouched(t *testing.T, cp *acctest.ControlPlane, name, secret string) {
	t.Helper()
	acctest.Expect(t, cp.ExpectMutations(0))
	if !cp.Has(name) || !cp.SignsIn(name, secret) {
		t.Errorf("%s is not there with the secret that it had", name)
	}
}

// expectDeletion is the control of expectUntouched: the configuration imports the
// application, its block is removed, and the deletion is counted.
func expectDeletion(t *testing.T, cp *acctest.ControlPlane, cli *acctest.CLI, name string) {
	t.Helper()
	cli.MustApply()
	cli.Configure(cp.Config(""))
	cli.MustApply()
	if err := cp.ExpectMutations(1)(nil); err != nil || cp.Has(name) {
		t.Errorf("the imported application was not deleted, or more than that happened: %v", err)
	}
}

func TestAccApplicationExamples_MovedAndRemoved(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cli.Needs("removed blocks", "1.7.0", "1.7.0")
	named := func(label string) string {
		return fmt.Sprintf("resource \"runai_application\" %q {\n  name    = \"ci-pipeline\"\n  keepers = { a = \"1\" }\n}\n", label)
	}
	cli.Configure(cp.Config(named("ci")))
	cli.MustApply()
	before := cli.State()["runai_application.ci"].AttributeValues
	secret := fmt.Sprint(before["client_secret"])
	cp.ResetRequests()

	cli.Configure(cp.Config(example(t, "moved.tf") + named("pipeline")))
	if r := cli.MustApply(); !strings.Contains(r.Output, "0 added, 0 changed, 0 destroyed") {
		t.Errorf("the move changes something: %s", r.Output)
	}
	if after := cli.State()["runai_application.pipeline"].AttributeValues; fmt.Sprint(after) != fmt.Sprint(before) {
		t.Error("the state of the application is another after the move")
	}

	cli.Configure(cp.Config(strings.ReplaceAll(example(t, "removed.tf"), "runai_application.ci", "runai_application.pipeline")))
	if r := cli.MustApply(); !strings.Contains(r.Output, "0 added, 0 changed, 0 destroyed") {
		t.Errorf("the removal changes something: %s", r.Output)
	}
	if state := cli.State(); len(state) != 0 {
		t.Errorf("the state has %v", state)
	}
	expectUntouched(t, cp, "ci-pipeline", secret)

	cli.Configure(cp.Config(strings.Replace(named("ci"), "  keepers = { a = \"1\" }\n", "", 1) + "import {\n  to = runai_application.ci\n  id = \"ci-pipeline\"\n}\n"))
	expectDeletion(t, cp, cli, "ci-pipeline")
}

func TestAccApplicationExamples_DestroyFalse(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cli.Needs("lifecycle { destroy = false }", "1.16.0", "1.12.0")
	text := example(t, "destroy-false.tf")
	cli.Configure(cp.Config(text))
	cli.MustApply()
	secret := fmt.Sprint(cli.State()["runai_application.shared"].AttributeValues["client_secret"])
	cp.ResetRequests()
	cli.Destroy() // OpenTofu ends it with an error that says what is left
	if state := cli.State(); len(state) != 0 {
		t.Errorf("the state has %v", state)
	}
	expectUntouched(t, cp, "shared-dashboard", secret)

	cli.Configure(cp.Config(strings.Replace(text, "destroy = false", "destroy = true", 1) +
		"import {\n  to = runai_application.shared\n  id = \"shared-dashboard\"\n}\n"))
	expectDeletion(t, cp, cli, "shared-dashboard")
}

func TestAccApplicationExamples_DestroyFalse_TerraformReplacesAllTheSame(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cli.Needs("lifecycle { destroy = false } with replacements", "1.16.0", "")
	text := example(t, "destroy-false.tf")
	cli.Configure(cp.Config(text))
	cli.MustApply()
	cli.Configure(cp.Config(strings.Replace(text, "shared-dashboard", "team-dashboard", 1)))
	cli.MustApply()
	if cp.Has("shared-dashboard") || !cp.Has("team-dashboard") {
		t.Error("the application was not replaced")
	}
	cli.Configure(cp.Config(""))
	cli.MustApply()
	if cp.Has("team-dashboard") {
		t.Error("the application is there after its block was removed")
	}
}

func TestAccApplicationExamples_DestroyFalse_OpenTofuKeepsWhatItReplaces(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cli.Needs("lifecycle { destroy = false } with replacements", "", "1.12.0")
	text := example(t, "destroy-false.tf")
	cli.Configure(cp.Config(text))
	cli.MustApply()
	secret := fmt.Sprint(cli.State()["runai_application.shared"].AttributeValues["client_secret"])
	cli.Configure(cp.Config(strings.Replace(text, "shared-dashboard", "team-dashboard", 1)))
	cli.MustApply()
	if !cp.Has("team-dashboard") || !cp.Has("shared-dashboard") || !cp.SignsIn("shared-dashboard", secret) {
		t.Error("the two applications are not there, or the secret of the old one does not work")
	}
	cli.Configure(cp.Config(""))
	cli.Apply() // says what is left; in some versions as an error
	if state := cli.State(); len(state) != 0 || !cp.Has("team-dashboard") {
		t.Errorf("the application is not there after its block was removed, or the state has %v", state)
	}
	cli.Configure(cp.Config(strings.Replace(text, "shared-dashboard", "ci-dashboard", 1)))
	cli.MustApply()
	cp.ResetRequests()
	cli.Apply("-replace=runai_application.shared").ExpectError(t, "Unable to Create Application")
	if err := cp.ExpectMutations(0)(nil); err != nil || !cp.Has("ci-dashboard") {
		t.Errorf("the replacement changed something: %v", err)
	}
}

func TestAccApplicationExamples_VerifyClientSecret(t *testing.T) {
	t.Parallel()
	const failure = "The secret of ci-pipeline-prod was regenerated outside of Terraform."
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cli.Needs("check blocks", "1.5.0", "1.6.0")
	cli.Configure(cp.Config(example(t, "verify-client-secret.tf")))
	cli.MustApply()
	if plan := cli.Plan(); plan.Code != 0 || acctest.ErrorContains(failure).MatchString(plan.Output) {
		t.Errorf("exit code %d: %s", plan.Code, plan.Output)
	}
	cp.RegenerateSecret("ci-pipeline-prod")
	if plan := cli.Plan(); plan.Code != 0 || !acctest.ErrorContains(failure).MatchString(plan.Output) {
		t.Errorf("exit code %d, want a warning of the check: %s", plan.Code, plan.Output)
	}
}

// Each example of this resource is in one of the tests here, or in those of package
// provider.
func TestApplicationExamples_AreTested(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(exampleFolder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		names = append(names, filepath.Base(file))
	}
	tested := []string{
		"destroy-false.tf", "import-by-identity.tf", "import-by-string-id.tf", "import.sh", "moved.tf", "removed.tf", "resource.tf",
		"time-rotating.tf", "verify-client-secret.tf",
	}
	if !slices.Equal(names, tested) {
		t.Errorf("the examples are %v, and %v are tested", names, tested)
	}
}
