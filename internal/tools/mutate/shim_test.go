package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const switches = `package seal

func covered(n int) int {
	switch {
	case n > 1:
		return 1
	default:
		return 0
	}
}

func notCovered(n int) int {
	switch {
	case n > 2:
		return 2
	default:
		return 0
	}
}

const adult = 3 * 6
`

// Go's coverage profile has blocks for the bodies of a switch, but for neither its
// conditions nor constants, so gremlins would treat those as not covered.
func TestAddConditions(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "age.go"), []byte(switches), 0o600); err != nil {
		t.Fatal(err)
	}
	profile := filepath.Join(root, "profile")
	const before = "mode: set\nexample.com/m/age.go:3.25,4.9 1 1\nexample.com/m/age.go:5.13,6.11 1 0\nexample.com/m/age.go:12.28,13.9 1 0\n"
	if err := os.WriteFile(profile, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := addConditions(profile, root, "example.com/m"); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(profile)
	if err != nil {
		t.Fatal(err)
	}
	if added, want := strings.TrimPrefix(string(after), before), "example.com/m/age.go:5.7,5.12 1 1\nexample.com/m/age.go:21.1,21.20 1 1\n"; added != want {
		t.Errorf("added %q, want %q", added, want)
	}
}
