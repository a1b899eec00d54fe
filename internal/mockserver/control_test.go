package mockserver_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver/mocktest"
)

func TestControl_Requests(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	id, _ := c.create("ci")
	c.want(200, "POST", c.accounts()+"/"+id+"/secret", nil)
	c.want(404, "POST", c.accounts()+"/other/secret", nil)

	var counts map[string]int
	c.anonymous().want(200, "GET", "/_mock/requests", nil).into(&counts)
	want := map[string]int{"POST /api/v1/service-accounts": 1, "POST /api/v1/service-accounts/{id}/secret": 2}
	if fmt.Sprint(counts) != fmt.Sprint(want) || c.Count("POST", "/api/v1/service-accounts/{id}/secret") != 2 {
		t.Errorf("counts %v, want %v", counts, want)
	}
	c.anonymous().want(204, "DELETE", "/_mock/requests", nil)
	if got := string(c.do("GET", "/_mock/requests", nil).body); got != "{}\n" {
		t.Errorf("after the reset %s", got)
	}
}

func TestControl_StateHasNoSecret(t *testing.T) {
	t.Parallel()
	clock := mocktest.NewClock()
	c := start(t, mockserver.Options{Now: clock.Now})
	c.create("ci")
	c.want(201, "POST", rulesPath, c.rule("ci", 5))
	c.DeleteAccessRule(2)
	body := c.anonymous().want(200, "GET", "/_mock/state", nil)
	for _, secret := range c.Issued() {
		if bytes.Contains(body.body, []byte(secret)) {
			t.Error("a secret is in the state")
		}
	}
	var state struct {
		Applications []map[string]any
		AccessRules  []map[string]any `json:"access_rules"`
	}
	body.into(&state)
	app, rule := state.Applications[1], state.AccessRules[1]
	if want := []string{
		"client_id", "created_at", "created_by", "enabled", "id", "last_login", "name", "secrets_issued", "tenant_id",
		"updated_at",
	}; !slices.Equal(sortedKeys(app), want) || app["client_id"] != "ci" || app["secrets_issued"] != 1.0 {
		t.Errorf("application %v", app)
	}
	if want := []string{
		"cluster_id", "created_at", "created_by", "deleted_at", "id", "role_id", "scope_id", "scope_type", "subject_id",
		"subject_type",
	}; !slices.Equal(sortedKeys(rule), want) || rule["deleted_at"] != "2026-03-01T12:00:00Z" {
		t.Errorf("rule %v", rule)
	}
}

func TestControl_Faults(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24").anonymous()
	c.want(201, "POST", "/_mock/faults", `{"method":"POST","path":"/api/v1/apps/{appId}/secret","kind":"drop-after"}`)
	c.want(201, "POST", "/_mock/faults",
		`[{"kind":"status","status":503,"retry_after":2,"count":-1},{"kind":"slow","delay_ms":5}]`)
	got := string(c.want(200, "GET", "/_mock/faults", nil).body)
	want := `[{"method":"POST","path":"/api/v1/apps/{id}/secret","kind":"drop-after","count":1},` +
		`{"method":"","path":"","kind":"status","count":-1,"status":503,"retry_after":"2"},` +
		`{"method":"","path":"","kind":"slow","count":1,"delay_ms":5}]` + "\n"
	if got != want {
		t.Errorf("armed %s, want %s", got, want)
	}
	for _, body := range []string{
		``, `[]`, `{`, `{"kind":"nonsense"}`, `{"kind":"status","color":"red"}`, `{"kind":"status","path":"/nowhere"}`,
		`[{"kind":"status"},{"kind":"nonsense"}]`, `{"kind":"status","retry_after":true}`, `{"kind":"status"}{}`,
	} {
		c.do("POST", "/_mock/faults", body).wantError(400, "Bad request")
	}
	if again := string(c.do("GET", "/_mock/faults", nil).body); again != want {
		t.Errorf("a refused fault is armed: %s", again)
	}
	c.want(204, "DELETE", "/_mock/faults", nil)
	if got := string(c.do("GET", "/_mock/faults", nil).body); got != "[]\n" {
		t.Errorf("after clearing %s", got)
	}
}

func TestControl_EveryKindOfFault(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	for kind, status := range map[string]int{
		"status": 503, "html": 502, "late": 504, "slow": 200, "stale-list": 200, "drop-before": 0, "drop-after": 0, "truncate": 0,
	} {
		c.anonymous().want(201, "POST", "/_mock/faults", map[string]any{
			"method": "GET", "path": "/api/v1/service-accounts", "kind": kind, "status": status, "delay_ms": 5,
		})
		got, err := c.send("GET", c.accounts(), nil)
		if (err != nil) != (status == 0) || err == nil && got.status != status {
			t.Errorf("%s: status %d, error %v", kind, got.status, err)
		}
		if entry := c.lastLogged(); entry.Fault != kind {
			t.Errorf("%s: logged %+v", kind, entry)
		}
	}
}

func TestControl_Requests_AreNeitherFaultedNorCounted(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24").anonymous()
	c.arm(mockserver.Fault{Kind: "status", Count: -1})
	c.want(200, "GET", "/_mock/state", nil)
	c.do("GET", "/_mock/nonsense", nil).wantError(404, "Route not found")
	if len(c.Requests()) != 0 || len(c.Log()) != 1 { // the sign-in
		t.Errorf("counted %v, logged %v", c.Requests(), c.Log())
	}
}

func TestRequestLog_ContainsNoSecret(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	c := start(t, mockserver.Options{RequestLog: &out})
	id, _ := c.create("ci")
	c.want(200, "POST", c.accounts()+"/"+id+"/secret", nil)
	c.want(200, "GET", rulesPath+"?limit=5&client_secret=terraform-secret&Token="+c.token, nil)
	c.want(404, "GET", "/api/v1/apps/x", nil)

	if !bytes.Contains(out.Bytes(), []byte(id)) {
		t.Error("the control is not in the log")
	}
	for _, secret := range c.Issued() {
		if bytes.Contains(out.Bytes(), []byte(secret)) {
			t.Errorf("a secret is in the log: %s", out.String())
		}
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	log := c.Log()
	if len(lines) != 5 || len(log) != 5 {
		t.Fatalf("%d lines, %d entries", len(lines), len(log))
	}
	var line map[string]any
	if err := json.Unmarshal([]byte(lines[3]), &line); err != nil {
		t.Fatal(err)
	}
	want := []string{"duration_ms", "fault", "method", "path", "query", "status", "time"}
	if !slices.Equal(sortedKeys(line), want) {
		t.Errorf("members %v", line)
	}
	if line["query"] != "limit=5&client_secret=removed&token=removed" || line["status"] != 200.0 || line["fault"] != "" {
		t.Errorf("line %v", line)
	}
	if log[2].Route != "/api/v1/service-accounts/{id}/secret" || log[2].Path != c.accounts()+"/"+id+"/secret" {
		t.Errorf("entry %+v", log[2])
	}
}

func TestServer_Date_FromInjectedClock(t *testing.T) {
	t.Parallel()
	clock := mocktest.NewClock()
	c := start(t, mockserver.Options{Now: clock.Now})
	if got := c.do("GET", c.accounts(), nil).header.Get("Date"); got != "Sun, 01 Mar 2026 12:00:00 GMT" {
		t.Errorf("Date %s", got)
	}
}

func TestServer_Latency(t *testing.T) {
	t.Parallel()
	c := start(t, mockserver.Options{Latency: 20 * time.Millisecond})
	began := time.Now()
	c.want(200, "GET", c.accounts(), nil)
	if took := time.Since(began); took < 20*time.Millisecond {
		t.Errorf("responded after %s", took)
	}
}

func TestOnRequest_RunsBeforeHandler(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	c.OnRequest(func(method, route string) {
		if method == "POST" && route == "/api/v1/service-accounts" {
			c.CreateApplication("ci", "jane@acme.example")
		}
	})
	c.want(409, "POST", c.accounts(), map[string]string{"name": "ci"})
	if got := c.State().Applications[1].CreatedBy; got != "jane@acme.example" {
		t.Errorf("created by %s", got)
	}
	c.OnRequest(nil)
	c.create("other")
}

func TestBackdoor_TouchAdvancesTimesOnly(t *testing.T) {
	t.Parallel()
	clock := mocktest.NewClock()
	c := start(t, mockserver.Options{Now: clock.Now})
	c.create("ci")
	before := c.State().Applications[1]
	c.TouchApplications()
	after := c.State().Applications[1]
	if !after.UpdatedAt.After(before.UpdatedAt) || after.LastLogin == nil {
		t.Errorf("before %+v, after %+v", before, after)
	}
	before.UpdatedAt, before.LastLogin = after.UpdatedAt, after.LastLogin
	if before != after {
		t.Errorf("other members changed: %+v, %+v", before, after)
	}
}

func TestBackdoor_MissingTargetPanics(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	for name, change := range map[string]func(){
		"application": func() { c.DeleteApplication("nobody") },
		"access rule": func() { c.DeleteAccessRule(77) },
		"cluster":     func() { c.SetClusterState("nowhere", "Connected") },
		"role":        func() { c.RenameRole(77, "x") },
		"department":  func() { c.AddProject("x", "nowhere") },
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, "there is no "+name) {
					t.Errorf("%s: %s", name, got)
				}
			}()
			change()
		}()
	}
	c.want(200, "GET", c.accounts(), nil) // the server holds no lock
}

func TestServer_ConcurrentUse(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			name := fmt.Sprintf("app-of-%d", i)
			c.create(name)
			c.do("POST", rulesPath, c.rule(name, 5))
			c.do("GET", rulesPath, nil)
			c.do("POST", c.accounts(), map[string]string{"name": "only-one"})
			c.RegenerateSecret(name)
			c.TouchApplications()
			_ = c.State()
			_ = c.Log()
		})
	}
	all.Wait()
	state := c.State()
	ids := map[int]bool{}
	for _, rule := range state.AccessRules {
		ids[rule.ID] = true
	}
	if len(state.Applications) != 18 || len(ids) != 17 {
		t.Errorf("%d applications, %d ids of rules", len(state.Applications), len(ids))
	}
}
