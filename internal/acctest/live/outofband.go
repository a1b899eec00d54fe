package live

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// The methods below act as another principal. The caller sends their requests, and the gateway shows the creator that the
// test named.

// do sends a request as the caller, which must succeed.
func (p *Plane) do(method, path string, body any) map[string]any {
	p.t.Helper()
	got := p.request(method, path, body)
	if got.status >= 300 {
		p.t.Fatalf("%s %s%s returned %d: %s", method, p.up.BaseURL, path, got.status, got.body)
	}
	var object map[string]any
	_ = got.decode(&object) // some responses have no body
	return object
}

// request sends a request as the caller.
func (p *Plane) request(method, path string, body any) response {
	p.t.Helper()
	content, err := json.Marshal(body)
	p.must(err)
	ctx := context.WithoutCancel(p.t.Context())
	authorization, err := p.up.authorize(ctx)
	p.must(err)
	got, err := p.up.send(ctx, method, path, "application/json", authorization, content)
	p.must(err)
	return got
}

// path returns the path of an application by its name. It skips the test for the caller's own one.
func (p *Plane) path(name string) string {
	p.t.Helper()
	if name == testClientID {
		p.skip("it changes the application that the provider signs in as")
	}
	for _, app := range p.State().Applications {
		if app.Name == name {
			return p.up.collection + "/" + url.PathEscape(app.ID)
		}
	}
	p.t.Fatalf("there is no application %q", name)
	return ""
}

// CreateApplication creates an application. It skips the test if the name is an old one, which cannot be given any more.
func (p *Plane) CreateApplication(name, createdBy string) mockserver.Application {
	p.t.Helper()
	var created map[string]any
	got := p.request(http.MethodPost, p.up.collection, map[string]string{"name": p.outside(name)})
	switch {
	case got.status == http.StatusBadRequest:
		p.skip(fmt.Sprintf("the control plane refuses the name %q", name))
	case got.status >= 300 || got.decode(&created) != nil:
		p.t.Fatalf("POST %s%s returned %d: %s", p.up.BaseURL, p.up.collection, got.status, got.body)
	}
	p.keepSecret(idOf(created), created)
	p.mu.Lock()
	p.creators[idOf(created)] = createdBy
	p.mu.Unlock()
	for _, app := range p.State().Applications {
		if app.Name == name {
			return app
		}
	}
	p.t.Fatalf("application %q is not in the list after its creation", name)
	return mockserver.Application{}
}

// SetApplicationEnabled enables or disables an application.
func (p *Plane) SetApplicationEnabled(name string, enabled bool) {
	p.t.Helper()
	if p.up.collection == legacyPath {
		p.do(http.MethodPut, p.path(name), map[string]any{"name": p.outside(name), "revoked": !enabled})
		return
	}
	p.do(http.MethodPatch, p.path(name), map[string]any{"enabled": enabled})
}

// DeleteApplication deletes an application.
func (p *Plane) DeleteApplication(name string) {
	p.t.Helper()
	p.do(http.MethodDelete, p.path(name), nil)
}

// RegenerateSecret regenerates the secret of an application, and returns the new one.
func (p *Plane) RegenerateSecret(name string) string {
	p.t.Helper()
	path := p.path(name)
	got := p.do(http.MethodPost, path+"/secret", nil)
	for _, app := range p.State().Applications {
		if app.Name == name {
			p.keepSecret(app.ID, got)
		}
	}
	return text(got["clientSecret"]) + text(got["secret"])
}

// CreateAccessRule creates an access rule.
func (p *Plane) CreateAccessRule(rule mockserver.AccessRule) mockserver.AccessRule {
	p.t.Helper()
	if rule.SubjectID == "" || rule.SubjectID == testClientID {
		p.skip("it creates an access rule for the application that the provider signs in as, or for all users")
	}
	if !p.hasRoleOfMock(rule.RoleID) {
		p.skip(fmt.Sprintf("role %d has another name or does not exist", rule.RoleID))
	}
	body := map[string]any{
		"subjectId": p.outside(rule.SubjectID), "subjectType": rule.SubjectType, "roleId": rule.RoleID, "scopeType": rule.ScopeType, "scopeId": rule.ScopeID,
	}
	if rule.ClusterID != "" {
		body["clusterId"] = rule.ClusterID
	}
	id := text(p.do(http.MethodPost, rulesPath, body)["id"])
	p.mu.Lock()
	p.rules[id] = true
	p.creators["rule "+id] = rule.CreatedBy
	p.mu.Unlock()
	for _, created := range p.State().AccessRules {
		if fmt.Sprint(created.ID) == id {
			return created
		}
	}
	p.t.Fatalf("access rule %s is not in the list after its creation", id)
	return mockserver.AccessRule{}
}

// DeleteAccessRule deletes an access rule.
func (p *Plane) DeleteAccessRule(id int) {
	p.t.Helper()
	p.mu.Lock()
	own := p.rules[fmt.Sprint(id)]
	p.mu.Unlock()
	if !own {
		p.skip("it deletes an access rule that the test has not created")
	}
	p.do(http.MethodDelete, fmt.Sprintf("%s/%d", rulesPath, id), nil)
}
