package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// runBinary runs the test binary as a program under `runai-mock run`, to its end.
func runBinary(t *testing.T, act string, env []string, flags ...string) (status int, stdout, stderr string) {
	t.Helper()
	args := append(append([]string{"run"}, flags...), "--", os.Args[0])
	return runArgs(t, act, env, args...)
}

func runArgs(t *testing.T, act string, env []string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	run := startBinary(t, append(env, programVariable+"="+act), "from standard input", args...)
	status, stdout = run.wait(t)
	return status, stdout, run.stderr.String()
}

func TestRun_ReplacesInheritedVariables(t *testing.T) {
	t.Parallel()
	inherited := []string{
		"RUNAI_ACCESS_TOKEN=real", "RUNAI_BASE_URL=https://real.run.ai", "RUNAI_CLIENT_SECRET=real", "RUNAI_ANYTHING=real",
		"RUNAI_CONTROL_PLANE_VERSION=2.20",
	}
	status, stdout, _ := runBinary(t, "env", inherited)
	want := regexp.MustCompile(`^RUNAI_BASE_URL=http://127\.0\.0\.1:[1-9]\d*
RUNAI_CLIENT_ID=terraform
RUNAI_CLIENT_SECRET=terraform-secret
$`)
	if status != 0 || !want.MatchString(stdout) {
		t.Errorf("status %d, variables:\n%s", status, stdout)
	}
	_, stdout, _ = runBinary(t, "env", inherited, "-client-id", "ci", "-client-secret", "s3cret")
	if !strings.Contains(stdout, "RUNAI_CLIENT_ID=ci\nRUNAI_CLIENT_SECRET=s3cret\n") {
		t.Errorf("variables:\n%s", stdout)
	}
}

// The program gets other variables, also those with RUNAI_ inside their name.
func TestRun_KeepsOtherVariables(t *testing.T) {
	t.Parallel()
	env := environment([]string{"RUNAI_X=1", "runai_y=2", "PATH=/bin", "TF_VAR_RUNAI_Z=3"}, config{}, "http://127.0.0.1:1")
	want := "PATH=/bin TF_VAR_RUNAI_Z=3 RUNAI_BASE_URL=http://127.0.0.1:1 RUNAI_CLIENT_ID= RUNAI_CLIENT_SECRET="
	if got := strings.Join(env, " "); got != want {
		t.Errorf("environment %s", got)
	}
}

func TestRun_ExitStatus_IsThatOfProgram(t *testing.T) {
	t.Parallel()
	for _, want := range []int{0, 1, 2, 42} {
		status, stdout, stderr := runArgs(t, "exit", nil, "run", "--", os.Args[0], strconv.Itoa(want))
		if status != want || stdout != "" {
			t.Errorf("status %d, want %d; standard output %q, error %s", status, want, stdout, stderr)
		}
	}
}

func TestRun_PassesArgumentsAndStandardStreams(t *testing.T) {
	t.Parallel()
	_, stdout, _ := runArgs(t, "env", nil, "run", "-version", "2.20", "--", os.Args[0], "--", "-version", "x y")
	if !strings.HasSuffix(stdout, "\n--\n-version\nx y\n") {
		t.Errorf("arguments %q", stdout)
	}
	status, stdout, stderr := runBinary(t, "copy", nil)
	if status != 0 || stdout != "from standard input" {
		t.Errorf("status %d, standard output %q, error %s", status, stdout, stderr)
	}
}

func TestRun_PrintsRequestSummaryLast(t *testing.T) {
	t.Parallel()
	status, stdout, stderr := runBinary(t, "sign-in", nil, "-version", "2.25")
	if status != 0 || stdout != "200\n401\n" {
		t.Errorf("status %d, standard output %q", status, stdout)
	}
	want := regexp.MustCompile(`^runai-mock: 2 requests to http://127\.0\.0\.1:\d+ \(control plane 2\.25\)
  POST  /api/v2/token  1 × 200, 1 × 401
$`)
	if !want.MatchString(stderr) {
		t.Errorf("standard error:\n%s", stderr)
	}
	if _, _, stderr = runBinary(t, "env", nil); !strings.HasPrefix(stderr, "runai-mock: no requests to http://127.0.0.1:") {
		t.Errorf("without requests:\n%s", stderr)
	}
}

func TestSummarize_OneRequest_IsSingular(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	summarize(&b, []mockserver.LoggedRequest{{Method: http.MethodPost, Route: "/api/v2/token", Status: 200}}, "http://127.0.0.1:8080", "2.24")
	const want = "runai-mock: 1 request to http://127.0.0.1:8080 (control plane 2.24)\n  POST  /api/v2/token  1 × 200\n"
	if got := b.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRun_ForwardsSignals(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows sends interrupts to all programs of a console")
	}
	run := startBinary(t, []string{programVariable + "=wait"}, "", "run", "--", os.Args[0])
	if line := run.line(t); line != "ready" {
		t.Fatalf("first line %q", line)
	}
	// A terminal sends SIGINT to the program itself, so only SIGTERM works in every environment.
	for range 2 {
		if err := run.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if line := run.line(t); line != "terminated" {
			t.Errorf("the program received %q", line)
		}
	}
	if status, _ := run.wait(t); status != 7 {
		t.Errorf("status %d; %s", status, run.stderr)
	}
	if !strings.Contains(run.stderr.String(), "no requests to") {
		t.Errorf("no summary: %s", run.stderr)
	}
}

func TestRun_ProgramKilledBySignal_ExitStatus(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows ends programs without a signal")
	}
	if status, stdout, stderr := runBinary(t, "die", nil); status != 128+9 {
		t.Errorf("status %d; %s; %s", status, stdout, stderr)
	}
}

func TestRun_ProgramCannotStart_IsAnError(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "no-program")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for program, want := range map[string]int{"no-such-program": 127, file + "-missing": 127, file: 126} {
		var stdout, stderr bytes.Buffer
		status := dispatch(t.Context(), []string{"run", "--", program}, streams{out: &stdout, err: &stderr})
		if status != want || !strings.Contains(stderr.String(), "cannot run "+program) {
			t.Errorf("%s: status %d, want %d; %s", program, status, want, &stderr)
		}
	}
}

func TestRun_WrongUsage(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"no program to run":  {"run", "-version", "2.24"},
		"no program to run;": {"run", "--"},
		"-nonsense":          {"run", "-nonsense", "--", "true"},
		"2.17, 2.18":         {"run", "-version", "1.0", "--", "true"},
	} {
		var stdout, stderr bytes.Buffer
		if status := dispatch(t.Context(), args, streams{out: &stdout, err: &stderr}); status != exitUsage || !strings.Contains(stderr.String(), want) {
			t.Errorf("%v: status %d, %s", args, status, &stderr)
		}
	}
	var stdout, stderr bytes.Buffer
	if status := dispatch(t.Context(), []string{"run", "-help"}, streams{out: &stdout, err: &stderr}); status != exitOK ||
		!strings.Contains(stdout.String(), "runai-mock run [flags] -- COMMAND") || !strings.Contains(stdout.String(), "-version") {
		t.Errorf("help: status %d, %s", status, &stdout)
	}
}

func TestRun_TLS_SetsCertificateVariable(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t)
	_, stdout, _ := runBinary(t, "env", nil, "-tls-cert", cert, "-tls-key", key)
	if !strings.Contains(stdout, "RUNAI_BASE_URL=https://127.0.0.1:") || !strings.Contains(stdout, "RUNAI_CA_CERT_FILE="+cert+"\n") {
		t.Errorf("variables:\n%s", stdout)
	}
}

func TestRun_AllInterfaces_ProgramUsesLoopback(t *testing.T) {
	t.Parallel()
	_, stdout, _ := runBinary(t, "env", nil, "-listen", "0.0.0.0:0")
	if !strings.Contains(stdout, "RUNAI_BASE_URL=http://127.0.0.1:") {
		t.Errorf("variables:\n%s", stdout)
	}
}
