package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const source = "package seal\n\nfunc f(n int) bool {\n\treturn n > 0 || n < 9\n}\n"

const found = `{"files": [{"file_name": "age.go", "mutations": [
	{"type": "CONDITIONALS_BOUNDARY", "status": "LIVED", "line": 4, "column": 11},
	{"type": "CONDITIONALS_NEGATION", "status": "KILLED", "line": 4, "column": 11},
	{"type": "CONDITIONALS_NEGATION", "status": "NOT COVERED", "line": 4, "column": 20},
	{"type": "CONDITIONALS_NEGATION", "status": "TIMED OUT", "line": 4, "column": 20},
	{"type": "ARITHMETIC_BASE", "status": "NOT VIABLE", "line": 4, "column": 20}
]}]}`

func assessed(t *testing.T, list string) report {
	t.Helper()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "internal", "seal"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "internal", "seal", "age.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	var g gremlinsReport
	if err := json.Unmarshal([]byte(found), &g); err != nil {
		t.Fatal(err)
	}
	listed, err := parseListed(list)
	if err != nil {
		t.Fatal(err)
	}
	r, err := assess(root, target{pkg: "internal/seal"}, &g, listed)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAssess_CountsUnlistedSurvivors(t *testing.T) {
	t.Parallel()
	r := assessed(t, "")
	if r.total != 4 || r.killed != 1 || r.timedOut != 1 || r.listed != 0 || len(r.survivors) != 2 {
		t.Errorf("%+v", r)
	}
	if got := r.score(); got != 50 {
		t.Errorf("score %v, want 50", got)
	}
	if err := verdict([]report{r}); err == nil || !strings.Contains(err.Error(), "50.0 %") {
		t.Errorf("error %v, want the score", err)
	}
}

func TestAssess_ListedMutant_Counts(t *testing.T) {
	t.Parallel()
	r := assessed(t, "| internal/seal/age.go | CONDITIONALS_BOUNDARY | `return n > 0 \\|\\| n < 9` | n is never zero here |\n"+
		"| internal/seal/age.go | CONDITIONALS_NEGATION | `return n > 0 \\|\\| n < 9` | n is never nine here |")
	if r.listed != 2 || len(r.survivors) != 0 || len(r.stale) != 0 {
		t.Errorf("%+v", r)
	}
	if err := verdict([]report{r}); err != nil {
		t.Error(err)
	}
}

func TestAssess_ListedMutantKilled_IsAnError(t *testing.T) {
	t.Parallel()
	r := assessed(t, "| internal/seal/age.go | CONDITIONALS_BOUNDARY | `return n > 1` | n is never one here |")
	if len(r.stale) != 1 {
		t.Fatalf("%+v", r)
	}
	if err := verdict([]report{r}); err == nil || !strings.Contains(err.Error(), "does not survive") {
		t.Errorf("error %v, want the stale entry", err)
	}
}

func TestParseListed_NoReason_IsAnError(t *testing.T) {
	t.Parallel()
	if _, err := parseListed("| internal/seal/age.go | CONDITIONALS_BOUNDARY | `return n > 1` | - |"); err == nil {
		t.Error("no error")
	}
}

func TestReplaceTable(t *testing.T) {
	t.Parallel()
	const text = "a\n<!-- table -->\nold\n<!-- end of table -->\nb\n"
	if got, want := replaceTable(text, "new\n"), "a\n<!-- table -->\n\nnew\n\n<!-- end of table -->\nb\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// The targets exist: a renamed file would otherwise end the mutation tests of its
// package with an error only in the run that takes hours.
func TestTargets_Exist(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "..")
	for _, target := range targets {
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(target.pkg))); err != nil {
			t.Error(err)
		}
		if _, err := excluded(root, target); err != nil {
			t.Error(err)
		}
	}
}
