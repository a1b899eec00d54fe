package application_test

import (
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// A replacement that is requested on the command line, or by a tainted state, is
// refused by the plan too, not only by the apply.
func TestAccApplication_Lockout_Replacement_RefusedByPlan(t *testing.T) {
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
	cli.Run("import", "-input=false", "-no-color", "runai_application.me", "terraform").Expect(t, 0)
	cli.MustApply()
	cp.ResetRequests()
	refused := func(r acctest.Result) {
		t.Helper()
		r.ExpectError(t, "Provider Would Lock Itself Out")
	}
	refused(cli.Plan("-replace=runai_application.me"))
	cli.Run("taint", "runai_application.me").Expect(t, 0)
	refused(cli.Plan())
	if cp.Calls(acctest.DeleteApplication)+cp.Calls(acctest.CreateApplication) != 0 {
		t.Error("the application was changed")
	}
	// Control: only the provider's own application is protected.
	cli.Run("untaint", "runai_application.me").Expect(t, 0)
	cli.Plan("-replace=runai_application.other").Expect(t, 2)
}
