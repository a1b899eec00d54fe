package runai

// What tests in runai_test need of the inside.
const (
	SnapshotAge  = snapshotAge
	FailureTTL   = failureTTL
	ExpiryDelta  = expiryDelta
	MaxRetryWait = maxRetryWait
	MaxAnswer    = maxAnswer
	PageSize     = pageSize
)
