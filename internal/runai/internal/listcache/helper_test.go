package listcache_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	errNotFound  = errors.New("not found")
	errForbidden = errors.New("forbidden")
	errBroken    = errors.New("broken")
)

const (
	latency = 100 * time.Millisecond
	perPage = 10
)

type object struct {
	id, name string
	version  int
}

// collection is a control plane with one kind of object. A page shows what there
// is when it is requested; each response takes the latency.
type collection struct {
	t     *testing.T
	cache *listcache.Cache[object]
	whole bool // the list comes in one response, whatever its length

	mu        sync.Mutex
	objects   []object
	reads     []string // the keys that were read, in order
	lists     int      // first pages
	pages     int      // pages, or what a whole list counts as
	ended     int      // requests for pages that the caller ended
	listErr   error
	readErr   error
	truncated bool
}

// test runs a test on a fake clock, with a collection of n objects and a cache that
// has not read any yet.
func test(t *testing.T, n int, f func(c *collection)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := &collection{t: t}
		for i := range n {
			c.objects = append(c.objects, object{id: strconv.Itoa(i), name: fmt.Sprintf("name-%d", i)})
		}
		c.cache = listcache.New(listcache.Source[object]{
			Key:      func(o object) string { return o.id },
			Names:    func(o object) []string { return []string{o.name} },
			Pages:    c.list,
			Read:     c.read,
			NotFound: errNotFound, Forbidden: errForbidden,
			Now: time.Now,
		})
		f(c)
	})
}

// run is test for a case that runs in parallel.
func run(t *testing.T, name string, n int, f func(c *collection)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		test(t, n, f)
	})
}

func (c *collection) list() func(context.Context) (listcache.Page[object], error) {
	offset := 0
	return func(ctx context.Context) (listcache.Page[object], error) {
		c.mu.Lock()
		if offset == 0 {
			c.lists++
		}
		total := (len(c.objects) + perPage - 1) / perPage
		end := min(offset+perPage, len(c.objects))
		if c.whole {
			end = len(c.objects)
			c.pages += total
		} else {
			c.pages++
		}
		page := listcache.Page[object]{Pages: total, Last: end == len(c.objects)}
		page.Items, page.Truncated = slices.Clone(c.objects[min(offset, end):end]), c.truncated
		err := c.listErr
		c.mu.Unlock()
		if ctxErr := wait(ctx); ctxErr != nil {
			c.mu.Lock()
			c.ended++
			c.mu.Unlock()
			err = ctxErr
		}
		if err != nil {
			return listcache.Page[object]{}, err
		}
		offset = end
		return page, nil
	}
}

func (c *collection) read(ctx context.Context, key string) (object, error) {
	c.mu.Lock()
	c.reads = append(c.reads, key)
	i := slices.IndexFunc(c.objects, func(o object) bool { return o.id == key })
	o, err := object{}, c.readErr
	if i >= 0 {
		o = c.objects[i]
	} else if err == nil {
		err = errNotFound
	}
	c.mu.Unlock()
	return o, errors.Join(err, wait(ctx))
}

func wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(latency):
		return nil
	}
}

func (c *collection) remove(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.objects = slices.DeleteFunc(c.objects, func(o object) bool { return o.id == key })
}

// write changes an object.
func (c *collection) write(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.objects {
		if c.objects[i].id == key {
			c.objects[i].version++
		}
	}
}

func (c *collection) setListErr(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listErr = err
}

// wantCost checks how many objects were read one by one and how many pages were
// loaded so far.
func (c *collection) wantCost(reads, pages int) {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.reads) != reads || c.pages != pages {
		c.t.Errorf("%d reads and %d pages, want %d and %d", len(c.reads), c.pages, reads, pages)
	}
}

// each calls f for each key, as many at a time as parallelism says.
func each(parallelism int, keys []string, f func(key string)) {
	next := make(chan string)
	var callers sync.WaitGroup
	for range parallelism {
		callers.Go(func() {
			for key := range next {
				f(key)
			}
		})
	}
	for _, key := range keys {
		next <- key
	}
	close(next)
	callers.Wait()
}

// getAll reads the objects of the keys, as many at a time as parallelism says.
func (c *collection) getAll(parallelism int, keys ...string) {
	c.t.Helper()
	each(parallelism, keys, func(key string) {
		if o, err := c.cache.Get(c.t.Context(), key); err != nil || o.id != key {
			c.t.Errorf("%s: %v, %v", key, o, err)
		}
	})
}

// wantList checks that the list has n objects.
func (c *collection) wantList(want listcache.Consistency, n int) {
	c.t.Helper()
	if l, err := c.cache.List(c.t.Context(), want); err != nil || len(l.Items) != n {
		c.t.Errorf("%d objects, want %d; %v", len(l.Items), n, err)
	}
}

func keys(from, to int) (keys []string) {
	for i := from; i < to; i++ {
		keys = append(keys, strconv.Itoa(i))
	}
	return keys
}
