package application_test

import (
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// If the control plane may have truncated the list, or entries cannot be decoded, the
// data source returns the rest with a warning.
func TestAccApplications_IncompleteList_Warns(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	const limit = 1000
	for name, row := range map[string]struct {
		applications int
		malformed    bool
		warning      string
	}{
		"whole":     {limit - 1, false, ""},
		"cut":       {limit + 1, false, "others may be missing"},
		"malformed": {3, true, "1 of the applications could not be decoded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: "2.24", Applications: row.applications, ListLimit: limit})
			if row.malformed {
				app := cp.CreateApplication("broken", "jane@acme.example")
				cp.MalformApplication(app.Name, "lastLogin", "2026-11-01T12:00:00")
			}
			cli := cp.CLI(t)
			cli.Configure(cp.Config(`
data "runai_applications" "all" {}
output "count" { value = length(data.runai_applications.all.applications) }`))
			r := cli.MustApply()
			text := strings.Join(strings.Fields(strings.NewReplacer("│", "", "\n", " ").Replace(r.Output)), " ")
			if warned := strings.Contains(text, "Incomplete List"); warned != (row.warning != "") || !strings.Contains(text, row.warning) {
				t.Errorf("want the warning %q, got %s", row.warning, r.Output)
			}
		})
	}
}
