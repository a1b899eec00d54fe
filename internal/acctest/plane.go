package acctest

import (
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/acctest/live"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// plane has the operations of tests on a control plane, outside of Terraform. The mock supports all of them. On a real
// control plane, an unsupported one skips the test.
type plane interface {
	// supported by both
	TenantID() string
	Roles() []mockserver.Role
	Clusters() []mockserver.Cluster
	Departments() []mockserver.Department
	Projects() []mockserver.Project
	State() mockserver.State
	SignsIn(clientID, secret string) bool
	IsSecretOf(name, secret string) bool
	Issued() []string
	Log() []mockserver.LoggedRequest
	Count(method, route string) int
	Requests() map[string]int
	ResetRequests()
	OnRequest(f func(method, route string))
	ClearFaults()
	ServesMalformed() bool
	Close() error

	// performed as another principal
	CreateApplication(name, createdBy string) mockserver.Application
	SetApplicationEnabled(name string, enabled bool)
	DeleteApplication(name string)
	RegenerateSecret(name string) string
	CreateAccessRule(rule mockserver.AccessRule) mockserver.AccessRule
	DeleteAccessRule(id int)

	// supported by the mock only
	RenumberApplication(name string) string
	SetLastLogin(name string, at time.Time)
	RefuseSignIns(refuse bool)
	TouchApplications()
	SetAccessRuleStatus(id int, phase, message string)
	SpellAccessRuleSubject(id int, subjectID string)
	SetNewAccessRuleStatus(phase, message string)
	AddRole(name string, enabled bool, manages ...string) mockserver.Role
	RenameRole(id int, name string)
	AddCluster(name string) mockserver.Cluster
	SetClusterState(name, state string)
	AddDepartment(name, clusterID string) mockserver.Department
	AddProject(name, departmentID string) mockserver.Project
	DeleteProject(id string)
	Arm(f mockserver.Fault) error
	PeakInFlight() int
	ReleaseLate() int
	PendingLate() int
	MalformApplication(name, member string, value any)
	MalformAccessRule(id int, member string, value any)
}

var (
	_ plane = (*mockserver.Server)(nil)
	_ plane = (*live.Plane)(nil)
)
