package runai

import (
	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
)

// What tests in runai_test need of the inside.
const (
	SnapshotAge = listcache.MaxAge
	FailureTTL  = failureTTL
	ExpiryDelta = expiryDelta
	PageSize    = pageSize
)

// SignInFailed reports whether the last sign-in of a client failed.
func (c *Client) SignInFailed() bool {
	c.session.tokens.mu.Lock()
	defer c.session.tokens.mu.Unlock()
	return c.session.tokens.failure != nil
}
