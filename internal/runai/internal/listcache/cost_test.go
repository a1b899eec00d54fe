package listcache_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
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
		n := rapid.IntRange(1, 400).Draw(rt, "objects there are")
		k := rapid.IntRange(1, n).Draw(rt, "objects read")
		deleted := rapid.IntRange(0, k).Draw(rt, "objects deleted")
		parallelism := rapid.SampledFrom([]int{1, 2, 10, 64}).Draw(rt, "parallelism")
		known := rapid.Bool().Draw(rt, "P is known")
		whole := known && rapid.Bool().Draw(rt, "in one response") // else its cost cannot be foreseen
		order := rapid.Permutation(keys(0, n)).Draw(rt, "order")
		cost, pages := 0, 0
		test(t, n, func(c *collection) {
			c.whole = whole
			if known {
				c.wantList(listcache.Recent, n)
				time.Sleep(listcache.MaxAge)
			}
			for _, key := range order[:deleted] {
				c.remove(key)
			}
			c.reads, c.pages, c.lists, pages = nil, 0, 0, max(1, (n-deleted+perPage-1)/perPage)
			each(parallelism, order[:k], func(key string) {
				o, err := c.cache.Get(c.t.Context(), key)
				if there := !slices.Contains(order[:deleted], key); there != (err == nil) || there && o.id != key || !there && !errors.Is(err, errNotFound) {
					c.t.Errorf("%s: %v, %v", key, o, err)
				}
			})
			cost = len(c.reads) + c.pages
			if whole && deleted > 0 {
				cost = len(c.reads) + c.lists // for the proof that a collection answers, a list has no page
			}
		})
		bound := 2*pages + 1
		if k < pages {
			bound = k + 1
		}
		if cost > bound+deleted {
			rt.Fatalf("%d requests for %d objects, %d of them deleted, of %d pages; want %d at most", cost, k, deleted, pages, bound+deleted)
		}
	})
}

// The list is loaded only once reads have cost as much.
func TestGet_ReadsCostAsMuchAsList_Lists(t *testing.T) {
	t.Parallel()
	for _, parallelism := range []int{1, 10} {
		run(t, fmt.Sprintf("parallelism %d", parallelism), 100, func(c *collection) {
			c.getAll(parallelism, keys(50, 51)...)
			c.wantCost(1, 0)
			c.getAll(parallelism, keys(51, 52)...) // not on the first page, which has P
			c.wantCost(2, 1)
			c.getAll(parallelism, keys(0, 10)...) // on the first page
			c.wantCost(2, 1)
			c.getAll(parallelism, keys(52, 60)...)
			c.wantCost(10, 1)
			c.getAll(parallelism, keys(0, 100)...)
			c.wantCost(10, 10) // the load has continued where it paused
			if c.lists != 1 {
				c.t.Errorf("%d lists, want one", c.lists)
			}
			// P is known now, and a new snapshot starts a new count.
			time.Sleep(listcache.MaxAge)
			c.getAll(parallelism, keys(50, 60)...)
			c.wantCost(20, 10)
			c.getAll(parallelism, keys(60, 61)...)
			c.wantCost(20, 17) // as far as that object
			c.getAll(parallelism, keys(61, 100)...)
			c.wantCost(20, 20)
		})
	}
}

// A list is used for MaxAge, however slowly its pages are loaded, and however long the
// load was interrupted.
func TestGet_FreshList_IsUsed(t *testing.T) {
	t.Parallel()
	run(t, "unfinished", 100, func(c *collection) {
		c.getAll(1, keys(90, 92)...) // the second brings the first page
		for range 3 {
			time.Sleep(listcache.MaxAge/3 - 2*latency)
			c.getAll(1, keys(0, 10)...)
			c.getAll(1, keys(92, 93)...)
		}
		c.wantCost(5, 1)
		time.Sleep(2 * latency)
		c.getAll(1, keys(0, 1)...)
		c.wantCost(6, 1)
	})
	run(t, "continued", 100, func(c *collection) {
		c.getAll(1, keys(90, 100)...)
		c.wantCost(10, 1)
		time.Sleep(listcache.MaxAge / 2)
		c.getAll(1, keys(15, 16)...)
		c.wantCost(10, 2)
		time.Sleep(listcache.MaxAge / 2)
		c.getAll(1, keys(15, 16)...)
		c.wantCost(11, 2)
	})
	run(t, "slow", 4000, func(c *collection) { // 40 seconds
		c.wantList(listcache.Recent, 4000)
		c.wantCost(0, 400)
	})
}

// A list in one response costs as much as its pages would.
func TestGet_ListInOneResponse_CountsAsItsPages(t *testing.T) {
	t.Parallel()
	test(t, 100, func(c *collection) {
		c.whole = true
		c.getAll(1, keys(0, 100)...)
		c.wantCost(1, 10) // P is unknown
		time.Sleep(listcache.MaxAge)
		c.getAll(1, keys(0, 10)...)
		c.wantCost(11, 10)
		c.getAll(1, keys(10, 100)...)
		c.wantCost(11, 20)
	})
}

// If names can be queried, queries count as reads: after as many as the list has pages,
// the list is loaded and used.
func TestLookup_Queries_CountAsReads(t *testing.T) {
	t.Parallel()
	test(t, 50, func(c *collection) {
		queries := 0
		lookup := func(i int, want listcache.Consistency) {
			name := fmt.Sprintf("name-%d", i)
			l, err := c.cache.Lookup(c.t.Context(), name, want, func(context.Context) ([]object, error) {
				queries++
				return []object{{id: strconv.Itoa(i), name: name}}, nil
			})
			if err != nil || len(l.Items) != 1 || l.Items[0].id != strconv.Itoa(i) {
				c.t.Errorf("%d: %v, %v", i, l, err)
			}
		}
		lookup(0, listcache.Recent)
		if queries != 1 {
			c.t.Errorf("%d queries, want 1", queries)
		}
		c.wantCost(0, 0)
		c.getAll(1, keys(40, 43)...) // the first page has P
		c.wantCost(3, 1)
		lookup(1, listcache.Recent)
		lookup(2, listcache.Recent)
		if queries != 2 {
			c.t.Errorf("%d queries, want 2", queries)
		}
		c.wantCost(3, 5)
		for i := range 50 {
			lookup(i, listcache.Recent)
		}
		if queries != 2 {
			c.t.Errorf("%d queries, want 2", queries)
		}
		lookup(3, listcache.Fresh)
		if queries != 3 {
			c.t.Errorf("%d queries, want 3", queries)
		}
		c.wantCost(3, 5)
		// If there is a list, it is used although a query would be cheaper.
		time.Sleep(listcache.MaxAge)
		c.wantList(listcache.Recent, 50)
		lookup(4, listcache.Recent)
		if queries != 3 {
			c.t.Errorf("%d queries, want 3", queries)
		}
		// If the list is forbidden, all lookups are queries.
		time.Sleep(listcache.MaxAge)
		c.setListErr(errForbidden)
		if _, err := c.cache.List(c.t.Context(), listcache.Recent); !errors.Is(err, errForbidden) {
			c.t.Errorf("error %v", err)
		}
		for i := range 50 {
			lookup(i, listcache.Recent)
		}
		if queries != 53 {
			c.t.Errorf("%d queries, want 53", queries)
		}
	})
}
