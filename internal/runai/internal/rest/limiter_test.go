package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// acquireN takes n slots that must be free.
func acquireN(t *testing.T, l *limiter, n int) []slot {
	t.Helper()
	slots := make([]slot, n)
	for i := range slots {
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // a free slot is acquired without a wait
		s, err := l.acquire(ctx)
		if err != nil {
			t.Fatalf("slot %d of %d is not free", i+1, n)
		}
		slots[i] = s
	}
	return slots
}

// releaseAll releases slots with one outcome and returns the bound then.
func releaseAll(slots []slot, o outcome) int {
	limit := 0
	for _, s := range slots {
		limit, _ = s.release(o)
	}
	return limit
}

func TestLimiter_Throttled_Halves(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		inFlight int
		outcomes []outcome
		want     int
	}{
		{"requests in flight", 10, []outcome{throttled}, 5},
		{"rounded down", 7, []outcome{throttled}, 3},
		{"all that were refused together count once", 10, []outcome{throttled, throttled, throttled, throttled, throttled}, 5},
		{"successes among them do not count", 10, []outcome{throttled, succeeded, succeeded, succeeded, throttled, succeeded, succeeded}, 5},
		{"never below one", 1, []outcome{throttled}, 1},
		{"other failures do not count", 10, []outcome{unclear, failed, notSent, untrusted}, maxInFlight},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var l limiter
			slots := acquireN(t, &l, c.inFlight)
			for i, o := range c.outcomes {
				slots[i].release(o)
			}
			if l.bound() != c.want {
				t.Errorf("%d, want %d", l.bound(), c.want)
			}
		})
	}
}

func TestLimiter_Throttled_AgainAfterAReduction(t *testing.T) {
	t.Parallel()
	var l limiter
	for _, want := range []int{16, 8, 4, 2, 1, 1} {
		slots := acquireN(t, &l, min(l.bound(), 32))
		if got := releaseAll(slots, throttled); got != want {
			t.Fatalf("%d, want %d", got, want)
		}
	}
}

func TestLimiter_Succeeded_Grows(t *testing.T) {
	t.Parallel()
	var l limiter
	releaseAll(acquireN(t, &l, 6), throttled) // 5 is the most that works
	if l.bound() != 3 {
		t.Fatal(l.bound())
	}
	grow := func(successes int) {
		t.Helper()
		for range successes {
			held := acquireN(t, &l, l.bound())
			held[0].release(succeeded)
			releaseAll(held[1:], failed)
		}
	}
	// One round for each step to what has worked, ten before one more is tried,
	// and one for each step again once that works too.
	for _, step := range []struct{ successes, want int }{
		{2, 3},
		{1, 4},
		{3, 4},
		{1, 5},
		{49, 5},
		{1, 6},
		{5, 6},
		{1, 7},
		{6, 7},
		{1, 8},
	} {
		if grow(step.successes); l.bound() != step.want {
			t.Fatalf("%d after %d successes, want %d", l.bound(), step.successes, step.want)
		}
	}
}

func TestLimiter_Succeeded_OnlyWithAllSlotsInUse(t *testing.T) {
	t.Parallel()
	var l limiter
	releaseAll(acquireN(t, &l, 8), throttled)
	for range 1000 {
		releaseAll(acquireN(t, &l, l.bound()-1), succeeded)
	}
	if l.bound() != 4 {
		t.Errorf("it has grown to %d without being reached", l.bound())
	}
}

func TestLimiter_Succeeded_NotAboveMaximum(t *testing.T) {
	t.Parallel()
	var l limiter
	releaseAll(acquireN(t, &l, maxInFlight), throttled)
	for range 1_000_000 {
		held := acquireN(t, &l, l.bound())
		held[0].release(succeeded)
		releaseAll(held[1:], failed)
		if l.bound() == maxInFlight {
			break
		}
	}
	releaseAll(acquireN(t, &l, maxInFlight), succeeded)
	if l.bound() != maxInFlight {
		t.Errorf("%d, want %d", l.bound(), maxInFlight)
	}
}

func TestLimiter_Release_ReportsChanges(t *testing.T) {
	t.Parallel()
	var l limiter
	slots := acquireN(t, &l, 3)
	for i, want := range []struct {
		outcome outcome
		limit   int
		changed bool
	}{{succeeded, maxInFlight, false}, {throttled, 1, true}, {throttled, 1, false}} {
		if limit, changed := slots[i].release(want.outcome); limit != want.limit || changed != want.changed {
			t.Errorf("release %d: %d, %t", i, limit, changed)
		}
	}
}

func TestLimiter_Acquire_InOrderOfArrival(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l limiter
		releaseAll(acquireN(t, &l, 2), throttled)
		held := acquireN(t, &l, 1)[0]
		var order []int
		for i := range 5 {
			go func() {
				s, err := l.acquire(t.Context())
				if err != nil {
					t.Error(err)
				}
				order = append(order, i) // one at a time
				s.release(failed)
			}()
			synctest.Wait()
		}
		held.release(failed)
		synctest.Wait()
		if !slices.Equal(order, []int{0, 1, 2, 3, 4}) {
			t.Errorf("%v", order)
		}
	})
}

func TestLimiter_Acquire_ContextCanceled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l limiter
		releaseAll(acquireN(t, &l, 2), throttled)
		held := acquireN(t, &l, 1)[0]
		leave, cancel := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() { _, err := l.acquire(leave); left <- err }()
		synctest.Wait()
		stayed := make(chan error, 1)
		go func() { _, err := l.acquire(t.Context()); stayed <- err }()
		synctest.Wait()
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		held.release(failed)
		if err := <-stayed; err != nil {
			t.Error(err)
		}
	})
}

// Contexts that end while slots are assigned lose no slot, and the bound holds at any
// moment.
func TestLimiter_Concurrent(t *testing.T) {
	t.Parallel()
	var l limiter
	var inFlight, over atomic.Int32
	var done sync.WaitGroup
	for worker := range 50 {
		done.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(worker)))
			for range 200 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.IntN(200))*time.Microsecond)
				s, err := l.acquire(ctx)
				if err == nil {
					if inFlight.Add(1) > maxInFlight {
						over.Add(1)
					}
					o := succeeded
					if random.IntN(20) == 0 {
						o = throttled
					}
					inFlight.Add(-1)
					s.release(o)
				}
				cancel()
			}
		})
	}
	done.Wait()
	if over.Load() > 0 || l.inFlight != 0 || len(l.waiting) != 0 {
		t.Errorf("%d times over the bound, %d slots lost, %d waiting", over.Load(), l.inFlight, len(l.waiting))
	}
	releaseAll(acquireN(t, &l, l.bound()), succeeded)
}

// busy is a control plane that takes some time for each request, and responds
// with 429 where more than allowed are in flight.
type busy struct {
	http.Handler
	allowed int32
	latency time.Duration

	inFlight, refused, created atomic.Int32
}

func (b *busy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer b.inFlight.Add(-1)
	if b.inFlight.Add(1) > b.allowed {
		b.refused.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusTooManyRequests)
		_ = json.NewEncoder(w).Encode(map[string]any{"code": http.StatusTooManyRequests, "message": "Too many requests."})
		return
	}
	time.Sleep(b.latency) // of the test's own clock
	if r.Method == http.MethodPost {
		b.created.Add(1)
	}
	b.Handler.ServeHTTP(w, r)
}

// The control plane responds with 429 above five requests in flight. 300 objects are
// created without an error, in at most 1.3 times the time that five in flight take,
// whatever the parallelism of the CLI.
func TestClient_TooManyRequests_CreatesAtPermittedRate(t *testing.T) {
	t.Parallel()
	const objects, allowed, latency = 300, 5, 100 * time.Millisecond
	for _, parallelism := range []int{5, 10, 32, 100} {
		t.Run(fmt.Sprint(parallelism), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				front := &busy{Handler: respond(http.StatusCreated, `{"id":"1"}`), allowed: allowed, latency: latency}
				var limits atomic.Int32
				c, _ := startInBubble(t, front, func(cfg *Config) {
					cfg.Log = func(_ context.Context, _ string, fields map[string]any) {
						if fields["limit"] != nil {
							limits.Add(1)
						}
					}
				})

				begin := time.Now()
				names := make(chan string)
				var workers sync.WaitGroup
				for range parallelism {
					workers.Go(func() {
						for name := range names {
							create := Request{Operation: "create " + name, Rule: Creating, Method: http.MethodPost, Path: "/objects", Body: name}
							if err := c.Send(t.Context(), create, new(map[string]string)); err != nil {
								t.Error(err)
							}
						}
					})
				}
				for i := range objects {
					names <- fmt.Sprintf("ci-%d", i)
				}
				close(names)
				workers.Wait()
				took := time.Since(begin)

				ideal := objects * latency / allowed
				t.Logf("%s, ideally %s; %d requests refused; %d changes of the limit", took, ideal, front.refused.Load(), limits.Load())
				if took > ideal*13/10 {
					t.Errorf("took %s, want at most 1.3 x %s", took, ideal)
				}
				if front.created.Load() != objects {
					t.Errorf("%d requests to create", front.created.Load())
				}
				if refused := front.refused.Load() > 0; refused != (limits.Load() > 0) || refused != (parallelism > allowed) {
					t.Errorf("%d requests refused, %d changes of the limit in the log", front.refused.Load(), limits.Load())
				}
			})
		})
	}
}

// The limit does not delay a sign-in, which all other requests wait for. A sign-in is a
// request without a token.
func TestClient_TooManyRequests_SignInIsExempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int32
		c, _ := startInBubble(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			respond(http.StatusOK, `[]`)(w, r)
		}), nil)
		anonymous := *c
		anonymous.tokens = nil
		held := acquireN(t, c.limiter, maxInFlight)
		if err := anonymous.Send(t.Context(), get("/token"), nil); err != nil || requests.Load() != 1 {
			t.Errorf("%d requests, %v", requests.Load(), err)
		}
		// No other request exceeds the limit.
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := c.Send(ctx, get("/objects"), nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a list: %v", err)
		}
		if n := requests.Load(); n != 1 {
			t.Errorf("%d requests past the limit", n-1)
		}
		releaseAll(held, failed)
		if err := c.Send(t.Context(), get("/objects"), nil); err != nil || requests.Load() != 2 {
			t.Errorf("%d requests, %v", requests.Load(), err)
		}
	})
}
