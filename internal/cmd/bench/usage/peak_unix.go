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
	peak := int64(rusage.Maxrss) //nolint:unconvert // the type differs between platforms
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return peak // in bytes there, in KiB elsewhere
	}
	return peak << 10
}
