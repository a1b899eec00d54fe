package application_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// expectForgotten fails the test unless the state is empty, nothing was changed since
// the requests were reset, and the secret still signs in.
func expectForgotten(t *testing.T, cp *acctest.ControlPlane, cli *acctest.CLI, name, secret string) {
	t.Helper()
	if state := cli.State(); len(state) != 0 {
		t.Errorf("the state has %v", state)
	}
	acctest.Expect(t, cp.ExpectMutations(0))
	if !cp.Has(name) || !cp.SignsIn(name, secret) {
		t.Errorf("%s does not exist with its former secret", name)
	}
}

// expectDeletion is the control of expectForgotten: the configuration imports the
// application, its block is removed, and the deletion is counted.
func expectDeletion(t *testing.T, cp *acctest.ControlPlane, cli *acctest.CLI, name string) {
	t.Helper()
	cli.MustApply()
	cli.Configure(cp.Config(""))
	cli.MustApply()
	if err := cp.ExpectMutations(1)(nil); err != nil || cp.Has(name) {
		t.Errorf("the imported application exists, or there were other mutations: %v", err)
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

	cli.Configure(cp.Config(acctest.Example(t, "runai_application", "moved.tf") + named("pipeline")))
	cli.Apply().Expect(t, 0, "0 added, 0 changed, 0 destroyed")
	if after := cli.State()["runai_application.pipeline"].AttributeValues; fmt.Sprint(after) != fmt.Sprint(before) {
		t.Error("the move changed the state of the application")
	}

	cli.Configure(cp.Config(strings.ReplaceAll(acctest.Example(t, "runai_application", "removed.tf"), "runai_application.ci", "runai_application.pipeline")))
	cli.Apply().Expect(t, 0, "0 added, 0 changed, 0 destroyed")
	expectForgotten(t, cp, cli, "ci-pipeline", secret)

	cli.Configure(cp.Config(strings.Replace(named("ci"), "  keepers = { a = \"1\" }\n", "", 1) + "import {\n  to = runai_application.ci\n  id = \"ci-pipeline\"\n}\n"))
	expectDeletion(t, cp, cli, "ci-pipeline")
}

// newShared applies the example destroy-false.tf with a CLI that supports a feature,
// and skips others. config returns the example for an application with a name.
func newShared(t *testing.T, feature, terraform, openTofu string) (cp *acctest.ControlPlane, cli *acctest.CLI, config func(name string) string) {
	t.Helper()
	cp = acctest.New(t)
	cli = cp.CLI(t)
	cli.Needs(feature, terraform, openTofu)
	text := acctest.Example(t, "runai_application", "destroy-false.tf")
	cli.Configure(cp.Config(text))
	cli.MustApply()
	return cp, cli, func(name string) string { return cp.Config(strings.Replace(text, "shared-dashboard", name, 1)) }
}

// sharedSecret returns the secret in the state.
func sharedSecret(cli *acctest.CLI) string {
	return fmt.Sprint(cli.State()["runai_application.shared"].AttributeValues["client_secret"])
}

func TestAccApplicationExamples_DestroyFalse(t *testing.T) {
	t.Parallel()
	cp, cli, config := newShared(t, "lifecycle { destroy = false }", "1.16.0", "1.12.0")
	secret := sharedSecret(cli)
	cp.ResetRequests()
	cli.Destroy() // OpenTofu ends it with an error that says what is left
	expectForgotten(t, cp, cli, "shared-dashboard", secret)

	cli.Configure(strings.Replace(config("shared-dashboard"), "destroy = false", "destroy = true", 1) +
		"import {\n  to = runai_application.shared\n  id = \"shared-dashboard\"\n}\n")
	expectDeletion(t, cp, cli, "shared-dashboard")
}

func TestAccApplicationExamples_DestroyFalse_Terraform_Replaces(t *testing.T) {
	t.Parallel()
	cp, cli, config := newShared(t, "lifecycle { destroy = false } with replacements", "1.16.0", "")
	cli.Configure(config("team-dashboard"))
	cli.MustApply()
	if cp.Has("shared-dashboard") || !cp.Has("team-dashboard") {
		t.Error("the application was not replaced")
	}
	cli.Configure(cp.Config(""))
	cli.MustApply()
	if cp.Has("team-dashboard") {
		t.Error("the application exists after its block was removed")
	}
}

func TestAccApplicationExamples_DestroyFalse_OpenTofu_KeepsReplaced(t *testing.T) {
	t.Parallel()
	cp, cli, config := newShared(t, "lifecycle { destroy = false } with replacements", "", "1.12.0")
	secret := sharedSecret(cli)
	cli.Configure(config("team-dashboard"))
	cli.MustApply()
	if !cp.Has("team-dashboard") || !cp.Has("shared-dashboard") || !cp.SignsIn("shared-dashboard", secret) {
		t.Error("one of the two applications is missing, or the secret of the old one does not sign in")
	}
	cli.Configure(cp.Config(""))
	cli.Apply() // says what is left; in some versions as an error
	if state := cli.State(); len(state) != 0 || !cp.Has("team-dashboard") {
		t.Errorf("the application is missing after its block was removed, or the state has %v", state)
	}
	cli.Configure(config("ci-dashboard"))
	cli.MustApply()
	cp.ResetRequests()
	cli.Apply("-replace=runai_application.shared").ExpectError(t, "Unable to Create Application")
	acctest.Expect(t, cp.ExpectMutations(0))
	if !cp.Has("ci-dashboard") {
		t.Error("the application was not kept")
	}
}

func TestAccApplicationExamples_VerifyClientSecret(t *testing.T) {
	t.Parallel()
	const failure = "The secret of ci-pipeline-prod was regenerated outside of Terraform."
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cli.Needs("check blocks", "1.5.0", "1.6.0")
	cli.Configure(cp.Config(acctest.Example(t, "runai_application", "verify-client-secret.tf")))
	cli.MustApply()
	cli.Plan().Expect(t, 0).ExpectNot(t, failure)
	cp.RegenerateSecret("ci-pipeline-prod")
	cli.Plan().Expect(t, 0, failure)
}

func TestApplicationExamples_AreTested(t *testing.T) {
	t.Parallel()
	acctest.ExpectExamples(t, "runai_application",
		"destroy-false.tf", "import-by-identity.tf", "import-by-string-id.tf", "import.sh", "moved.tf", "removed.tf", "resource.tf",
		"time-rotating.tf", "verify-client-secret.tf")
}
