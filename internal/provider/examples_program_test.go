package provider_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/seal/sealtest"
)

// Examples that need the provider as a separate binary, as users run it: those of
// ephemeral resources configure it twice, and a function belongs to a provider of the
// configuration. Each is applied and then plans no change.
func TestAccExamples_Apply_Binary(t *testing.T) {
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
					key := sealtest.Age(t)
					cli.Env = append(cli.Env, "RUNAI_AGE_IDENTITY="+key.Identity, "TF_VAR_recipient="+key.Recipient)
				}
				example, _ := read(t, filepath.Join(examples, kind.folder, name, kind.file))
				cli.Configure(configuration(example))
				cli.MustApply()
				signIns := cp.Calls(acctest.GetToken)
				cli.Plan().Expect(t, 0)
				if n := cp.Calls(acctest.GetToken) - signIns; n < kind.configurations {
					t.Errorf("%d sign-ins in the plan", n)
				}
				cli.Destroy().Expect(t, 0)
			})
		}
	}
}

// Each example of a list resource in the documentation is queried. It lists some of the
// applications and rules that other principals created.
func TestAccExamples_Query(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	folders, err := os.ReadDir(filepath.Join(examples, "list-resources"))
	if err != nil || len(folders) < 3 {
		t.Fatal(err, folders)
	}
	for _, folder := range folders {
		name := folder.Name()
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := exampleControlPlane(t, name)
			cli := cp.CLI(t)
			cli.NeedsListResources()
			cp.CreateApplication("ci-pipeline-prod", "jane@acme.example")
			cp.CreateAccessRule(mockserver.AccessRule{
				SubjectID: "ml-team", SubjectType: "group", RoleID: 5, ScopeType: "project", ScopeID: cp.Projects()[0].ID, CreatedBy: "jane@acme.example",
			})
			example, _ := read(t, filepath.Join(examples, "list-resources", name, "list-resource.tfquery.hcl"))
			cli.Configure(configuration(""))
			cli.Write("example.tfquery.hcl", example)
			r := cli.Run("query", "-no-color")
			r.Expect(t, 0)
			for _, block := range regexp.MustCompile(`list "\w+" "(\w+)"`).FindAllStringSubmatch(example, -1) {
				if address := "list." + name + "." + block[1]; !strings.Contains(r.Stdout, address) {
					t.Errorf("%s lists nothing: %s", address, r.Stdout)
				}
			}
		})
	}
}
