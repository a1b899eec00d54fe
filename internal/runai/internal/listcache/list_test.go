package listcache_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
)

func TestList_IsAsFreshAsRequested(t *testing.T) {
	t.Parallel()
	test(t, 25, func(c *collection) {
		versions := func(want listcache.Consistency) int {
			l, err := c.cache.List(c.t.Context(), want)
			if err != nil || len(l.Items) != 25 {
				c.t.Fatalf("%d objects, %v", len(l.Items), err)
			}
			return l.Items[3].version
		}
		versions(listcache.Recent)
		versions(listcache.AfterWrites)
		c.wantCost(0, 3)
		c.write("3") // by another principal
		if v := versions(listcache.AfterWrites); v != 0 {
			c.t.Errorf("version %d", v)
		}
		c.wantCost(0, 3)
		if v := versions(listcache.Fresh); v != 1 {
			c.t.Errorf("version %d", v)
		}
		c.wantCost(0, 6)
		c.write("3")
		c.cache.Invalidate("3")
		if v := versions(listcache.Recent); v != 1 {
			c.t.Errorf("version %d", v)
		}
		c.wantCost(0, 6)
		if v := versions(listcache.AfterWrites); v != 2 {
			c.t.Errorf("version %d", v)
		}
		c.wantCost(0, 9)
		time.Sleep(listcache.MaxAge - time.Nanosecond)
		versions(listcache.Recent)
		c.wantCost(0, 9)
		time.Sleep(time.Nanosecond)
		versions(listcache.Recent)
		c.wantCost(0, 12)
	})
}

// One load is in flight at a time. Callers that need a newer list wait for it and
// share the next load.
func TestList_FreshRequests_ShareNextLoad(t *testing.T) {
	t.Parallel()
	test(t, 10, func(c *collection) {
		var callers sync.WaitGroup
		callers.Go(func() {
			c.wantList(listcache.Recent, 10)
		})
		synctest.Wait()
		c.write("3")
		for range 20 {
			callers.Go(func() {
				if l, err := c.cache.List(c.t.Context(), listcache.Fresh); err != nil || l.Items[3].version != 1 {
					c.t.Errorf("%v, %v", l, err)
				}
			})
		}
		callers.Wait()
		c.wantCost(0, 2)
	})
}
