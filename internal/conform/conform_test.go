package conform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// On every version, a mock does not differ from the mock, and the run removes its objects.
func TestRun_MockOfEachVersion_NoDifference(t *testing.T) {
	t.Parallel()
	for _, version := range mockserver.Versions() {
		for _, write := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s write=%t", version, write), func(t *testing.T) {
				t.Parallel()
				p := startPlane(t, mockserver.Options{Version: version}, nil)
				p.options.Write = write
				report := p.run(t)
				for _, r := range report.Results {
					if r.Result == Different || r.ControlPlane != r.Mock {
						t.Errorf("%s: %s, mock: %s", r.Probe, r.ControlPlane, r.Mock)
					}
				}
				if report.Differences != 0 || report.MockVersion != version || report.Nearest {
					t.Errorf("report %+v", report)
				}
				p.mustBeClean(t)
			})
		}
	}
}

// Every probe has a result on some version: one that never runs could not find a difference.
func TestRun_EachProbe_HasResultOnSomeVersion(t *testing.T) {
	t.Parallel()
	answered := map[string]bool{}
	for _, version := range []string{"2.17", "2.22", "2.24", "3.0"} {
		applications := 1
		if version == "2.24" {
			applications = documentedListLimit + 1
		}
		p := startPlane(t, mockserver.Options{Version: version, Applications: applications}, nil)
		p.options.Write = true
		for _, r := range p.run(t).Results {
			if !strings.HasPrefix(r.ControlPlane, "not tested") {
				answered[r.Probe] = true
			}
		}
	}
	for _, p := range probes(true) {
		if !answered[p.name] {
			t.Errorf("%s never has a result", p.name)
		}
	}
}

// Without -write, all requests except the sign-ins are reads.
func TestRun_WithoutWrite_OnlyReads(t *testing.T) {
	t.Parallel()
	writes := func(write bool) (n int) {
		p := startPlane(t, mockserver.Options{}, nil)
		p.options.Write = write
		p.run(t)
		for _, r := range p.mock.Log() {
			if r.Method != http.MethodGet && !strings.HasSuffix(r.Path, "token") {
				n++
			}
		}
		return n
	}
	if n := writes(false); n != 0 {
		t.Errorf("%d writes", n)
	}
	if writes(true) == 0 {
		t.Error("no writes with -write")
	}
}

func TestRun_NamesNearestVersion(t *testing.T) {
	t.Parallel()
	// 2.26 does not differ from 2.25.
	for version, want := range map[string]string{
		"2.17": "2.17", "2.18": "2.18", "2.19": "2.19", "2.20": "2.20", "2.21": "2.21", "2.22": "2.22", "2.23": "2.23", "2.24": "2.24", "2.25": "2.26", "3.0": "3.0",
	} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			p := startPlane(t, mockserver.Options{Version: version}, nil)
			p.options.Version = ""
			report := p.run(t)
			if report.MockVersion != want || !report.Nearest || report.Differences != 0 {
				t.Errorf("version %s, nearest %t, %d differences", report.MockVersion, report.Nearest, report.Differences)
			}
			var table bytes.Buffer
			if err := report.WriteTable(&table); err != nil || !strings.Contains(table.String(), "mock of "+want+", the nearest one") {
				t.Errorf("table without the version: %v\n%s", err, &table)
			}
		})
	}
}

func TestRun_AnnouncesNameBeforeCreate(t *testing.T) {
	t.Parallel()
	p := startPlane(t, mockserver.Options{}, nil)
	p.options.Write = true
	var announced []string
	p.options.Announce = func(name string) {
		if !ownName.MatchString(name) {
			t.Errorf("name %s", name)
		}
		announced = append(announced, name)
		p.mustBeClean(t) // it does not exist yet
	}
	p.run(t)
	if len(announced) != 1 {
		t.Errorf("announced %v", announced) // not the mock's
	}
}

// A run that is interrupted at any of its requests removes its objects.
func TestRun_Interrupted_CleansUp(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.22", "2.24"} {
		p := startPlane(t, mockserver.Options{Version: version}, nil)
		p.options.Write = true
		p.run(t)
		log := p.mock.Log()
		first := slices.IndexFunc(log, func(r mockserver.LoggedRequest) bool {
			return r.Method == http.MethodPost && r.Status == http.StatusCreated
		})
		last := len(log) - 4 // the last ones are the clean-up's
		if first < 0 || last < first+30 {
			t.Fatalf("requests %d to %d", first, last)
		}
		left := 0
		for n := first + 1; n < last; n += 2 {
			t.Run(fmt.Sprintf("%s request %d", version, n), func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				count := 0
				p := startPlane(t, mockserver.Options{Version: version}, edit(func(mock *mockserver.Server, _ *http.Request) {
					if count++; count == n {
						if len(mock.State().Applications) > 1 {
							left++
						}
						cancel()
					}
				}))
				p.options.Write = true
				report, err := Run(ctx, p.options)
				if !errors.Is(err, context.Canceled) {
					t.Errorf("report %v, error %v", report, err)
				}
				p.mustBeClean(t)
			})
		}
		if left < 10 {
			t.Errorf("an application existed at only %d interrupts", left)
		}
	}
}

// The next run removes the application and the rule of a killed run. It does not change objects with similar names.
func TestRun_RemovesLeftoversOfKilledRun(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.17", "2.24", "3.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			p := startPlane(t, mockserver.Options{Version: version}, nil)
			project := p.mock.Projects()[0]
			plant := func(name string, withApplication bool) {
				if withApplication {
					p.mock.CreateApplication(name, "conformer")
				}
				p.mock.CreateAccessRule(mockserver.AccessRule{SubjectID: name, SubjectType: "app", RoleID: 15, ScopeType: "project", ScopeID: project.ID})
			}
			plant("runai-conform-0123456789ab", true)
			plant("runai-conform-ba9876543210", false)
			similar := []string{"runai-conform-mine", "my-runai-conform-0123456789ab"}
			for _, name := range similar {
				plant(name, true)
			}
			p.options.Write = true
			p.run(t)
			names, subjects := p.remaining()
			want := append([]string{"conformer"}, similar...)
			if !slices.Equal(names, want) || !slices.Equal(subjects, want) {
				t.Errorf("applications %v, subjects of rules %v", names, subjects)
			}
		})
	}
}

// If an object cannot be removed, the error names it.
func TestRun_CleanUpFails_NamesLeftovers(t *testing.T) {
	t.Parallel()
	p := startPlane(t, mockserver.Options{}, func(_ *mockserver.Server, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete {
				respond(w, http.StatusInternalServerError, http.Header{}, map[string]any{"code": 500, "message": "no"})
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	p.options.Write = true
	var name string
	p.options.Announce = func(n string) { name = n }
	_, err := Run(t.Context(), p.options)
	if err == nil || !strings.Contains(err.Error(), "cannot delete the application "+name) ||
		!strings.Contains(err.Error(), "cannot delete the access rule of "+name) {
		t.Errorf("error %v", err)
	}
}

func TestRun_RefusedCredentials_TriedOnce(t *testing.T) {
	t.Parallel()
	for _, version := range mockserver.Versions() {
		p := startPlane(t, mockserver.Options{Version: version}, nil)
		p.options.Target.ClientSecret = "planted-wrong"
		_, err := Run(t.Context(), p.options)
		if !errors.Is(err, ErrCannotRun) || !strings.Contains(err.Error(), "refuses the credentials") || strings.Contains(err.Error(), "planted-wrong") {
			t.Errorf("%s: error %v", version, err)
		}
		refused := 0
		for _, r := range p.mock.Log() {
			if r.Status == http.StatusUnauthorized {
				refused++
			}
		}
		if refused != 1 {
			t.Errorf("%s: refused %d times", version, refused)
		}
	}
}

func TestRun_NoControlPlane_CannotRun(t *testing.T) {
	t.Parallel()
	page := func(*mockserver.Server, http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("<html></html>"))
		})
	}
	for name, change := range map[string]func(*Options){
		"web page":          func(*Options) {},
		"token, web page":   func(o *Options) { o.Target = Target{BaseURL: o.Target.BaseURL, AccessToken: "planted-token"} },
		"no such version":   func(o *Options) { o.Version = "1.0" },
		"nothing listens":   func(o *Options) { o.Target.BaseURL = "http://127.0.0.1:1" },
		"token, no plane":   func(o *Options) { o.Target = Target{BaseURL: "http://127.0.0.1:1", AccessToken: "planted-token"} },
		"not even a scheme": func(o *Options) { o.Target.BaseURL = "://" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startPlane(t, mockserver.Options{}, page)
			change(&p.options)
			report, err := Run(t.Context(), p.options)
			if !errors.Is(err, ErrCannotRun) || strings.Contains(err.Error(), "planted") || strings.Contains(err.Error(), "conformer-secret") {
				t.Errorf("report %v, error %v", report, err)
			}
		})
	}
}

func TestRun_RefusedToken_IsAnError(t *testing.T) {
	t.Parallel()
	p := startPlane(t, mockserver.Options{}, nil)
	p.options.Target = Target{BaseURL: p.options.Target.BaseURL, AccessToken: "planted-token"}
	_, err := Run(t.Context(), p.options)
	if !errors.Is(err, ErrCannotRun) || !strings.Contains(err.Error(), "refuses the access token") || strings.Contains(err.Error(), "planted") {
		t.Errorf("error %v", err)
	}
}

// With only a token, the probes of sign-ins are skipped, and all others run.
func TestRun_TokenOnly_SkipsSignInProbes(t *testing.T) {
	t.Parallel()
	p := startPlane(t, mockserver.Options{}, nil)
	s := &session{client: client{http: http.DefaultClient, base: p.options.Target.BaseURL, wait: p.options.Wait}}
	if err := s.start(t.Context(), p.options.Target); err != nil {
		t.Fatal(err)
	}
	p.options.Target = Target{BaseURL: p.options.Target.BaseURL, AccessToken: s.token}
	p.options.Write = true
	report := p.run(t)
	if report.Differences != 0 {
		t.Errorf("%d differences", report.Differences)
	}
	if got := report.result(t, "token-v2").ControlPlane; got != "not tested: it needs a client ID and a secret" {
		t.Errorf("token-v2: %s", got)
	}
	if got := report.result(t, "disable-token").ControlPlane; got != "valid for at least 12 s" {
		t.Errorf("disable-token: %s", got)
	}
	p.mustBeClean(t)
}

// A caller without permissions gets a report, and sends no successful write.
func TestRun_CallerWithoutPermissions_ChangesNothing(t *testing.T) {
	t.Parallel()
	p := startPlane(t, mockserver.Options{}, func(_ *mockserver.Server, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "" || strings.Contains(r.URL.Path, "conform-unknown") || strings.Contains(r.Header.Get("Authorization"), "invalid") {
				next.ServeHTTP(w, r)
				return
			}
			respond(w, http.StatusForbidden, http.Header{}, map[string]any{"code": 403, "message": "no"})
		})
	})
	p.options.Write = true
	report := p.run(t)
	for _, name := range []string{"service-accounts", "apps", "rules-members", "role-names", "create", "clusters", "departments"} {
		if got := report.result(t, name).ControlPlane; got != "not tested: not permitted" {
			t.Errorf("%s: %s", name, got)
		}
	}
	for _, name := range []string{"token-v2", "unknown-path", "invalid-token"} {
		if got := report.result(t, name); got.Result != Same {
			t.Errorf("%s: %+v", name, got)
		}
	}
	p.mustBeClean(t)
}

// The report contains no secrets, addresses or names of the control plane.
func TestReport_HasNoSecretsOrNames(t *testing.T) {
	t.Parallel()
	wrap := func(_ *mockserver.Server, next http.Handler) http.Handler {
		next = rewrite(http.MethodGet, "/api/", func(e *exchange) {
			if o := object(e.body); o != nil && e.status < 300 {
				o["plantedMember"] = "planted"
			}
			e.header.Set("X-Planted", "planted")
		})(nil, next)
		return rewrite(http.MethodPost, "/api/", func(e *exchange) {
			if o := object(e.body); o != nil {
				o["plantedMember"] = "planted"
				if text(o["subjectType"]) != "" {
					o["subjectType"] = "planted-type"
				}
			}
		})(nil, next)
	}
	p := startPlane(t, mockserver.Options{
		ClientID: "planted-client", ClientSecret: "planted-secret", CreatedByPrefix: "planted-", Applications: 3, AccessRules: 50,
	}, wrap)
	p.mock.AddRole("planted-custom-role", true)
	p.mock.CreateApplication("planted-application", "planted@acme.example")
	p.mock.AddCluster("planted-cluster")
	p.mock.RenameRole(3, "planted-role")
	p.options.Write = true
	p.options.Announce = func(string) {}
	report := p.run(t)

	var output bytes.Buffer
	if err := errors.Join(report.WriteJSON(&output), report.WriteTable(&output)); err != nil {
		t.Fatal(err)
	}
	forbidden := append(p.mock.Issued(),
		"planted", "acme", "@", p.mock.TenantID(), strings.TrimPrefix(p.options.Target.BaseURL, "http://"), "127.0.0.1", prefix+"0",
	)
	for _, app := range p.mock.State().Applications {
		forbidden = append(forbidden, app.ID)
	}
	for _, cluster := range p.mock.Clusters() {
		forbidden = append(forbidden, cluster.ID, cluster.Name)
	}
	for _, secret := range forbidden {
		if strings.Contains(output.String(), secret) {
			t.Errorf("the report contains %q", secret)
		}
	}
	// Control: these values reached the probes.
	if got := report.result(t, "role-names"); got.Result != Different || !strings.Contains(got.ControlPlane, "and others") {
		t.Errorf("role-names: %+v", got)
	}
	if got := report.result(t, "rule-subject-type"); got.Result != Different {
		t.Errorf("rule-subject-type: %+v", got)
	}
	if got := report.result(t, "create"); !strings.Contains(got.ControlPlane, "and 1 unknown") {
		t.Errorf("create: %+v", got)
	}
}

func TestReport_JSON_OneResultPerProbe(t *testing.T) {
	t.Parallel()
	p := startPlane(t, mockserver.Options{}, absent(appsPath))
	var output bytes.Buffer
	if err := p.run(t).WriteJSON(&output); err != nil {
		t.Fatal(err)
	}
	var report struct {
		MockVersion string
		Differences int
		Results     []struct{ Probe, ControlPlane, Mock, Result string }
	}
	if err := json.Unmarshal(output.Bytes(), &report); err != nil {
		t.Fatal(err)
	}
	if report.MockVersion != "2.24" || report.Differences == 0 || len(report.Results) != len(probes(false)) {
		t.Errorf("report %s", &output)
	}
}

// The table of open questions in API.md names existing probes, and states correctly which of them write.
func TestProbes_MatchTableOfOpenQuestions(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../API.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(content), "probes of `runai-mock conform` |\n")
	if !found {
		t.Fatal("API.md has no table with the probes")
	}
	writes := map[string]bool{}
	for _, p := range probes(true) {
		writes[p.name] = !slices.ContainsFunc(readProbes, func(read probe) bool { return read.name == p.name })
	}
	questions := 0
	for row := range strings.Lines(table) {
		cells := strings.Split(row, " | ")
		if len(cells) != 5 {
			continue
		}
		questions++
		for _, match := range regexp.MustCompile("`([^`]+)`( \\(w\\))?").FindAllStringSubmatch(cells[4], -1) {
			if write, ok := writes[match[1]]; !ok || write != (match[2] != "") {
				t.Errorf("question %d: probe %s, writes: %t, exists: %t", questions, match[0], write, ok)
			}
		}
	}
	if questions < 18 {
		t.Errorf("%d questions", questions)
	}
}
