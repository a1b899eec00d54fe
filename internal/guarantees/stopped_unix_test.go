//go:build unix

package guarantees_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// stoppable is a control plane in its own process, behind a proxy that can stop the
// process before a request reaches it: the kernel still accepts connections and
// requests, but there is no response.
type stoppable struct {
	url     string // of the proxy
	backend string
	process *exec.Cmd
	armed   atomic.Bool
}

func startStoppable(t *testing.T) *stoppable {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "runai-mock")
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/runai-community/terraform-provider-runai/internal/cmd/runai-mock").CombinedOutput(); err != nil {
		t.Fatalf("go build: %s: %s", err, out)
	}
	s := &stoppable{process: exec.Command(binary, "-listen", "127.0.0.1:0", "-version", acctest.Version())}
	stdout, err := s.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.process.Process.Kill()
		_ = s.process.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	s.backend = strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
	target, err := url.Parse(s.backend)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) {} // the client has disconnected
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		changes := r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/token")
		if changes && s.armed.CompareAndSwap(true, false) {
			_ = s.process.Process.Signal(syscall.SIGSTOP)
			var status syscall.WaitStatus
			_, _ = syscall.Wait4(s.process.Process.Pid, &status, syscall.WUNTRACED, nil) // until it has stopped
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	s.url = front.URL
	return s
}

// stopAtNextChange stops the process before the next mutation reaches it.
func (s *stoppable) stopAtNextChange() { s.armed.Store(true) }

// resume continues the process, which handles the requests that arrived meanwhile.
func (s *stoppable) resume() { _ = s.process.Process.Signal(syscall.SIGCONT) }

func (s *stoppable) applications(t *testing.T, name string) (apps []mockserver.Application) {
	t.Helper()
	resp, err := http.Get(s.backend + "/_mock/state")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var state mockserver.State
	if err := json.NewDecoder(resp.Body).Decode(&state); err != nil {
		t.Fatal(err)
	}
	for _, app := range state.Applications {
		if app.Name == name {
			apps = append(apps, app)
		}
	}
	return apps
}

// TestAccStopped_ControlPlaneFreezes stops the process of the control plane before a
// create or a regeneration reaches it. The apply fails. The requests take effect when
// the process continues. The next apply keeps the guarantees.
func TestAccStopped_ControlPlaneFreezes(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	for name, generations := range map[string]int{"at a create": 1, "at a regeneration": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			frozen := startStoppable(t)
			clock := &clock{}
			cp := acctest.New(t) // for its provider alone
			cp.Tune(clock.tune)
			cp.Tune(func(cfg *runai.Config) { cfg.MaxRetries, cfg.RequestTimeout = 1, 300*time.Millisecond })
			cli := cp.CLI(t)
			apply := func(generation int) acctest.Result {
				body := fmt.Sprintf(`
resource "runai_application" "mine" {
  name     = %q
  keepers  = { generation = "%d" }
  timeouts = { update = "3s" }
}`, mine, generation)
				cli.Configure(strings.Replace(cp.Config(body), cp.URL, frozen.url, 1))
				return cli.Apply()
			}
			for generation := 1; generation < generations; generation++ {
				apply(generation).Expect(t, 0)
			}
			frozen.stopAtNextChange()
			apply(generations).ExpectError(t)
			frozen.resume()
			apply(generations).Expect(t, 0)

			apps, state := frozen.applications(t, mine), cli.State()["runai_application.mine"]
			if len(apps) != 1 || state == nil || state.Tainted || state.AttributeValues["id"] != apps[0].ID {
				t.Fatalf("want one application, in the state; got %+v and %+v", apps, state)
			}
			client, err := runai.New(runai.Config{BaseURL: frozen.backend, ClientID: mine, ClientSecret: runai.NewSecret(secretOf(t, state, false))})
			if err != nil {
				t.Fatal(err)
			}
			if err := client.Connect(t.Context()); err != nil {
				t.Errorf("the secret in the state is not the current one: %s", err)
			}
		})
	}
}
