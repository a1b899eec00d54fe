//go:build !linux

package usage

// Watch would follow the peak memory of a process without its child processes,
// which the system does not report.
func Watch(int) (stop func() int64) { return func() int64 { return 0 } }
