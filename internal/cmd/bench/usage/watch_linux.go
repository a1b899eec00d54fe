package usage

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// watchInterval is short beside a command of the CLI. The system keeps the peak,
// so only what a process gains within its last interval is missed.
const watchInterval = 10 * time.Millisecond

// Watch follows the peak memory of a running process by itself, without its child
// processes. The function that it returns ends that, and returns the peak in
// bytes; 0 where the system does not report it.
func Watch(pid int) (stop func() int64) {
	// The open file stays that of this process, whoever has its number next.
	status, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return func() int64 { return 0 }
	}
	done, result := make(chan struct{}), make(chan int64)
	go func() {
		defer status.Close()
		ticker := time.NewTicker(watchInterval)
		defer ticker.Stop()
		var peak int64
		buffer := make([]byte, 8<<10)
		for {
			n, _ := status.ReadAt(buffer, 0) // fewer bytes, or none once the process has ended
			peak = max(peak, highWater(buffer[:n]))
			select {
			case <-done:
				result <- peak
				return
			case <-ticker.C:
			}
		}
	}()
	return func() int64 {
		close(done)
		return <-result
	}
}

// highWater returns the peak in the status of a process, in bytes; 0 if it has
// none, as that of a process that has ended.
func highWater(status []byte) int64 {
	_, rest, _ := bytes.Cut(status, []byte("\nVmHWM:"))
	fields := bytes.Fields(rest[:max(0, bytes.IndexByte(rest, '\n'))])
	if len(fields) != 2 || string(fields[1]) != "kB" {
		return 0
	}
	kib, err := strconv.ParseInt(string(fields[0]), 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}
