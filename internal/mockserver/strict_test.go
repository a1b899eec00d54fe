package mockserver_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver/mocktest"
)

func TestStrict_ApplicationBodies(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	id, _ := c.create("ci")
	for name, test := range map[string]struct{ method, path, body, text string }{
		"malformed":        {"POST", c.accounts(), `{"name":`, "object"},
		"empty":            {"POST", c.accounts(), ``, "object"},
		"null":             {"POST", c.accounts(), `null`, "null"},
		"array":            {"POST", c.accounts(), `[]`, "object"},
		"trailing":         {"POST", c.accounts(), `{"name":"a1"}{}`, "object"},
		"missing":          {"POST", c.accounts(), `{}`, "Required parameter is missing"},
		"null member":      {"POST", c.accounts(), `{"name":null}`, "name"},
		"wrong type":       {"POST", c.accounts(), `{"name":7}`, "name"},
		"wrong case":       {"POST", c.accounts(), `{"Name":"a1"}`, "missing"},
		"unknown":          {"POST", c.accounts(), `{"name":"a1","enabled":true}`, `"enabled"`},
		"name too short":   {"POST", c.accounts(), `{"name":"a"}`, "must match"},
		"name upper case":  {"POST", c.accounts(), `{"name":"Abc"}`, "must match"},
		"patch rename":     {"PATCH", c.accounts() + "/" + id, `{"enabled":true,"name":"other"}`, `"name"`},
		"patch nothing":    {"PATCH", c.accounts() + "/" + id, `{}`, "enabled"},
		"patch wrong type": {"PATCH", c.accounts() + "/" + id, `{"enabled":"true"}`, "enabled"},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.do(test.method, test.path, test.body)
			got.t = t
			got.wantError(400, test.text)
		})
	}
	if n := len(c.State().Applications); n != 2 {
		t.Errorf("%d applications, want 2: a refused request took effect", n)
	}
}

func TestStrict_ContentType(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	c.do("POST", c.accounts(), url.Values{"name": {"ci"}}).wantError(400, "content type")
	c.anonymous().do("POST", "/api/v1/token", url.Values{"grantType": {"app_token"}}).wantError(400, "content type")
	if got := c.anonymous().do("POST", "/api/v2/token", `{"grant_type":"client_credentials"}`); got.status != 400 ||
		got.object()["error"] != "invalid_request" {
		t.Errorf("JSON on the OAuth 2 endpoint: %d %s", got.status, got.body)
	}
}

func TestStrict_NamePatternByVersion(t *testing.T) {
	t.Parallel()
	for _, version := range mockserver.Versions()[1:] {
		c := startVersion(t, version)
		wantOdd, wantLong := 201, 201
		if version >= "2.20" {
			wantOdd = 400
		}
		if version >= "2.24" {
			wantLong = 400
		}
		c.want(wantOdd, "POST", c.accounts(), map[string]string{"name": "MyApplication"})
		c.want(wantLong, "POST", c.accounts(), map[string]string{"name": strings.Repeat("a", 256)})
		c.want(201, "POST", c.accounts(), map[string]string{"name": "a-b_9"})
	}
}

func TestStrict_AccessRuleBodies(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	good := c.rule("ci", 5)
	disabled := c.AddRole("Disabled", false)
	for name, test := range map[string]struct {
		body   map[string]any
		status int
		text   string
	}{
		"no subject":            {without(good, "subjectId"), 400, "subjectId"},
		"no subject type":       {without(good, "subjectType"), 400, "subjectType"},
		"no role":               {without(good, "roleId"), 400, "roleId"},
		"no scope":              {without(good, "scopeId"), 400, "scopeId"},
		"no scope type":         {without(good, "scopeType"), 400, "scopeType"},
		"unknown member":        {with(good, "note", "x"), 400, "note"},
		"role as text":          {with(good, "roleId", "5"), 400, "roleId"},
		"role beyond int32":     {with(good, "roleId", 1<<40), 400, "roleId"},
		"scope as number":       {with(good, "scopeId", 1001), 400, "scopeId"},
		"subject type":          {with(good, "subjectType", "robot"), 400, "service-account"},
		"scope type":            {with(good, "scopeType", "galaxy"), 400, "department"},
		"role that is not":      {with(good, "roleId", 999), 400, "role 999"},
		"role that is disabled": {with(good, "roleId", disabled.ID), 400, "disabled"},
		"cluster no uuid":       {with(good, "clusterId", "cluster-a"), 400, "uuid"},
		"cluster null":          {with(good, "clusterId", nil), 400, "clusterId"},
		"cluster that is not":   {with(good, "clusterId", "71f69d83-ba66-4822-adf5-000000000000"), 404, "cluster"},
		"project that is not":   {with(with(good, "scopeType", "project"), "scopeId", "999"), 404, "project 999"},
		"another tenant":        {with(good, "scopeId", "1002"), 404, "tenant 1002"},
		"the system of another": {with(with(good, "scopeType", "system"), "scopeId", "1002"), 404, "system 1002"},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.do("POST", rulesPath, test.body)
			got.t = t
			got.wantError(test.status, test.text)
		})
	}
	if n := len(c.State().AccessRules); n != 1 {
		t.Errorf("%d rules, want 1: a refused request took effect", n)
	}
}

func TestStrict_Tokens(t *testing.T) {
	t.Parallel()
	clock := mocktest.NewClock()
	c := start(t, mockserver.Options{Now: clock.Now})
	other := startVersion(t, "2.24")
	parts := strings.Split(c.token, ".")
	c.want(200, "GET", c.accounts(), nil)
	for name, token := range map[string]string{
		"none":              "",
		"nonsense":          "abc",
		"another's":         other.token,
		"tampered payload":  parts[0] + "." + parts[1] + "e30" + "." + parts[2],
		"without signature": parts[0] + "." + parts[1] + ".",
	} {
		t.Run(name, func(t *testing.T) {
			got := c.with(token).do("GET", c.accounts(), nil)
			got.t = t
			got.wantError(401, "Issuer is not familiar.")
		})
	}
}

func TestStrict_UnknownQueryParameters(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	c.want(200, "GET", rulesPath+"?subjectId=terraform&nonsense=1", nil)
	c.want(200, "GET", "/api/v1/org-unit/projects?nonsense=1", nil)
	c.do("GET", "/api/v1/org-unit/departments?nonsense=1", nil).wantError(400, "nonsense")
	c.do("GET", "/api/v1/org-unit/departments?search=def", nil).wantError(400, "search")
	c.want(200, "GET", "/api/v1/org-unit/departments?verbosity=brief", nil)
	startVersion(t, "2.18").do("GET", "/api/v1/org-unit/departments?verbosity=brief", nil).wantError(400, "verbosity")
}
