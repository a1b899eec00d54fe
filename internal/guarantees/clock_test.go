package guarantees_test

import (
	"context"
	"sync"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// clock is the system's clock, advanced by the waits of the client: the settle time
// passes for client and mock without a real wait.
type clock struct {
	mu     sync.Mutex
	offset time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.offset)
}

// tune makes a client use the clock.
func (c *clock) tune(cfg *runai.Config) {
	cfg.SettleTime = 10 * time.Second
	cfg.Now = c.Now
	cfg.Sleep = func(ctx context.Context, d time.Duration) error {
		c.advance(d)
		return ctx.Err()
	}
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}
