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

// shellBlock is a block of commands on a page.
var shellBlock = regexp.MustCompile("(?ms)^```(?:shell|bash|sh)\n(.*?)^```")

// TestDocumentation_CommandsExist checks each command on a page: make has the target, a
// test of the package has the name, and runai-mock has the option.
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
		for _, block := range shellBlock.FindAllStringSubmatch(page, -1) {
			for line := range strings.Lines(strings.ReplaceAll(block[1], "\\\n", "")) {
				line, _, _ = strings.Cut(line, " #")
				for _, m := range makeTarget.FindAllStringSubmatch(strings.TrimSpace(line), -1) {
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
				for _, m := range mockFlags.FindAllStringSubmatch(line, -1) {
					for _, flag := range option.FindAllStringSubmatch(m[1], -1) {
						checked["runai-mock"]++
						if !strings.Contains(usage, `"`+flag[1]+`"`) {
							t.Errorf("%s: runai-mock has no option -%s", path, flag[1])
						}
					}
				}
			}
		}
		return nil
	})
	if err != nil || checked["make"] < 10 || checked["go test"] < 3 || checked["runai-mock"] < 3 {
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
