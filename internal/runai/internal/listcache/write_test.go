package listcache_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
)

// An object that this client has written is read by its key until a later list is
// requested. No list is loaded for it: that would cost more than the read it saves.
func TestGet_OwnWrite_IsReadByKey(t *testing.T) {
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

// 1000 objects that are created and read one after the other cost one read each and no
// list.
func TestGet_AfterCreate_LoadsNoList(t *testing.T) {
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

// A caller that needs a list from after a write gets neither the pages nor the error of
// a load that began before it.
func TestList_AfterWrite_StartsNewLoad(t *testing.T) {
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

// A list that was requested before a write is not used after it, whenever it arrives.
func TestGet_ListFromBeforeWrite_IsNotUsed(t *testing.T) {
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

func TestLookup_UsesListWithoutLaterWrites(t *testing.T) {
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
