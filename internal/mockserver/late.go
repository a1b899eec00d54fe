package mockserver

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// lateWork is a request that got its response before it took effect.
type lateWork struct {
	due     time.Time // by the control plane's clock
	request *apiRequest
	to      routeMatch
}

// postpone accepts the request that a late fault hits: it takes effect when the delay of the fault has passed. The token
// is checked immediately, as on a control plane that responds too late.
func (s *Server) postpone(r *http.Request, to routeMatch, body []byte, fault *armedFault) {
	s.lock()
	defer s.mu.Unlock()
	c := s.newRequest(r.Clone(context.WithoutCancel(r.Context())), to, body)
	if s.closed || to.route == nil || c.authorize(to) != nil {
		return // such a request never takes effect
	}
	work := &lateWork{due: s.options.Now().Add(time.Duration(fault.DelayMS) * time.Millisecond), request: c, to: to}
	i, _ := slices.BinarySearchFunc(s.late, work, func(a, b *lateWork) int {
		if a.due.After(b.due) {
			return 1
		}
		return -1 // of two that are due at the same time, the first request takes effect first
	})
	s.late = slices.Insert(s.late, i, work)
}

// lock takes the lock and performs the late work that is due, so that the visible data always has its effects. It needs
// no timer, and a test that injects the clock controls when late work is done.
func (s *Server) lock() {
	s.mu.Lock()
	now := s.options.Now()
	for len(s.late) > 0 && !s.late[0].due.After(now) {
		s.performNext(s.late[0].due)
	}
}

// performNext does the late work that is due first, as if the given time were now. The lock is held. The client has its
// response, so the outcome, such as a conflict, is visible only in the data.
func (s *Server) performNext(now time.Time) {
	work := s.late[0]
	s.late = s.late[1:]
	work.request.now = now.UTC().Truncate(time.Millisecond)
	_ = work.request.perform(work.to)
}

// ReleaseLate does all late work immediately, and returns the number of requests that took effect.
func (s *Server) ReleaseLate() int {
	s.lock()
	defer s.mu.Unlock()
	n := len(s.late)
	for len(s.late) > 0 {
		s.performNext(s.now())
	}
	return n
}

// PendingLate returns the number of requests that a late fault responded to and that have not taken effect yet.
func (s *Server) PendingLate() int {
	s.lock()
	defer s.mu.Unlock()
	return len(s.late)
}
