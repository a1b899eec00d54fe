package runai

import "sync"

// Origin tells whether this client has created or deleted an object.
type Origin int

// The origins. A plan and its apply are separate processes, so a client knows only its
// own operations.
const (
	OriginUnknown Origin = iota
	// CreatedByThisRun means that this client created the object.
	CreatedByThisRun
	// DeletedByThisRun means that this client deleted the object. If it still
	// exists, it was created again, or the deletion has not taken effect yet.
	DeletedByThisRun
)

// history records the objects that this client has created and deleted, by their
// descriptions in messages.
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
