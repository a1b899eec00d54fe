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

	"pgregory.net/rapid"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
)

// With P the pages of the list, reading k objects costs at most k + 1 requests
// while k < P, at most 2P + 1 for any k, and one more read for each deleted object.
// That holds for any objects, order and number of readers, and whether or not P is
// known from an earlier list.
func TestGet_Cost_IsBounded(t *testing.T) {
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
			rt.Fatalf("%d requests for %d objects, %d of them deleted, of %d pages; want %d at most", cost, k, gone, pages, bound+gone)
		}
	})
}

// The list is loaded only once reads have cost as much.
func TestGet_ReadsCostAsMuchAsList_Lists(t *testing.T) {
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

// A list is used for MaxAge, however slowly its pages are loaded, and however long the
// load was interrupted.
func TestGet_FreshList_IsUsed(t *testing.T) {
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
func TestGet_ListInOneResponse_CountsAsItsPages(t *testing.T) {
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

// If names can be queried, queries count as reads: after as many as the list has pages,
// the list is loaded and used.
func TestLookup_Queries_CountAsReads(t *testing.T) {
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
