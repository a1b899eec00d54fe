package application_test

import (
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

const taken = "Application Name Is Taken"

// A name that is taken by what no resource manages is a warning in the plan, with
// the import block, and an error in the apply that lists what may be the cause.
func TestAccApplication_Exists_IsAWarningInThePlan(t *testing.T) {
	t.Parallel()
	s := newSealedRun(t)
	id := s.CreateApplication("ci-pipeline", "jane@acme.example").ID
	s.write("", "", "")
	r := s.Plan()
	if r.Code != 2 || !acctest.ErrorContains(taken).MatchString(r.Output) || !strings.Contains(r.Output, `id = "`+id+`"`) {
		t.Errorf("exit code %d: %s", r.Code, r.Output)
	}
	s.ResetRequests()
	r = s.Apply()
	for _, cause := range []string{"Add a moved block", "create_before_destroy", "Another resource of this configuration", `to = runai_application.example id = "` + id + `"`} {
		if r.Code == 0 || !acctest.ErrorContains(cause).MatchString(r.Stderr) {
			t.Errorf("exit code %d, no %q: %s", r.Code, cause, r.Stderr)
		}
	}
	if err := s.ExpectMutations(0)(nil); err != nil {
		t.Error(err)
	}
	// The control: once it is gone, there is no warning and no error.
	s.DeleteApplication("ci-pipeline")
	if r := s.MustApply(); strings.Contains(r.Output, taken) {
		t.Errorf("a warning about nothing: %s", r.Output)
	}
	s.end()
}

// The own application of a replacement is not somebody else's.
func TestAccApplication_Exists_NoWarningForAReplacement(t *testing.T) {
	t.Parallel()
	s := newSealedRun(t)
	s.apply("", "", "")
	if r := s.Plan("-replace=" + address); r.Code != 2 || strings.Contains(r.Output, taken) {
		t.Errorf("-replace: exit code %d: %s", r.Code, r.Output)
	}
	if r := s.CLI.Run("taint", address); r.Code != 0 {
		t.Fatal(r.Output)
	}
	if r := s.Plan(); r.Code != 2 || strings.Contains(r.Output, taken) {
		t.Errorf("tainted: exit code %d: %s", r.Code, r.Output)
	}
	if r := s.MustApply(); strings.Contains(r.Output, taken) {
		t.Errorf("the apply warns: %s", r.Output)
	}
	s.end()
}

func TestAccApplication_Exists_CreatedByAnotherResource(t *testing.T) {
	t.Parallel()
	s := newSealedRun(t)
	s.write("", "", `resource "runai_application" "twin" { name = "ci-pipeline" }`)
	r := s.Apply()
	if r.Code == 0 || !acctest.ErrorContains("It is created by another resource of this configuration").MatchString(r.Stderr) || strings.Contains(r.Stderr, "import {") {
		t.Errorf("exit code %d: %s", r.Code, r.Stderr)
	}
	if err := s.Applications("ci-pipeline", 1)(nil); err != nil {
		t.Error(err)
	}
	s.end()
}

// create_before_destroy cannot work, and the error says so.
func TestAccApplication_Exists_CreateBeforeDestroy(t *testing.T) {
	t.Parallel()
	s := newSealedRun(t)
	const lifecycle = "lifecycle { create_before_destroy = true }"
	s.apply("", lifecycle, "")
	s.ResetRequests()
	r := s.Apply("-replace=" + address)
	if r.Code == 0 || !acctest.ErrorContains("For a new secret change keepers instead of using -replace").MatchString(r.Stderr) {
		t.Errorf("exit code %d: %s", r.Code, r.Stderr)
	}
	if n := s.Calls(acctest.DeleteApplication); n != 0 {
		t.Errorf("%d deletions", n)
	}
	secret, _ := s.attribute("client_secret").(string)
	if !s.SignsIn("ci-pipeline", secret) {
		t.Error("the secret in the state no longer signs in")
	}
	s.end()
}

// A replacement that the plan saw failing deletes nothing.
func TestAccApplication_Exists_AReplacementThatCannotSucceedDeletesNothing(t *testing.T) {
	t.Parallel()
	s := newSealedRun(t)
	s.apply("", "", "")
	secret, _ := s.attribute("client_secret").(string)
	s.CreateApplication("taken", "jane@acme.example")
	s.Configure(s.Config(`resource "runai_application" "test" { name = "taken" }`))
	s.ResetRequests()
	r := s.Apply()
	if r.Code == 0 || !acctest.ErrorContains("Nothing was deleted").MatchString(r.Stderr) || !acctest.ErrorContains(taken).MatchString(r.Output) {
		t.Errorf("exit code %d: %s", r.Code, r.Output)
	}
	if err := s.ExpectMutations(0)(nil); err != nil {
		t.Error(err)
	}
	if !s.SignsIn("ci-pipeline", secret) || s.attribute("client_secret") != secret {
		t.Error("the application is not as it was")
	}
	// The control: what is out of the way when the apply gets there is no obstacle.
	if r := s.CLI.Run("plan", "-input=false", "-no-color", "-out=plan.bin"); r.Code != 0 {
		t.Fatal(r.Output)
	}
	s.DeleteApplication("taken")
	if r := s.CLI.Run("apply", "-input=false", "-no-color", "plan.bin"); r.Code != 0 || !s.Has("taken") || s.Has("ci-pipeline") {
		t.Errorf("exit code %d: %s", r.Code, r.Output)
	}
	s.end()
}

// The refusal to replace does not stick: a destroy works, also without a refresh.
func TestAccApplication_Exists_ARefusedReplacementCanBeDestroyed(t *testing.T) {
	t.Parallel()
	s := newSealedRun(t)
	s.apply("", "", "")
	s.CreateApplication("taken", "jane@acme.example")
	s.Configure(s.Config(`resource "runai_application" "test" { name = "taken" }`))
	if r := s.Apply(); r.Code == 0 || !acctest.ErrorContains("Nothing was deleted").MatchString(r.Stderr) {
		t.Fatalf("exit code %d: %s", r.Code, r.Output)
	}
	s.Configure(s.Config(""))
	if r := s.Apply("-refresh=false"); r.Code != 0 || s.Has("ci-pipeline") || !s.Has("taken") {
		t.Errorf("exit code %d: %s", r.Code, r.Output)
	}
}
