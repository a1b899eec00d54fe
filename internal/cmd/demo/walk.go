package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

//go:embed configuration
var configuration embed.FS

const (
	module   = "github.com/runai-community/terraform-provider-runai"
	pipeline = "runai_application.pipeline"
)

// walk is the state that the steps of the demo share.
type walk struct {
	options
	screen    *screen
	dir       string
	terraform *terraform
	plane     *controlPlane

	before   []string // the records of the control plane before the first step
	clientID string
	secrets  []string // all secrets of the pipeline, the newest last
}

// all runs the steps in order, up to the first that fails.
func (w *walk) all(ctx context.Context) error {
	for _, step := range []struct {
		title string
		run   func(context.Context) error
	}{
		{"Build the provider and a mock control plane, and start it", w.build},
		{"Plan and apply: two applications, access rules in two scopes", w.create},
		{"Sign in with the created secret", w.use},
		{"Plan again: no changes", w.planAgain},
		{"Rotate: another keeper, in place", w.rotate},
		{"The old secret is refused, the new one signs in", w.useNew},
		{"Import an application that was created elsewhere", w.importExisting},
		{"Destroy: no objects remain on the control plane", w.destroy},
	} {
		w.screen.begin(step.title)
		if err := step.run(ctx); err != nil {
			return fmt.Errorf("step %d, %q: %w", len(w.screen.steps), step.title, err)
		}
	}
	if slices.ContainsFunc(append(w.secrets, callerSecret), w.screen.shows) {
		return errors.New("a secret was printed above")
	}
	return nil
}

func (w *walk) build(ctx context.Context) error {
	var err error
	if w.provider, err = w.program(ctx, w.provider, "terraform-provider-runai", module); err != nil {
		return err
	}
	if w.mock, err = w.program(ctx, w.mock, "runai-mock", module+"/internal/cmd/runai-mock"); err != nil {
		return err
	}
	if w.plane, err = startControlPlane(w.mock); err != nil {
		return err
	}
	w.screen.checked("a control plane of version 2.24 listens on %s", w.plane.url)
	records, err := w.plane.records(ctx)
	if err != nil {
		return err
	}
	w.before = records.lines()

	if err := w.terraform.install(w.provider); err != nil {
		return err
	}
	w.terraform.environment(w.plane.url)
	if err := w.copyConfiguration("configuration"); err != nil {
		return err
	}
	return w.terraform.must(ctx, "version", "-no-color")
}

// program builds a program, unless its path is given.
func (w *walk) program(ctx context.Context, built, name, pkg string) (string, error) {
	if built != "" {
		return filepath.Abs(built)
	}
	w.screen.printf("  building %s\n", name)
	binary := filepath.Join(w.dir, name+exe())
	// Without the commit: git may refuse to report it.
	command := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", binary, pkg)
	command.Stdout, command.Stderr = w.screen, w.screen
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("building %s: %w", name, err)
	}
	return binary, nil
}

func (w *walk) create(ctx context.Context) error {
	main, err := configuration.ReadFile("configuration/main.tf")
	if err != nil {
		return err
	}
	w.screen.printf("\n%s", main)

	variables := []byte("quarter = \"2026-Q1\"\n")
	if err := os.WriteFile(filepath.Join(w.dir, "terraform.tfvars"), variables, 0o600); err != nil {
		return err
	}
	if err := w.terraform.init(ctx); err != nil {
		return err
	}
	w.screen.checked("the provider is installed from a local mirror; no registry was contacted")

	plan, err := w.terraform.plan(ctx, true)
	if err != nil {
		return err
	}
	if err := w.expectChanges(plan,
		"create runai_access_rule.dashboard", "create runai_access_rule.pipeline",
		"create runai_application.dashboard", "create "+pipeline); err != nil {
		return err
	}
	if err := w.terraform.apply(ctx); err != nil {
		return err
	}
	return w.expectOnControlPlane(ctx, w.created()...)
}

func (w *walk) use(ctx context.Context) error {
	outputs, err := w.terraform.outputs(ctx)
	if err != nil {
		return err
	}
	w.clientID, _ = outputs["client_id"].(string)
	secret, _ := outputs["client_secret"].(string)
	w.secrets = append(w.secrets, secret)
	if w.clientID == "" || secret == "" {
		return errors.New("the outputs client_id and client_secret are empty")
	}
	if _, err := w.plane.signIn(ctx, w.clientID, secret); err != nil {
		return err
	}
	w.screen.checked("%s signs in with the output client_secret", w.clientID)

	names, _ := outputs["applications"].([]any)
	if !slices.Contains(names, any("ci-pipeline-prod")) || !slices.Contains(names, any("usage-dashboard")) {
		return fmt.Errorf("the data source does not list both applications, but %v", names)
	}
	w.screen.checked("the data source lists both applications: %v", names)
	return nil
}

func (w *walk) planAgain(ctx context.Context) error {
	w.screen.printf("\nThe sign-in has changed the application's last login. No attribute has that, so the plan is empty.\n")
	if _, err := w.terraform.plan(ctx, false); err != nil {
		return err
	}
	w.screen.checked("the plan is empty: -detailed-exitcode 0")
	return nil
}

func (w *walk) rotate(ctx context.Context) error {
	if err := w.edit("terraform.tfvars", "2026-Q1", "2026-Q2"); err != nil {
		return err
	}
	w.screen.printf("\nterraform.tfvars: quarter = \"2026-Q1\" becomes quarter = \"2026-Q2\"\n")

	before, err := w.plane.records(ctx)
	if err != nil {
		return err
	}

	plan, err := w.terraform.plan(ctx, true)
	if err != nil {
		return err
	}
	if err := w.expectChanges(plan, "update "+pipeline); err != nil {
		return err
	}
	change := plan.of(pipeline)
	if change.Change.AfterUnknown["client_secret"] != true {
		return errors.New("the plan does not show client_secret as changing")
	}
	if change.Change.AfterUnknown["id"] == true || change.Change.AfterUnknown["client_id"] == true {
		return errors.New("the plan does not keep id and client_id")
	}
	w.screen.checked("it changes client_secret, and keeps id and client_id")
	if !strings.Contains(plan.text, "Warning: ") {
		return errors.New("the plan does not warn that the old secret stops working")
	}
	w.screen.checked("it warns that the old secret stops working")

	if err := w.terraform.apply(ctx); err != nil {
		return err
	}
	after, err := w.plane.records(ctx)
	if err != nil {
		return err
	}
	idBefore, _ := before.application("ci-pipeline-prod")
	idAfter, issued := after.application("ci-pipeline-prod")
	_, others := after.application("usage-dashboard")
	if issued != 2 || others != 1 {
		return fmt.Errorf("the pipeline got %d secrets and the dashboard %d, want 2 and 1", issued, others)
	}
	w.screen.checked("the control plane issued one new secret, for the pipeline alone")
	if idAfter != idBefore {
		return errors.New("the rotation has changed the ID of the application")
	}
	w.screen.checked("the application is the same one, %s", idAfter)
	return w.expectOnControlPlane(ctx, w.created()...)
}

func (w *walk) useNew(ctx context.Context) error {
	outputs, err := w.terraform.outputs(ctx)
	if err != nil {
		return err
	}
	old := w.secrets[0]
	secret, _ := outputs["client_secret"].(string)
	w.secrets = append(w.secrets, secret)
	if secret == "" || secret == old {
		return errors.New("the output client_secret is not a new one")
	}
	if outputs["client_id"] != w.clientID {
		return errors.New("the client ID is another one")
	}
	if _, err := w.plane.signIn(ctx, w.clientID, old); !errors.Is(err, errRefused) {
		return fmt.Errorf("the old secret was not refused: %w", err)
	}
	w.screen.checked("the old secret is refused")
	if _, err := w.plane.signIn(ctx, w.clientID, secret); err != nil {
		return err
	}
	w.screen.checked("%s signs in with the new secret", w.clientID)
	return nil
}

func (w *walk) importExisting(ctx context.Context) error {
	if err := w.plane.createApplication(ctx, "made-by-hand"); err != nil {
		return err
	}
	w.screen.checked("made-by-hand was created by the API, not by Terraform")
	if err := w.copyConfiguration("configuration/import"); err != nil {
		return err
	}
	block, err := configuration.ReadFile("configuration/import/import.tf")
	if err != nil {
		return err
	}
	w.screen.printf("\n%s", block)

	plan, err := w.terraform.plan(ctx, true)
	if err != nil {
		return err
	}
	if err := w.expectChanges(plan, "import runai_application.by_hand"); err != nil {
		return err
	}
	if err := w.terraform.apply(ctx); err != nil {
		return err
	}
	if _, err := w.terraform.plan(ctx, false); err != nil {
		return err
	}
	w.screen.checked("the plan after the import is empty")
	records, err := w.plane.records(ctx)
	if err != nil {
		return err
	}
	if _, n := records.application("made-by-hand"); n != 1 {
		return fmt.Errorf("made-by-hand got %d secrets, want 1", n)
	}
	w.screen.checked("its secret was not touched")
	return nil
}

func (w *walk) destroy(ctx context.Context) error {
	if err := w.terraform.must(ctx, "destroy", "-input=false", "-no-color", "-auto-approve"); err != nil {
		return err
	}
	if err := w.expectOnControlPlane(ctx); err != nil {
		return err
	}
	if _, err := w.plane.signIn(ctx, w.clientID, w.secrets[1]); !errors.Is(err, errRefused) {
		return fmt.Errorf("the destroyed application was not refused: %w", err)
	}
	w.screen.checked("the pipeline's credentials are refused")
	return nil
}

// created are the records that the configuration creates.
func (w *walk) created() []string {
	return []string{
		"application ci-pipeline-prod", "application usage-dashboard",
		"access rule of ci-pipeline-prod in a project", "access rule of usage-dashboard in a cluster",
	}
}

// expectOnControlPlane compares the records that were added since the start of the demo
// with the expected ones.
func (w *walk) expectOnControlPlane(ctx context.Context, want ...string) error {
	records, err := w.plane.records(ctx)
	if err != nil {
		return err
	}
	want = slices.Concat(w.before, want)
	got := records.lines()
	slices.Sort(want)
	slices.Sort(got)
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("the control plane has\n  %s\nand should have\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
	if len(want) == len(w.before) {
		w.screen.checked("nothing of the demo is left on the control plane")
	} else {
		w.screen.checked("the control plane has our applications and access rules, %d in all, and nothing else", len(want)-len(w.before))
	}
	return nil
}

func (w *walk) expectChanges(p *plan, want ...string) error {
	if got := p.changing(); !slices.Equal(got, want) {
		return fmt.Errorf("the plan is to\n  %s\nand should be to\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
	w.screen.checked("the plan is to %s, and nothing else", strings.Join(want, ", "))
	return nil
}

// copyConfiguration copies the .tf files of a folder, without its subfolders, to
// Terraform's directory.
func (w *walk) copyConfiguration(folder string) error {
	entries, err := fs.ReadDir(configuration, folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() {
			continue
		}
		content, err := configuration.ReadFile(path.Join(folder, entry.Name()))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(w.dir, entry.Name()), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) edit(name, before, after string) error {
	file := filepath.Join(w.dir, name)
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(strings.ReplaceAll(string(content), before, after)), 0o600)
}
