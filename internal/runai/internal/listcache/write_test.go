package listcache_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
)

// An object that this client has written is read by its key until a later list is
// requested. No list is loaded for it: that would cost more than the read it saves.
func TestGet_OwnWrite_IsReadByKey(t *testing.T) {
	t.Parallel()
	test(t, 10, func(c *collection) {
		c.wantList(listcache.Recent, 10)
		for i := range 5 {
			c.write("3")
			c.cache.Invalidate("3")
			if o, err := c.cache.Get(c.t.Context(), "3"); err != nil || o.version != i+1 {
				c.t.Errorf("%v, %v", o, err)
			}
			c.getAll(1, "4")
		}
		c.wantCost(5, 1)
		c.wantList(listcache.AfterWrites, 10)
		if o, err := c.cache.Get(c.t.Context(), "3"); err != nil || o.version != 5 {
			c.t.Errorf("%v, %v", o, err)
		}
		c.wantCost(5, 2)
	})
}

// Objects that are created and then read, one or ten at a time, cost one read each and
// no list.
func TestGet_AfterCreate_LoadsNoList(t *testing.T) {
	t.Parallel()
	for _, parallelism := range []int{1, 10} {
		run(t, fmt.Sprintf("parallelism %d", parallelism), 0, func(c *collection) {
			each(parallelism, keys(0, 100), func(key string) {
				c.mu.Lock()
				c.objects = append(c.objects, object{id: key})
				c.mu.Unlock()
				c.cache.Invalidate(key)
				c.getAll(1, key)
			})
			c.wantCost(100, 0)
		})
	}
}

// So do those that are created before the first of them is read, and while the results
// are too old to serve.
func TestGet_AfterSeveralCreates_LoadsNoList(t *testing.T) {
	t.Parallel()
	for name, pause := range map[string]time.Duration{"immediately": 0, "of an earlier snapshot": listcache.MaxAge} {
		run(t, name, 20, func(c *collection) {
			c.getAll(1, "15")
			for _, key := range keys(0, 10) {
				c.cache.Invalidate(key)
			}
			time.Sleep(pause)
			c.getAll(1, keys(0, 10)...)
			c.wantCost(11, 0)
		})
	}
	run(t, "before any read", 20, func(c *collection) {
		for _, key := range keys(0, 10) {
			c.cache.Invalidate(key)
		}
		c.getAll(1, keys(0, 10)...)
		c.wantCost(10, 0)
		// The control: other objects are worth a list.
		c.getAll(1, keys(10, 20)...)
		c.wantCost(12, 2)
	})
}

// Objects that were created longer ago are worth a list again.
func TestGet_LongAfterCreates_LoadsList(t *testing.T) {
	t.Parallel()
	test(t, 20, func(c *collection) {
		for _, key := range keys(0, 10) {
			c.cache.Invalidate(key)
		}
		for range 2 {
			c.getAll(1, "15")
			time.Sleep(listcache.MaxAge)
		}
		c.getAll(1, keys(0, 10)...)
		c.wantCost(3, 1) // the first of them shows that there are two pages
	})
}

// A caller that needs a list from after a write gets neither the pages nor the error of
// a load that began before it.
func TestList_AfterWrite_StartsNewLoad(t *testing.T) {
	t.Parallel()
	run(t, "unfinished", 30, func(c *collection) {
		c.getAll(1, keys(20, 22)...) // the second brings the first page
		c.write("3")
		c.cache.Invalidate("3")
		l, err := c.cache.List(c.t.Context(), listcache.AfterWrites)
		if err != nil || len(l.Items) != 30 || l.Items[3].version != 1 {
			c.t.Errorf("%v, %v", l, err)
		}
		c.wantCost(2, 4)
	})
	run(t, "failed", 30, func(c *collection) {
		c.listErr = errBroken
		done := make(chan error)
		go func() {
			_, err := c.cache.List(c.t.Context(), listcache.Recent)
			done <- err
		}()
		synctest.Wait()
		c.setListErr(nil)
		c.cache.Invalidate("3")
		go func() {
			l, err := c.cache.List(c.t.Context(), listcache.AfterWrites)
			if len(l.Items) != 30 {
				c.t.Errorf("%d objects", len(l.Items))
			}
			done <- err
		}()
		if err := <-done; !errors.Is(err, errBroken) {
			c.t.Errorf("error %v", err)
		}
		if err := <-done; err != nil {
			c.t.Errorf("error %v", err)
		}
	})
}

// A list that was requested before a write is not used after it, whenever it arrives.
func TestGet_ListFromBeforeWrite_IsNotUsed(t *testing.T) {
	t.Parallel()
	test(t, 30, func(c *collection) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.wantList(listcache.Recent, 30)
		}()
		synctest.Wait()
		c.write("3")
		c.cache.Invalidate("3")
		<-done
		if o, err := c.cache.Get(c.t.Context(), "3"); err != nil || o.version != 1 {
			c.t.Errorf("%v, %v", o, err)
		}
		c.wantCost(1, 3)
	})
}

func TestLookup_UsesListWithoutLaterWrites(t *testing.T) {
	t.Parallel()
	test(t, 30, func(c *collection) {
		c.objects[20].name = "name-3"
		c.truncated = true
		ids := func(want listcache.Consistency) (ids []string) {
			l, err := c.cache.Lookup(c.t.Context(), "name-3", want, nil)
			if err != nil || !l.Truncated {
				c.t.Errorf("%v, %v", l, err)
			}
			for _, o := range l.Items {
				ids = append(ids, o.id)
			}
			return ids
		}
		if got := ids(listcache.Recent); !slices.Equal(got, []string{"3", "20"}) {
			c.t.Errorf("%v", got)
		}
		c.remove("3")
		c.cache.Invalidate("3")
		if got := ids(listcache.Recent); !slices.Equal(got, []string{"20"}) {
			c.t.Errorf("%v", got)
		}
		c.wantCost(0, 3)
		c.remove("20") // by another principal
		if got := ids(listcache.AfterWrites); len(got) != 0 {
			c.t.Errorf("%v", got)
		}
		c.wantCost(0, 6)
	})
}
