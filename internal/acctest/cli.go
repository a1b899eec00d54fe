package acctest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/runai-community/terraform-provider-runai/internal/provider"
	"github.com/runai-community/terraform-provider-runai/internal/tfcli"
)

// CLI runs single commands of the real CLI in its own folder, for scenarios that the
// steps of a test case cannot express: a killed run, a plan as JSON, a failed apply and
// the next one that recovers.
type CLI struct {
	// Dir is the working directory.
	Dir string
	// Env is added to the environment of each command.
	Env []string

	t    testing.TB
	path string
}

// cliPath is the CLI that the acceptance tests run.
func cliPath() (string, error) {
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		return path, nil
	}
	path, err := tfcli.Find("")
	if err != nil {
		return "", fmt.Errorf("%w; set TF_ACC_TERRAFORM_PATH", err)
	}
	return path, nil
}

// SkipUnlessAcceptance skips a test unless acceptance tests are requested, like
// terraform-plugin-testing.
func SkipUnlessAcceptance(t testing.TB) {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("acceptance tests run with TF_ACC=1, as make test does")
	}
}

func newCLI(t testing.TB, settings string) *CLI {
	t.Helper()
	SkipUnlessAcceptance(t)
	path, err := cliPath()
	if err != nil {
		t.Fatal(err)
	}
	c := &CLI{Dir: t.TempDir(), t: t, path: path}
	c.write("cli.tfrc", settings)
	c.write("versions.tf", `
terraform {
  required_providers {
    runai = { source = "runai-community/runai" }
  }
}`)
	c.Env = []string{"TF_CLI_CONFIG_FILE=" + filepath.Join(c.Dir, "cli.tfrc"), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_LOG=", "TF_LOG_PATH="}
	return c
}

// CLI returns a CLI whose provider runs in this process, with waits of a millisecond.
func (c *ControlPlane) CLI(t *testing.T) *CLI {
	t.Helper()
	cli := newCLI(t, "")
	reattach := make(chan *plugin.ReattachConfig)
	closed := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_ = tf6server.Serve(provider.Address, func() tfprotov6.ProviderServer {
			return providerserver.NewProtocol6(c.provider())()
		}, tf6server.WithDebug(ctx, reattach, closed), tf6server.WithoutLogStderrOverride(),
			tf6server.WithLoggingSink(t), tf6server.WithGoPluginLogger(hclog.NewNullLogger()))
	}()
	cfg := <-reattach
	t.Cleanup(func() {
		cancel()
		<-closed
	})
	entry := map[string]any{
		"Protocol": string(cfg.Protocol), "ProtocolVersion": 6, "Pid": os.Getpid(), "Test": true,
		"Addr": map[string]string{"Network": cfg.Addr.Network(), "String": cfg.Addr.String()},
	}
	value, err := json.Marshal(map[string]any{provider.Address: entry, openTofuAddress: entry})
	if err != nil {
		t.Fatal(err)
	}
	cli.Env = append(cli.Env, "TF_REATTACH_PROVIDERS="+string(value))
	return cli
}

// BinaryCLI returns a CLI that starts the provider's binary, as for a user.
func BinaryCLI(t testing.TB, binary string) *CLI {
	t.Helper()
	return newCLI(t, tfcli.DevOverride("runai-community/runai", filepath.Dir(binary)))
}

func (c *CLI) write(name, text string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.Dir, name), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// Write writes a file beside the configuration.
func (c *CLI) Write(name, text string) {
	c.t.Helper()
	c.write(name, text)
}

// Configure replaces the configuration.
func (c *CLI) Configure(text string) {
	c.t.Helper()
	c.write("main.tf", text)
}

func (c *CLI) runner() tfcli.CLI {
	return tfcli.CLI{Path: c.path, Dir: c.Dir, Env: append(os.Environ(), c.Env...)}
}

// Command returns a command of the CLI that is not started yet.
func (c *CLI) Command(ctx context.Context, args ...string) *exec.Cmd {
	return c.runner().Command(ctx, args...)
}

// Result is the result of a command.
type Result struct {
	// Code is the exit code.
	Code int
	// Output is Stdout followed by Stderr.
	Stdout, Stderr, Output string
}

// Contains reports whether the output has a text, wherever its lines are broken.
func (r Result) Contains(text string) bool { return ErrorContains(text).MatchString(r.Output) }

// Expect fails the test unless the command ended with an exit code and its output
// contains each of these texts, wherever its lines are broken.
func (r Result) Expect(t testing.TB, code int, texts ...string) Result {
	t.Helper()
	if r.Code != code {
		t.Fatalf("exit code %d, want %d: %s", r.Code, code, r.Output)
	}
	for _, text := range texts {
		if !r.Contains(text) {
			t.Errorf("the output does not contain %q: %s", text, r.Output)
		}
	}
	return r
}

// ExpectError fails the test unless the command failed and its errors contain each of
// these texts, wherever their lines are broken.
func (r Result) ExpectError(t testing.TB, texts ...string) Result {
	t.Helper()
	if r.Code != 1 {
		t.Fatalf("exit code %d, want 1: %s", r.Code, r.Output)
	}
	for _, text := range texts {
		if !ErrorContains(text).MatchString(r.Stderr) {
			t.Errorf("the errors do not contain %q: %s", text, r.Output)
		}
	}
	return r
}

// ExpectNot fails the test if the output contains one of these texts.
func (r Result) ExpectNot(t testing.TB, texts ...string) Result {
	t.Helper()
	for _, text := range texts {
		if r.Contains(text) {
			t.Errorf("the output contains %q: %s", text, r.Output)
		}
	}
	return r
}

// Run runs a command of the CLI and returns its result, also if it fails.
func (c *CLI) Run(args ...string) Result {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	var stdout, stderr bytes.Buffer
	code, err := c.runner().Run(ctx, &stdout, &stderr, args...)
	if err != nil {
		c.t.Fatalf("%s: %s: %s", strings.Join(args, " "), err, stderr.String())
	}
	return Result{Code: code, Stdout: stdout.String(), Stderr: stderr.String(), Output: stdout.String() + stderr.String()}
}

// Apply applies the configuration.
func (c *CLI) Apply(args ...string) Result {
	c.t.Helper()
	return c.Run(append([]string{"apply", "-auto-approve", "-input=false", "-no-color"}, args...)...)
}

// MustApply applies the configuration, and fails the test if that fails.
func (c *CLI) MustApply(args ...string) Result {
	c.t.Helper()
	return c.Apply(args...).Expect(c.t, 0)
}

// Destroy destroys all resources in the state.
func (c *CLI) Destroy(args ...string) Result {
	c.t.Helper()
	return c.Run(append([]string{"destroy", "-auto-approve", "-input=false", "-no-color"}, args...)...)
}

// Plan runs a plan. Its exit code is 0 without changes and 2 with changes.
func (c *CLI) Plan(args ...string) Result {
	c.t.Helper()
	return c.Run(append([]string{"plan", "-detailed-exitcode", "-input=false", "-no-color"}, args...)...)
}

// StateResource is one instance of a resource in the state.
type StateResource struct {
	// AttributeValues are the attributes by name.
	AttributeValues map[string]any
	// Tainted reports whether the next apply replaces the instance.
	Tainted bool
}

// State returns the managed resources in the state, by address. It reads the file
// without starting the CLI.
func (c *CLI) State() map[string]*StateResource {
	c.t.Helper()
	data, err := os.ReadFile(filepath.Join(c.Dir, "terraform.tfstate"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var file struct {
		Resources []struct {
			Module, Mode, Type, Name string
			Instances                []struct {
				IndexKey   any `json:"index_key"`
				Status     string
				Deposed    string
				Attributes map[string]any
			}
		}
	}
	if err := errors.Join(err, json.Unmarshal(data, &file)); err != nil {
		c.t.Fatalf("the state cannot be read: %s", err)
	}
	resources := map[string]*StateResource{}
	for _, r := range file.Resources {
		for _, instance := range r.Instances {
			if r.Mode != "managed" || instance.Deposed != "" {
				continue
			}
			address := r.Type + "." + r.Name
			if r.Module != "" {
				address = r.Module + "." + address
			}
			switch key := instance.IndexKey.(type) {
			case string:
				address += fmt.Sprintf("[%q]", key)
			case float64:
				address += fmt.Sprintf("[%v]", key)
			}
			resources[address] = &StateResource{AttributeValues: instance.Attributes, Tainted: instance.Status == "tainted"}
		}
	}
	return resources
}

// ProviderBinary builds the provider's binary, for BinaryCLI.
func ProviderBinary(t testing.TB) string {
	t.Helper()
	SkipUnlessAcceptance(t)
	binary := filepath.Join(t.TempDir(), "terraform-provider-runai")
	build := exec.Command("go", "build", "-o", binary, "github.com/runai-community/terraform-provider-runai")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %s: %s", err, out)
	}
	return binary
}

// Eventually waits until a condition holds, and fails the test after a timeout.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for tick := time.NewTicker(5 * time.Millisecond); ; {
		if holds() {
			tick.Stop()
			return
		}
		select {
		case <-deadline:
			t.Fatalf("it never came to be that %s", what)
		case <-tick.C:
		}
	}
}

// openTofuAddress is the address of the provider in the registry of OpenTofu.
var openTofuAddress = strings.Replace(provider.Address, "registry.terraform.io", "registry.opentofu.org", 1)

// ProviderAddress is the provider in a state that the CLI writes.
func (c *CLI) ProviderAddress() string {
	c.t.Helper()
	if mustCLIUnderTest(c.t).isOpenTofu() {
		return openTofuAddress
	}
	return provider.Address
}

// Needs skips the test on a CLI that is older than a feature, which these versions
// introduced. An empty version means that this product does not have it.
func (c *CLI) Needs(feature, terraform, openTofu string) {
	c.t.Helper()
	if reason := (since{terraform: terraform, openTofu: openTofu}).missing(mustCLIUnderTest(c.t)); reason != "" {
		c.t.Skip(feature + ": " + reason)
	}
}

// NeedsListResources skips the test on a CLI without terraform query.
func (c *CLI) NeedsListResources() {
	c.t.Helper()
	c.Needs("terraform query", "1.14.0", "")
}
