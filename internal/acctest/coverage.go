package acctest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// CoverageVariable names a file to which acceptance tests append the version,
// the method and the route of each successful request, for the table of package
// mockserver (TestCoverage). make test and make test-full set it.
const CoverageVariable = "RUNAI_COVERAGE_FILE"

// recordCoverage appends the routes that the mock served successfully to the file, at
// the end of the test.
func recordCoverage(t testing.TB, version string, mock *mockserver.Server) {
	t.Helper()
	path := os.Getenv(CoverageVariable)
	if path == "" || !strings.HasPrefix(t.Name(), "TestAcc") {
		return
	}
	t.Cleanup(func() {
		seen := map[string]bool{}
		lines := ""
		for _, r := range mock.Log() {
			line := fmt.Sprintf("%s %s %s\n", version, r.Method, r.Route)
			if r.Status/100 != 2 || r.Fault != "" || r.Route == "unmatched" || seen[line] {
				continue
			}
			seen[line] = true
			lines += line
		}
		file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			t.Error(err)
			return
		}
		defer file.Close()
		if _, err := file.WriteString(lines); err != nil { // one write, so that processes do not mix their lines
			t.Error(err)
		}
	})
}
