package listcache_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
)

// A canceled caller does not affect the others.
func TestGet_CanceledCaller_DoesNotCancelLoad(t *testing.T) {
	t.Parallel()
	test(t, 30, func(c *collection) {
		ctx, leave := context.WithCancel(c.t.Context())
		left, stayed := make(chan error, 1), make(chan error, 1)
		list := func(ctx context.Context, who chan error) {
			_, err := c.cache.List(ctx, listcache.Recent)
			who <- err
		}
		go list(ctx, left)
		synctest.Wait()
		go list(c.t.Context(), stayed)
		synctest.Wait()
		leave()
		before := time.Now()
		if err := <-left; !errors.Is(err, context.Canceled) {
			c.t.Errorf("the canceled caller: %v", err)
		}
		if waited := time.Since(before); waited != 0 {
			c.t.Errorf("the canceled caller waited %v", waited)
		}
		if err := <-stayed; err != nil {
			c.t.Errorf("the one who stayed got %v", err)
		}
		c.wantCost(0, 3)
	})
}

// A load ends when all its callers are canceled. A later caller does not get the error
// of that load.
func TestGet_AllCallersCanceled_EndsLoad(t *testing.T) {
	t.Parallel()
	test(t, 100, func(c *collection) {
		ctx, leave := context.WithCancel(c.t.Context())
		left := make(chan error, 1)
		go func() {
			_, err := c.cache.List(ctx, listcache.Recent)
			left <- err
		}()
		time.Sleep(2*latency + latency/2)
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			c.t.Errorf("error %v", err)
		}
		// One arrives while the load is ending, and gets the complete list.
		c.wantList(listcache.Recent, 100)
		time.Sleep(time.Minute)
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.pages > 14 {
			c.t.Errorf("%d pages: the load continued without waiters", c.pages)
		}
	})
}

func TestGet_CanceledBeforeLoad_SendsNoRequest(t *testing.T) {
	t.Parallel()
	test(t, 100, func(c *collection) {
		ctx, cancel := context.WithTimeout(c.t.Context(), 2*latency+latency/2)
		defer cancel()
		if _, err := c.cache.List(ctx, listcache.Recent); !errors.Is(err, context.DeadlineExceeded) {
			c.t.Errorf("error %v", err)
		}
		synctest.Wait()
		c.mu.Lock()
		if c.ended != 1 {
			c.t.Errorf("%d requests were ended, want the one in flight", c.ended)
		}
		c.mu.Unlock()
		time.Sleep(time.Minute)
		c.wantCost(0, 3)
	})
}
