package guarantees_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain makes the model test short enough for every run, since a step is an apply
// with the real CLI. For a longer one, set -rapid.checks and -rapid.steps.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.checks": "8", "rapid.steps": "12", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	flag.Parse()
	os.Exit(m.Run())
}
