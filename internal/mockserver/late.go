package mockserver

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// lateWork is a request that was answered before it took effect.
type lateWork struct {
	due     time.Time // by the control plane's clock
	request *apiRequest
	to      routeMatch
}

// postpone accepts the request that a late fault hits: it takes effect when the delay of the fault has passed. Whether
// the token is valid is decided now, as on a control plane that answers too late.
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

// lock takes the lock and does the late work that is due, so that nobody sees data in which a request whose time has
// come has not taken effect. No timer is needed, and a test that injects the clock decides when late work is done.
func (s *Server) lock() {
	s.mu.Lock()
	now := s.options.Now()
	for len(s.late) > 0 && !s.late[0].due.After(now) {
		s.performNext(s.late[0].due)
	}
}

// performNext does the late work that is due first, as if the given time were now. The lock is held. The client has had
// its response: what comes of the work, a conflict for example, is visible in the data alone.
func (s *Server) performNext(now time.Time) {
	work := s.late[0]
	s.late = s.late[1:]
	work.request.now = now.UTC().Truncate(time.Millisecond)
	_ = work.request.perform(work.to)
}

// ReleaseLate does all late work now, before its time, and returns the number of requests that took effect by it.
func (s *Server) ReleaseLate() int {
	s.lock()
	defer s.mu.Unlock()
	n := len(s.late)
	for len(s.late) > 0 {
		s.performNext(s.now())
	}
	return n
}

// PendingLate returns the number of requests that have been answered by a late fault and have not taken effect yet.
func (s *Server) PendingLate() int {
	s.lock()
	defer s.mu.Unlock()
	return len(s.late)
}
