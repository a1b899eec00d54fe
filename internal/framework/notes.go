package framework

import "sync"

// Notes are strings by key that the resources of one run of the provider share. The
// zero value is empty. A nil Notes is always empty.
type Notes struct {
	mu    sync.Mutex
	notes map[string][]string
}

// Add adds a note to those of a key.
func (n *Notes) Add(key, note string) {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.notes == nil {
		n.notes = map[string][]string{}
	}
	n.notes[key] = append(n.notes[key], note)
}

// Get returns the notes of a key, oldest first.
func (n *Notes) Get(key string) []string {
	if n == nil {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.notes[key]...)
}
