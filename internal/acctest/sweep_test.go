package acctest_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/runai-community/terraform-provider-runai/internal/acctest/live"
)

// With -sweep, `go test ./internal/acctest` removes what test runs left on the control plane of RUNAI_BASE_URL.
func TestMain(m *testing.M) {
	resource.AddTestSweepers("runai_application", &resource.Sweeper{Name: "runai_application", F: sweep})
	resource.TestMain(m)
}

// sweep removes access rules and then applications. It ignores the region.
func sweep(string) error {
	target, err := live.TargetFromEnvironment(os.Getenv)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	removed, err := live.Sweep(ctx, target)
	for _, object := range removed {
		println("removed the", object) // the testing module sets the log aside
	}
	return err
}
