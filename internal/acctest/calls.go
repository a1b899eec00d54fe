package acctest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// Call is an operation of the API. Its route depends on the version.
type Call int

// The calls that tests count and inject faults into.
const (
	ListApplications Call = iota
	CreateApplication
	ReadApplication
	SetEnabled
	DeleteApplication
	RegenerateSecret
	ListAccessRules
	CreateAccessRule
	ReadAccessRule
	DeleteAccessRule
	ListRoles
	ListClusters
	ListDepartments
	ReadDepartment
	ListProjects
	ReadProject
	GetToken
)

// route is the method and the route of a call on this control plane: a second
// reading of the API, apart from the client's.
func (c *ControlPlane) route(call Call) (method, path string) {
	apps := "/api/v1/service-accounts"
	switch c.Version {
	case "2.17":
		apps = "/v1/k8s/apps"
	case "2.18", "2.19", "2.20", "2.21", "2.22", "2.23":
		apps = "/api/v1/apps"
	}
	const rules = "/api/v1/authorization/access-rules"
	switch call {
	case ListApplications:
		return "GET", apps
	case CreateApplication:
		return "POST", apps
	case ReadApplication:
		return "GET", apps + "/{id}"
	case SetEnabled:
		if c.Version == "2.17" {
			return "PUT", apps + "/{id}"
		}
		return "PATCH", apps + "/{id}"
	case DeleteApplication:
		return "DELETE", apps + "/{id}"
	case RegenerateSecret:
		return "POST", apps + "/{id}/secret"
	case ListAccessRules:
		return "GET", rules
	case CreateAccessRule:
		return "POST", rules
	case ReadAccessRule:
		return "GET", rules + "/{id}"
	case DeleteAccessRule:
		return "DELETE", rules + "/{id}"
	case ListRoles:
		if c.Version >= "2.24" {
			return "GET", "/api/v2/authorization/roles"
		}
		return "GET", "/api/v1/authorization/roles"
	case ListClusters:
		return "GET", "/api/v1/clusters"
	case ListDepartments:
		return "GET", "/api/v1/org-unit/departments"
	case ReadDepartment:
		return "GET", "/api/v1/org-unit/departments/{id}"
	case ListProjects:
		return "GET", "/api/v1/org-unit/projects"
	case ReadProject:
		return "GET", "/api/v1/org-unit/projects/{id}"
	case GetToken:
		if c.Version >= "2.24" {
			return "POST", "/api/v2/token"
		}
		return "POST", "/api/v1/token"
	}
	panic("unknown call")
}

// Fault returns a fault for a call. A count of -1 lasts until ClearFaults.
func (c *ControlPlane) Fault(call Call, kind string, count int) mockserver.Fault {
	method, path := c.route(call)
	return mockserver.Fault{Method: method, Path: path, Kind: kind, Count: count}
}

// InjectFault injects a fault into a call.
func (c *ControlPlane) InjectFault(call Call, kind string, count int) {
	c.ArmFault(c.Fault(call, kind, count))
}

// InjectFaultWith is InjectFault with a status, for the kinds status and html.
func (c *ControlPlane) InjectFaultWith(call Call, kind string, status, count int) {
	f := c.Fault(call, kind, count)
	f.Status = status
	c.ArmFault(f)
}

// OnCall calls f whenever a call arrives, before the mock handles it. It replaces the
// hook of an earlier OnRequest or OnCall.
func (c *ControlPlane) OnCall(call Call, f func()) {
	wantMethod, wantPath := c.route(call)
	c.OnRequest(func(method, path string) {
		if method == wantMethod && path == wantPath {
			f()
		}
	})
}

// ArmFault injects a fault.
func (c *ControlPlane) ArmFault(f mockserver.Fault) {
	if err := c.Arm(f); err != nil {
		c.t.Fatal(err)
	}
}

// Calls returns the number of calls since the last ResetRequests.
func (c *ControlPlane) Calls(call Call) int { return c.Count(c.route(call)) }

// ExpectCalls checks the number of calls since the last ResetRequests.
func (c *ControlPlane) ExpectCalls(call Call, want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		method, path := c.route(call)
		if got := c.Count(method, path); got != want {
			return fmt.Errorf("%s %s was requested %d times, want %d; all requests: %v", method, path, got, want, c.Requests())
		}
		return nil
	}
}

// ExpectMutations checks the number of requests on any route since the last
// ResetRequests that are not reads. It does not count sign-ins.
func (c *ControlPlane) ExpectMutations(want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		got := 0
		for route, n := range c.Requests() {
			if !strings.HasPrefix(route, "GET ") && !strings.HasSuffix(route, "token") && !strings.HasSuffix(route, " unmatched") {
				got += n
			}
		}
		if got != want {
			return fmt.Errorf("%d mutations, want %d; all requests: %v", got, want, c.Requests())
		}
		return nil
	}
}

// PerRun returns the number of requests for a route in each run of Terraform that made
// any. A run begins when the provider signs in.
func (c *ControlPlane) PerRun(method, route string) []int {
	var runs []int
	signingIn, fresh := false, true
	for _, r := range c.Log() {
		token := strings.HasSuffix(r.Route, "/token") || strings.HasSuffix(r.Route, "/apptoken")
		fresh = fresh || token && !signingIn
		signingIn = token
		if r.Method != method || r.Route != route {
			continue
		}
		if fresh {
			runs, fresh = append(runs, 0), false
		}
		runs[len(runs)-1]++
	}
	return runs
}

// ExpectCallsPerRun checks that at least one run made requests for a route, and that
// each such run made exactly want.
func (c *ControlPlane) ExpectCallsPerRun(method, route string, want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		runs := c.PerRun(method, route)
		if len(runs) == 0 || slices.ContainsFunc(runs, func(got int) bool { return got != want }) {
			return fmt.Errorf("runs requested %s %s %v times, want %d in each; all requests: %v", method, route, runs, want, c.Requests())
		}
		return nil
	}
}

// ExpectCallsPerRunOf is ExpectCallsPerRun for a call.
func (c *ControlPlane) ExpectCallsPerRunOf(call Call, want int) resource.TestCheckFunc {
	method, route := c.route(call)
	return c.ExpectCallsPerRun(method, route, want)
}
