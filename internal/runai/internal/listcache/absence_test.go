package listcache_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
)

// Absence from a list is confirmed by a read. The list is not loaded again.
func TestGet_MissingFromList_IsConfirmedByRead(t *testing.T) {
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

// "Not found" counts once the collection itself is known to be served, for which one
// page is enough. An object on the list exists.
func TestGet_404_CountsIfCollectionIsServed(t *testing.T) {
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
	t.Run("it does not respond", func(t *testing.T) {
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
