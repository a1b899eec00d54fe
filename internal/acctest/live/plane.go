package live

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// cleanUpTimeout bounds the removal of what a test left.
const cleanUpTimeout = 2 * time.Minute

// Plane is the control plane of one test. It has the methods of the mock that tests use; those that a real control plane
// cannot have skip the test.
type Plane struct {
	*gateway
	*mockOnly
	// URL is the address of the gateway.
	URL string
	// Version is the version of the control plane, or one that has the same routes and roles.
	Version string

	t      testing.TB
	server *httptest.Server
	once   sync.Once
}

// shared has one client for each control plane. It keeps the token of the caller.
var shared sync.Map // Target without its client -> *upstream

// Start starts the gateway of a test. The test has to close it.
func Start(t testing.TB, target Target) *Plane {
	t.Helper()
	key := target
	key.HTTPClient = nil
	client, _ := shared.LoadOrStore(key, &upstream{Target: target})
	up := client.(*upstream) //nolint:forcetypeassert // nothing else is stored
	if _, err := up.applications(t.Context()); err != nil {
		t.Fatalf("the control plane cannot be tested: %s", err)
	}
	p := &Plane{gateway: newGateway(up), mockOnly: &mockOnly{t}, Version: target.Version, t: t}
	if p.Version == "" {
		version, err := up.likeVersion(t.Context())
		if err != nil {
			t.Fatalf("the control plane cannot be tested: %s", err)
		}
		p.Version = version
	}
	p.server = httptest.NewServer(p.gateway)
	p.URL = p.server.URL
	return p
}

// Close stops the gateway, and removes what the test left. Its error names the objects that could not be removed, and each
// request that would have changed an object of the caller.
func (p *Plane) Close() (err error) {
	p.once.Do(func() {
		p.server.Close()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(p.t.Context()), cleanUpTimeout)
		defer cancel()
		_, err = p.up.remove(ctx, func(name string) bool { return strings.HasPrefix(name, p.prefix) })
		p.mu.Lock()
		defer p.mu.Unlock()
		if err == nil && len(p.violated) > 0 {
			err = fmt.Errorf("requests were refused that would change what the test has not created: %v", p.violated)
		}
	})
	return err
}

var (
	literalRoleID  = regexp.MustCompile(`\brole_id\s*=\s*(\d+)`)
	literalCluster = regexp.MustCompile(`"(cluster-[ab])"`)
	longName       = regexp.MustCompile(`\bname\s*=\s*"[^"]{236}`)
)

// SkipUnlessPortable skips the test if its configuration refers to objects of the mock that the control plane does not
// have, or to the caller's own application, which no test may change.
func (p *Plane) SkipUnlessPortable(configuration string) {
	p.t.Helper()
	if strings.Contains(configuration, `"`+testClientID+`"`) || strings.Contains(configuration, "allow_self_lockout") {
		p.skip("it is about the application that the provider signs in as")
	}
	if longName.MatchString(configuration) {
		p.skip("the name leaves no room for the prefix of a run")
	}
	for _, match := range literalCluster.FindAllStringSubmatch(configuration, -1) {
		if !slices.ContainsFunc(p.Clusters(), func(cluster mockserver.Cluster) bool { return cluster.Name == match[1] }) {
			p.skip("there is no cluster " + match[1])
		}
	}
	for _, match := range literalRoleID.FindAllStringSubmatch(configuration, -1) {
		if id, err := strconv.Atoi(match[1]); err == nil && !p.hasRoleOfMock(id) {
			p.skip("role " + match[1] + " has another name or does not exist")
		}
	}
}

// must fails the test on an error of the control plane.
func (p *Plane) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("the control plane cannot be read: %s", err)
	}
}

// State returns the visible objects: the caller's application and rules, and those that the test created.
func (p *Plane) State() mockserver.State {
	p.t.Helper()
	ctx := context.WithoutCancel(p.t.Context())
	state := mockserver.State{Applications: []mockserver.Application{}, AccessRules: []mockserver.AccessRule{}}
	apps, err := p.up.applications(ctx)
	p.must(err)
	for _, app := range apps {
		if p.show(app) {
			state.Applications = append(state.Applications, p.snapshot(app))
		}
	}
	rules, err := p.up.allRules(ctx)
	p.must(err)
	for _, rule := range rules {
		if !p.showRule(rule) {
			continue
		}
		state.AccessRules = append(state.AccessRules, mockserver.AccessRule{
			ID: number(rule["id"]), SubjectID: text(rule["subjectId"]), SubjectType: text(rule["subjectType"]), RoleID: number(rule["roleId"]),
			ScopeType: text(rule["scopeType"]), ScopeID: text(rule["scopeId"]), ClusterID: text(rule["clusterId"]),
			CreatedAt: moment(rule["createdAt"]), CreatedBy: text(rule["createdBy"]),
		})
	}
	return state
}

func (p *Plane) snapshot(app map[string]any) mockserver.Application {
	id := idOf(app)
	enabled, known := app["enabled"].(bool)
	if !known {
		enabled = app["revoked"] != true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	created := mockserver.Application{
		ID: id, Name: text(app["name"]), ClientID: text(app["name"]), Enabled: enabled, CreatedBy: text(app["createdBy"]),
		CreatedAt: moment(app["createdAt"]), UpdatedAt: moment(app["updatedAt"]), TenantID: text(app["tenantId"]), SecretsIssued: p.created[id],
	}
	if at := moment(app["lastLogin"]); !at.IsZero() {
		created.LastLogin = &at
	}
	if _, own := p.created[id]; own && created.CreatedBy == "" { // the legacy API does not return the creator
		created.CreatedBy = testClientID
	}
	return created
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

func number(v any) int {
	n, _ := strconv.Atoi(text(v))
	return n
}

func moment(v any) time.Time {
	at, _ := time.Parse(time.RFC3339, text(v))
	return at
}

// TenantID returns the tenant's ID.
func (p *Plane) TenantID() string {
	p.t.Helper()
	authorization, err := p.up.authorize(context.WithoutCancel(p.t.Context()))
	p.must(err)
	if id := text(claimsOf(authorization)["tenant_id"]); id != "" {
		return id
	}
	for _, app := range p.State().Applications {
		return app.TenantID
	}
	p.t.Fatal("the control plane does not return the ID of the tenant")
	return ""
}

// read returns the objects of a list: an array, or a member of an object.
func (p *Plane) read(path, name string) []map[string]any {
	p.t.Helper()
	var v any
	p.must(p.up.get(context.WithoutCancel(p.t.Context()), path, &v))
	if list, isList := v.([]any); isList {
		return objects(list)
	}
	return objects(member(v, name))
}

// mockRoles are the names of the mock's roles in all versions, by their IDs.
var mockRoles = sync.OnceValue(func() map[int][]string {
	names := map[int][]string{}
	for _, version := range mockserver.Versions() {
		mock, err := mockserver.New(mockserver.Options{Version: version})
		if err != nil {
			panic(err) // the versions are its own
		}
		for _, role := range mock.Roles() {
			names[role.ID] = append(names[role.ID], role.Name)
		}
	}
	return names
})

// hasRoleOfMock reports whether a role has the same name as in the mock. If the mock does not have the role, the test
// expects it to be missing.
func (p *Plane) hasRoleOfMock(id int) bool {
	p.t.Helper()
	names := mockRoles()[id]
	for _, role := range p.Roles() {
		if role.ID == id {
			return slices.Contains(names, role.Name)
		}
	}
	return names == nil
}

// Roles returns the roles.
func (p *Plane) Roles() (list []mockserver.Role) {
	p.t.Helper()
	path := "/api/v1/authorization/roles"
	if p.Version >= "2.24" {
		path = rolesPath
	}
	for _, role := range p.read(path, "roles") {
		list = append(list, mockserver.Role{
			ID: number(role["id"]), Name: text(role["name"]), Custom: role["custom"] == true, Enabled: role["enabled"] != false, Deprecated: role["deprecated"] == true,
		})
	}
	return list
}

// Clusters returns the clusters.
func (p *Plane) Clusters() (list []mockserver.Cluster) {
	p.t.Helper()
	for _, cluster := range p.read("/api/v1/clusters", "") {
		list = append(list, mockserver.Cluster{ID: text(cluster["uuid"]), Name: text(cluster["name"]), State: text(member(cluster, "status", "state"))})
	}
	if len(list) < 2 {
		p.t.Skipf("needs two clusters, and the control plane has %d", len(list))
	}
	return list
}

// Departments returns the departments.
func (p *Plane) Departments() (list []mockserver.Department) {
	p.t.Helper()
	for _, unit := range p.read("/api/v1/org-unit/departments?limit=500", "departments") {
		list = append(list, mockserver.Department{ID: text(unit["id"]), Name: text(unit["name"]), ClusterID: text(unit["clusterId"])})
	}
	if len(list) == 0 {
		p.t.Skip("needs a department, and the control plane has none")
	}
	return list
}

// Projects returns the projects.
func (p *Plane) Projects() (list []mockserver.Project) {
	p.t.Helper()
	for _, unit := range p.read("/api/v1/org-unit/projects?limit=500", "projects") {
		list = append(list, mockserver.Project{
			ID: text(unit["id"]), Name: text(unit["name"]), ClusterID: text(unit["clusterId"]), DepartmentID: text(unit["parentId"]), Phase: text(member(unit, "status", "phase")),
		})
	}
	if len(list) == 0 {
		p.t.Skip("needs a project, and the control plane has none")
	}
	return list
}

// SignsIn reports whether a client ID and a secret of the test are accepted.
func (p *Plane) SignsIn(clientID, secret string) bool {
	p.t.Helper()
	clientID, secret = p.credentials(clientID, secret)
	_, ok, err := p.up.signIn(context.WithoutCancel(p.t.Context()), clientID, secret)
	p.must(err)
	return ok
}

// IsSecretOf reports whether a secret is the current one of an enabled application.
func (p *Plane) IsSecretOf(name, secret string) bool { return p.SignsIn(name, secret) }

// Issued returns the secrets and tokens that the providers of the test have received.
func (p *Plane) Issued() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.issued)
}

// Log returns all requests so far, in the order of the responses.
func (p *Plane) Log() []mockserver.LoggedRequest {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.log)
}

// Count returns how many requests for a route have arrived since the last reset.
func (p *Plane) Count(method, route string) int { return p.Requests()[method+" "+route] }

// Requests returns how many requests have arrived since the last reset, by method and route.
func (p *Plane) Requests() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.counts)
}

// ResetRequests sets the counts of requests to zero.
func (p *Plane) ResetRequests() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.counts)
}

// ClearFaults does nothing, since there are none.
func (p *Plane) ClearFaults() {}

// ServesMalformed reports false.
func (p *Plane) ServesMalformed() bool { return false }
