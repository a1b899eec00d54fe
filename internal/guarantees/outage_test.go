package guarantees_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// rotations is the number of rotations of the tests.
const rotations = 50

// pair is the credentials with which a consumer signs in.
type pair struct{ clientID, secret string }

// rotating is a configuration with the module rotating-application.
type rotating struct {
	t   *testing.T
	cp  *acctest.ControlPlane
	cli *acctest.CLI
	// arguments are further arguments of the module.
	arguments string
}

func newRotating(t *testing.T, cp *acctest.ControlPlane, arguments string) rotating {
	t.Helper()
	cli := cp.CLI(t)
	if err := os.CopyFS(filepath.Join(cli.Dir, "rotating-application"), os.DirFS("../../examples/modules/rotating-application")); err != nil {
		t.Fatal(err)
	}
	r := rotating{t: t, cp: cp, cli: cli, arguments: arguments}
	r.configure(0)
	cli.Run("get", "-no-color").Expect(t, 0)
	return r
}

func (r rotating) configure(generation int) {
	r.t.Helper()
	r.cli.Configure(r.cp.Config(fmt.Sprintf(`
module "ci" {
  source       = "./rotating-application"
  name         = "ci"
  generation   = %d
  access_rules = { tenant = { role_name = "Viewer", scope_type = "tenant" } }
  %s
}
output "client_id" { value = module.ci.client_id }
output "client_secret" {
  value     = module.ci.client_secret
  sensitive = true
}
output "client_secret_sealed" { value = module.ci.client_secret_sealed }`, generation, r.arguments)))
}

// outputs returns the outputs in the state of a CLI.
func outputs(t *testing.T, cli *acctest.CLI) map[string]any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(cli.Dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Outputs map[string]struct{ Value any }
	}
	if err := json.Unmarshal(data, &state); err != nil {
		t.Fatal(err)
	}
	values := map[string]any{}
	for name, output := range state.Outputs {
		values[name] = output.Value
	}
	return values
}

func (r rotating) pair() pair {
	r.t.Helper()
	values := outputs(r.t, r.cli)
	id, _ := values["client_id"].(string)
	if sealed, ok := values["client_secret_sealed"].(map[string]any); ok {
		return pair{id, secretOf(r.t, &acctest.StateResource{AttributeValues: map[string]any{"client_secret_sealed": sealed}}, true)}
	}
	secret, _ := values["client_secret"].(string)
	return pair{id, secret}
}

// signIn signs in like a consumer.
func signIn(cp *acctest.ControlPlane, p pair) error {
	resp, err := http.PostForm(cp.URL+"/api/v2/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {p.clientID}, "client_secret": {p.secret}})
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("sign-in as %s: %s", p.clientID, resp.Status)
	}
	return nil
}

// consume calls rotate for each step, while it signs in continuously with the last pair.
// It returns the number of sign-ins and of those that failed.
func consume(t *testing.T, cp *acctest.ControlPlane, first pair, rotate func(step int) pair) (signIns, failed int64) {
	t.Helper()
	var current atomic.Pointer[pair]
	current.Store(&first)
	stop := make(chan struct{})
	var ok, bad atomic.Int64
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if signIn(cp, *current.Load()) != nil {
				bad.Add(1)
			} else {
				ok.Add(1)
			}
		}
	})
	for step := 1; step <= rotations; step++ {
		next := rotate(step)
		current.Store(&next)
	}
	close(stop)
	wg.Wait()
	return ok.Load() + bad.Load(), bad.Load()
}

// unguarded are arguments of the module without the guard, by how the secrets are
// stored.
var unguarded = map[string]string{
	"plain":  "unused_for = null",
	"sealed": fmt.Sprintf("unused_for = null\n  client_secret_recipients = { ops = %q }", recipient),
}

// TestAccRotation_TwoApplications_NoOutage rotates fifty times while a consumer signs in
// continuously with the current outputs. None of its sign-ins fails.
func TestAccRotation_TwoApplications_NoOutage(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	for name, arguments := range unguarded {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: "2.24"})
			r := newRotating(t, cp, arguments)
			r.cli.MustApply()
			issued := cp.Calls(acctest.RegenerateSecret)
			signIns, failed := consume(t, cp, r.pair(), func(step int) pair {
				r.configure(step)
				r.cli.MustApply()
				return r.pair()
			})
			if failed != 0 || signIns < rotations {
				t.Errorf("%d of %d sign-ins failed", failed, signIns)
			}
			if got := cp.Calls(acctest.RegenerateSecret) - issued; got != rotations {
				t.Errorf("%d secrets were regenerated, want %d", got, rotations)
			}
		})
	}
}

// Control: with a single application the same consumer has an outage.
func TestAccRotation_SingleApplication_Outage(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.24"})
	cli := cp.CLI(t)
	configure := func(step int) {
		cli.Configure(cp.Config(fmt.Sprintf(`resource "runai_application" "mine" {
  name    = "ci"
  keepers = { rotation = "%d" }
}`, step)))
	}
	secret := func() pair {
		value, _ := cli.State()["runai_application.mine"].AttributeValues["client_secret"].(string)
		return pair{"ci", value}
	}
	configure(0)
	cli.MustApply()
	if _, failed := consume(t, cp, secret(), func(step int) pair {
		configure(step)
		cli.MustApply()
		return secret()
	}); failed == 0 {
		t.Error("no sign-in failed, so the consumer would not notice an outage")
	}
}

// With the guard, the plan is refused while a consumer still uses the old pair.
func TestAccRotation_InUse_PlanRefused(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	clock := &clock{}
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.24", Now: clock.Now})
	cp.Tune(clock.tune)
	r := newRotating(t, cp, "") // 24 hours
	r.cli.MustApply()
	former := r.pair()
	r.configure(1)
	r.cli.MustApply()
	current := r.pair()
	if err := signIn(cp, former); err != nil { // the consumer has not picked up the new pair
		t.Fatal(err)
	}
	cp.ResetRequests()
	r.configure(2)
	r.cli.Apply().ExpectError(t, "ci-a")
	acctest.Expect(t, cp.ExpectCalls(acctest.RegenerateSecret, 0))
	for _, p := range []pair{former, current} {
		if err := signIn(cp, p); err != nil {
			t.Error(err)
		}
	}
	clock.advance(25 * time.Hour)
	r.cli.Apply().Expect(t, 0)
	acctest.Expect(t, cp.ExpectCalls(acctest.RegenerateSecret, 1))
}

// A smaller generation does not roll back: it rotates the current application, which
// the guard refuses while that is in use.
func TestAccRotation_SmallerGeneration_RotatesCurrentApplication(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.24"})
	r := newRotating(t, cp, "")
	r.configure(3)
	r.cli.MustApply()
	former := r.pair()
	if err := signIn(cp, former); err != nil {
		t.Fatal(err)
	}
	r.configure(2)
	r.cli.Apply().ExpectError(t, "Client Secret Is in Use", former.clientID)
	r.arguments = unguarded["plain"]
	r.configure(2)
	r.cli.MustApply()
	if signIn(cp, former) == nil {
		t.Error("the former pair still signs in")
	}
	if current := r.pair(); current.clientID == former.clientID || signIn(cp, current) != nil {
		t.Errorf("the current pair is that of %s, and it was that of %s; sign-in: %v", current.clientID, former.clientID, signIn(cp, current))
	}
}

// After a partially failed apply, and after a refresh, the outputs are a working pair.
func TestAccRotation_FailedApply_CredentialsStillWork(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	for name, arguments := range unguarded {
		for _, kind := range []string{"status", "drop-after"} {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				clock := &clock{}
				cp := acctest.NewWith(t, mockserver.Options{Version: "2.24", Now: clock.Now})
				cp.Tune(clock.tune)
				r := newRotating(t, cp, arguments)
				r.cli.MustApply()
				cp.InjectFault(acctest.RegenerateSecret, kind, -1)
				r.configure(1)
				r.cli.Apply().ExpectError(t)
				if err := signIn(cp, r.pair()); err != nil {
					t.Errorf("after the failed apply: %s", err)
				}
				r.cli.Apply("-refresh-only").Expect(t, 0)
				if err := signIn(cp, r.pair()); err != nil {
					t.Errorf("after the refresh: %s", err)
				}
				cp.ClearFaults()
				r.cli.MustApply()
				if p := r.pair(); p.clientID != "ci-b" || signIn(cp, p) != nil {
					t.Errorf("the next apply does not finish the rotation: %s", p.clientID)
				}
			})
		}
	}
}
