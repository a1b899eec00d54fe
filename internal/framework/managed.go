package framework

import "sync"

// Managed is what the resources of one run of the provider manage, as far as the
// run has seen it: a plan can tell its own objects from those of others. A nil
// Managed manages nothing.
type Managed struct {
	mu  sync.Mutex
	ids map[string]struct{}
}

// Add records the id of an object that a resource has read or created. noun
// keeps objects of different kinds apart.
func (m *Managed) Add(noun, id string) {
	if m == nil || id == "" {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ids == nil {
		m.ids = map[string]struct{}{}
	}
	m.ids[noun+"/"+id] = struct{}{}
}

// Has reports whether a resource of this run manages an object.
func (m *Managed) Has(noun, id string) bool {
	if m == nil {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ok := m.ids[noun+"/"+id]
	return ok
}
