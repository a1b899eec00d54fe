package runai

// What tests in runai_test need of the inside.
const (
	SnapshotAge   = snapshotAge
	FailureTTL    = failureTTL
	ExpiryDelta   = expiryDelta
	MaxRetryAfter = maxRetryAfter
	MaxResponse   = maxResponse
	PageSize      = pageSize
)

// SignInFailed reports whether the last sign-in of a client failed.
func (c *Client) SignInFailed() bool {
	c.tokens.mu.Lock()
	defer c.tokens.mu.Unlock()
	return c.tokens.failure != nil
}
