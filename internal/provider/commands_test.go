package provider_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	makeTarget  = regexp.MustCompile("(?:^|[`;&|] *|^ *)make ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)*)")
	makefileHas = regexp.MustCompile(`(?m)^([a-z][a-z/-]*):`)
	// goTest is a command that runs named tests of a package.
	goTest = regexp.MustCompile(`go test (\./\S+).*?(?:-run|-fuzz) '?\^?([A-Za-z_]+)(?:/([a-z-]+))?`)
	// mockFlags is a command with options of runai-mock.
	mockFlags = regexp.MustCompile(`runai-mock(?: (?:run|conform))?((?: -[a-z][a-z-]*(?: [^-\s]\S*)?)+)`)
	option    = regexp.MustCompile(`(?:^| )-([a-z][a-z-]*)`)
)

var (
	// shellBlock is a block of commands on a page.
	shellBlock = regexp.MustCompile("(?ms)^ *```(?:shell|bash|sh)\n(.*?)^ *```")
	// commandInText is a command in the text of a page.
	commandInText = regexp.MustCompile("`((?:make|go|runai-mock|terraform|tofu) [^`\n]+)`")
	// terraformCommand is a command of a CLI.
	terraformCommand = regexp.MustCompile(`(?:^|[;&|(] *|-- |sh -c ')(?:terraform|tofu)((?: -chdir=\S+)?(?: [a-z-]+)(?: [^|&;]*)?)`)
	cliOption        = regexp.MustCompile(`(?:^| )-([a-z][a-z-]*)(?:[ =]|$)`)
	goRun            = regexp.MustCompile(`go (?:run|build|install)(?: -o \S+)? (\./\S+)`)
)

// cliCommands are the commands of Terraform and OpenTofu that pages show, with their options.
var cliCommands = map[string][]string{
	"init": {"upgrade"}, "get": nil, "plan": {"out", "generate-config-out", "refresh", "refresh-only", "replace", "json"},
	"apply": {"auto-approve", "refresh", "refresh-only", "replace"}, "destroy": {"auto-approve"},
	"import": nil, "output": {"json", "raw"}, "query": {"generate-config-out", "json"}, "show": {"json"}, "state": nil,
	"test": {"filter"}, "validate": nil, "fmt": {"check", "diff", "recursive"},
}

// commandsOf returns the commands that a page shows, in blocks and in its text.
func commandsOf(page string) (lines []string) {
	for _, block := range shellBlock.FindAllStringSubmatch(page, -1) {
		for line := range strings.Lines(strings.ReplaceAll(block[1], "\\\n", "")) {
			line, _, _ = strings.Cut(line, " #")
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	for _, m := range commandInText.FindAllStringSubmatch(codeBlock.ReplaceAllString(page, ""), -1) {
		lines = append(lines, m[1])
	}
	return lines
}

// checkCLICommand checks a command line of Terraform or OpenTofu: its name and its options.
func checkCLICommand(t *testing.T, path, line string) {
	t.Helper()
	fields := strings.Fields(line)
	if folder, ok := strings.CutPrefix(fields[0], "-chdir="); ok {
		if !exists(filepath.Join("../..", folder)) {
			t.Errorf("%s: there is no folder %s", path, folder)
		}
		fields = fields[1:]
	}
	options, ok := cliCommands[strings.Trim(fields[0], `'"`)]
	if !ok {
		t.Errorf("%s: the CLIs have no command %s, or cliCommands lacks it", path, fields[0])
	}
	for _, m := range cliOption.FindAllStringSubmatch(strings.Join(fields[1:], " "), -1) {
		if !slices.Contains(options, m[1]) {
			t.Errorf("%s: %s has no option -%s, or cliCommands lacks it", path, fields[0], m[1])
		}
	}
}

// TestDocumentation_CommandsExist checks each command on a page, in a block or in the text:
// make has the target, a test of the package has the name, the folder of a program exists,
// and runai-mock and the CLIs have the command and its options.
func TestDocumentation_CommandsExist(t *testing.T) {
	t.Parallel()
	const top = "../.."
	makefile, _ := read(t, top+"/GNUmakefile")
	var targets []string
	for _, m := range makefileHas.FindAllStringSubmatch(makefile, -1) {
		targets = append(targets, m[1])
	}
	usage := ""
	for _, file := range []string{"flags.go", "conform.go", "run.go", "serve.go"} {
		text, _ := read(t, top+"/internal/cmd/runai-mock/"+file)
		usage += text
	}
	checked := map[string]int{}
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") && entry.Name() != ".." || entry.Name() == "bin") {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		page, _ := read(t, path)
		for _, line := range commandsOf(page) {
			for _, m := range makeTarget.FindAllStringSubmatch(line, -1) {
				for target := range strings.FieldsSeq(m[1]) {
					checked["make"]++
					if !slices.Contains(targets, target) {
						t.Errorf("%s: make has no target %s", path, target)
					}
				}
			}
			for _, m := range goTest.FindAllStringSubmatch(line, -1) {
				checked["go test"]++
				if !testExists(t, filepath.Join(top, m[1]), m[2], m[3]) {
					t.Errorf("%s: %s has no test %s/%s", path, m[1], m[2], m[3])
				}
			}
			for _, m := range goRun.FindAllStringSubmatch(line, -1) {
				checked["go run"]++
				if !exists(filepath.Join(top, m[1], "main.go")) {
					t.Errorf("%s: %s is not the folder of a program", path, m[1])
				}
			}
			for _, m := range terraformCommand.FindAllStringSubmatch(line, -1) {
				checked["terraform"]++
				checkCLICommand(t, path, m[1])
			}
			for _, m := range mockFlags.FindAllStringSubmatch(line, -1) {
				for _, flag := range option.FindAllStringSubmatch(m[1], -1) {
					checked["runai-mock"]++
					if !strings.Contains(usage, `"`+flag[1]+`"`) {
						t.Errorf("%s: runai-mock has no option -%s", path, flag[1])
					}
				}
			}
		}
		return nil
	})
	if err != nil || checked["make"] < 30 || checked["go test"] < 3 || checked["go run"] < 5 || checked["terraform"] < 20 || checked["runai-mock"] < 3 {
		t.Errorf("too few commands were checked: %v, %v", checked, err)
	}
}

// testExists reports whether a package has a test, or a seed of a fuzz test.
func testExists(t *testing.T, folder, name, seed string) bool {
	t.Helper()
	if seed != "" {
		_, err := os.Stat(filepath.Join(folder, "testdata/fuzz", name, seed))
		return err == nil
	}
	files, err := filepath.Glob(folder + "/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool {
		text, _ := read(t, file)
		return strings.Contains(text, "func "+name)
	})
}

// Actions are pinned by digest, since a tag can be moved, and no workflow has permissions
// that a job does not ask for.
func TestWorkflows_ActionsPinned_NoPermissionsByDefault(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../.github/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no workflows: ", err)
	}
	action, pinned := regexp.MustCompile(`uses: (.*)`), regexp.MustCompile(`^(\./\S+|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$`)
	actions := 0
	for _, file := range files {
		workflow, _ := read(t, file)
		if !strings.Contains(workflow, "\npermissions: {}\n") {
			t.Errorf("%s grants permissions to all its jobs", file)
		}
		for _, m := range action.FindAllStringSubmatch(workflow, -1) {
			actions++
			if !pinned.MatchString(m[1]) {
				t.Errorf("%s: %s is not pinned by digest, with the version beside it", file, m[1])
			}
		}
	}
	if actions == 0 {
		t.Error("no workflow uses an action")
	}
}

// The CLIs that the README and the guide on versioning name are those of the workflow.
func TestDocumentation_CLIs_AreThoseOfTheWorkflow(t *testing.T) {
	t.Parallel()
	workflow, _ := read(t, "../../.github/workflows/test.yml")
	readme, _ := read(t, "../../README.md")
	guide, _ := read(t, "../../templates/guides/versioning.md.tmpl")
	matrices := regexp.MustCompile(`(?m)^\s+version: \[(.*)\]$`).FindAllStringSubmatch(workflow, -1)
	if len(matrices) != 2 {
		t.Fatalf("the workflow has %d lists of versions, want those of Terraform and OpenTofu", len(matrices))
	}
	for i, cli := range []string{"Terraform", "OpenTofu"} {
		versions := strings.NewReplacer(`"`, "", ".*", "", "latest", "the latest").Replace(matrices[i][1])
		if row := regexp.MustCompile(`(?m)^\| ` + cli + ` \|.* \| ` + regexp.QuoteMeta(versions) + ` \|$`); !row.MatchString(readme) {
			t.Errorf("the README has no row for %s that ends with %s", cli, versions)
		}
		last := strings.LastIndex(versions, ", ")
		if sentence := cli + " " + versions[:last] + " and " + versions[last+2:]; !strings.Contains(strings.Join(strings.Fields(guide), " "), sentence) {
			t.Errorf("the guide does not say %q", sentence)
		}
	}
}

// TestDependabot_UpdatesEveryModule checks that dependabot.yml names every module.
func TestDependabot_UpdatesEveryModule(t *testing.T) {
	t.Parallel()
	const top = "../.."
	config, _ := read(t, top+"/.github/dependabot.yml")
	modules := 0
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == "go.mod" {
			modules++
			folder := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), top)
			if !strings.Contains(config, "      - /"+strings.TrimPrefix(folder, "/")+"\n") {
				t.Errorf("dependabot does not update %s", path)
			}
		}
		return err
	})
	if err != nil || modules < 5 {
		t.Errorf("%d modules: %v", modules, err)
	}
}
