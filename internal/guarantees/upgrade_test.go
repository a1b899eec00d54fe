package guarantees_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// TestAccUpgrade_EachVersion_NoChangeAndRotates takes one state through the upgrades of
// a control plane. After each, the same configuration plans no change and keeps the
// secret, and a rotation works.
func TestAccUpgrade_EachVersion_NoChangeAndRotates(t *testing.T) {
	t.Parallel()
	all := []string{"2.17", "2.18", "2.20", "2.22", "2.24", "2.25", "2.26", "3.0"}
	for _, versions := range [][]string{all, all[1:]} {
		first := versions[0]
		t.Run("from "+first, func(t *testing.T) {
			t.Parallel()
			data := filepath.Join(t.TempDir(), "control-plane.json")
			start := func(version string) *acctest.ControlPlane {
				return acctest.NewWith(t, mockserver.Options{Version: version, StateFile: data})
			}
			config := func(cp *acctest.ControlPlane, keeper string) string {
				return cp.Config(`
resource "runai_application" "mine" {
  name    = "ci-pipeline"
  keepers = { version = "` + keeper + `" }
}
resource "runai_access_rule" "mine" {
  subject_id = runai_application.mine.client_id
  role_name  = "L1 researcher"
  scope_type = "tenant"
}`)
			}
			cp := start(first)
			cli := cp.CLI(t)
			cli.Configure(config(cp, first))
			cli.MustApply()

			for i, version := range versions[1:] {
				before := cli.State()["runai_application.mine"].AttributeValues
				if err := cp.Close(); err != nil {
					t.Fatal(err)
				}
				cp = start(version)
				cli.Configure(config(cp, versions[i]))
				if plan := cli.Plan(); plan.Code != 0 {
					t.Fatalf("the plan after the upgrade to %s is not empty: %s", version, plan.Output)
				}
				for request, n := range cp.Requests() {
					if method, route, _ := strings.Cut(request, " "); method != "GET" && !strings.HasSuffix(route, "/token") && n > 0 {
						t.Errorf("the plan on %s sent %s", version, request)
					}
				}
				if !cp.IsSecretOf("ci-pipeline", before["client_secret"].(string)) {
					t.Errorf("the secret did not survive the upgrade to %s", version)
				}

				cp.ResetRequests()
				cli.Configure(config(cp, version))
				cli.MustApply()
				after := cli.State()["runai_application.mine"].AttributeValues
				acctest.Expect(t, cp.ExpectCalls(acctest.RegenerateSecret, 1))
				if after["id"] != before["id"] || after["client_id"] != before["client_id"] || after["client_secret"] == before["client_secret"] {
					t.Errorf("the rotation on %s changed other attributes", version)
				}
				if !cp.SignsIn("ci-pipeline", after["client_secret"].(string)) {
					t.Errorf("the new secret does not sign in on %s", version)
				}
			}
			cli.Destroy().Expect(t, 0)
		})
	}
}

// TestAccUpgrade_IDChanged_SameApplication upgrades to a control plane that changes the
// ID of the application. The application is found, and the plan has no change.
func TestAccUpgrade_IDChanged_SameApplication(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "control-plane.json")
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.17", StateFile: data})
	cli := cp.CLI(t)
	config := func(keeper string) string {
		return cp.Config(`
resource "runai_application" "mine" {
  name    = "ci-pipeline"
  keepers = { version = "` + keeper + `" }
}`)
	}
	cli.Configure(config("1"))
	cli.MustApply()
	before := cli.State()["runai_application.mine"].AttributeValues
	if err := cp.Close(); err != nil {
		t.Fatal(err)
	}

	cp = acctest.NewWith(t, mockserver.Options{Version: "2.24", StateFile: data})
	id := cp.RenumberApplication("ci-pipeline")
	cli.Configure(config("1"))
	cli.Plan().Expect(t, 0)
	cli.Configure(config("2"))
	cli.MustApply()
	after := cli.State()["runai_application.mine"].AttributeValues
	if after["id"] != id || after["id"] == before["id"] || after["client_id"] != before["client_id"] {
		t.Errorf("the application in the state has id %v and client ID %v, want %s and %v", after["id"], after["client_id"], id, before["client_id"])
	}
	if !cp.SignsIn("ci-pipeline", after["client_secret"].(string)) || cp.Calls(acctest.CreateApplication) != 0 {
		t.Errorf("the secret was not rotated in place: %v", cp.Requests())
	}
	if r := cli.Destroy(); r.Code != 0 || cp.Has("ci-pipeline") {
		t.Errorf("the application was not destroyed: %s", r.Output)
	}
}
