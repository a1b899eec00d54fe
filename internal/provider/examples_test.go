package provider_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

const examples = "../../examples"

// read returns the text of a file, relative to the root of the repository. ok is false
// if it does not exist.
func read(t *testing.T, path string) (content string, ok bool) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(data), err == nil
}

// served is the version that an example needs, if that is not the newest.
var served = map[string]string{"runai_installer_application": "2.22"}

// exampleControlPlane is the control plane of an example. Its address and credentials
// come from the environment, since examples do not have them.
func exampleControlPlane(t *testing.T, name string) *acctest.ControlPlane {
	t.Helper()
	version := served[name]
	if version == "" {
		version = "2.24"
	}
	cp := acctest.NewWith(t, mockserver.Options{Version: version})
	cp.SetEnvironment(func(name string) string { return cp.Environment()[name] })
	return cp
}

// terraformBlock is the block that selects the provider. Tests remove it.
var terraformBlock = regexp.MustCompile(`(?ms)^terraform \{.*?^\}\n`)

func configuration(example string) string {
	example = terraformBlock.ReplaceAllString(example, "")
	if !strings.Contains(example, `provider "runai"`) {
		example = "provider \"runai\" {}\n" + example
	}
	return example
}

// thenEmpty returns a step that applies an example, which then plans no change.
func thenEmpty(example string) resource.TestStep {
	return resource.TestStep{
		Config:           configuration(example),
		ConfigPlanChecks: acctest.EmptyAfter(),
	}
}

// Each example in the documentation is applied.
func TestAccExamples_Apply(t *testing.T) {
	t.Parallel()
	var paths []string
	err := filepath.WalkDir(examples, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "modules" || entry.Name() == "guides"): // they have tests of their own
			return fs.SkipDir
		case slices.Contains([]string{"resource.tf", "data-source.tf", "provider.tf"}, entry.Name()):
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil || len(paths) < 3 {
		t.Fatal(err, paths)
	}
	for _, path := range paths {
		folder := filepath.Dir(path)
		t.Run(strings.TrimPrefix(folder, examples+"/"), func(t *testing.T) {
			t.Parallel()
			cp := exampleControlPlane(t, filepath.Base(folder))
			example, _ := read(t, path)
			if filepath.Base(path) == "provider.tf" {
				example += "\ndata \"runai_applications\" \"all\" {}\n" // something that needs the provider
			}
			cp.Run(t, thenEmpty(example))
			if len(cp.Requests()) == 0 {
				t.Error("the example sends no request to the control plane")
			}
		})
	}
}

// The import examples import objects that another principal created, with their IDs.
func TestAccExamples_Import(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		// prepare creates the object of an example and returns its ID in the example, and its real ID.
		prepare func(t *testing.T, cp *acctest.ControlPlane) (written, id string)
		// others are further imports that the example needs.
		others string
	}{
		"runai_application": {
			prepare: func(t *testing.T, cp *acctest.ControlPlane) (string, string) {
				t.Helper()
				return "3f7c1a52-9a53-4a4c-8f0e-6a1d0c1f7d20", cp.CreateApplication("ci-pipeline-prod", "jane@acme.example").ID
			},
		},
		"runai_service_account": {
			prepare: func(t *testing.T, cp *acctest.ControlPlane) (string, string) {
				t.Helper()
				return "3f7c1a52-9a53-4a4c-8f0e-6a1d0c1f7d20", cp.CreateApplication("ci-pipeline-prod", "jane@acme.example").ID
			},
		},
		"runai_access_rule": {
			prepare: func(t *testing.T, cp *acctest.ControlPlane) (string, string) {
				t.Helper()
				cp.CreateApplication("usage-dashboard", "jane@acme.example")
				text, _ := read(t, filepath.Join(examples, "resources/runai_access_rule/import-by-string-id.tf"))
				tuple := regexp.MustCompile(`"app/([^/"]+)/(\d+)/([^/"]+)/([^/"]+)"`).FindStringSubmatch(text)
				if tuple == nil {
					t.Fatalf("no import by the five values in %s", text)
				}
				role, _ := strconv.Atoi(tuple[2])
				rule := cp.CreateAccessRule(mockserver.AccessRule{
					SubjectID: tuple[1], SubjectType: "app", RoleID: role, ScopeType: tuple[3], ScopeID: tuple[4], CreatedBy: "jane@acme.example",
				})
				return "1024", strconv.Itoa(rule.ID)
			},
			others: "\nimport {\n  to = runai_application.dashboard\n  id = \"usage-dashboard\"\n}\n",
		},
	} {
		for _, kind := range []string{"import-by-string-id.tf", "import-by-identity.tf", "import.sh"} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				cp := exampleControlPlane(t, name)
				written, id := c.prepare(t, cp)
				example, _ := read(t, filepath.Join(examples, "resources", name, "resource.tf"))
				text, ok := read(t, filepath.Join(examples, "resources", name, kind))
				if !ok {
					t.Fatal("there is no such example")
				}
				text = strings.ReplaceAll(text, written, id)
				var clis []tfversion.TerraformVersionCheck
				var steps []resource.TestStep
				switch kind {
				case "import.sh":
					for _, command := range regexp.MustCompile(`(?m)^terraform import (\S+) (\S+)$`).FindAllStringSubmatch(text, -1) {
						steps = append(steps, resource.TestStep{
							Config: configuration(example), ResourceName: command[1], ImportState: true, ImportStateId: command[2],
						})
					}
					if len(steps) < 2 {
						t.Fatalf("%d commands in %s", len(steps), text)
					}
				case "import-by-identity.tf":
					clis = acctest.WithIdentity()
					fallthrough
				default:
					steps = []resource.TestStep{thenEmpty(example + text + c.others)}
				}
				cp.TestOn(clis, steps...)
				for _, app := range cp.State().Applications {
					if app.CreatedBy != "jane@acme.example" && app.Name != "terraform" {
						t.Errorf("%s was created instead of imported", app.Name)
					}
				}
			})
		}
	}
}

// The time provider replaces a time_rotating when its interval has passed. Here a stub
// has its arguments, and is replaced because it is tainted.
func TestAccExamples_TimeRotating(t *testing.T) {
	t.Parallel()
	cp := exampleControlPlane(t, "")
	example, _ := read(t, examples+"/resources/runai_application/time-rotating.tf")
	providers := cp.Providers()
	providers["time"] = providerserver.NewProtocol6WithError(&store{name: "time", resources: map[string]schema.Schema{
		"time_rotating": {Attributes: map[string]schema.Attribute{
			"rotation_days": schema.Int64Attribute{Optional: true}, "id": schema.StringAttribute{Computed: true},
		}},
	}})
	first := thenEmpty(example)
	first.Check = cp.SecretsIssued("ci-pipeline-prod", 1)
	passed := thenEmpty(example)
	passed.Taint = []string{"time_rotating.quarterly"}
	passed.ConfigPlanChecks.PreApply = []plancheck.PlanCheck{
		plancheck.ExpectUnknownValue("runai_application.ci", tfjsonpath.New("client_secret_version")),
	}
	passed.Check = cp.SecretsIssued("ci-pipeline-prod", 2)
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: providers, Steps: []resource.TestStep{first, passed}})
}

// Every object of the provider has an example and a page.
func TestExamples_AreComplete(t *testing.T) {
	t.Parallel()
	want := func(path string) {
		if text, ok := read(t, path); !ok || strings.TrimSpace(text) == "" {
			t.Errorf("%s is missing", strings.TrimPrefix(path, "../../"))
		}
	}
	resp := schemas(t)
	for name := range resp.ResourceSchemas {
		for _, file := range []string{"resource.tf", "import.sh", "import-by-string-id.tf", "import-by-identity.tf"} {
			want(filepath.Join(examples, "resources", name, file))
		}
	}
	for name := range resp.DataSourceSchemas {
		want(filepath.Join(examples, "data-sources", name, "data-source.tf"))
	}
	for name := range resp.EphemeralResourceSchemas {
		want(filepath.Join(examples, "ephemeral-resources", name, "ephemeral-resource.tf"))
	}
	for name := range resp.ListResourceSchemas {
		want(filepath.Join(examples, "list-resources", name, "list-resource.tfquery.hcl"))
	}
	for name := range resp.Functions {
		want(filepath.Join(examples, "functions", name, "function.tf"))
	}
	want(filepath.Join(examples, "provider", "provider.tf"))
	want("../../docs/index.md")
	for page := range referencePages(t) {
		want("../../" + page)
	}
}
