package rest

import (
	"context"
	"time"
)

// log logs one attempt.
func (o *operation) log(ctx context.Context, took time.Duration) {
	c, a := o.client, o.last
	if c.Config.Log == nil {
		return
	}
	fields := map[string]any{
		"method":      o.request.Method,
		"path":        o.request.Path,
		"attempt":     o.attempts,
		"duration_ms": took.Milliseconds(),
	}
	if a.status != 0 {
		fields["status"] = a.status
	}
	if a.cause != nil {
		fields["error"] = sanitize(unwrapURLError(a.cause).Error(), c.secrets.redact)
	}
	c.Config.Log(ctx, "Run:ai API request", fields)
}

// release ends a request in flight, and logs the bound if it has changed.
func (c *Client) release(ctx context.Context, held slot, o outcome) {
	if limit, changed := held.release(o); changed && c.Config.Log != nil {
		c.Config.Log(ctx, "Run:ai API requests in flight are limited", map[string]any{"limit": limit})
	}
}
