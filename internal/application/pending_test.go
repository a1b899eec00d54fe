package application_test

import (
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// loseCreate applies a create with an unknown outcome: the response is lost, and lists
// fail afterwards.
func loseCreate(t *testing.T, cp *acctest.ControlPlane, cli *acctest.CLI) {
	t.Helper()
	cp.OnCall(acctest.CreateApplication, func() {
		cp.InjectFaultWith(acctest.ListApplications, "status", 503, -1)
		cp.InjectFaultWith(acctest.ReadApplication, "status", 503, -1)
	})
	cp.InjectFault(acctest.CreateApplication, "drop-after", 1)
	cli.Apply().ExpectError(t, `The outcome of creating application "ci-pipeline" is unknown`)
	cp.OnRequest(func(string, string) {})
	cp.ClearFaults()
	cp.ResetRequests()
}

// Terraform does not pass the private state of a tainted resource to Delete. Without a
// refresh, Delete cannot determine the outcome of the create.
func TestAccApplication_PendingCreate_DeleteWithoutRefresh_IsAnError(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cli.Configure(applicationConfig(cp, "ci-pipeline", ""))
	loseCreate(t, cp, cli)
	if !cp.Has("ci-pipeline") {
		t.Fatal("the create did not take effect")
	}
	cli.Apply("-refresh=false").ExpectError(t, "Plan again without -refresh=false")
	if n := cp.Calls(acctest.DeleteApplication) + cp.Calls(acctest.CreateApplication); n != 0 {
		t.Errorf("%d mutations, want none", n)
	}
	if cp.Version == "2.17" { // returns no creator, so a later run cannot prove that it created the application
		if r := cli.Apply(); r.Code == 0 || !acctest.ErrorContains("import {").MatchString(r.Stderr) || cp.Calls(acctest.DeleteApplication) != 0 {
			t.Errorf("exit code %d: %s", r.Code, r.Output)
		}
		return
	}
	// Control: with a refresh the application is found and replaced.
	cli.MustApply()
	acctest.Expect(t, cp.Applications("ci-pipeline", 1))
	secret, _ := cli.State()[address].AttributeValues["client_secret"].(string)
	if !cp.SignsIn("ci-pipeline", secret) {
		t.Error("the secret in the state does not sign in")
	}
	if r := cli.Destroy(); r.Code != 0 || cp.Has("ci-pipeline") {
		t.Errorf("the application was not destroyed: %s", r.Output)
	}
}

// If listing is forbidden, a pending create cannot be resolved: Read keeps it, Delete
// removes it from the state, and the next create fails if the application exists.
func TestAccApplication_PendingCreate_ListForbidden(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cli.Configure(cp.ConfigWith(`control_plane_version = "`+cp.Version+`"`, `resource "runai_application" "test" { name = "ci-pipeline" }`))
	loseCreate(t, cp, cli)
	cp.InjectFaultWith(acctest.ListApplications, "status", 403, -1)
	cli.Plan().Expect(t, 2, `It is still unknown whether application "ci-pipeline" was created`)
	r := cli.Apply()
	r.ExpectError(t, "import {")
	if !r.Contains("The resource was removed from the state") {
		t.Errorf("the deletion does not warn: %s", r.Output)
	}
	acctest.Expect(t, cp.ExpectCalls(acctest.DeleteApplication, 0))
}

// A create is one request, plus one list for all creates. Nothing is read back.
func TestAccApplication_Create_OneRequest(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cli.Configure(cp.Config(`
resource "runai_application" "test" {
  count = 20
  name  = "ci-pipeline-${count.index}"
}`))
	cp.ResetRequests()
	cli.MustApply()
	acctest.Expect(t, cp.ExpectCalls(acctest.CreateApplication, 20))
	// The plan and the apply list once each, to check the names.
	if lists, reads := cp.Calls(acctest.ListApplications), cp.Calls(acctest.ReadApplication); reads != 0 || lists > 2 {
		t.Errorf("%d lists and %d reads by ID: %v", lists, reads, cp.Requests())
	}
	cli.Plan().Expect(t, 0)
	cli.Destroy().Expect(t, 0)
}
