package acctest

import (
	"os"
	"reflect"
	"sync"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest/live"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// LiveEnvVar makes the tests run against the control plane that RUNAI_BASE_URL names, as make testacc-live does.
const LiveEnvVar = "RUNAI_TESTACC_LIVE"

func isLive() bool { return os.Getenv(LiveEnvVar) != "" }

var liveTarget = sync.OnceValues(func() (live.Target, error) { return live.TargetFromEnvironment(os.Getenv) })

// newLive returns a real control plane. It skips the test if that sets options of the mock, or needs another version.
func newLive(t testing.TB, options mockserver.Options) *ControlPlane {
	t.Helper()
	target, err := liveTarget()
	if err != nil {
		t.Fatal(err)
	}
	for field, value := range reflect.ValueOf(options).Fields() {
		if field.Name != "Version" && !value.IsZero() {
			t.Skipf("needs the mock control plane: its option %s", field.Name)
		}
	}
	p := live.Start(t, target)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	if options.Version != "" && options.Version != p.Version {
		t.Skipf("needs control plane %s, and this is %s or like it", options.Version, p.Version)
	}
	return &ControlPlane{plane: p, URL: p.URL, Version: p.Version, live: p, t: t}
}

// NeedsMock skips a test on a real control plane.
func NeedsMock(t testing.TB, reason string) {
	t.Helper()
	if isLive() {
		t.Skip("needs the mock control plane: " + reason)
	}
}
