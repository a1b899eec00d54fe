// Package tfcli runs a Terraform or OpenTofu CLI in a directory: for the acceptance
// tests, the demo and the benchmark.
package tfcli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// CLI is a CLI in a working directory.
type CLI struct {
	// Path is the program.
	Path string
	// Dir is the working directory.
	Dir string
	// Env is the whole environment, by default that of this process.
	Env []string
}

// Find returns the path of the CLI with a name or a path. If it is empty, Find returns
// the first of terraform and tofu on the path.
func Find(name string) (string, error) {
	if name != "" {
		return exec.LookPath(name)
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("there is no terraform and no tofu on the path")
}

// waitDelay is the time for an interrupted CLI and its provider to finish.
const waitDelay = 20 * time.Second

// Command returns a command of the CLI that is not started yet. When ctx is done, the
// CLI is interrupted and not killed: it lets the provider finish the operation.
func (c CLI) Command(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, c.Path, args...)
	command.Dir, command.Env = c.Dir, c.Env
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = waitDelay
	return command
}

// Run runs a command and returns its exit code. It returns an error if the command could
// not be started or was ended by a signal.
func (c CLI) Run(ctx context.Context, stdout, stderr io.Writer, args ...string) (code int, err error) {
	command := c.Command(ctx, args...)
	command.Stdout, command.Stderr = stdout, stderr
	err = command.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.Exited() {
		return exit.ExitCode(), nil
	}
	return 0, err
}

// CleanEnvironment returns the environment of this process without the user's variables
// for Terraform and Run:ai.
func CleanEnvironment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "TF_") || strings.HasPrefix(variable, "RUNAI_")
	})
}

// DevOverride returns the CLI configuration with which both CLIs run the provider of a
// source, such as runai-community/runai, from a directory.
func DevOverride(source, dir string) string {
	return fmt.Sprintf(`provider_installation {
  dev_overrides {
    "registry.terraform.io/%[1]s" = %[2]q
    "registry.opentofu.org/%[1]s" = %[2]q
  }
}
`, source, filepath.ToSlash(dir))
}
