package provider_test

import (
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/seal"
)

// Examples that need the provider as a program of its own, as users run it: those
// of ephemeral resources configure it twice, and a function belongs to a provider
// of the configuration. Each is applied, and planned again without a change.
func TestAccExamples_ApplyWithTheProgram(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	binary := acctest.ProviderBinary(t)
	for _, kind := range []struct {
		folder, file, feature, terraform, openTofu string
		configurations                             int // of the provider in each example, at least
	}{
		{"ephemeral-resources", "ephemeral-resource.tf", "ephemeral resources", "1.10.0", "1.11.0", 2},
		{"functions", "function.tf", "functions of providers", "1.8.0", "1.7.0", 1},
	} {
		folders, err := os.ReadDir(filepath.Join(examples, kind.folder))
		if err != nil || len(folders) == 0 {
			t.Fatal(err, folders)
		}
		for _, folder := range folders {
			name := folder.Name()
			t.Run(kind.folder+"/"+name, func(t *testing.T) {
				t.Parallel()
				cp := exampleControlPlane(t, name)
				cli := acctest.BinaryCLI(t, binary)
				cli.Needs(kind.feature, kind.terraform, kind.openTofu)
				for variable, value := range cp.Environment() {
					cli.Env = append(cli.Env, variable+"="+value)
				}
				if name == "runai_unsealed_secret" {
					cli.Env = append(cli.Env, sealedSecret(t, cp, "ci-pipeline-prod")...)
				}
				example, _ := read(t, filepath.Join(examples, kind.folder, name, kind.file))
				cli.Configure(configuration(example))
				cli.MustApply()
				signIns := cp.Calls(acctest.GetToken)
				if r := cli.Plan(); r.Code != 0 {
					t.Errorf("the plan after the apply is not empty: %s", r.Output)
				}
				if n := cp.Calls(acctest.GetToken) - signIns; n < kind.configurations {
					t.Errorf("%d sign-ins in the plan", n)
				}
				if r := cli.Destroy(); r.Code != 0 {
					t.Error(r.Output)
				}
			})
		}
	}
}

// sealedSecret creates an application and returns the variables with its sealed
// secret and the key to open it with.
func sealedSecret(t *testing.T, cp *acctest.ControlPlane, name string) []string {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	recipient, err := seal.ParseRecipient(identity.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	cp.CreateApplication(name, "jane@acme.example")
	sealed, err := recipient.Seal([]byte(cp.RegenerateSecret(name)))
	if err != nil {
		t.Fatal(err)
	}
	return []string{"RUNAI_AGE_IDENTITY=" + identity.String(), "TF_VAR_sealed=" + sealed}
}
