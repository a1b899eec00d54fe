// Package listcache serves reads of single objects from lists of all of them: Terraform
// reads each object separately, and a list costs few requests for any number of
// objects.
//
// Let P be the number of pages of the whole list, which is known from the last page and
// 1 before. The first P objects are read by key. After that, the next page is loaded
// instead. So k reads cost at most k + 1 requests while k < P, at most 2P + 1 for any
// k, and one more for each object that the list lacks.
//
// Absence from a list proves nothing: the object is then read by its key. "Not found"
// counts only once the collection is known to be served, since a missing path reports
// everything as "not found". Errors are not cached, except that a forbidden list (403)
// is not requested again within [MaxAge].
package listcache

import (
	"context"
	"errors"
	"sync"
	"time"
)

// MaxAge is the time for which a list is used, in addition to the time of loading its
// pages.
const MaxAge = 30 * time.Second

// Cache is a cache of one collection, safe for concurrent use. It holds no lock
// across a request.
type Cache[T any] struct {
	source Source[T]

	mu         sync.Mutex
	generation uint64            // counts own writes, and requests for a fresh list
	written    map[string]uint64 // the generation of the last own write, by key
	pages      int               // of the whole list
	snapshot   *snapshot[T]
	began      uint64   // the generation when the snapshot began
	load       *load[T] // the one in flight
}

// snapshot has the results since a time. It begins without a list.
type snapshot[T any] struct {
	since      time.Time // when it began, less the time that pages took to load
	generation uint64    // when the list was requested; without a list, when the snapshot before began
	reads      int       // objects that were read one by one instead
	nextPage   func(context.Context) (Page[T], error)
	listing    Listing[T]
	byKey      map[string]int // indexes of listing.Items; nil until the collection has been served
	byName     map[string][]int
	settled    bool  // no further page is needed
	forbidden  error // the 403 of the list
}

// load adds the next page to a snapshot.
type load[T any] struct {
	snapshot *snapshot[T]
	cancel   context.CancelFunc
	done     chan struct{}
	waiters  int   // at 0 the load is canceled
	err      error // read after done
}

// New returns an empty cache.
func New[T any](source Source[T]) *Cache[T] {
	return &Cache[T]{source: source, written: map[string]uint64{}, pages: 1}
}

// Invalidate records that this client has changed, or may have changed, an object.
func (c *Cache[T]) Invalidate(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	c.written[key] = c.generation
}

// Get returns one object, or NotFound if neither the list nor a read has it.
func (c *Cache[T]) Get(ctx context.Context, key string) (item T, err error) {
	var listed bool
	_, err = c.wait(ctx, Recent, func(s *snapshot[T], settled bool) bool {
		// A list for an object that was just written would cost more than the read it
		// saves.
		item, listed = c.find(s, key)
		return listed || settled || c.written[key] > s.generation || c.countRead(s)
	})
	if err != nil || listed {
		return item, err
	}
	if item, err = c.source.Read(ctx, key); errors.Is(err, c.source.NotFound) {
		if unreachable := c.ConfirmReachable(ctx); unreachable != nil {
			return item, unreachable
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if item, listed = c.find(c.current(), key); listed {
			return item, nil // a list that shows it wins over a 404
		}
	}
	return item, err
}

// ConfirmReachable returns nil once the collection itself is known to be served. Only
// then does a "not found" by key count.
func (c *Cache[T]) ConfirmReachable(ctx context.Context) error {
	_, err := c.wait(ctx, Recent, func(s *snapshot[T], _ bool) bool { return s.byKey != nil })
	return err
}

// List returns the whole list.
func (c *Cache[T]) List(ctx context.Context, want Consistency) (Listing[T], error) {
	s, err := c.wait(ctx, want, func(_ *snapshot[T], settled bool) bool { return settled })
	if err != nil {
		return Listing[T]{}, err
	}
	return s.listing, s.forbidden
}

// Lookup returns the objects with a name, except objects of a snapshot that this client
// has written since. A query, which may be nil, requests only these objects. It counts
// as one read, and is preferred to the list like a read.
func (c *Cache[T]) Lookup(ctx context.Context, name string, want Consistency, query func(context.Context) ([]T, error)) (found Listing[T], err error) {
	useQuery := query != nil && want == Fresh
	s, err := c.wait(ctx, want, func(s *snapshot[T], settled bool) bool {
		useQuery = useQuery || query != nil && (s.forbidden != nil || !settled && c.countRead(s))
		if settled && !useQuery {
			found.Truncated = s.listing.Truncated
			for _, i := range s.byName[name] {
				if item, ok := c.find(s, c.source.Key(s.listing.Items[i])); ok {
					found.Items = append(found.Items, item)
				}
			}
		}
		return settled || useQuery
	})
	if useQuery && err == nil {
		found.Items, err = query(ctx)
	} else if err == nil {
		err = s.forbidden
	}
	return found, err
}

// wait returns the first snapshot that suffices. Until then it waits for the load in
// flight or starts one, page after page. suffices is called with the lock held. settled
// reports that the list is complete and as fresh as required.
func (c *Cache[T]) wait(ctx context.Context, want Consistency, suffices func(s *snapshot[T], settled bool) bool) (*snapshot[T], error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if want == Fresh {
		c.generation++
	}
	after := uint64(0)
	if want >= AfterWrites {
		after = c.generation
	}
	for {
		s := c.current()
		if suffices(s, s.settled && s.generation >= after) {
			return s, nil
		}
		if c.load == nil {
			c.start(ctx, s, after)
		}
		l := c.load
		l.waiters++
		c.mu.Unlock()
		select {
		case <-ctx.Done():
			c.mu.Lock()
			if l.waiters--; l.waiters == 0 {
				l.cancel()
			}
			return nil, ctx.Err()
		case <-l.done:
			c.mu.Lock()
			if l.err != nil && l.snapshot.generation >= after { // otherwise the error is that of an older list
				return nil, l.err
			}
		}
	}
}

// current returns the snapshot, a new one if it is too old.
func (c *Cache[T]) current() *snapshot[T] {
	if c.snapshot == nil || c.source.Now().Sub(c.snapshot.since) >= MaxAge {
		// Own writes since the one before began are recent as well: a parallel create may
		// have ended just before.
		c.snapshot = &snapshot[T]{since: c.source.Now(), generation: c.began}
		c.began = c.generation
	}
	return c.snapshot
}

// find returns an object of a snapshot that was not written since.
func (c *Cache[T]) find(s *snapshot[T], key string) (item T, ok bool) {
	i, ok := s.byKey[key]
	if ok = ok && c.written[key] <= s.generation; ok {
		item = s.listing.Items[i]
	}
	return item, ok
}

// countRead counts one more object that is read by key. It reports false once such
// reads have cost as much as the list.
func (c *Cache[T]) countRead(s *snapshot[T]) bool {
	if s.reads >= c.pages {
		return false
	}
	s.reads++
	return true
}

// start requests the next page of a snapshot's list, or the first of a new one.
func (c *Cache[T]) start(ctx context.Context, s *snapshot[T], after uint64) {
	if s.nextPage != nil && s.generation < after {
		s = &snapshot[T]{}
	}
	begin := c.source.Now()
	if s.nextPage == nil {
		s.nextPage, s.generation, s.since = c.source.Pages(), c.generation, begin
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	l := &load[T]{snapshot: s, cancel: cancel, done: make(chan struct{})}
	c.load = l
	go func() {
		defer cancel()
		page, err := s.nextPage(ctx)
		c.mu.Lock()
		defer c.mu.Unlock()
		if errors.Is(err, c.source.Forbidden) {
			s.forbidden, err = err, nil
			page = Page[T]{Pages: c.pages, Last: true}
		}
		if err == nil {
			s.add(page, c.source)
			s.since = s.since.Add(c.source.Now().Sub(begin))
			c.snapshot, c.pages = s, max(page.Pages, 1)
		} else if ctx.Err() == nil { // a canceled load has no waiters; the next one starts anew
			l.err = err
		}
		c.load = nil
		close(l.done)
	}()
}

func (s *snapshot[T]) add(page Page[T], source Source[T]) {
	if s.byKey == nil {
		s.byKey, s.byName = map[string]int{}, map[string][]int{}
	}
	for _, item := range page.Items {
		s.byKey[source.Key(item)] = len(s.listing.Items)
		if source.Names != nil {
			for _, name := range source.Names(item) {
				s.byName[name] = append(s.byName[name], len(s.listing.Items))
			}
		}
		s.listing.Items = append(s.listing.Items, item)
	}
	s.listing.Truncated = s.listing.Truncated || page.Truncated
	s.listing.Malformed += page.Malformed
	s.settled = page.Last
}
