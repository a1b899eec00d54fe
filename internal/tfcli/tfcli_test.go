package tfcli_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/tfcli"
)

// TestMain makes the test binary act as a CLI that prints its arguments and its directory
// and exits with 2, like plan -detailed-exitcode.
func TestMain(m *testing.M) {
	if os.Getenv("TFCLI_TEST") != "" {
		dir, _ := os.Getwd()
		_, _ = os.Stdout.WriteString(strings.Join(os.Args[1:], " ") + "\n" + dir)
		_, _ = os.Stderr.WriteString("warning")
		os.Exit(2)
	}
	os.Exit(m.Run())
}

func TestRun_ReturnsExitCode(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var stdout, stderr bytes.Buffer
	code, err := tfcli.CLI{Path: self, Dir: dir, Env: append(os.Environ(), "TFCLI_TEST=1")}.Run(t.Context(), &stdout, &stderr, "plan", "-out=x")
	if code != 2 || err != nil || stdout.String() != "plan -out=x\n"+dir || stderr.String() != "warning" {
		t.Errorf("exit code %d, %v; stdout %q, stderr %q", code, err, &stdout, &stderr)
	}
}

func TestRun_MissingProgram_IsAnError(t *testing.T) {
	t.Parallel()
	if code, err := (tfcli.CLI{Path: t.TempDir() + "/terraform", Dir: t.TempDir()}).Run(t.Context(), nil, nil, "version"); err == nil || code != 0 {
		t.Errorf("exit code %d, %v", code, err)
	}
}

func TestCleanEnvironment(t *testing.T) {
	t.Setenv("TF_LOG", "TRACE")
	t.Setenv("RUNAI_CLIENT_SECRET", "s3cret")
	t.Setenv("TFCLI_KEPT", "1")
	env := tfcli.CleanEnvironment()
	if slices.Contains(env, "TF_LOG=TRACE") || slices.Contains(env, "RUNAI_CLIENT_SECRET=s3cret") || !slices.Contains(env, "TFCLI_KEPT=1") {
		t.Errorf("environment %q", env)
	}
}
