// Command mutate changes one operator at a time in the code that the guarantees
// depend on, runs the tests of the package for each change, and reports every
// change that no test notices. The mutants are made by gremlins.
//
// A mutant that no test can notice is listed in README.md with the reason. The
// command fails if less than 95 % of the mutants of a package are killed or listed,
// or if the list names a mutant that does not survive.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// target is a package and the files of it in which mutants are made.
type target struct {
	pkg   string
	files []string // all of them, if empty
	// tests are the packages whose tests run, by default only pkg.
	tests []string
}

// targets are the code that the guarantees depend on: recovery, retry, the list cache,
// sealing, and the decisions of a plan.
var targets = []target{
	{pkg: "internal/seal"},
	{pkg: "internal/runai", files: []string{"access_rule_create.go", "application_create.go", "recovery.go", "regenerate.go", "verification.go"}},
	{pkg: "internal/runai/internal/rest", files: []string{"backoff.go", "retry.go"}, tests: []string{"internal/runai/internal/rest", "internal/runai"}},
	{pkg: "internal/runai/internal/listcache", tests: []string{"internal/runai/internal/listcache", "internal/runai"}},
	{pkg: "internal/application", files: []string{"change.go", "exists.go", "lockout.go", "plan.go", "recipients.go", "rotation.go", "secret.go", "verification.go"}},
	{pkg: "internal/accessrule", files: []string{"exists.go", "lockout.go", "plan.go", "record.go", "scope.go"}},
}

// minScore is the percentage of mutants that have to be killed or listed.
const minScore = 95

type options struct {
	gremlins string
	only     *regexp.Regexp
	workers  int
	readme   string
	write    bool
	dryRun   bool
}

func main() {
	if filepath.Base(os.Args[0]) == "go" {
		os.Exit(runShim(os.Args[1:]))
	}
	var o options
	gremlins := flag.String("gremlins", "gremlins", "run this gremlins `BINARY`")
	only := flag.String("only", "", "take only the packages that match this `REGEXP`")
	flag.IntVar(&o.workers, "workers", 2, "run the tests of `N` mutants at the same time")
	flag.BoolVar(&o.write, "write", false, "write the table into README.md")
	flag.BoolVar(&o.dryRun, "dry-run", false, "count the mutants, and run no tests for them")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := func() (err error) {
		if o.only, err = regexp.Compile(*only); err != nil {
			return err
		}
		if o.gremlins, err = exec.LookPath(*gremlins); err != nil {
			return err
		}
		if o.gremlins, err = filepath.Abs(o.gremlins); err != nil {
			return err
		}
		return run(ctx, o, os.Stdout)
	}()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

// run tests the mutants of all targets and prints the table.
func run(ctx context.Context, o options, out io.Writer) (err error) {
	root, err := git(ctx, ".", "rev-parse", "--show-toplevel")
	if err != nil {
		return err
	}
	root = strings.TrimSpace(root)
	o.readme = filepath.Join(root, "internal", "tools", "mutate", "README.md")
	text, err := os.ReadFile(o.readme)
	if err != nil {
		return err
	}
	listed, err := parseListed(string(text))
	if err != nil {
		return err
	}

	work, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	snapshot := filepath.Join(work, "source")
	if err := copySource(ctx, root, snapshot); err != nil {
		return err
	}

	var reports []report
	for _, t := range targets {
		if !o.only.MatchString(t.pkg) {
			continue
		}
		result, err := unleash(ctx, o, work, snapshot, t)
		if err != nil {
			return fmt.Errorf("%s: %w", t.pkg, err)
		}
		r, err := assess(snapshot, t, result, listed)
		if err != nil {
			return fmt.Errorf("%s: %w", t.pkg, err)
		}
		reports = append(reports, r)
		for _, m := range r.survivors {
			fmt.Fprintf(out, "%s:%d:%d: %s %s: %s\n", m.file, m.line, m.column, m.status, m.kind, m.source)
		}
	}
	if o.dryRun {
		for _, r := range reports {
			fmt.Fprintf(out, "%s: %d mutants\n", r.pkg, r.total)
		}
		return nil
	}
	table := formatTable(reports)
	fmt.Fprint(out, "\n", table)
	if o.write {
		if err := os.WriteFile(o.readme, []byte(replaceTable(string(text), table)), 0o644); err != nil {
			return err
		}
	}
	return verdict(reports)
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	return string(out), err
}

// copySource copies the files that git tracks or would add, with uncommitted changes:
// gremlins copies its whole root for each worker, and bin/ is large.
func copySource(ctx context.Context, from, to string) error {
	list, err := git(ctx, from, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(strings.TrimRight(list, "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.Join(from, name))
		if errors.Is(err, os.ErrNotExist) {
			continue // deleted, and not committed yet
		}
		if err != nil {
			return err
		}
		target := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(target, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// unleash runs gremlins on a target and returns its report.
func unleash(ctx context.Context, o options, work, root string, t target) (*gremlinsReport, error) {
	output := filepath.Join(work, strings.ReplaceAll(t.pkg, "/", "-")+".json")
	args := []string{"unleash", "--output", output, "--workers", strconv.Itoa(o.workers), "--timeout-coefficient", "6", "--output-statuses", "l", "--invert-logical"}
	if o.dryRun {
		args = append(args, "--dry-run")
	}
	exclude, err := excluded(root, t)
	if err != nil {
		return nil, err
	}
	for _, pattern := range exclude {
		args = append(args, "--exclude-files", pattern)
	}
	module, err := modulePath(root)
	if err != nil {
		return nil, err
	}
	if len(t.tests) > 0 {
		args = append(args, "--coverpkg", module+"/"+t.pkg)
	}
	env, err := installShim(work, root, module, slices.Clone(t.tests))
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, o.gremlins, append(args, "./"+t.pkg)...)
	// The acceptance tests need a CLI and much time, so a mutant that only they detect
	// survives.
	cmd.Env = append(append(os.Environ(), env...), "TF_ACC=")
	cmd.Dir, cmd.Stdout, cmd.Stderr = root, os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	return readReport(output)
}

// modulePath returns the path of the module in a folder.
func modulePath(root string) (string, error) {
	data, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(data)) {
		if name, ok := strings.CutPrefix(line, "module "); ok {
			return strings.TrimSpace(name), nil
		}
	}
	return "", errors.New("go.mod has no module line")
}

// excluded returns patterns for the files, relative to the package, in which no
// mutants are made: those of packages below it, and those that are not named.
func excluded(root string, t target) ([]string, error) {
	patterns := []string{"/"}
	if len(t.files) == 0 {
		return patterns, nil
	}
	files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(t.pkg), "*.go"))
	if err != nil {
		return nil, err
	}
	have := map[string]bool{}
	for _, file := range files {
		name := filepath.Base(file)
		have[name] = true
		if !slices.Contains(t.files, name) && !strings.HasSuffix(name, "_test.go") {
			patterns = append(patterns, "^"+regexp.QuoteMeta(name)+"$")
		}
	}
	for _, name := range t.files {
		if !have[name] {
			return nil, fmt.Errorf("there is no %s: correct the targets in internal/tools/mutate/main.go", path.Join(t.pkg, name))
		}
	}
	return patterns, nil
}

// replaceTable replaces the table between the markers of README.md.
func replaceTable(text, table string) string {
	const begin, end = "<!-- table -->\n", "<!-- end of table -->"
	before, rest, ok := strings.Cut(text, begin)
	if !ok {
		return text
	}
	_, after, ok := strings.Cut(rest, end)
	if !ok {
		return text
	}
	var b bytes.Buffer
	b.WriteString(before + begin + "\n" + table + "\n" + end + after)
	return b.String()
}
