package framework

import (
	"strings"
	"sync"
)

// Seen is a set that the resources of one run of the provider share. The zero value is
// empty. A nil Seen is always empty.
type Seen struct {
	mu   sync.Mutex
	keys map[string]struct{}
}

// Add adds a key of several parts, and reports whether it is new.
func (s *Seen) Add(parts ...string) bool {
	if s == nil {
		return true
	}
	key := strings.Join(parts, "\x00")
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.keys[key]; ok {
		return false
	}
	if s.keys == nil {
		s.keys = map[string]struct{}{}
	}
	s.keys[key] = struct{}{}
	return true
}

// Has reports whether a key was added.
func (s *Seen) Has(parts ...string) bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.keys[strings.Join(parts, "\x00")]
	return ok
}
