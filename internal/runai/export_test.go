package runai

// What tests in runai_test need of the inside.
const (
	SnapshotAge   = snapshotAge
	FailureMemory = failureMemory
	RenewBefore   = renewBefore
	MaxRetryWait  = maxRetryWait
	MaxAnswer     = maxAnswer
	PageSize      = pageSize
)
