package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/runai-community/terraform-provider-runai/internal/tfcli"
)

// The version of the provider in the demo's mirror.
const mirrorVersion = "0.0.1"

// terraform is a CLI in a directory whose commands and output are shown.
type terraform struct {
	tfcli.CLI
	screen *screen
}

// install creates a mirror that has only the provider, so that `init` uses no registry.
// Terraform and OpenTofu read "runai-community/runai" as an address in their own
// registry.
func (t *terraform) install(binary string) error {
	mirror := filepath.Join(t.Dir, "mirror")
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		folder := filepath.Join(mirror, host, "runai-community", "runai", mirrorVersion, runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		if err := copyProgram(binary, filepath.Join(folder, "terraform-provider-runai_v"+mirrorVersion+exe())); err != nil {
			return err
		}
	}
	config := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.ToSlash(mirror))
	return os.WriteFile(filepath.Join(t.Dir, "cli.tfrc"), []byte(config), 0o600)
}

// environment sets the environment of the CLI, and so of the provider, without the
// user's variables for Terraform and Run:ai.
func (t *terraform) environment(baseURL string) {
	t.Env = append(
		tfcli.CleanEnvironment(),
		"TF_CLI_CONFIG_FILE="+filepath.Join(t.Dir, "cli.tfrc"),
		"TF_IN_AUTOMATION=1", // no hints what to type next
		"CHECKPOINT_DISABLE=1",
		"RUNAI_BASE_URL="+baseURL,
		"RUNAI_CLIENT_ID="+callerID,
		"RUNAI_CLIENT_SECRET="+callerSecret,
	)
}

// run prints the command and its output. It returns the exit code.
func (t *terraform) run(ctx context.Context, args ...string) (code int, err error) {
	return t.runInto(ctx, io.Discard, args...)
}

// runInto is run, and also copies the output of the CLI to text.
func (t *terraform) runInto(ctx context.Context, text io.Writer, args ...string) (code int, err error) {
	t.announce(args)
	code, err = t.Run(ctx, io.MultiWriter(t.screen, text), t.screen, args...)
	t.screen.printf("\n")
	return code, err
}

// announce prints a command as a user would type it.
func (t *terraform) announce(args []string) {
	typed := slices.DeleteFunc(slices.Clone(args), func(arg string) bool {
		return arg == "-input=false" || arg == "-no-color"
	})
	t.screen.printf("\n$ %s %s\n", strings.TrimSuffix(filepath.Base(t.Path), ".exe"), strings.Join(typed, " "))
}

// init installs the provider from the mirror. It prints the output of the CLI only if
// it fails: otherwise that is about the lock file, which the demo removes.
func (t *terraform) init(ctx context.Context) error {
	args := []string{"init", "-input=false", "-no-color"}
	t.announce(args)
	var text bytes.Buffer
	code, err := t.Run(ctx, &text, t.screen, args...)
	if err == nil && code != 0 {
		err = fmt.Errorf("init ended with exit code %d:\n%s", code, text.String())
	}
	return err
}

// read returns the output of the command without printing it.
func (t *terraform) read(ctx context.Context, into any, args ...string) error {
	var out bytes.Buffer
	code, err := t.Run(ctx, &out, t.screen, args...)
	if err != nil {
		return err
	}
	if code != 0 {
		return fmt.Errorf("%s %s: exit code %d", t.Path, args[0], code)
	}
	return json.Unmarshal(out.Bytes(), into)
}

// must runs a command that must succeed.
func (t *terraform) must(ctx context.Context, args ...string) error {
	code, err := t.run(ctx, args...)
	if err == nil && code != 0 {
		err = fmt.Errorf("%s %s ended with exit code %d", filepath.Base(t.Path), args[0], code)
	}
	return err
}

// plan has the parts of `terraform show -json` that the demo checks.
type plan struct {
	Changes []change `json:"resource_changes"`

	text string // what a person reads
}

type change struct {
	Address string `json:"address"`
	Mode    string `json:"mode"`
	Change  struct {
		Actions      []string        `json:"actions"`
		AfterUnknown map[string]any  `json:"after_unknown"`
		Importing    *map[string]any `json:"importing"`
	} `json:"change"`
}

// changing returns the managed resources that the plan changes, such as
// "create runai_application.pipeline".
func (p *plan) changing() []string {
	var out []string
	for _, c := range p.Changes {
		if c.Mode != "managed" {
			continue
		}
		does := c.Change.Actions
		if c.Change.Importing != nil {
			does = append([]string{"import"}, does...)
		}
		does = slices.DeleteFunc(does, func(action string) bool { return action == "no-op" })
		if len(does) > 0 {
			out = append(out, strings.Join(does, " and ")+" "+c.Address)
		}
	}
	slices.Sort(out)
	return out
}

func (p *plan) of(address string) *change {
	for i := range p.Changes {
		if p.Changes[i].Address == address {
			return &p.Changes[i]
		}
	}
	return nil
}

// plan prints a plan, checks by its exit code whether it has changes, and returns it in
// Terraform's JSON form.
func (t *terraform) plan(ctx context.Context, wantChanges bool) (*plan, error) {
	var text strings.Builder
	code, err := t.runInto(ctx, &text, "plan", "-input=false", "-no-color", "-detailed-exitcode", "-out=demo.tfplan")
	if err != nil {
		return nil, err
	}
	want, wanted := 0, "0: no changes"
	if wantChanges {
		want, wanted = 2, "2: changes"
	}
	if code != want {
		return nil, fmt.Errorf("plan -detailed-exitcode ended with %d, want %s", code, wanted)
	}
	p := &plan{text: text.String()}
	return p, t.read(ctx, p, "show", "-no-color", "-json", "demo.tfplan")
}

// apply applies the last plan.
func (t *terraform) apply(ctx context.Context) error {
	return t.must(ctx, "apply", "-input=false", "-no-color", "demo.tfplan")
}

// outputs returns the values of all outputs, including sensitive ones.
func (t *terraform) outputs(ctx context.Context) (map[string]any, error) {
	var outputs map[string]struct {
		Value any `json:"value"`
	}
	if err := t.read(ctx, &outputs, "output", "-no-color", "-json"); err != nil {
		return nil, err
	}
	values := make(map[string]any, len(outputs))
	for name, o := range outputs {
		values[name] = o.Value
	}
	return values, nil
}

func exe() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

func copyProgram(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
