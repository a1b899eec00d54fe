package provider_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// environment returns the environment variables with which examples find the control plane.
func environment(cp *acctest.ControlPlane) []string {
	return []string{"RUNAI_BASE_URL=" + cp.URL, "RUNAI_CLIENT_ID=terraform", "RUNAI_CLIENT_SECRET=terraform-secret"}
}

// TestAccModules_OwnTestsPass runs the `terraform test` of each module.
func TestAccModules_OwnTestsPass(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	modules, err := os.ReadDir("../../examples/modules")
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range modules {
		t.Run(module.Name(), func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: "2.24"})
			cli := acctest.BinaryCLI(t, acctest.ProviderBinary(t))
			cli.Needs("a condition of terraform test that refers to another run", "1.6.0", "")
			cli.Env = append(cli.Env, environment(cp)...)
			if err := os.CopyFS(cli.Dir+"/module", os.DirFS("../../examples/modules/"+module.Name())); err != nil {
				t.Fatal(err)
			}
			cli.Dir += "/module"
			cli.Run("test", "-no-color").Expect(t, 0, "3 passed, 0 failed")
			acctest.Expect(t, cp.ExpectCalls(acctest.RegenerateSecret, 1))
		})
	}
}

// The README of a module lists its inputs and outputs.
func TestModules_ReadmesListInputsAndOutputs(t *testing.T) {
	t.Parallel()
	names := func(text, pattern string) (list []string) {
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			list = append(list, m[1])
		}
		slices.Sort(list)
		return list
	}
	modules, err := filepath.Glob("../../examples/modules/*")
	if err != nil || len(modules) < 2 {
		t.Fatal(modules, err)
	}
	for _, module := range modules {
		readme, _ := read(t, module+"/README.md")
		for table, block := range map[string]string{"input": "variable", "output": "output"} {
			_, rows, _ := strings.Cut(readme, "\n| "+table+" | |\n|---|---|\n")
			rows, _, _ = strings.Cut(rows, "\n\n")
			firstCells := regexp.MustCompile(`(?m)^\| ([^|]+) \|`).FindAllString(rows, -1)
			declared, _ := read(t, module+"/"+block+"s.tf")
			got, want := names(strings.Join(firstCells, ""), "`(\\w+)`"), names(declared, `(?m)^`+block+` "(\w+)"`)
			if len(want) == 0 || !slices.Equal(got, want) {
				t.Errorf("the README of %s lists the %ss %q, and there are %q", filepath.Base(module), table, got, want)
			}
		}
	}
}

// The tests of the guide on testing modules: one needs no control plane and sends no request, the other runs as in the
// guide, on a mock that runs for the duration of the command.
func TestAccGuides_TestingModules(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	binary := acctest.ProviderBinary(t)
	page, _ := read(t, "../../templates/guides/testing-modules.md.tmpl")
	start := func(t *testing.T, feature, terraform, openTofu, file string) *acctest.CLI {
		t.Helper()
		cli := acctest.BinaryCLI(t, binary)
		cli.Needs(feature, terraform, openTofu)
		if err := os.CopyFS(cli.Dir, os.DirFS("../../examples/guides/testing-modules")); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(page, "examples/guides/testing-modules/"+file) {
			t.Errorf("the guide does not show %s", file)
		}
		return cli
	}
	t.Run("mock_provider", func(t *testing.T) {
		t.Parallel()
		const file = "tests/offline.tftest.hcl"
		cli := start(t, "mock_provider", "1.7.0", "1.8.0", file)
		cp := acctest.NewWith(t, mockserver.Options{})
		cli.Env = append(cli.Env, environment(cp)...) // it could be reached
		cli.Run("test", "-no-color", "-filter="+file).Expect(t, 0, "1 passed, 0 failed")
		if got := cp.Requests(); len(got) > 0 {
			t.Errorf("requests %v", got)
		}
	})
	t.Run("runai-mock", func(t *testing.T) {
		t.Parallel()
		const file = "tests/control_plane.tftest.hcl"
		cli := start(t, "terraform test", "1.6.0", "1.6.0", file)
		mock := filepath.Join(t.TempDir(), "runai-mock")
		if out, err := exec.Command("go", "build", "-o", mock, "../cmd/runai-mock").CombinedOutput(); err != nil {
			t.Fatalf("%s: %s", err, out)
		}
		test := cli.Command(t.Context(), "test", "-no-color", "-filter="+file)
		test.Args = append([]string{mock, "run", "-version", "2.24", "--"}, append([]string{test.Path}, test.Args[1:]...)...)
		test.Path = mock
		out, err := test.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "2 passed, 0 failed") {
			t.Fatalf("%v: %s", err, out)
		}
		for _, want := range []string{"POST    /api/v1/service-accounts ", "POST    /api/v1/service-accounts/{id}/secret ", "DELETE  /api/v1/service-accounts/{id} "} {
			if !strings.Contains(string(out), want) {
				t.Errorf("the summary lacks %q: %s", want, out)
			}
		}
	})
}

// readmes returns the READMEs of the repository and of the modules, by path.
func readmes(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("../../examples/modules/*/README.md")
	if err != nil || len(paths) < 2 {
		t.Fatal(paths, err)
	}
	texts := map[string]string{}
	for _, path := range append(paths, "../../README.md") {
		text, ok := read(t, path)
		if !ok {
			t.Fatal(path, "is missing")
		}
		texts[path] = text
	}
	return texts
}

// newDocumented returns a CLI and the control plane of a configuration that a page shows.
func newDocumented(t *testing.T, binary, configuration string) (*acctest.CLI, *acctest.ControlPlane) {
	t.Helper()
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.24"})
	cli := acctest.BinaryCLI(t, binary)
	cli.Env = append(cli.Env, environment(cp)...)
	if strings.Contains(configuration, "required_providers") {
		if err := os.Remove(cli.Dir + "/versions.tf"); err != nil {
			t.Fatal(err)
		}
	}
	return cli, cp
}

// moduleSource matches the source of a module of the repository on a page. A README has
// the path of a copy.
var moduleSource = regexp.MustCompile(`"(?:\./|github\.com/runai-community/terraform-provider-runai//examples/)(modules/[a-z-]+)"`)

var requiredVersion = regexp.MustCompile(`required_version\s+= ">= (\d+\.\d+)"`)

// TestAccReadmes_ConfigurationsApply applies each configuration that a README
// shows, and the example of a module in a guide, and plans it again without a change.
func TestAccReadmes_ConfigurationsApply(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	configurations := map[string]string{}
	for path, text := range readmes(t) {
		for i, configuration := range shownConfigurations(text) {
			configurations[path+"#"+strconv.Itoa(i)] = configuration
		}
	}
	if len(configurations) < 3 {
		t.Fatal("the READMEs show too few configurations:", configurations)
	}
	for _, file := range []string{"rotating-secrets/module.tf"} {
		configurations[file], _ = read(t, filepath.Join(guides, file))
	}
	binary := acctest.ProviderBinary(t)
	for name, configuration := range configurations {
		t.Run(strings.TrimPrefix(name, "../../"), func(t *testing.T) {
			t.Parallel()
			cli, cp := newDocumented(t, binary, configuration)
			if modules := moduleSource.FindAllStringSubmatch(configuration, -1); len(modules) > 0 {
				for _, module := range modules {
					versions, _ := read(t, "../../examples/"+module[1]+"/versions.tf")
					if oldest := requiredVersion.FindStringSubmatch(versions); oldest != nil {
						cli.Needs(module[1], oldest[1]+".0", oldest[1]+".0")
					}
					if err := os.CopyFS(filepath.Join(cli.Dir, module[1]), os.DirFS("../../examples/"+module[1])); err != nil {
						t.Fatal(err)
					}
				}
				configuration = moduleSource.ReplaceAllString(configuration, `"./$1"`)
			}
			cli.Configure(configuration)
			cli.Run("get", "-no-color").Expect(t, 0)
			cli.MustApply()
			cli.Plan().Expect(t, 0)
			if cp.Calls(acctest.CreateApplication) == 0 {
				t.Error("the configuration creates no application")
			}
			cli.Destroy().Expect(t, 0)
		})
	}
}

// TestAccReadme_ShowsRealPlan compares the plan of a rotation in the README with the
// output of the CLI for its configuration.
func TestAccReadme_ShowsRealPlan(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	readme, _ := read(t, "../../README.md")
	config := shownConfigurations(readme)[0]
	block := regexp.MustCompile(`(?ms)^  ~ resource "runai_application" "ci" \{$.*?^    \}$`)
	shown := block.FindString(readme)
	if shown == "" {
		t.Fatal("the README has no plan")
	}
	cli, _ := newDocumented(t, acctest.ProviderBinary(t), config)
	cli.Configure(strings.Replace(config, "2026-10", "2026-07", 1))
	cli.MustApply()
	cli.Configure(config)
	id := regexp.MustCompile(`(?m)^(\s+id\s+= ).*$`)
	plan := cli.Plan()
	plan.Expect(t, 2, regexp.MustCompile(`(?m)^Plan: .*$`).FindString(readme), regexp.MustCompile(`(?m)^Warning: .*$`).FindString(readme))
	if got := id.ReplaceAllString(block.FindString(plan.Stdout), "$1…"); got != id.ReplaceAllString(shown, "$1…") {
		t.Errorf("the README shows\n%s\nand the plan is\n%s", shown, got)
	}
}
