package live

import (
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// mockOnly has the methods of the mock that no control plane has. Each skips the test with the reason.
type mockOnly struct{ tb testing.TB }

func (m *mockOnly) skip(reason string) {
	m.tb.Helper()
	m.tb.Skipf("needs the mock control plane: %s", reason)
}

// RenumberApplication skips the test.
func (m *mockOnly) RenumberApplication(string) (id string) {
	m.tb.Helper()
	m.skip("it changes the ID of an application")
	return
}

// SetLastLogin skips the test.
func (m *mockOnly) SetLastLogin(string, time.Time) {
	m.tb.Helper()
	m.skip("it sets the time of a login")
}

// RefuseSignIns skips the test.
func (m *mockOnly) RefuseSignIns(bool) {
	m.tb.Helper()
	m.skip("it refuses sign-ins")
}

// TouchApplications skips the test.
func (m *mockOnly) TouchApplications() {
	m.tb.Helper()
	m.skip("it changes times")
}

// SetAccessRuleStatus skips the test.
func (m *mockOnly) SetAccessRuleStatus(int, string, string) {
	m.tb.Helper()
	m.skip("it sets the status of an access rule")
}

// SpellAccessRuleSubject skips the test.
func (m *mockOnly) SpellAccessRuleSubject(int, string) {
	m.tb.Helper()
	m.skip("it changes the spelling of a subject")
}

// SetNewAccessRuleStatus skips the test.
func (m *mockOnly) SetNewAccessRuleStatus(string, string) {
	m.tb.Helper()
	m.skip("it sets the status of new access rules")
}

// AddRole skips the test.
func (m *mockOnly) AddRole(string, bool, ...string) (added mockserver.Role) {
	m.tb.Helper()
	m.skip("it creates a role")
	return
}

// RenameRole skips the test.
func (m *mockOnly) RenameRole(int, string) {
	m.tb.Helper()
	m.skip("it renames a role")
}

// AddCluster skips the test.
func (m *mockOnly) AddCluster(string) (added mockserver.Cluster) {
	m.tb.Helper()
	m.skip("it creates a cluster")
	return
}

// SetClusterState skips the test.
func (m *mockOnly) SetClusterState(string, string) {
	m.tb.Helper()
	m.skip("it sets the state of a cluster")
}

// AddDepartment skips the test.
func (m *mockOnly) AddDepartment(string, string) (added mockserver.Department) {
	m.tb.Helper()
	m.skip("it creates a department")
	return
}

// AddProject skips the test.
func (m *mockOnly) AddProject(string, string) (added mockserver.Project) {
	m.tb.Helper()
	m.skip("it creates a project")
	return
}

// DeleteProject skips the test.
func (m *mockOnly) DeleteProject(string) {
	m.tb.Helper()
	m.skip("it deletes a project")
}

// Arm skips the test.
func (m *mockOnly) Arm(mockserver.Fault) (err error) {
	m.tb.Helper()
	m.skip("it injects a fault")
	return
}

// PeakInFlight skips the test.
func (m *mockOnly) PeakInFlight() (peak int) {
	m.tb.Helper()
	m.skip("it counts requests in flight")
	return
}

// ReleaseLate skips the test.
func (m *mockOnly) ReleaseLate() (released int) {
	m.tb.Helper()
	m.skip("it lets requests take effect late")
	return
}

// PendingLate skips the test.
func (m *mockOnly) PendingLate() (pending int) {
	m.tb.Helper()
	m.skip("it lets requests take effect late")
	return
}

// MalformApplication skips the test.
func (m *mockOnly) MalformApplication(string, string, any) {
	m.tb.Helper()
	m.skip("it returns a malformed application")
}

// MalformAccessRule skips the test.
func (m *mockOnly) MalformAccessRule(int, string, any) {
	m.tb.Helper()
	m.skip("it returns a malformed access rule")
}

// OnRequest skips the test, unless it removes the hook: tests change data in it, which a gateway cannot.
func (m *mockOnly) OnRequest(f func(method, route string)) {
	m.tb.Helper()
	if f != nil {
		m.skip("it hooks into the handling of requests")
	}
}
