//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// TestAccLogging_Levels runs plans with the provider's own program and reads
// what it writes to standard error, which is what the CLI reads of it, whether
// or not the CLI shows it. What is written with a variable set is what a
// provider writes that leaves the SDK's logging as it is.
func TestAccLogging_Levels(t *testing.T) {
	t.Parallel()
	binary := acctest.ProviderBinary(t)
	const (
		api       = "runai.runai_api"
		framework = "sdk.framework"
		proto     = "sdk.proto"
	)
	trace, debug := []string{"debug", "trace"}, []string{"debug"}
	everything := map[string][]string{api: debug, framework: trace, proto: {"trace"}}
	for _, c := range []struct {
		environ []string
		written map[string][]string
		shown   []string // by the CLI
	}{
		{nil, nil, nil},
		{[]string{"TF_LOG_CORE=TRACE"}, nil, nil},
		{[]string{"TF_LOG=TRACE"}, everything, []string{api, framework, proto}},
		// The provider writes everything, and the CLI selects.
		{[]string{"TF_LOG=DEBUG"}, everything, []string{api, framework}},
		{[]string{"TF_LOG_PROVIDER=TRACE"}, everything, []string{api, framework, proto}},
		{[]string{"TF_LOG=ERROR"}, everything, nil},
		{[]string{"TF_LOG_PROVIDER_RUNAI=TRACE"}, everything, nil},
		{[]string{"TF_LOG=TRACE", "TF_LOG_PROVIDER_RUNAI=OFF"}, map[string][]string{framework: trace, proto: {"trace"}}, []string{framework, proto}},
		{[]string{"TF_LOG=TRACE", "TF_LOG_SDK=OFF"}, map[string][]string{api: debug}, []string{api}},
		{[]string{"TF_LOG_SDK=DEBUG"}, map[string][]string{api: debug, framework: debug}, nil},
		{[]string{"TF_LOG=TRACE", "TF_LOG_SDK_PROTO=OFF"}, map[string][]string{api: debug, framework: trace}, []string{api, framework}},
		{[]string{"TF_LOG=TRACE", "TF_LOG_SDK_FRAMEWORK=DEBUG"}, map[string][]string{api: debug, framework: debug, proto: {"trace"}}, []string{api, framework, proto}},
		{[]string{"TF_LOG=TRACE", "TF_LOG_PROVIDER_RUNAI_API=OFF"}, map[string][]string{framework: trace, proto: {"trace"}}, []string{framework, proto}},
		// The client's log and nothing else.
		{[]string{"TF_LOG_PROVIDER=DEBUG", "TF_LOG_SDK=OFF", "TF_LOG_PROVIDER_RUNAI=OFF", "TF_LOG_PROVIDER_RUNAI_API=DEBUG"}, map[string][]string{api: debug}, []string{api}},
	} {
		t.Run(fmt.Sprint(c.environ), func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			program, stderr := recordStderr(t, binary)
			cli := acctest.BinaryCLI(t, program)
			cli.Configure(cp.Config("resource \"runai_application\" \"ci\" {\n  name = \"ci\"\n}"))
			for _, name := range []string{
				"TF_LOG_CORE", "TF_LOG_PROVIDER", "TF_LOG_PROVIDER_RUNAI", "TF_LOG_PROVIDER_RUNAI_API",
				"TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK",
			} {
				cli.Env = append(cli.Env, name+"=")
			}
			cli.Env = append(cli.Env, c.environ...)
			plan := cli.Plan()
			if plan.Code != 2 {
				t.Fatal(plan.Output)
			}
			if written := readLog(t, stderr); !maps.EqualFunc(written, c.written, slices.Equal) {
				t.Errorf("written: %v, want %v", written, c.written)
			}
			for _, module := range []string{api, framework, proto} {
				want := slices.Contains(c.shown, module)
				if got := strings.Contains(plan.Stderr, "@module="+module); got != want {
					t.Errorf("%s shown: %t, want %t", module, got, want)
				}
			}
		})
	}
}

// recordStderr returns a program that runs the provider and records what it
// writes to standard error in a file, which it returns too.
func recordStderr(t *testing.T, binary string) (program, file string) {
	t.Helper()
	dir := t.TempDir()
	program, file = filepath.Join(dir, filepath.Base(binary)), filepath.Join(dir, "stderr")
	script := fmt.Sprintf("#!/bin/sh\nexec 3>&2\n{ '%s' 2>&1 >&4 | tee -a '%s' >&3; } 4>&1\n", binary, file)
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return program, file
}

// readLog returns the levels of the entries in a provider's standard error, by
// module. The entries of go-plugin about itself are not the provider's.
func readLog(t *testing.T, file string) map[string][]string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	levels := map[string][]string{}
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		var entry struct {
			Level  string `json:"@level"`
			Module string `json:"@module"`
		}
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			t.Fatalf("%s: %q", err, lines.Text())
		}
		if entry.Module != "" && !slices.Contains(levels[entry.Module], entry.Level) {
			levels[entry.Module] = append(levels[entry.Module], entry.Level)
			slices.Sort(levels[entry.Module])
		}
	}
	return levels
}
