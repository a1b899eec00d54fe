package application_test

import (
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// A replacement that is requested on the command line, or by a tainted state, is
// refused by the plan too, not only by the apply.
func TestAccApplication_Lockout_ReplacementIsRefusedByThePlan(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	config := `
resource "runai_application" "me" {
  name = "terraform"
}
resource "runai_application" "other" {
  name = "other"
}`
	cli.Configure(cp.Config(config))
	if r := cli.Run("import", "-input=false", "-no-color", "runai_application.me", "terraform"); r.Code != 0 {
		t.Fatal(r.Output)
	}
	cli.MustApply()
	cp.ResetRequests()
	refused := func(r acctest.Result) {
		t.Helper()
		if r.Code != 1 || !strings.Contains(r.Stderr, "Provider Would Lock Itself Out") {
			t.Errorf("exit code %d: %s", r.Code, r.Output)
		}
	}
	refused(cli.Plan("-replace=runai_application.me"))
	if r := cli.Run("taint", "runai_application.me"); r.Code != 0 {
		t.Fatal(r.Output)
	}
	refused(cli.Plan())
	if cp.Calls(acctest.DeleteApplication)+cp.Calls(acctest.CreateApplication) != 0 {
		t.Error("something was changed")
	}
	// The control: it is about the provider's own application only.
	if r := cli.Run("untaint", "runai_application.me"); r.Code != 0 {
		t.Fatal(r.Output)
	}
	if r := cli.Plan("-replace=runai_application.other"); r.Code != 2 {
		t.Errorf("exit code %d: %s", r.Code, r.Output)
	}
}
