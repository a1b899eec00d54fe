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
	"pgregory.net/rapid"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	errNotFound  = errors.New("not found")
	errForbidden = errors.New("forbidden")
	errBroken    = errors.New("broken")
)

const latency = 100 * time.Millisecond

type object struct {
	id, name string
	version  int
}

// collection is a control plane with one kind of object. A page shows what there
// is when it is requested; each response takes the latency.
type collection struct {
	perPage int
	whole   bool // the list comes in one response, whatever its length

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

func newCollection(n, perPage int) *collection {
	c := &collection{perPage: perPage}
	for i := range n {
		c.objects = append(c.objects, object{id: strconv.Itoa(i), name: fmt.Sprintf("name-%d", i)})
	}
	return c
}

func (c *collection) cache() *listcache.Cache[object] {
	return listcache.New(listcache.Source[object]{
		Key:      func(o object) string { return o.id },
		Names:    func(o object) []string { return []string{o.name} },
		Pages:    c.list,
		Read:     c.read,
		NotFound: errNotFound, Forbidden: errForbidden,
		Now: time.Now,
	})
}

func (c *collection) list() func(context.Context) (listcache.Page[object], error) {
	offset := 0
	return func(ctx context.Context) (listcache.Page[object], error) {
		c.mu.Lock()
		if offset == 0 {
			c.lists++
		}
		total := (len(c.objects) + c.perPage - 1) / c.perPage
		end := min(offset+c.perPage, len(c.objects))
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
func (c *collection) wantCost(t *testing.T, reads, pages int) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.reads) != reads || c.pages != pages {
		t.Errorf("%d reads and %d pages, want %d and %d", len(c.reads), c.pages, reads, pages)
	}
}

// getAll reads the objects of the keys, as many at a time as parallelism says.
func getAll(t *testing.T, cache *listcache.Cache[object], parallelism int, keys ...string) {
	t.Helper()
	next := make(chan string)
	var readers sync.WaitGroup
	for range parallelism {
		readers.Go(func() {
			for key := range next {
				if o, err := cache.Get(t.Context(), key); err != nil || o.id != key {
					t.Errorf("%s: %v, %v", key, o, err)
				}
			}
		})
	}
	for _, key := range keys {
		next <- key
	}
	close(next)
	readers.Wait()
}

func keys(from, to int) (keys []string) {
	for i := from; i < to; i++ {
		keys = append(keys, strconv.Itoa(i))
	}
	return keys
}

// With P the pages of the list, reading k objects costs at most k + 1 requests
// while k < P, at most 2P + 1 for any k, and one read more for each object that is
// gone: whichever objects they are, in whatever order, by however many readers, and
// whether or not P is known from an earlier list.
func TestGet_CostsNoMoreThanTheRule(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		const perPage = 10
		n := rapid.IntRange(1, 400).Draw(rt, "objects there are")
		k := rapid.IntRange(1, n).Draw(rt, "objects read")
		gone := rapid.IntRange(0, k).Draw(rt, "objects gone")
		parallelism := rapid.SampledFrom([]int{1, 2, 10, 64}).Draw(rt, "parallelism")
		known := rapid.Bool().Draw(rt, "P is known")
		whole := known && rapid.Bool().Draw(rt, "in one response") // else its cost cannot be foreseen
		order := rapid.Permutation(keys(0, n)).Draw(rt, "order")
		cost, pages := 0, 0
		synctest.Test(t, func(t *testing.T) {
			c := newCollection(n, perPage)
			c.whole = whole
			cache := c.cache()
			if known {
				if _, err := cache.List(t.Context(), listcache.Recent); err != nil {
					t.Fatal(err)
				}
				time.Sleep(listcache.MaxAge)
			}
			for _, key := range order[:gone] {
				c.remove(key)
			}
			c.reads, c.pages, c.lists, pages = nil, 0, 0, max(1, (n-gone+perPage-1)/perPage)
			read := order[:k]
			var readers sync.WaitGroup
			next := make(chan string)
			for range parallelism {
				readers.Go(func() {
					for key := range next {
						o, err := cache.Get(t.Context(), key)
						if there := !slices.Contains(order[:gone], key); there != (err == nil) || there && o.id != key || !there && !errors.Is(err, errNotFound) {
							t.Errorf("%s: %v, %v", key, o, err)
						}
					}
				})
			}
			for _, key := range read {
				next <- key
			}
			close(next)
			readers.Wait()
			cost = len(c.reads) + c.pages
			if whole && gone > 0 {
				cost = len(c.reads) + c.lists // for the proof that a collection answers, a list has no page
			}
		})
		bound := 2*pages + 1
		if k < pages {
			bound = k + 1
		}
		if cost > bound+gone {
			rt.Fatalf("%d requests for %d objects, %d of them gone, of %d pages; want %d at most", cost, k, gone, pages, bound+gone)
		}
	})
}

// The list is loaded once reads have cost as much, and not before.
func TestGet_ListsWhenReadsHaveCostAsMuch(t *testing.T) {
	t.Parallel()
	for _, parallelism := range []int{1, 10} {
		t.Run(fmt.Sprintf("parallelism %d", parallelism), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCollection(100, 10)
				cache := c.cache()
				getAll(t, cache, parallelism, keys(50, 51)...)
				c.wantCost(t, 1, 0)
				getAll(t, cache, parallelism, keys(51, 52)...) // not on the first page, which tells P
				c.wantCost(t, 2, 1)
				getAll(t, cache, parallelism, keys(0, 10)...) // on the first page
				c.wantCost(t, 2, 1)
				getAll(t, cache, parallelism, keys(52, 60)...)
				c.wantCost(t, 10, 1)
				getAll(t, cache, parallelism, keys(0, 100)...)
				c.wantCost(t, 10, 10) // the load has continued where it paused
				if c.lists != 1 {
					t.Errorf("%d lists, want one", c.lists)
				}
				// P is known from now on, and a new snapshot counts anew.
				time.Sleep(listcache.MaxAge)
				getAll(t, cache, parallelism, keys(50, 60)...)
				c.wantCost(t, 20, 10)
				getAll(t, cache, parallelism, keys(60, 61)...)
				c.wantCost(t, 20, 17) // as far as that object
				getAll(t, cache, parallelism, keys(61, 100)...)
				c.wantCost(t, 20, 20)
			})
		})
	}
}

// A list serves for MaxAge, however slowly its pages are loaded, and however long it
// was left unfinished.
func TestGet_AListServesForItsAge(t *testing.T) {
	t.Parallel()
	t.Run("unfinished", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := newCollection(100, 10)
			cache := c.cache()
			getAll(t, cache, 1, keys(90, 92)...) // the second brings the first page
			for range 3 {
				time.Sleep(listcache.MaxAge/3 - 2*latency)
				getAll(t, cache, 1, keys(0, 10)...)
				getAll(t, cache, 1, keys(92, 93)...)
			}
			c.wantCost(t, 5, 1)
			time.Sleep(2 * latency)
			getAll(t, cache, 1, keys(0, 1)...)
			c.wantCost(t, 6, 1)
		})
	})
	t.Run("continued", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := newCollection(100, 10)
			cache := c.cache()
			getAll(t, cache, 1, keys(90, 100)...)
			c.wantCost(t, 10, 1)
			time.Sleep(listcache.MaxAge / 2)
			getAll(t, cache, 1, keys(15, 16)...)
			c.wantCost(t, 10, 2)
			time.Sleep(listcache.MaxAge / 2)
			getAll(t, cache, 1, keys(15, 16)...)
			c.wantCost(t, 11, 2)
		})
	})
	t.Run("slow", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := newCollection(4000, 10) // 40 seconds
			l, err := c.cache().List(t.Context(), listcache.Recent)
			if err != nil || len(l.Items) != 4000 {
				t.Errorf("%d objects, %v", len(l.Items), err)
			}
			c.wantCost(t, 0, 400)
		})
	})
}

// A list in one response costs as much as its pages would.
func TestGet_AListInOneResponseCountsAsItsPages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCollection(100, 10)
		c.whole = true
		cache := c.cache()
		getAll(t, cache, 1, keys(0, 100)...)
		c.wantCost(t, 1, 10) // nothing told P before
		time.Sleep(listcache.MaxAge)
		getAll(t, cache, 1, keys(0, 10)...)
		c.wantCost(t, 11, 10)
		getAll(t, cache, 1, keys(10, 100)...)
		c.wantCost(t, 11, 20)
	})
}

// Absence from a list proves nothing, and a list as new as can be is not loaded
// again for it.
func TestGet_AbsenceIsConfirmedByARead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCollection(10, 10)
		cache := c.cache()
		if _, err := cache.List(t.Context(), listcache.Recent); err != nil {
			t.Fatal(err)
		}
		c.mu.Lock()
		c.objects = append(c.objects, object{id: "new"})
		c.mu.Unlock()
		getAll(t, cache, 1, "new")
		c.wantCost(t, 1, 1)
		for i := range 3 {
			if o, err := cache.Get(t.Context(), "gone"); !errors.Is(err, errNotFound) {
				t.Errorf("%v, %v", o, err)
			}
			c.wantCost(t, 2+i, 1)
		}
	})
}

// "Not found" is believed once the collection itself has answered, for which one
// page is enough. What a list shows is not gone.
func TestGet_NotFoundIsBelievedOnceTheCollectionIsServed(t *testing.T) {
	t.Parallel()
	t.Run("one page proves it", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := newCollection(100, 10)
			cache := c.cache()
			for range 3 {
				if o, err := cache.Get(t.Context(), "gone"); !errors.Is(err, errNotFound) {
					t.Errorf("%v, %v", o, err)
				}
			}
			c.wantCost(t, 3, 1)
		})
	})
	t.Run("it does not answer", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := newCollection(100, 10)
			c.listErr = errBroken
			if o, err := c.cache().Get(t.Context(), "gone"); !errors.Is(err, errBroken) || errors.Is(err, errNotFound) {
				t.Errorf("%v, %v", o, err)
			}
		})
	})
	t.Run("it may not be listed", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := newCollection(100, 10)
			c.listErr = errForbidden
			if o, err := c.cache().Get(t.Context(), "gone"); !errors.Is(err, errNotFound) {
				t.Errorf("%v, %v", o, err)
			}
		})
	})
	t.Run("the list shows it", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := newCollection(10, 10)
			c.readErr = errNotFound
			if o, err := c.cache().Get(t.Context(), "5"); err != nil || o.id != "5" {
				t.Errorf("%v, %v", o, err)
			}
			c.wantCost(t, 1, 1)
		})
	})
	t.Run("after a deletion that found nothing", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := newCollection(10, 10)
			cache := c.cache()
			c.listErr = errBroken
			if err := cache.ConfirmReachable(t.Context()); !errors.Is(err, errBroken) {
				t.Errorf("error %v", err)
			}
			c.listErr = nil
			for range 2 {
				if err := cache.ConfirmReachable(t.Context()); err != nil {
					t.Error(err)
				}
			}
			c.wantCost(t, 0, 2)
		})
	})
}

// What this client has written is read by its key, until a list is requested after
// that. No list is loaded for it: it would cost more than the read it saves.
func TestGet_OwnWritesAreReadByKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCollection(10, 10)
		cache := c.cache()
		if _, err := cache.List(t.Context(), listcache.Recent); err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			c.write("3")
			cache.Invalidate("3")
			if o, err := cache.Get(t.Context(), "3"); err != nil || o.version != i+1 {
				t.Errorf("%v, %v", o, err)
			}
			getAll(t, cache, 1, "4")
		}
		c.wantCost(t, 5, 1)
		if _, err := cache.List(t.Context(), listcache.AfterWrites); err != nil {
			t.Fatal(err)
		}
		if o, err := cache.Get(t.Context(), "3"); err != nil || o.version != 5 {
			t.Errorf("%v, %v", o, err)
		}
		c.wantCost(t, 5, 2)
	})
}

// A thousand objects that are created and read one after the other cost a read
// each, and none of them a list.
func TestGet_AfterACreateLoadsNoList(t *testing.T) {
	t.Parallel()
	for _, parallelism := range []int{1, 10} {
		t.Run(fmt.Sprintf("parallelism %d", parallelism), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCollection(0, 10)
				cache := c.cache()
				var creators sync.WaitGroup
				next := make(chan string)
				for range parallelism {
					creators.Go(func() {
						for key := range next {
							c.mu.Lock()
							c.objects = append(c.objects, object{id: key})
							c.mu.Unlock()
							cache.Invalidate(key)
							if o, err := cache.Get(t.Context(), key); err != nil || o.id != key {
								t.Errorf("%v, %v", o, err)
							}
						}
					})
				}
				for _, key := range keys(0, 100) {
					next <- key
				}
				close(next)
				creators.Wait()
				c.wantCost(t, 100, 0)
			})
		})
	}
}

func TestList_IsAsNewAsRequested(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCollection(25, 10)
		cache := c.cache()
		versions := func(want listcache.Consistency) int {
			l, err := cache.List(t.Context(), want)
			if err != nil || len(l.Items) != 25 {
				t.Fatalf("%d objects, %v", len(l.Items), err)
			}
			return l.Items[3].version
		}
		versions(listcache.Recent)
		versions(listcache.AfterWrites)
		c.wantCost(t, 0, 3)
		c.write("3") // by another principal
		if v := versions(listcache.AfterWrites); v != 0 {
			t.Errorf("version %d", v)
		}
		c.wantCost(t, 0, 3)
		if v := versions(listcache.Fresh); v != 1 {
			t.Errorf("version %d", v)
		}
		c.wantCost(t, 0, 6)
		c.write("3")
		cache.Invalidate("3")
		if v := versions(listcache.Recent); v != 1 {
			t.Errorf("version %d", v)
		}
		c.wantCost(t, 0, 6)
		if v := versions(listcache.AfterWrites); v != 2 {
			t.Errorf("version %d", v)
		}
		c.wantCost(t, 0, 9)
		time.Sleep(listcache.MaxAge - time.Nanosecond)
		versions(listcache.Recent)
		c.wantCost(t, 0, 9)
		time.Sleep(time.Nanosecond)
		versions(listcache.Recent)
		c.wantCost(t, 0, 12)
	})
}

// A list that was begun before a write is not continued for who needs one from
// after it, nor is its failure theirs.
func TestList_AfterAWriteBeginsAnew(t *testing.T) {
	t.Parallel()
	t.Run("unfinished", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := newCollection(30, 10)
			cache := c.cache()
			getAll(t, cache, 1, keys(20, 22)...) // the second brings the first page
			c.write("3")
			cache.Invalidate("3")
			l, err := cache.List(t.Context(), listcache.AfterWrites)
			if err != nil || len(l.Items) != 30 || l.Items[3].version != 1 {
				t.Errorf("%v, %v", l, err)
			}
			c.wantCost(t, 2, 4)
		})
	})
	t.Run("failed", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := newCollection(30, 10)
			c.listErr = errBroken
			cache := c.cache()
			done := make(chan error)
			go func() {
				_, err := cache.List(t.Context(), listcache.Recent)
				done <- err
			}()
			synctest.Wait()
			c.setListErr(nil)
			cache.Invalidate("3")
			go func() {
				l, err := cache.List(t.Context(), listcache.AfterWrites)
				if len(l.Items) != 30 {
					t.Errorf("%d objects", len(l.Items))
				}
				done <- err
			}()
			if err := <-done; !errors.Is(err, errBroken) {
				t.Errorf("error %v", err)
			}
			if err := <-done; err != nil {
				t.Errorf("error %v", err)
			}
		})
	})
}

// One load is in flight at a time. Those for whom it is too old wait for it and
// share the next one.
func TestList_FreshOnesShareTheNextLoad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCollection(10, 10)
		cache := c.cache()
		var callers sync.WaitGroup
		callers.Go(func() {
			if _, err := cache.List(t.Context(), listcache.Recent); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		c.write("3")
		for range 20 {
			callers.Go(func() {
				if l, err := cache.List(t.Context(), listcache.Fresh); err != nil || l.Items[3].version != 1 {
					t.Errorf("%v, %v", l, err)
				}
			})
		}
		callers.Wait()
		c.wantCost(t, 0, 2)
	})
}

// What was requested before a write does not show it, whenever it arrives.
func TestGet_AListFromBeforeAWriteDoesNotServeAfterIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCollection(30, 10)
		cache := c.cache()
		done := make(chan struct{})
		go func() {
			defer close(done)
			if _, err := cache.List(t.Context(), listcache.Recent); err != nil {
				t.Error(err)
			}
		}()
		synctest.Wait()
		c.write("3")
		cache.Invalidate("3")
		<-done
		if o, err := cache.Get(t.Context(), "3"); err != nil || o.version != 1 {
			t.Errorf("%v, %v", o, err)
		}
		c.wantCost(t, 1, 3)
	})
}

// An error is returned to all who wait, and to nobody after them.
func TestGet_AnErrorIsSharedAndNotKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCollection(30, 10)
		c.listErr, c.readErr = errBroken, errBroken
		cache := c.cache()
		var callers sync.WaitGroup
		for _, key := range keys(0, 20) {
			callers.Go(func() {
				if o, err := cache.Get(t.Context(), key); !errors.Is(err, errBroken) {
					t.Errorf("%v, %v", o, err)
				}
			})
		}
		callers.Wait()
		c.wantCost(t, 1, 1)
		c.listErr, c.readErr = nil, nil
		getAll(t, cache, 10, keys(0, 30)...)
	})
}

// A list that broke off continues with the page that is missing.
func TestList_ThatBrokeOffIsNotAList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCollection(30, 10)
		cache := c.cache()
		go func() {
			time.Sleep(latency + latency/2)
			c.setListErr(errBroken)
		}()
		if l, err := cache.List(t.Context(), listcache.Recent); !errors.Is(err, errBroken) || l.Items != nil {
			t.Errorf("%d objects, %v", len(l.Items), err)
		}
		c.setListErr(nil)
		l, err := cache.List(t.Context(), listcache.Recent)
		if err != nil || len(l.Items) != 30 {
			t.Errorf("%d objects, %v", len(l.Items), err)
		}
		c.wantCost(t, 0, 4) // one of them twice
	})
}

// A list that may not be read is not requested again for the life of a snapshot.
func TestGet_AForbiddenListIsRemembered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCollection(30, 10)
		c.listErr = errForbidden
		cache := c.cache()
		getAll(t, cache, 10, keys(0, 30)...)
		c.wantCost(t, 30, 1)
		if _, err := cache.List(t.Context(), listcache.Recent); !errors.Is(err, errForbidden) {
			t.Errorf("error %v", err)
		}
		if l, err := cache.Lookup(t.Context(), "name-1", listcache.Recent, nil); !errors.Is(err, errForbidden) || l.Items != nil {
			t.Errorf("%v, %v", l, err)
		}
		c.wantCost(t, 30, 1)
		c.listErr = nil
		time.Sleep(listcache.MaxAge)
		getAll(t, cache, 10, keys(0, 30)...)
		c.wantCost(t, 33, 4)
		// It does not make the cache forget how long the list is.
		time.Sleep(listcache.MaxAge)
		c.setListErr(errForbidden)
		if _, err := cache.List(t.Context(), listcache.Recent); !errors.Is(err, errForbidden) {
			t.Errorf("error %v", err)
		}
		time.Sleep(listcache.MaxAge)
		c.setListErr(nil)
		getAll(t, cache, 1, keys(27, 30)...)
		c.wantCost(t, 36, 5)
	})
}

// Who leaves takes nothing from those who stay.
func TestGet_ACallerThatLeavesCancelsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCollection(30, 10)
		cache := c.cache()
		ctx, leave := context.WithCancel(t.Context())
		left, stayed := make(chan error, 1), make(chan error, 1)
		list := func(ctx context.Context, who chan error) {
			_, err := cache.List(ctx, listcache.Recent)
			who <- err
		}
		go list(ctx, left)
		synctest.Wait()
		go list(t.Context(), stayed)
		synctest.Wait()
		leave()
		before := time.Now()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("the one who left got %v", err)
		}
		if waited := time.Since(before); waited != 0 {
			t.Errorf("the one who left waited %v", waited)
		}
		if err := <-stayed; err != nil {
			t.Errorf("the one who stayed got %v", err)
		}
		c.wantCost(t, 0, 3)
	})
}

// A load ends when nobody waits for it, and who comes after that is not served its
// end for an answer.
func TestGet_ALoadEndsWhenNobodyWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCollection(100, 10)
		cache := c.cache()
		ctx, leave := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() {
			_, err := cache.List(ctx, listcache.Recent)
			left <- err
		}()
		time.Sleep(2*latency + latency/2)
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		// One comes while the load is ending, and gets all that there is.
		l, err := cache.List(t.Context(), listcache.Recent)
		if err != nil || len(l.Items) != 100 {
			t.Errorf("%d objects, %v", len(l.Items), err)
		}
		time.Sleep(time.Minute)
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.pages > 14 {
			t.Errorf("%d pages: the load that nobody waited for went on", c.pages)
		}
	})
}

func TestGet_ALoadThatNobodyWaitsForRequestsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCollection(100, 10)
		ctx, cancel := context.WithTimeout(t.Context(), 2*latency+latency/2)
		defer cancel()
		if _, err := c.cache().List(ctx, listcache.Recent); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		synctest.Wait()
		c.mu.Lock()
		if c.ended != 1 {
			t.Errorf("%d requests were ended, want the one in flight", c.ended)
		}
		c.mu.Unlock()
		time.Sleep(time.Minute)
		c.wantCost(t, 0, 3)
	})
}

func TestLookup_UsesTheListAndNotWhatWasWrittenSince(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCollection(30, 10)
		c.objects[20].name = "name-3"
		c.truncated = true
		cache := c.cache()
		ids := func(want listcache.Consistency) (ids []string) {
			l, err := cache.Lookup(t.Context(), "name-3", want, nil)
			if err != nil || !l.Truncated {
				t.Errorf("%v, %v", l, err)
			}
			for _, o := range l.Items {
				ids = append(ids, o.id)
			}
			return ids
		}
		if got := ids(listcache.Recent); !slices.Equal(got, []string{"3", "20"}) {
			t.Errorf("%v", got)
		}
		c.remove("3")
		cache.Invalidate("3")
		if got := ids(listcache.Recent); !slices.Equal(got, []string{"20"}) {
			t.Errorf("%v", got)
		}
		c.wantCost(t, 0, 3)
		c.remove("20") // by another principal
		if got := ids(listcache.AfterWrites); len(got) != 0 {
			t.Errorf("%v", got)
		}
		c.wantCost(t, 0, 6)
	})
}

// Where names can be queried, queries count as reads: there are as many as the list
// has pages, and then the list serves.
func TestLookup_QueriesCountAsReads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCollection(50, 10)
		cache := c.cache()
		queries := 0
		lookup := func(i int, want listcache.Consistency) {
			name := fmt.Sprintf("name-%d", i)
			l, err := cache.Lookup(t.Context(), name, want, func(context.Context) ([]object, error) {
				queries++
				return []object{{id: strconv.Itoa(i), name: name}}, nil
			})
			if err != nil || len(l.Items) != 1 || l.Items[0].id != strconv.Itoa(i) {
				t.Errorf("%d: %v, %v", i, l, err)
			}
		}
		lookup(0, listcache.Recent)
		if queries != 1 {
			t.Errorf("%d queries, want 1", queries)
		}
		c.wantCost(t, 0, 0)
		getAll(t, cache, 1, keys(40, 43)...) // the first page tells P
		c.wantCost(t, 3, 1)
		lookup(1, listcache.Recent)
		lookup(2, listcache.Recent)
		if queries != 2 {
			t.Errorf("%d queries, want 2", queries)
		}
		c.wantCost(t, 3, 5)
		for i := range 50 {
			lookup(i, listcache.Recent)
		}
		if queries != 2 {
			t.Errorf("%d queries, want 2", queries)
		}
		lookup(3, listcache.Fresh)
		if queries != 3 {
			t.Errorf("%d queries, want 3", queries)
		}
		c.wantCost(t, 3, 5)
		// Where there is a list, it serves though a query would be cheaper.
		time.Sleep(listcache.MaxAge)
		if _, err := cache.List(t.Context(), listcache.Recent); err != nil {
			t.Error(err)
		}
		lookup(4, listcache.Recent)
		if queries != 3 {
			t.Errorf("%d queries, want 3", queries)
		}
		// Where the list may not be read, all are queries.
		time.Sleep(listcache.MaxAge)
		c.setListErr(errForbidden)
		if _, err := cache.List(t.Context(), listcache.Recent); !errors.Is(err, errForbidden) {
			t.Errorf("error %v", err)
		}
		for i := range 50 {
			lookup(i, listcache.Recent)
		}
		if queries != 53 {
			t.Errorf("%d queries, want 53", queries)
		}
	})
}
