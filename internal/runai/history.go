package runai

import "sync"

// Origin is what this client knows of the creation or deletion of an object.
type Origin int

// The origins. A plan and its apply are separate processes, so a client knows
// only what it has done itself.
const (
	OriginUnknown Origin = iota
	// CreatedByThisRun means that this client created the object.
	CreatedByThisRun
	// DeletedByThisRun means that this client deleted the object. If it still
	// exists, it was created again, or the deletion has not taken effect yet.
	DeletedByThisRun
)

// history remembers what this client has created and deleted, by the name that
// messages give an object.
type history struct {
	mu      sync.Mutex
	origins map[string]Origin
}

func (h *history) created(object string) { h.record(object, CreatedByThisRun) }
func (h *history) deleted(object string) { h.record(object, DeletedByThisRun) }

func (h *history) record(object string, o Origin) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.origins == nil {
		h.origins = map[string]Origin{}
	}
	h.origins[object] = o
}

func (h *history) origin(object string) Origin {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.origins[object]
}
