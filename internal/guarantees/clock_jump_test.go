package guarantees_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// TestAccClockJump_RequestInFlight sets the clock of the machine that runs the apply an
// hour forward or back while a request is in flight, and then loses the response. The
// clock of the control plane does not jump.
func TestAccClockJump_RequestInFlight(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	for name, jump := range map[string]time.Duration{"forward": time.Hour, "back": -time.Hour} {
		for _, op := range operations {
			if op.call != acctest.CreateApplication && op.call != acctest.CreateAccessRule && op.call != acctest.RegenerateSecret {
				continue // no time is compared
			}
			t.Run(name+"/"+op.name, func(t *testing.T) {
				t.Parallel()
				shared, ahead := &clock{}, &atomic.Int64{}
				cp := acctest.NewWith(t, mockserver.Options{Version: acctest.Version(), Now: shared.Now})
				cp.CreateApplication(another, "jane@acme.example")
				cp.Tune(shared.tune)
				cp.Tune(func(cfg *runai.Config) {
					cfg.MaxRetries = 3
					cfg.Now = func() time.Time { return shared.Now().Add(time.Duration(ahead.Load())) }
				})
				l := lifecycle{cell: cell{operation: op, kind: "drop-after", count: 1, on: acctest.Version()}, clock: shared, cp: cp, cli: cp.CLI(t)}
				for step := creation; step < op.step; step++ {
					l.run(step).Expect(t, 0)
				}
				l.arm()
				cp.OnCall(op.call, func() { ahead.CompareAndSwap(0, int64(jump)) })
				first := l.run(op.step)
				if ahead.Load() == 0 {
					t.Fatal("the request did not arrive")
				}
				if first.Code != 0 {
					if again := l.run(op.step); again.Code != 0 {
						t.Fatalf("failed:\n%s\nand the next apply failed too:\n%s", first.Stderr, again.Output)
					}
				}
				l.check(t)
			})
		}
	}
}
