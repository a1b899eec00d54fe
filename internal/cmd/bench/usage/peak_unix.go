//go:build unix

package usage

import (
	"os"
	"runtime"
	"syscall"
)

func peak(state *os.ProcessState) int64 {
	rusage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return int64(rusage.Maxrss) // in bytes there, in KiB elsewhere
	}
	return int64(rusage.Maxrss) << 10 //nolint:unconvert // the type differs between platforms
}
