package application_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

const existsWarning = "Application Name Is Taken"

// If an application with the name exists that no resource manages, the plan warns and
// the apply fails with the possible causes. Both print the import block.
func TestAccApplication_Exists_WarnsAndFails(t *testing.T) {
	t.Parallel()
	s := newSealedRun(t)
	id := s.CreateApplication("ci-pipeline", "jane@acme.example").ID
	s.write("", "", "")
	s.Plan().Expect(t, 2, existsWarning, `id = "`+id+`"`)
	s.ResetRequests()
	s.Apply().ExpectError(t, "Add a moved block", "create_before_destroy", "Another resource of this configuration", `to = runai_application.example id = "`+id+`"`)
	acctest.Expect(t, s.ExpectMutations(0))
	// Control: after it was deleted, there is no warning and no error.
	s.DeleteApplication("ci-pipeline")
	s.MustApply().ExpectNot(t, existsWarning)
	s.end()
}

// The warning is on the argument. There is none for a free name, nor for the name of an
// application that this run manages.
func TestApplication_Exists_PlanWarnsAtName(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.CreateApplication("existing", "jane@acme.example")
	app := cp.Protocol(t).Import("runai_application", cp.CreateApplication("ci-pipeline", "jane@acme.example").ID)
	app.Plan(acctest.Arguments{"name": "existing"}).Diagnostics.ExpectWarningAt(t, "name", "already exists")
	if free := app.Plan(acctest.Arguments{"name": "free"}); len(free.Diagnostics) > 0 {
		t.Errorf("a free name: %s", free.Diagnostics)
	}

	created := cp.Instance(t, "runai_application")
	created.Plan(acctest.Arguments{"name": "existing"}).Diagnostics.ExpectWarningAt(t, "name", "already exists")
	if free := created.Plan(acctest.Arguments{"name": "free"}); len(free.Diagnostics) > 0 {
		t.Errorf("a free name: %s", free.Diagnostics)
	}
}

func TestApplication_Exists_CreateFailsAtName(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	id := cp.CreateApplication("existing", "jane@acme.example").ID
	created := cp.Instance(t, "runai_application")
	diags := created.Apply(created.Plan(acctest.Arguments{"name": "existing"}))
	for _, text := range []string{"(ID " + id + ") already exists", "Add a moved block", "create_before_destroy", "id = \"" + id + "\""} {
		diags.ExpectErrorAt(t, "name", text)
	}
	acctest.Expect(t, cp.Applications("existing", 1))

	cp.InjectFaultWith(acctest.CreateApplication, "status", 403, 1)
	free := cp.Instance(t, "runai_application")
	free.Apply(free.Plan(acctest.Arguments{"name": "free"})).ExpectErrorAt(t, "", "403 Forbidden")
}

// The plan of a replacement records what has the new name. The apply then deletes
// nothing, and the record does not outlive the next plan.
func TestApplication_Exists_BlockedReplacement(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	app := cp.Instance(t, "runai_application")
	app.MustApply(acctest.Arguments{"name": "ci-pipeline"})
	cp.CreateApplication("existing", "jane@acme.example")
	plan := app.Plan(acctest.Arguments{"name": "existing"})
	plan.Diagnostics.ExpectWarningAt(t, "name", "already exists")
	if len(plan.Diagnostics) != 1 {
		t.Errorf("want one warning for both halves of the replacement: %s", plan.Diagnostics)
	}
	cp.ResetRequests()
	app.Apply(plan).ExpectErrorAt(t, "", "Nothing was deleted")
	acctest.Expect(t, cp.ExpectMutations(0))

	if diags := app.Apply(app.PlanDestroy()); len(diags) > 0 || cp.Has("ci-pipeline") {
		t.Errorf("the application cannot be destroyed:%s", diags)
	}
}

// No plan that replaces the application warns of it.
func TestAccApplication_Exists_OwnApplicationReplaced_NoWarning(t *testing.T) {
	t.Parallel()
	s := newSealedRun(t)
	s.apply("", "", "")
	s.Plan("-replace="+address).Expect(t, 2).ExpectNot(t, existsWarning)
	s.CLI.Run("taint", address).Expect(t, 0)
	s.Plan().Expect(t, 2).ExpectNot(t, existsWarning)
	s.MustApply().ExpectNot(t, existsWarning)
	s.end()
}

func TestAccApplication_Exists_CreatedByAnotherResource(t *testing.T) {
	t.Parallel()
	s := newSealedRun(t)
	s.write("", "", `resource "runai_application" "twin" { name = "ci-pipeline" }`)
	s.Apply().ExpectError(t, "Another resource of this configuration has created it").ExpectNot(t, "import {")
	acctest.Expect(t, s.Applications("ci-pipeline", 1))
	s.end()
}

// create_before_destroy cannot work, since the name is unique. The error says so.
func TestAccApplication_Exists_CreateBeforeDestroy(t *testing.T) {
	t.Parallel()
	s := newSealedRun(t)
	const lifecycle = "lifecycle { create_before_destroy = true }"
	s.apply("", lifecycle, "")
	s.ResetRequests()
	s.Apply("-replace="+address).ExpectError(t, "For a new secret, change keepers instead of using -replace")
	acctest.Expect(t, s.ExpectCalls(acctest.DeleteApplication, 0))
	secret, _ := s.attribute("client_secret").(string)
	if !s.SignsIn("ci-pipeline", secret) {
		t.Error("the secret in the state no longer signs in")
	}
	s.end()
}

// If the plan shows that a replacement will fail, the apply deletes nothing.
func TestAccApplication_BlockedReplacement_DeletesNothing(t *testing.T) {
	t.Parallel()
	s := newSealedRun(t)
	s.apply("", "", "")
	secret, _ := s.attribute("client_secret").(string)
	s.CreateApplication("existing", "jane@acme.example")
	s.Configure(s.Config(`resource "runai_application" "test" { name = "existing" }`))
	s.ResetRequests()
	s.Apply().ExpectError(t, "Nothing was deleted").Expect(t, 1, existsWarning)
	acctest.Expect(t, s.ExpectMutations(0))
	if !s.SignsIn("ci-pipeline", secret) || s.attribute("client_secret") != secret {
		t.Error("the application was changed")
	}
	// Control: a blocker that was deleted before the apply does not block it.
	s.CLI.Run("plan", "-input=false", "-no-color", "-out=plan.bin").Expect(t, 0)
	s.DeleteApplication("existing")
	if r := s.CLI.Run("apply", "-input=false", "-no-color", "plan.bin"); r.Code != 0 || !s.Has("existing") || s.Has("ci-pipeline") {
		t.Errorf("exit code %d: %s", r.Code, r.Output)
	}
	s.end()
}

// After a refused replacement, the application can be destroyed, also without a refresh.
func TestAccApplication_BlockedReplacement_CanBeDestroyed(t *testing.T) {
	t.Parallel()
	s := newSealedRun(t)
	s.apply("", "", "")
	s.CreateApplication("existing", "jane@acme.example")
	s.Configure(s.Config(`resource "runai_application" "test" { name = "existing" }`))
	s.Apply().ExpectError(t, "Nothing was deleted")
	s.Configure(s.Config(""))
	if r := s.Apply("-refresh=false"); r.Code != 0 || s.Has("ci-pipeline") || !s.Has("existing") {
		t.Errorf("exit code %d: %s", r.Code, r.Output)
	}
}

// If a block is renamed without a moved block, Terraform creates the application under
// the new address and deletes it under the old one, in any order.
func TestAccApplication_Exists_RenamedBlock_SuggestsMoved(t *testing.T) {
	t.Parallel()
	s := newSealedRun(t)
	s.apply("", "", "")
	id := s.IDOf("ci-pipeline")
	renamed := s.Config("resource \"runai_application\" \"renamed\" {\n  name = \"ci-pipeline\"\n}\n")
	s.Configure(renamed)
	// The deletion fails, so the create finds the old application.
	s.InjectFaultWith(acctest.DeleteApplication, "status", 500, -1)
	s.Apply().ExpectError(t, "The block was renamed or moved in the configuration. Add a moved block from the old address to the new one.")
	s.ClearFaults()
	s.Configure(renamed + "moved {\n  from = " + address + "\n  to   = runai_application.renamed\n}\n")
	s.ResetRequests()
	s.MustApply()
	if got := s.CLI.State()["runai_application.renamed"].AttributeValues["id"]; got != id {
		t.Errorf("the application has the ID %v, want %s", got, id)
	}
	acctest.Expect(t, s.ExpectMutations(0))
	s.end()
}

// An apply that has deleted the application never advises to import it.
func TestAccApplication_Exists_AfterOwnDeletion_NoImportHint(t *testing.T) {
	t.Parallel()
	s := newSealedRun(t)
	s.apply("", "", "")
	// Another principal creates one with that name between the deletion and the create.
	s.OnCall(acctest.CreateApplication, func() {
		if !s.Has("ci-pipeline") {
			s.CreateApplication("ci-pipeline", "jane@acme.example")
		}
	})
	s.Apply("-replace="+address).ExpectError(t, "This run has deleted it").ExpectNot(t, "import {")
	// Control: the next run has not deleted it, and advises to import it.
	s.Apply().Expect(t, 1, "import {")
	s.DeleteApplication("ci-pipeline")
}

// Terraform prints the warnings of a plan again after the apply, so they must not
// speak of the future.
func TestAccApplication_Warnings_StayTrueAfterApply(t *testing.T) {
	t.Parallel()
	s, a, b := newSealedRun(t), ageOwner(t), ageOwner(t)
	s.apply("", "", "")
	for _, c := range []struct{ provider, arguments, others, want string }{
		{"", keeper1, "", `Changed keepers regenerate the client secret of application "ci-pipeline"`},
		{"", "keepers = { v = terraform_data.trigger.output }", fmt.Sprintf(unknownKeeper, "3", "1"), `Changed keepers may regenerate the client secret of application "ci-pipeline"`},
		{"", to("a", a, "b", b) + keeper2, "", `Changed keepers regenerate`},
		{"", to("a", a) + keeper2, "", `The client secret of application "ci-pipeline"`},
		{"", "client_secret_recipients = {}\n  " + keeper1, "", `Changed keepers regenerate`},
		{"", to("a", a) + keeper1, "", "is sealed to \"a\" and removed from the state"},
		{to("b", b), "client_secret_recipients = null\n  " + keeper2, "", `Changed keepers regenerate`},
		{to("a", a), keeper2 + "\n  enabled = false", "", "stays sealed to its former recipients"},
	} {
		r := s.apply(c.provider, c.arguments, c.others)
		_, after, applied := strings.Cut(r.Output, "Modifying...")
		if !applied || !acctest.ErrorContains(c.want).MatchString(after) {
			t.Errorf("%s: after the apply there is no %q: %s", c.arguments, c.want, r.Output)
		}
		for _, word := range []string{" will ", " would ", "this plan", "planned"} {
			if acctest.ErrorContains(word).MatchString(after) {
				t.Errorf("%s: after the apply the warnings say %q: %s", c.arguments, word, after)
			}
		}
	}
	s.end()
}
