package listcache_test

import (
	"errors"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
)

// Absence from a list is confirmed by a read. The list is not loaded again.
func TestGet_MissingFromList_IsConfirmedByRead(t *testing.T) {
	t.Parallel()
	test(t, 10, func(c *collection) {
		c.wantList(listcache.Recent, 10)
		c.mu.Lock()
		c.objects = append(c.objects, object{id: "new"})
		c.mu.Unlock()
		c.getAll(1, "new")
		c.wantCost(1, 1)
		for i := range 3 {
			if o, err := c.cache.Get(c.t.Context(), "gone"); !errors.Is(err, errNotFound) {
				c.t.Errorf("%v, %v", o, err)
			}
			c.wantCost(2+i, 1)
		}
	})
}

// "Not found" counts once the collection itself is known to be served, for which one
// page is enough. An object on the list exists.
func TestGet_404_CountsIfCollectionIsServed(t *testing.T) {
	t.Parallel()
	run(t, "one page proves it", 100, func(c *collection) {
		for range 3 {
			if o, err := c.cache.Get(c.t.Context(), "gone"); !errors.Is(err, errNotFound) {
				c.t.Errorf("%v, %v", o, err)
			}
		}
		c.wantCost(3, 1)
	})
	run(t, "it does not respond", 100, func(c *collection) {
		c.listErr = errBroken
		if o, err := c.cache.Get(c.t.Context(), "gone"); !errors.Is(err, errBroken) || errors.Is(err, errNotFound) {
			c.t.Errorf("%v, %v", o, err)
		}
	})
	run(t, "it may not be listed", 100, func(c *collection) {
		c.listErr = errForbidden
		if o, err := c.cache.Get(c.t.Context(), "gone"); !errors.Is(err, errNotFound) {
			c.t.Errorf("%v, %v", o, err)
		}
	})
	run(t, "the list shows it", 10, func(c *collection) {
		c.readErr = errNotFound
		if o, err := c.cache.Get(c.t.Context(), "5"); err != nil || o.id != "5" {
			c.t.Errorf("%v, %v", o, err)
		}
		c.wantCost(1, 1)
	})
	run(t, "after a deletion that found nothing", 10, func(c *collection) {
		c.listErr = errBroken
		if err := c.cache.ConfirmReachable(c.t.Context()); !errors.Is(err, errBroken) {
			c.t.Errorf("error %v", err)
		}
		c.listErr = nil
		for range 2 {
			if err := c.cache.ConfirmReachable(c.t.Context()); err != nil {
				c.t.Error(err)
			}
		}
		c.wantCost(0, 2)
	})
}
