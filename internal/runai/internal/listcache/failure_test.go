package listcache_test

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
)

// An error is returned to all waiting callers and not cached.
func TestGet_Error_IsSharedAndNotCached(t *testing.T) {
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

// After a failed page, the next load of the list continues with that page.
func TestList_FailedPage_IsResumed(t *testing.T) {
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

// A forbidden list is not requested again for the life of a snapshot.
func TestGet_ListForbidden_IsCached(t *testing.T) {
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
