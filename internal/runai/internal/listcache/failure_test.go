package listcache_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
)

// An error is returned to all waiting callers and not cached.
func TestGet_Error_IsSharedAndNotCached(t *testing.T) {
	t.Parallel()
	test(t, 30, func(c *collection) {
		c.listErr, c.readErr = errBroken, errBroken
		var callers sync.WaitGroup
		for _, key := range keys(0, 20) {
			callers.Go(func() {
				if o, err := c.cache.Get(c.t.Context(), key); !errors.Is(err, errBroken) {
					c.t.Errorf("%v, %v", o, err)
				}
			})
		}
		callers.Wait()
		c.wantCost(1, 1)
		c.listErr, c.readErr = nil, nil
		c.getAll(10, keys(0, 30)...)
	})
}

// After a failed page, the next load of the list continues with that page.
func TestList_FailedPage_IsResumed(t *testing.T) {
	t.Parallel()
	test(t, 30, func(c *collection) {
		go func() {
			time.Sleep(latency + latency/2)
			c.setListErr(errBroken)
		}()
		if l, err := c.cache.List(c.t.Context(), listcache.Recent); !errors.Is(err, errBroken) || l.Items != nil {
			c.t.Errorf("%d objects, %v", len(l.Items), err)
		}
		c.setListErr(nil)
		c.wantList(listcache.Recent, 30)
		c.wantCost(0, 4) // one of them twice
	})
}

// A forbidden list is not requested again for the life of a snapshot.
func TestGet_ListForbidden_IsCached(t *testing.T) {
	t.Parallel()
	test(t, 30, func(c *collection) {
		c.listErr = errForbidden
		c.getAll(10, keys(0, 30)...)
		c.wantCost(30, 1)
		if _, err := c.cache.List(c.t.Context(), listcache.Recent); !errors.Is(err, errForbidden) {
			c.t.Errorf("error %v", err)
		}
		if l, err := c.cache.Lookup(c.t.Context(), "name-1", listcache.Recent, nil); !errors.Is(err, errForbidden) || l.Items != nil {
			c.t.Errorf("%v, %v", l, err)
		}
		c.wantCost(30, 1)
		c.listErr = nil
		time.Sleep(listcache.MaxAge)
		c.getAll(10, keys(0, 30)...)
		c.wantCost(33, 4)
		// The cache keeps the known length of the list.
		time.Sleep(listcache.MaxAge)
		c.setListErr(errForbidden)
		if _, err := c.cache.List(c.t.Context(), listcache.Recent); !errors.Is(err, errForbidden) {
			c.t.Errorf("error %v", err)
		}
		time.Sleep(listcache.MaxAge)
		c.setListErr(nil)
		c.getAll(1, keys(27, 30)...)
		c.wantCost(36, 5)
	})
}
