package framework_test

import (
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/framework/frameworktest"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// FuzzLoadPending loads a pending create from private state. Unreadable data gives none,
// and a pending create is the same after it is saved again.
func FuzzLoadPending(f *testing.F) {
	for _, seed := range []string{
		`{"from":"2026-11-29T12:00:00Z","until":"2026-11-29T12:00:30.5+01:00"}`, `{}`, `null`, `[]`, ``, `{"from":"yesterday"}`, `{"from":""}`,
		`{"from":"0001-01-01T00:00:00Z"}`, `{"until":"9999-12-31T23:59:59-23:59"}`, `{"from":"2026-11-29T12:00:00Z","until":7}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		pending, ok := framework.LoadPending(t.Context(), frameworktest.PrivateState{"claim": data})
		if !ok {
			if pending != (runai.PendingCreate{}) {
				t.Errorf("%q: unreadable data gives %+v", data, pending)
			}
			return
		}
		saved := frameworktest.PrivateState{}
		if diags := framework.SavePending(t.Context(), saved, pending); diags.HasError() {
			t.Fatalf("%q cannot be saved again: %v", data, diags)
		}
		again, ok := framework.LoadPending(t.Context(), saved)
		if !ok || !again.From.Equal(pending.From) || !again.Until.Equal(pending.Until) {
			t.Errorf("%q is read as %+v, and that as %+v", data, pending, again)
		}
	})
}
