package application_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

func TestAccApplication_Timeouts_MustBePositive(t *testing.T) {
	t.Parallel()
	s := newSealedRun(t)
	for _, operation := range []string{"create", "read", "update", "delete"} {
		for _, bad := range []string{"0s", "-5m", "ten minutes", ""} {
			s.write("", fmt.Sprintf("timeouts = { %s = %q }", operation, bad), "")
			s.CLI.Run("validate", "-no-color").ExpectError(t, "timeouts."+operation+" must be a positive duration")
		}
	}
}

// slowRun returns a run on a control plane that delays each response.
func slowRun(t *testing.T) sealedRun {
	t.Helper()
	cp := acctest.NewWith(t, mockserver.Options{Latency: 40 * time.Millisecond})
	return sealedRun{cp, cp.CLI(t), t}
}

func TestAccApplication_Timeouts_Error_NamesExceededTimeout(t *testing.T) {
	t.Parallel()
	s := slowRun(t)
	s.InjectFaultWith(acctest.CreateApplication, "status", 429, -1) // what is sent is waited for
	s.refuse("timeouts.create, which is 1ms", "", `timeouts = { create = "1ms" }`, "")
	s.ClearFaults()
	s.apply("", "", "")
	s.refuse("timeouts.update, which is 1ms", "", "enabled = false\n  timeouts = { update = \"1ms\" }", "")
	s.apply("", `timeouts = { delete = "1ms" }`, "")
	s.refuse("timeouts.delete, which is 1ms", "", "count = 0", "")
	s.apply("", "", "")
	s.end()
}

// A refresh uses the timeout in the state, so the error says how to replace a bad one.
func TestAccApplication_Timeouts_Read_BadValueInState_CanBeCorrected(t *testing.T) {
	t.Parallel()
	s := slowRun(t)
	s.apply("", `timeouts = { read = "1ms" }`, "")
	s.refuse("run terraform apply -refresh=false once", "", `timeouts = { read = "1m" }`, "")
	s.Apply("-refresh=false").Expect(t, 0)
	s.Plan().Expect(t, 0)
	s.end()
}
