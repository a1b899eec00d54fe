//go:build unix

package guarantees_test

import (
	"context"
	"strings"
	"syscall"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// TestAccKill_AfterCreateWasSent_NextApplyPrintsImportBlock kills the CLI and its
// provider when the create has arrived. No state was saved, so the next apply finds an
// application and cannot prove that this resource created it.
func TestAccKill_AfterCreateWasSent_NextApplyPrintsImportBlock(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := acctest.BinaryCLI(t, acctest.ProviderBinary(t))
	cli.Configure(cp.Config(`resource "runai_application" "mine" { name = "ci-pipeline" }`))

	cmd := cli.Command(context.Background(), "apply", "-auto-approve", "-input=false", "-no-color")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the CLI and the provider it starts
	group := make(chan int, 1)
	cp.OnRequest(func(method, route string) {
		if method == "POST" && !strings.HasSuffix(route, "/token") {
			_ = syscall.Kill(-<-group, syscall.SIGKILL)
		}
	})
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	group <- cmd.Process.Pid
	if err := cmd.Wait(); err == nil {
		t.Fatal("the apply was not killed")
	}
	cp.OnRequest(nil)
	acctest.Eventually(t, "the create has arrived", func() bool { return cp.Has("ci-pipeline") })

	again := cli.Apply("-lock=false")
	id := cp.IDOf("ci-pipeline")
	again.ExpectError(t, "import {", id)
	acctest.Expect(t, cp.Applications("ci-pipeline", 1), cp.SecretsIssued("ci-pipeline", 1))
	if cp.Calls(acctest.CreateApplication) != 1 {
		t.Errorf("the application was created %d times", cp.Calls(acctest.CreateApplication))
	}
}
