//go:build unix

package guarantees_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// pluginPID is the process of the provider, in the log of the CLI that started it.
var pluginPID = regexp.MustCompile(`plugin started:.*terraform-provider-runai.* pid=(\d+)`)

// TestAccLeak_Crash_ShowsNoSecret crashes the provider while the new secret is in
// memory, before it is returned. The log then has the stacks of all goroutines, and no
// secret, sealed or not.
func TestAccLeak_Crash_ShowsNoSecret(t *testing.T) {
	t.Parallel()
	for name, recipients := range map[string]string{"plain": "", "sealed": `client_secret_recipients = { ops = "` + recipient + `" }`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			crash(t, recipients)
		})
	}
}

func crash(t *testing.T, recipients string) {
	t.Helper()
	cp := acctest.New(t)
	cli := acctest.BinaryCLI(t, acctest.ProviderBinary(t))
	logFile := filepath.Join(cli.Dir, "trace.log")
	cli.Env = append(cli.Env, "TF_LOG=TRACE", "TF_LOG_PATH="+logFile)
	log := func() string {
		text, err := os.ReadFile(logFile)
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
	// A create disables the application with a second request.
	cli.Configure(cp.Config(`
resource "runai_application" "mine" {
  name    = "ci-pipeline"
  enabled = false
  ` + recipients + `
}`))
	var reached atomic.Bool
	ended := make(chan struct{})
	cp.OnCall(acctest.SetEnabled, func() {
		if !reached.CompareAndSwap(false, true) {
			return
		}
		started := pluginPID.FindAllStringSubmatch(log(), -1)
		if started == nil {
			t.Error("the log does not name the process of the provider")
			return
		}
		pid, _ := strconv.Atoi(started[len(started)-1][1])
		if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
			t.Errorf("the provider does not run: %s", err)
			return
		}
		<-ended // the provider gets no response while it crashes
	})
	crashed := cli.Apply()
	close(ended)
	crashed.ExpectError(t)
	if !cp.Has("ci-pipeline") {
		t.Fatalf("the provider did not crash after the create: %s", crashed.Output)
	}
	text := crashed.Output + log()
	for _, want := range []string{"SIGQUIT", "goroutine ", "application.(*Resource).Create("} {
		if !strings.Contains(text, want) {
			t.Errorf("the log has no %q, so it has no stack to search", want)
		}
	}
	written := filesIn(t, cli.Dir)
	written["output"] = crashed.Output
	expectNoLeak(t, append(cp.Issued(), "terraform-secret"), written)
}
