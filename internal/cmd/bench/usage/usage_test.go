package usage_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/cmd/bench/usage"
)

func TestOf_ComputingProcess(t *testing.T) {
	t.Parallel()
	if os.Getenv("BENCH_USAGE_CHILD") != "" {
		memory := make([]byte, 64<<20)
		for begin := time.Now(); time.Since(begin) < 100*time.Millisecond; {
			for i := range memory {
				memory[i]++
			}
		}
		return
	}
	child := exec.Command(os.Args[0], "-test.run=^TestOf_ComputingProcess$")
	child.Env = append(os.Environ(), "BENCH_USAGE_CHILD=1")
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%s: %s", err, out)
	}
	u := usage.Of(child.ProcessState)
	if u.CPU < 20*time.Millisecond {
		t.Errorf("CPU: %s", u.CPU)
	}
	if u.Peak < 64<<20 && runtime.GOOS != "windows" {
		t.Errorf("peak: %d bytes", u.Peak)
	}
}

// TestWatch_WithoutChildProcesses runs a process of 64 MiB with a child process of
// twice that.
func TestWatch_WithoutChildProcesses(t *testing.T) {
	t.Parallel()
	const variable = "BENCH_USAGE_MIB"
	if size := os.Getenv(variable); size != "" {
		mib, err := strconv.Atoi(size)
		if err != nil {
			t.Fatal(err)
		}
		memory := make([]byte, mib<<20)
		for i := range memory {
			memory[i] = 1
		}
		if mib == 64 {
			child := exec.Command(os.Args[0], "-test.run=^TestWatch_WithoutChildProcesses$")
			child.Env = append(os.Environ(), variable+"=128")
			if out, err := child.CombinedOutput(); err != nil {
				t.Fatalf("%s: %s", err, out)
			}
		}
		runtime.KeepAlive(memory)
		return
	}
	parent := exec.Command(os.Args[0], "-test.run=^TestWatch_WithoutChildProcesses$")
	parent.Env = append(os.Environ(), variable+"=64")
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	stop := usage.Watch(parent.Process.Pid)
	if err := parent.Wait(); err != nil {
		t.Fatal(err)
	}
	peak := stop()
	if runtime.GOOS != "linux" {
		if peak != 0 {
			t.Errorf("peak: %d bytes, want 0", peak)
		}
		return
	}
	if all := usage.Of(parent.ProcessState).Peak; peak < 64<<20 || peak >= 128<<20 || all < 128<<20 {
		t.Errorf("peak: %d bytes, with the child process %d bytes", peak, all)
	}
}

func TestRead_SumsTimes_TakesLargestPeak(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "usage")
	if sum, n, err := usage.Read(file); n != 0 || err != nil || sum != (usage.Usage{}) {
		t.Errorf("no file: %v, %d, %v", sum, n, err)
	}
	for _, u := range []usage.Usage{{CPU: time.Second, Peak: 3 << 20}, {CPU: 2 * time.Second, Peak: 5 << 20}, {CPU: time.Second, Peak: 1 << 20}} {
		if err := usage.Append(file, u); err != nil {
			t.Fatal(err)
		}
	}
	sum, n, err := usage.Read(file)
	if err != nil || n != 3 || sum != (usage.Usage{CPU: 4 * time.Second, Peak: 5 << 20}) {
		t.Errorf("%v, %d, %v", sum, n, err)
	}
	if err := os.WriteFile(file, []byte("{\"cpu\":1}\nnonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := usage.Read(file); err == nil {
		t.Error("nonsense was read")
	}
}
