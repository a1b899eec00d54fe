package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// The environment of the go command that gremlins starts, which is this program
// under another name. gremlins runs the tests of the package of a mutant or of the
// whole module, and takes a mutant outside of all blocks of the coverage profile
// for one that no test reaches. Both are corrected here: the tests of an internal
// package can be its parent's, and no block has the conditions of a switch or the
// values of constants.
const (
	envGo     = "MUTATE_GO"     // the go command
	envRoot   = "MUTATE_ROOT"   // the folder of the module
	envModule = "MUTATE_MODULE" // its path
	envTests  = "MUTATE_TESTS"  // the packages to test instead, by import path
)

// installShim returns the environment for gremlins in which go is this program.
func installShim(work, root, module string, tests []string) ([]string, error) {
	goCommand, err := exec.LookPath("go")
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(work, "bin")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := os.Symlink(self, filepath.Join(dir, "go")); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	for i, pkg := range tests {
		tests[i] = module + "/" + pkg
	}
	return []string{
		envGo + "=" + goCommand, envRoot + "=" + root, envModule + "=" + module, envTests + "=" + strings.Join(tests, " "),
		"PATH=" + dir + string(os.PathListSeparator) + os.Getenv("PATH"),
	}, nil
}

// runShim runs the go command and returns its exit code.
func runShim(args []string) int {
	if len(args) < 2 || args[0] != "test" {
		return runGo(args)
	}
	// vet costs as much as many a test, and the linter runs it.
	args = slices.Insert(args, 1, "-vet=off")
	tests := strings.Fields(os.Getenv(envTests))
	if len(tests) == 0 {
		return runGo(args)
	}
	args = args[:len(args)-1] // the package
	if slices.Contains(args, "-coverprofile") {
		return runGo(slices.Concat(args, tests))
	}
	// A mutant that one package kills needs no other.
	for _, pkg := range tests {
		if code := runGo(slices.Concat(args, []string{pkg})); code != 0 {
			return code
		}
	}
	return 0
}

// runGo runs the go command, corrects the coverage profile if it writes one, and
// returns its exit code.
func runGo(args []string) int {
	cmd := exec.Command(os.Getenv(envGo), args...) // gremlins kills it
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 {
		return exit.ExitCode()
	}
	if i := slices.Index(args, "-coverprofile"); err == nil && i >= 0 && i+1 < len(args) {
		err = addConditions(args[i+1], os.Getenv(envRoot), os.Getenv(envModule))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// span is a part of a file, from its first line and column to its last.
type span struct{ fromLine, fromColumn, toLine, toColumn int }

func (s span) contains(o span) bool {
	return (s.fromLine < o.fromLine || s.fromLine == o.fromLine && s.fromColumn <= o.fromColumn) &&
		(s.toLine > o.toLine || s.toLine == o.toLine && s.toColumn >= o.toColumn)
}

// addConditions adds blocks to a coverage profile for constants and the conditions of the
// switches in functions that a test runs.
func addConditions(profile, root, module string) error {
	data, err := os.ReadFile(profile)
	if err != nil {
		return err
	}
	covered := map[string][]span{}
	for line := range strings.Lines(string(data)) {
		// github.com/…/file.go:12.34,56.78 numberOfStatements count
		i := strings.LastIndexByte(line, ':')
		if i < 0 || strings.HasPrefix(line, "mode:") {
			continue
		}
		var s span
		var statements, count int
		if _, err := fmt.Sscanf(line[i+1:], "%d.%d,%d.%d %d %d", &s.fromLine, &s.fromColumn, &s.toLine, &s.toColumn, &statements, &count); err != nil {
			return fmt.Errorf("%s: %q: %w", profile, line, err)
		}
		if count > 0 {
			covered[line[:i]] = append(covered[line[:i]], s)
		}
	}
	var more strings.Builder
	for name, spans := range covered {
		relative, ok := strings.CutPrefix(name, module+"/")
		if !ok {
			continue
		}
		conditions, err := outsideBlocks(filepath.Join(root, filepath.FromSlash(relative)), spans)
		if err != nil {
			return err
		}
		for _, s := range conditions {
			fmt.Fprintf(&more, "%s:%d.%d,%d.%d 1 1\n", name, s.fromLine, s.fromColumn, s.toLine, s.toColumn)
		}
	}
	return os.WriteFile(profile, append(data, more.String()...), 0o600)
}

// outsideBlocks returns where the conditions of switches are in the functions that
// contain one of the given spans, and where the values of constants are.
func outsideBlocks(file string, covered []span) ([]span, error) {
	files := token.NewFileSet()
	tree, err := parser.ParseFile(files, file, nil, 0)
	if err != nil {
		return nil, err
	}
	at := func(n ast.Node) span {
		from, to := files.Position(n.Pos()), files.Position(n.End())
		return span{from.Line, from.Column, to.Line, to.Column}
	}
	var conditions []span
	for _, declaration := range tree.Decls {
		if constants, ok := declaration.(*ast.GenDecl); ok && constants.Tok == token.CONST {
			conditions = append(conditions, at(constants))
			continue
		}
		if f := at(declaration); !slices.ContainsFunc(covered, f.contains) {
			continue
		}
		ast.Inspect(declaration, func(n ast.Node) bool {
			if clause, ok := n.(*ast.CaseClause); ok {
				for _, condition := range clause.List {
					conditions = append(conditions, at(condition))
				}
			}
			return true
		})
	}
	return conditions, nil
}
