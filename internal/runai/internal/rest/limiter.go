package rest

import (
	"context"
	"sync"
)

// maxInFlight bounds the requests in flight as long as the control plane does not
// respond with 429. It is more than Terraform's default parallelism.
const maxInFlight = 100

// probeAfter is the number of rounds of successes before the bound grows beyond the
// last working one. Below that, one round suffices.
const probeAfter = 10

// limiter bounds the number of requests in flight. The bound halves when the control
// plane responds that there are too many (429). It grows by one with each round of
// successes, and pauses below the level at which the control plane refused, so that the
// bound is mostly at the permitted level.
//
// The zero value is ready to use, with a bound of maxInFlight.
type limiter struct {
	mu        sync.Mutex
	limit     int // zero: maxInFlight
	ceiling   int // one less than what was refused; zero: nothing was
	inFlight  int
	round     int // counts the reductions
	successes int // since the limit changed, with all slots in use
	waiting   []chan struct{}
}

// slot is the right to have one request in flight.
type slot struct {
	limiter *limiter
	round   int
}

// acquire waits for a slot, in the order of arrival, or for the end of the
// context, whose error it returns. The caller must release the slot.
func (l *limiter) acquire(ctx context.Context) (slot, error) {
	l.mu.Lock()
	if l.inFlight < l.bound() && len(l.waiting) == 0 {
		defer l.mu.Unlock()
		return l.take(), nil
	}
	ready := make(chan struct{})
	l.waiting = append(l.waiting, ready)
	l.mu.Unlock()

	select {
	case <-ready:
		l.mu.Lock()
		defer l.mu.Unlock()
		return slot{l, l.round}, nil
	case <-ctx.Done():
		l.mu.Lock()
		defer l.mu.Unlock()
		for i, other := range l.waiting {
			if other == ready {
				l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
				return slot{}, ctx.Err()
			}
		}
		l.inFlight-- // it was granted meanwhile
		l.wake()
		return slot{}, ctx.Err()
	}
}

// release ends a request with its outcome. It returns the bound, and whether
// the outcome has changed it.
func (s slot) release(o outcome) (limit int, changed bool) {
	l := s.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	before, level := l.bound(), l.inFlight
	l.inFlight--
	// Refusals of requests that were in flight together count once.
	if s.round == l.round {
		switch {
		case o == throttled:
			l.shrink(min(level, before))
		case o == succeeded && level >= before:
			l.grow(before)
		}
	}
	l.wake()
	return l.bound(), l.bound() != before
}

// shrink halves a level that was refused. mu is held.
func (l *limiter) shrink(level int) {
	l.limit, l.ceiling = max(level/2, 1), max(level-1, 1)
	l.round++
	l.successes = 0
}

// grow counts a success at the limit, and raises it if there were enough. mu is
// held.
func (l *limiter) grow(limit int) {
	needed := limit
	if limit == l.ceiling {
		needed *= probeAfter
	}
	if l.successes++; l.successes >= needed && limit < maxInFlight {
		l.limit, l.successes = limit+1, 0
	}
}

func (l *limiter) bound() int {
	if l.limit == 0 {
		return maxInFlight
	}
	return l.limit
}

func (l *limiter) take() slot {
	l.inFlight++
	return slot{l, l.round}
}

// wake assigns free slots to waiters. mu is held.
func (l *limiter) wake() {
	for l.inFlight < l.bound() && len(l.waiting) > 0 {
		l.inFlight++
		close(l.waiting[0])
		l.waiting = l.waiting[1:]
	}
}
