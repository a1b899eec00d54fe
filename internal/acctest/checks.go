package acctest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// Call is something that a provider asks of a control plane, whatever it is
// called there.
type Call int

// The calls that tests count and break.
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

// Fault is a fault for a call; count -1 is until ClearFaults.
func (c *ControlPlane) Fault(call Call, kind string, count int) mockserver.Fault {
	method, path := c.route(call)
	return mockserver.Fault{Method: method, Path: path, Kind: kind, Count: count}
}

// InjectFault arms a fault for a call.
func (c *ControlPlane) InjectFault(call Call, kind string, count int) {
	c.ArmFault(c.Fault(call, kind, count))
}

// InjectFaultWith is InjectFault with a status, for the kinds status and html.
func (c *ControlPlane) InjectFaultWith(call Call, kind string, status, count int) {
	f := c.Fault(call, kind, count)
	f.Status = status
	c.ArmFault(f)
}

// OnCall has f called whenever a call arrives, before it is handled; it ends what
// OnRequest or OnCall were told before.
func (c *ControlPlane) OnCall(call Call, f func()) {
	wantMethod, wantPath := c.route(call)
	c.OnRequest(func(method, path string) {
		if method == wantMethod && path == wantPath {
			f()
		}
	})
}

// ArmFault arms a fault of any form.
func (c *ControlPlane) ArmFault(f mockserver.Fault) {
	if err := c.Arm(f); err != nil {
		c.t.Fatal(err)
	}
}

// Calls is how often a call was made since the last ResetRequests.
func (c *ControlPlane) Calls(call Call) int { return c.Count(c.route(call)) }

// ExpectCalls checks how often a call was made since the last ResetRequests.
func (c *ControlPlane) ExpectCalls(call Call, want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		method, path := c.route(call)
		if got := c.Count(method, path); got != want {
			return fmt.Errorf("%s %s was requested %d times, want %d; all requests: %v", method, path, got, want, c.Requests())
		}
		return nil
	}
}

// ExpectMutations checks how many requests were made since the last ResetRequests that
// could have changed something, whatever their route. Those that sign in do not.
func (c *ControlPlane) ExpectMutations(want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		got := 0
		for route, n := range c.Requests() {
			if !strings.HasPrefix(route, "GET ") && !strings.HasSuffix(route, "token") && !strings.HasSuffix(route, " unmatched") {
				got += n
			}
		}
		if got != want {
			return fmt.Errorf("%d requests could have changed something, want %d; all requests: %v", got, want, c.Requests())
		}
		return nil
	}
}

// AccessRule is the living rule of a subject; nil if it has none. More than one
// fails the test.
func (c *ControlPlane) AccessRule(subjectID string) *mockserver.AccessRule {
	var found []mockserver.AccessRule
	for _, rule := range c.State().AccessRules {
		if rule.SubjectID == subjectID && rule.DeletedAt == nil {
			found = append(found, rule)
		}
	}
	switch len(found) {
	case 0:
		return nil
	case 1:
		return &found[0]
	}
	c.t.Errorf("%s has %d access rules: %v", subjectID, len(found), found)
	return &found[0]
}

// credentials are the client ID and the secret in state.
func credentials(s *terraform.State, address string) (clientID, secret string, err error) {
	r, ok := s.RootModule().Resources[address]
	if !ok {
		return "", "", fmt.Errorf("%s is not in the state", address)
	}
	return r.Primary.Attributes["client_id"], r.Primary.Attributes["client_secret"], nil
}

// SignsInAs checks that the secret in state is the application's current one.
func (c *ControlPlane) SignsInAs(address string) resource.TestCheckFunc {
	return func(s *terraform.State) error {
		id, secret, err := credentials(s, address)
		if err != nil {
			return err
		}
		if !c.SignsIn(id, secret) {
			return fmt.Errorf("the secret in the state of %s does not sign in", address)
		}
		return nil
	}
}

// Refused checks that the secret in state does not sign in.
func (c *ControlPlane) Refused(address string) resource.TestCheckFunc {
	return func(s *terraform.State) error {
		id, secret, err := credentials(s, address)
		if err != nil {
			return err
		}
		if c.SignsIn(id, secret) {
			return fmt.Errorf("the secret in the state of %s signs in", address)
		}
		return nil
	}
}

// Has reports whether an application of that name exists.
func (c *ControlPlane) Has(name string) bool {
	return slices.ContainsFunc(c.State().Applications, func(a mockserver.Application) bool { return a.Name == name })
}

// Applications checks how many applications of a name exist.
func (c *ControlPlane) Applications(name string, want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		got := 0
		for _, app := range c.State().Applications {
			if app.Name == name {
				got++
			}
		}
		if got != want {
			return fmt.Errorf("there are %d applications %q, want %d", got, name, want)
		}
		return nil
	}
}

// SecretsIssued checks how many secrets an application has been given, the first one
// included.
func (c *ControlPlane) SecretsIssued(name string, want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		for _, app := range c.State().Applications {
			if app.Name == name {
				if app.SecretsIssued != want {
					return fmt.Errorf("application %q was given %d secrets, want %d", name, app.SecretsIssued, want)
				}
				return nil
			}
		}
		return fmt.Errorf("there is no application %q", name)
	}
}

// Credentials are what a state held at one step, to be tried at a later one.
type Credentials struct{ clientID, secret string }

// Take keeps the credentials of an application in state.
func (k *Credentials) Take(address string) resource.TestCheckFunc {
	return func(s *terraform.State) (err error) {
		k.clientID, k.secret, err = credentials(s, address)
		return err
	}
}

// AreRefusedBy checks that they no longer sign in.
func (k *Credentials) AreRefusedBy(c *ControlPlane) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if k.secret == "" || c.SignsIn(k.clientID, k.secret) {
			return fmt.Errorf("the old secret of %q still signs in", k.clientID)
		}
		return nil
	}
}

// IDOf is the id of the application of a name, empty if there is none.
func (c *ControlPlane) IDOf(name string) string {
	for _, app := range c.State().Applications {
		if app.Name == name {
			return app.ID
		}
	}
	return ""
}
