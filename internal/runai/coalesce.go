package runai

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// coalesced serves reads of single objects from lists. Terraform reads each
// object for itself; a thousand of them are three requests here instead of a
// thousand. What makes that safe:
//
//   - A list serves for snapshotAge, and never for an object that this client
//     has written since the list was asked for.
//   - A read that finds no list waits batchWindow for others. A few are read one
//     by one; more are served by one list.
//   - Absence from a list proves nothing: get then reads by id. Only an object
//     that neither knows is gone.
//   - A list that failed or broke off is not kept, and each caller can leave
//     without taking the load away from the others.
type coalesced[T any] struct {
	key    func(T) string
	load   func(context.Context) ([]T, error)
	single func(ctx context.Context, key string) (T, error)
	now    func() time.Time
	gather time.Duration

	mu         sync.Mutex
	generation uint64            // counts own writes, and calls for a fresh list
	written    map[string]uint64 // the generation of the last own write, by key
	snapshot   *view[T]
	flight     *flight[T]
	singles    int // reads that went one by one
}

// view is one list, and what of it can be trusted.
type view[T any] struct {
	items      []T
	byKey      map[string]T
	generation uint64 // of own writes when the list was asked for
	loadedAt   time.Time
}

// flight is a list on its way: first it gathers callers, then it loads.
type flight[T any] struct {
	generation uint64
	loading    bool
	finished   bool
	callers    int
	rereads    int  // of what was just written
	whole      bool // somebody needs the list itself
	few        bool // decided: too few callers for a list
	done       chan struct{}
	view       *view[T] // nil: too few callers for a list
	err        error
}

const (
	snapshotAge = 30 * time.Second
	// fewSingles is how many objects are read one by one before lists are worth
	// their size.
	fewSingles = 3
)

// begin marks the moment before a list is asked for, for store.
func (c *coalesced[T]) begin() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.generation
}

// store keeps a list that was asked for at the given generation.
func (c *coalesced[T]) store(items []T, generation uint64) *view[T] {
	v := &view[T]{items: items, byKey: make(map[string]T, len(items)), generation: generation, loadedAt: c.now()}
	for _, item := range items {
		v.byKey[c.key(item)] = item
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.snapshot == nil || c.snapshot.generation <= generation {
		c.snapshot = v
	}
	return v
}

// wrote says that this client has changed, or may have changed, an object.
func (c *coalesced[T]) wrote(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	if c.written == nil {
		c.written = map[string]uint64{}
	}
	c.written[key] = c.generation
}

// all returns a list that shows all own writes and is at most snapshotAge old.
func (c *coalesced[T]) all(ctx context.Context) ([]T, error) {
	c.mu.Lock()
	if v := c.snapshot; v != nil && v.generation == c.generation && c.young(v) {
		c.mu.Unlock()
		return v.items, nil
	}
	c.mu.Unlock()
	return c.shared(ctx)
}

// fresh returns a list that was asked for after this call: as after an own write,
// one that is under way is not good enough.
func (c *coalesced[T]) fresh(ctx context.Context) ([]T, error) {
	c.mu.Lock()
	c.generation++
	c.mu.Unlock()
	return c.shared(ctx)
}

// shared returns the list that is under way, or asks for one.
func (c *coalesced[T]) shared(ctx context.Context) ([]T, error) {
	v, err := c.join(ctx, reader{whole: true})
	if err != nil {
		return nil, err
	}
	return v.items, nil
}

// recent returns a list that is at most snapshotAge old, without what this client
// has written since: of that it would tell the past.
func (c *coalesced[T]) recent(ctx context.Context) ([]T, error) {
	if items, ok := c.unwritten(); ok {
		return items, nil
	}
	return c.shared(ctx)
}

func (c *coalesced[T]) unwritten() ([]T, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v := c.snapshot
	if v == nil || !c.young(v) {
		return nil, false
	}
	if v.generation == c.generation {
		return v.items, true
	}
	return slices.DeleteFunc(slices.Clone(v.items), func(item T) bool { return c.written[c.key(item)] > v.generation }), true
}

// answers returns nil once the collection itself has answered. A 404 by id is
// believed only then: where the whole path is incompleteResponse everything is "not found".
func (c *coalesced[T]) answers(ctx context.Context) error {
	if _, err := c.recent(ctx); err != nil && !errors.Is(err, ErrForbidden) {
		return err
	}
	return nil
}

// few reports whether one more object should be looked up by itself: as long as
// there is no list at hand and the asked for were few.
func (c *coalesced[T]) few() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.snapshot != nil && c.young(c.snapshot) || c.singles >= fewSingles {
		return false
	}
	c.singles++
	return true
}

// get returns one object, or ErrNotFound if neither list nor read by id knows
// it. A list that may not be read (403) leaves the proof to the read by id.
func (c *coalesced[T]) get(ctx context.Context, key string) (T, error) {
	return c.read(ctx, key, reader{})
}

// reread is get for an object that this client has just written. However many
// have been written before, only those that are read at this moment decide
// whether a list is worth its size.
func (c *coalesced[T]) reread(ctx context.Context, key string) (T, error) {
	return c.read(ctx, key, reader{afterWrite: true})
}

func (c *coalesced[T]) read(ctx context.Context, key string, who reader) (T, error) {
	if item, ok := c.cached(key); ok {
		return item, nil
	}
	listed := false
	v, err := c.join(ctx, who)
	switch {
	case errors.Is(err, ErrForbidden):
		listed = true // nothing to be had from it
	case err != nil:
		var none T
		return none, err
	case v != nil:
		if item, ok := v.byKey[key]; ok {
			return item, nil
		}
		listed = true
	}
	item, err := c.single(ctx, key)
	if listed || !errors.Is(err, ErrNotFound) {
		return item, err
	}
	// As in answers; and a list that shows it wins over a 404.
	items, listErr := c.shared(ctx)
	if listErr != nil && !errors.Is(listErr, ErrForbidden) {
		return item, listErr
	}
	for _, found := range items {
		if c.key(found) == key {
			return found, nil
		}
	}
	return item, err
}

func (c *coalesced[T]) cached(key string) (T, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v := c.snapshot; v != nil && c.young(v) && c.written[key] <= v.generation {
		item, ok := v.byKey[key]
		return item, ok
	}
	var none T
	return none, false
}

func (c *coalesced[T]) young(v *view[T]) bool { return c.now().Sub(v.loadedAt) < snapshotAge }

// reader is what somebody who joins a flight needs.
type reader struct {
	whole      bool // the list itself
	afterWrite bool // one object that was just written
}

// join waits for a list that is asked for from now on, or that others have
// asked for since the last own write. The view is nil where the callers are too
// few for a list, and nobody needs it whole.
func (c *coalesced[T]) join(ctx context.Context, who reader) (*view[T], error) {
	c.mu.Lock()
	f := c.flight
	if f == nil || f.finished || f.loading && (f.few && who.whole || f.generation < c.generation) {
		f = &flight[T]{done: make(chan struct{})}
		c.flight = f
		go c.run(context.WithoutCancel(ctx), f)
	}
	if who.afterWrite {
		f.rereads++
	} else {
		f.callers++
	}
	f.whole = f.whole || who.whole
	c.mu.Unlock()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-f.done:
		return f.view, f.err
	}
}

func (c *coalesced[T]) run(ctx context.Context, f *flight[T]) {
	_ = sleep(ctx, c.gather)
	c.mu.Lock()
	f.loading, f.generation = true, c.generation
	f.few = !f.whole && f.rereads <= fewSingles && (f.callers == 0 || c.singles+f.callers <= fewSingles)
	if f.few {
		c.singles += f.callers
	}
	c.mu.Unlock()
	if !f.few {
		var items []T
		if items, f.err = c.load(ctx); f.err == nil {
			f.view = c.store(items, f.generation)
		}
	}
	c.mu.Lock()
	f.finished = true
	c.mu.Unlock()
	close(f.done)
}
