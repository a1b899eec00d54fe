package live_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest/live"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

const (
	rulesPath = "/api/v1/authorization/access-rules"
	caller    = "planted-caller"
)

// versions cover every generation of the API.
var versions = []string{"2.17", "2.20", "2.24", "3.0"}

// appsPath returns the path of applications.
func appsPath(version string) string {
	switch version {
	case "2.17":
		return "/v1/k8s/apps"
	case "2.20", "2.22":
		return "/api/v1/apps"
	default:
		return "/api/v1/service-accounts"
	}
}

// fixture is a control plane with objects of other principals, and a test that uses it.
type fixture struct {
	*testing.T
	mock   *mockserver.Server
	target live.Target
	plane  *live.Plane
	apps   string // the path of applications
	token  string
}

func start(t *testing.T, version string, rules int, wraps ...func(http.Handler) http.Handler) *fixture {
	t.Helper()
	mock, err := mockserver.New(mockserver.Options{Version: version, ClientID: caller, ClientSecret: "planted-secret", Applications: 3, AccessRules: rules})
	if err != nil {
		t.Fatal(err)
	}
	handler := http.Handler(mock)
	for _, wrap := range wraps {
		handler = wrap(handler)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	f := &fixture{T: t, mock: mock, apps: appsPath(version), target: live.Target{
		BaseURL: server.URL, ClientID: caller, ClientSecret: "planted-secret", HTTPClient: server.Client(),
	}}

	f.plane = live.Start(t, f.target)
	t.Cleanup(func() { _ = f.plane.Close() })
	if f.token = f.signIn("terraform", "terraform-secret"); f.token == "" {
		t.Fatal("the credentials of tests are refused")
	}
	return f
}

// signIn returns a token of the gateway, or an empty string if the credentials are refused.
func (f *fixture) signIn(id, secret string) string {
	f.Helper()
	var got map[string]any
	path, body := "/api/v1/token", fmt.Sprintf(`{"grantType":"app_token","appID":%q,"appSecret":%q}`, id, secret)
	contentType := "application/json"
	if f.plane.Version >= "2.24" {
		path, contentType = "/api/v2/token", "application/x-www-form-urlencoded"
		body = url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}.Encode()
	}
	resp, err := http.Post(f.plane.URL+path, contentType, strings.NewReader(body))
	if err != nil {
		f.Fatal(err)
	}
	defer resp.Body.Close()
	_ = json.NewDecoder(resp.Body).Decode(&got)
	for _, name := range []string{"access_token", "accessToken"} {
		if token, ok := got[name].(string); ok {
			return token
		}
	}
	return ""
}

// send sends a request through the gateway.
func (f *fixture) send(method, path string, body any) (status int, got any) {
	f.Helper()
	content, err := json.Marshal(body)
	if err != nil {
		f.Fatal(err)
	}
	req, err := http.NewRequestWithContext(f.Context(), method, f.plane.URL+path, bytes.NewReader(content))
	if err != nil {
		f.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+f.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		f.Fatal(err)
	}
	defer resp.Body.Close()
	_ = json.NewDecoder(resp.Body).Decode(&got) // some responses have no body
	return resp.StatusCode, got
}

// create creates an application through the gateway, and returns its ID and its secret.
func (f *fixture) create(name string) (id, secret string) {
	f.Helper()
	status, got := f.send(http.MethodPost, f.apps, map[string]string{"name": name})
	object, _ := got.(map[string]any)
	if status >= 300 || object["name"] != name {
		f.Fatalf("creation: %d %v", status, got)
	}
	for _, member := range []string{"secret", "clientSecret"} {
		if text, ok := object[member].(string); ok {
			secret = text
		}
	}
	for _, app := range f.plane.State().Applications {
		if app.Name == name {
			id = app.ID
		}
	}
	return id, secret
}

// rule creates an access rule through the gateway.
func (f *fixture) rule(subject string) (status int, id string) {
	f.Helper()
	status, got := f.send(http.MethodPost, rulesPath, map[string]any{
		"subjectId": subject, "subjectType": "app", "roleId": 5, "scopeType": "tenant", "scopeId": f.plane.TenantID(),
	})
	object, _ := got.(map[string]any)
	return status, fmt.Sprint(object["id"])
}

func onEachVersion(t *testing.T, test func(f *fixture)) {
	t.Helper()
	for _, version := range versions {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			test(start(t, version, 4))
		})
	}
}

// Routes and roles do not distinguish 2.25 from 2.26, nor 2.18 to 2.23.
func TestStart_DetectsEquivalentVersion(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{"2.17": "2.17", "2.20": "2.22", "2.22": "2.22", "2.24": "2.24", "2.25": "2.25", "2.26": "2.25", "3.0": "3.0"} {
		if f := start(t, version, 1); f.plane.Version != want {
			t.Errorf("%s is detected as %s, want %s", version, f.plane.Version, want)
		}
	}
}

// The gateway shows the caller and the created objects under the names that the configuration uses.
func TestPlane_ShowsCallerAndCreatedObjects(t *testing.T) {
	t.Parallel()
	onEachVersion(t, func(f *fixture) {
		f.create("ci")
		if status, _ := f.rule("ci"); status >= 300 {
			f.Fatalf("rule: %d", status)
		}
		var names, subjects []string
		for _, app := range f.plane.State().Applications {
			names = append(names, app.Name)
		}
		for _, rule := range f.plane.State().AccessRules {
			subjects = append(subjects, rule.SubjectID)
		}
		if !slices.Equal(names, []string{"terraform", "ci"}) || !slices.Equal(subjects, []string{"terraform", "ci"}) {
			f.Errorf("seen: applications %v, subjects %v", names, subjects)
		}
		state := f.mock.State()
		onPlane := state.Applications[len(state.Applications)-1].Name
		if !strings.HasPrefix(onPlane, "tfacc-") || !strings.HasSuffix(onPlane, "-ci") || state.AccessRules[len(state.AccessRules)-1].SubjectID != onPlane {
			f.Errorf("on the control plane: %s, %+v", onPlane, state.AccessRules)
		}
		if len(state.Applications) != 4 || len(state.AccessRules) != 5 {
			f.Errorf("%d applications and %d rules", len(state.Applications), len(state.AccessRules))
		}
		status, list := f.send(http.MethodGet, f.apps, nil)
		if entries, _ := list.([]any); status != http.StatusOK || len(entries) != 2 {
			f.Errorf("list: %d %v", status, list)
		}
		for query, want := range map[string]float64{"": 2, "?filterBy=subjectId==ci": 1, "?filterBy=subjectId==app-0002": 0, "?subjectIds=ci,terraform": 2} {
			_, got := f.send(http.MethodGet, rulesPath+query, nil)
			if page, _ := got.(map[string]any); page["totalRecords"] != want {
				f.Errorf("rules %s: %v", query, got)
			}
		}
	})
}

// Pages are computed over the visible rules only.
func TestPlane_RulePages_HaveNoGaps(t *testing.T) {
	t.Parallel()
	f := start(t, "2.24", 1200)
	for i := range 5 {
		f.rule(fmt.Sprintf("ci-%d", i))
	}
	var subjects []string
	for offset := 0; offset < 6; offset += 2 {
		_, got := f.send(http.MethodGet, fmt.Sprintf("%s?limit=2&offset=%d", rulesPath, offset), nil)
		page, _ := got.(map[string]any)
		rules, _ := page["accessRules"].([]any)
		for _, rule := range rules {
			subjects = append(subjects, fmt.Sprint(rule.(map[string]any)["subjectId"]))
		}
		if page["totalRecords"] != 6.0 || page["displayRecords"] != float64(len(rules)) {
			t.Errorf("page %d: %v", offset, got)
		}
	}
	slices.Sort(subjects)
	if want := []string{"ci-0", "ci-1", "ci-2", "ci-3", "ci-4", "terraform"}; !slices.Equal(subjects, want) {
		t.Errorf("subjects %v", subjects)
	}
	if status, _ := f.send(http.MethodGet, rulesPath+"?limit=501", nil); status != http.StatusBadRequest {
		t.Errorf("limit=501: status %d, want 400", status)
	}
}

// The gateway refuses to change objects that the test did not create. An attempt to change an object of the caller fails
// the test.
func TestPlane_RefusesChangesToOtherObjects(t *testing.T) {
	t.Parallel()
	onEachVersion(t, func(f *fixture) {
		before := f.mock.State()
		callerApp, otherApp := before.Applications[0], before.Applications[1]
		update := http.MethodPatch
		if f.apps == "/v1/k8s/apps" {
			update = http.MethodPut
		}
		for _, app := range []mockserver.Application{callerApp, otherApp} {
			want := http.StatusNotFound
			if app.ID == callerApp.ID {
				want = http.StatusForbidden
			}
			for _, r := range [][2]string{{http.MethodDelete, ""}, {update, ""}, {http.MethodPost, "/secret"}} {
				body := map[string]any{"enabled": false, "revoked": true, "name": app.Name}
				if status, _ := f.send(r[0], f.apps+"/"+app.ID+r[1], body); status != want {
					f.Errorf("%s %s%s: %d, want %d", r[0], app.Name, r[1], status, want)
				}
			}
		}
		if status, _ := f.send(http.MethodGet, f.apps+"/"+otherApp.ID, nil); status != http.StatusNotFound {
			f.Errorf("another application is shown: %d", status)
		}
		for _, rule := range before.AccessRules {
			want := http.StatusNotFound
			if rule.SubjectID == caller {
				want = http.StatusForbidden
			}
			if status, _ := f.send(http.MethodDelete, fmt.Sprintf("%s/%d", rulesPath, rule.ID), nil); status != want {
				f.Errorf("deletion of the rule of %s: %d, want %d", rule.SubjectID, status, want)
			}
		}
		if status, _ := f.rule("terraform"); status != http.StatusForbidden {
			f.Errorf("a rule for the caller: %d", status)
		}
		if after := f.mock.State(); fmt.Sprint(after.AccessRules) != fmt.Sprint(before.AccessRules) || !f.mock.SignsIn(caller, "planted-secret") ||
			len(after.Applications) != len(before.Applications) || !after.Applications[1].Enabled || after.Applications[1].SecretsIssued != otherApp.SecretsIssued {
			f.Errorf("changed: %+v", after)
		}

		// Control: the same requests are permitted for objects that the test created.
		id, _ := f.create("ci")
		_, rule := f.rule("ci")
		for _, r := range [][2]string{{update, f.apps + "/" + id}, {http.MethodPost, f.apps + "/" + id + "/secret"}, {http.MethodDelete, rulesPath + "/" + rule}, {http.MethodDelete, f.apps + "/" + id}} {
			body := map[string]any{"enabled": false}
			if r[0] == http.MethodPut {
				body = map[string]any{"revoked": true, "name": "ci"}
			}
			if r[0] == http.MethodPost || r[0] == http.MethodDelete {
				body = nil
			}
			if status, got := f.send(r[0], r[1], body); status >= 300 {
				f.Errorf("%s %s: %d %v", r[0], r[1], status, got)
			}
		}
		if err := f.plane.Close(); err == nil || !strings.Contains(err.Error(), "POST "+rulesPath) || !strings.Contains(err.Error(), "DELETE "+f.apps) {
			f.Errorf("Close: %v, want the refused requests", err)
		}
	})
}

// The token names the caller as the configuration does. The gateway accepts its secret only.
func TestPlane_SignIn(t *testing.T) {
	t.Parallel()
	onEachVersion(t, func(f *fixture) {
		payload, err := base64.RawURLEncoding.DecodeString(strings.Split(f.token, ".")[1])
		if err != nil || !strings.Contains(string(payload), `"azp":"terraform"`) || strings.Contains(string(payload), caller) {
			f.Errorf("claims %s: %v", payload, err)
		}
		id, secret := f.create("ci")
		for _, c := range []struct {
			id, secret string
			want       bool
		}{
			{"terraform", "terraform-secret", true},
			{"terraform", "wrong", false},
			{"ci", secret, true},
			{"ci", "wrong", false},
		} {
			if got := f.signIn(c.id, c.secret) != ""; got != c.want {
				f.Errorf("%s signs in with %q: %t, want %t", c.id, c.secret, got, c.want)
			}
			if got := f.plane.SignsIn(c.id, c.secret); got != c.want {
				f.Errorf("SignsIn(%q, %q): %t, want %t", c.id, c.secret, got, c.want)
			}
		}
		if n := f.plane.State().Applications[1].SecretsIssued; n != 1 {
			f.Errorf("%d secrets issued", n)
		}
		f.send(http.MethodPost, f.apps+"/"+id+"/secret", nil)
		if n := f.plane.State().Applications[1].SecretsIssued; n != 2 {
			f.Errorf("%d secrets issued, want 2", n)
		}
		if f.plane.SignsIn("ci", secret) {
			f.Error("the first secret is still valid")
		}
		if !slices.Contains(f.plane.Issued(), secret) {
			f.Error("Issued lacks the secret")
		}
		if !slices.Contains(f.plane.Issued(), f.token) {
			f.Error("Issued lacks the token")
		}
	})
}

func TestPlane_CountsRequestsByRoute(t *testing.T) {
	t.Parallel()
	f := start(t, "2.24", 1)
	f.plane.ResetRequests()
	id, _ := f.create("ci")
	f.send(http.MethodGet, f.apps+"/"+id, nil)
	f.send(http.MethodGet, "/no/such/path", nil)
	want := []string{"POST " + f.apps, "GET " + f.apps + "/{id}", "GET unmatched"}
	if got := f.plane.Requests(); len(got) != 3 || got[want[0]] != 1 || got[want[1]] != 1 || got[want[2]] != 1 {
		t.Errorf("requests %v", got)
	}
	if log := f.plane.Log(); len(log) != 4 || log[1].Route != f.apps || log[3].Status != http.StatusNotFound {
		t.Errorf("log %v", log)
	}
}

// Close removes what the test left, Sweep what other runs left. Neither removes objects with similar names.
func TestPlane_CloseAndSweep_RemoveLeftovers(t *testing.T) {
	t.Parallel()
	onEachVersion(t, func(f *fixture) {
		f.create("ci")
		f.rule("ci")
		f.mock.CreateApplication("tfacc-0123abcd-old", caller)
		plant := func(subject string) {
			f.mock.CreateAccessRule(mockserver.AccessRule{SubjectID: subject, SubjectType: "app", RoleID: 5, ScopeType: "tenant", ScopeID: f.mock.TenantID()})
		}
		plant("tfacc-0123abcd-gone")
		f.mock.CreateApplication("tfacc-mine", caller)
		plant("tfacc-mine")
		if err := f.plane.Close(); err != nil {
			f.Fatal(err)
		}
		remaining := func() (list []string) {
			for _, app := range f.mock.State().Applications[3:] {
				list = append(list, app.Name)
			}
			for _, rule := range f.mock.State().AccessRules[4:] {
				if rule.DeletedAt == nil {
					list = append(list, rule.SubjectID)
				}
			}
			return list
		}
		if got := remaining(); !slices.Equal(got, []string{"tfacc-0123abcd-old", "tfacc-mine", "tfacc-0123abcd-gone", "tfacc-mine"}) {
			f.Errorf("after Close: %v", got)
		}
		removed, err := live.Sweep(f.Context(), f.target)
		if want := []string{"access rule of tfacc-0123abcd-gone", "application tfacc-0123abcd-old"}; err != nil || !slices.Equal(removed, want) {
			f.Errorf("removed %v, %v", removed, err)
		}
		if got := remaining(); !slices.Equal(got, []string{"tfacc-mine", "tfacc-mine"}) {
			f.Errorf("after Sweep: %v", got)
		}
	})
}

// The gateway reports the creator that the test named.
func TestPlane_ActsAsAnotherPrincipal(t *testing.T) {
	t.Parallel()
	onEachVersion(t, func(f *fixture) {
		app := f.plane.CreateApplication("theirs", "jane@acme.example")
		rule := f.plane.CreateAccessRule(mockserver.AccessRule{
			SubjectID: "theirs", SubjectType: "app", RoleID: 5, ScopeType: "tenant", ScopeID: f.plane.TenantID(), CreatedBy: "jane@acme.example",
		})
		_, got := f.send(http.MethodGet, fmt.Sprintf("%s/%d", rulesPath, rule.ID), nil)
		if seen, _ := got.(map[string]any); seen["createdBy"] != "jane@acme.example" || seen["subjectId"] != "theirs" || rule.CreatedBy != "jane@acme.example" {
			f.Errorf("rule %+v, through the gateway %v", rule, got)
		}
		_, got = f.send(http.MethodGet, f.apps+"/"+app.ID, nil)
		if seen, _ := got.(map[string]any); seen["name"] != "theirs" || f.plane.Version != "2.17" && seen["createdBy"] != "jane@acme.example" {
			f.Errorf("application %+v, through the gateway %v", app, got)
		}
		name := f.mock.State().Applications[3].Name
		f.plane.SetApplicationEnabled("theirs", false)
		if f.mock.State().Applications[3].Enabled {
			f.Error("the application is still enabled")
		}
		f.plane.SetApplicationEnabled("theirs", true)
		if secret := f.plane.RegenerateSecret("theirs"); !f.mock.IsSecretOf(name, secret) || !f.plane.IsSecretOf("theirs", secret) {
			f.Error("the regenerated secret is not the current one")
		}
		f.plane.DeleteAccessRule(rule.ID)
		f.plane.DeleteApplication("theirs")
		if state := f.mock.State(); len(state.Applications) != 3 || state.AccessRules[4].DeletedAt == nil {
			f.Errorf("left: %+v", state)
		}
	})
}

// skipRecorder is a test that records why it was skipped.
type skipRecorder struct {
	testing.TB
	reason string
}

func (s *skipRecorder) Skipf(format string, args ...any) {
	s.reason = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func TestPlane_SkipsMockOnlyTests_WithReason(t *testing.T) {
	t.Parallel()
	f := start(t, "2.24", 1, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/api/v1/clusters" {
				_, _ = w.Write([]byte(`[{"uuid":"1","name":"cluster-a"},{"uuid":"2","name":"another"}]`))
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	f.mock.RenameRole(5, "another")
	for reason, use := range map[string]func(*live.Plane){
		"it injects a fault":                                        func(p *live.Plane) { _ = p.Arm(mockserver.Fault{}) },
		"it renames a role":                                         func(p *live.Plane) { p.RenameRole(1, "x") },
		"it hooks into the handling of requests":                    func(p *live.Plane) { p.OnRequest(func(string, string) {}) },
		`the control plane refuses the name "Old Name"`:             func(p *live.Plane) { p.CreateApplication("Old Name", "jane") },
		"it changes the application that the provider signs in as":  func(p *live.Plane) { p.DeleteApplication("terraform") },
		"it deletes an access rule that the test has not created":   func(p *live.Plane) { p.DeleteAccessRule(1) },
		"it is about the application that the provider signs in as": func(p *live.Plane) { p.SkipUnlessPortable(`name = "terraform"`) },
		"the name leaves no room for the prefix of a run":           func(p *live.Plane) { p.SkipUnlessPortable(`name = "` + strings.Repeat("a", 255) + `"`) },
		"there is no cluster cluster-b":                             func(p *live.Plane) { p.SkipUnlessPortable(`cluster = "cluster-b"`) },
		"role 5 has another name or does not exist":                 func(p *live.Plane) { p.SkipUnlessPortable(`role_id = 5`) },
		"": func(p *live.Plane) {
			p.SkipUnlessPortable(`name = "ci" role_id = 3 role_id = 4711 cluster = "cluster-a"`)
		},
	} {
		if reason != "" {
			reason = "needs the mock control plane: " + reason
		}
		recorder := &skipRecorder{TB: t}
		p := live.Start(recorder, f.target)
		var done sync.WaitGroup
		done.Go(func() { use(p) })
		done.Wait()
		if recorder.reason != reason {
			t.Errorf("reason %q, want %q", recorder.reason, reason)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestTargetFromEnvironment_NamesInvalidVariable(t *testing.T) {
	t.Parallel()
	complete := map[string]string{"RUNAI_BASE_URL": "https://acme.run.ai/", "RUNAI_CLIENT_ID": "planted-id", "RUNAI_CLIENT_SECRET": "planted-secret", "RUNAI_CONTROL_PLANE_VERSION": "2.24"}
	for name, c := range map[string]struct{ variable, value, want string }{
		"no address":     {"RUNAI_BASE_URL", "", "RUNAI_BASE_URL is not set"},
		"bad address":    {"RUNAI_BASE_URL", "acme", "RUNAI_BASE_URL is not a URL"},
		"no secret":      {"RUNAI_CLIENT_SECRET", "", "RUNAI_CLIENT_ID and RUNAI_CLIENT_SECRET are not both set"},
		"no such file":   {"RUNAI_CA_CERT_FILE", "/nowhere", "RUNAI_CA_CERT_FILE"},
		"no certificate": {"RUNAI_CA_CERT_FILE", "live_test.go", "contains no PEM certificate"},
		"not a boolean":  {"RUNAI_INSECURE_SKIP_VERIFY", "maybe", "RUNAI_INSECURE_SKIP_VERIFY"},
		"complete":       {"RUNAI_INSECURE_SKIP_VERIFY", "true", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target, err := live.TargetFromEnvironment(func(variable string) string {
				if variable == c.variable {
					return c.value
				}
				return complete[variable]
			})
			switch {
			case c.want == "":
				if err != nil || target.BaseURL != "https://acme.run.ai" || target.Version != "2.24" || target.HTTPClient == nil {
					t.Errorf("target %+v, error %v", target, err)
				}
			case err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "planted"):
				t.Errorf("error %v, want %s", err, c.want)
			}
		})
	}
}

func TestSweep_WrongCredentials_IsAnError(t *testing.T) {
	t.Parallel()
	f := start(t, "2.24", 1)
	f.target.ClientSecret = "planted-wrong"
	if _, err := live.Sweep(t.Context(), f.target); err == nil || !strings.Contains(err.Error(), "refuses RUNAI_CLIENT_ID") || strings.Contains(err.Error(), "planted") {
		t.Errorf("error %v", err)
	}
}
