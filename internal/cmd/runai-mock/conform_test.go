package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/conform"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// servePlane serves a mock behind a handler, and returns the variables that name it.
func servePlane(t *testing.T, wrap func(http.Handler) http.Handler) (*mockserver.Server, []string) {
	t.Helper()
	mock, err := mockserver.New(mockserver.Options{Version: "2.24", ClientID: "planted-client", ClientSecret: "planted-secret"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(wrap(mock))
	t.Cleanup(server.Close)
	return mock, []string{
		"RUNAI_BASE_URL=" + server.URL, "RUNAI_CLIENT_ID=planted-client", "RUNAI_CLIENT_SECRET=planted-secret",
		"RUNAI_ACCESS_TOKEN=", "RUNAI_CONTROL_PLANE_VERSION=", "RUNAI_CA_CERT_FILE=", "RUNAI_INSECURE_SKIP_VERIFY=",
	}
}

func unchanged(h http.Handler) http.Handler { return h }

// withoutApps removes the older collection of applications from the API.
func withoutApps(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/v1/apps") {
			r.URL.Path = "/unknown"
		}
		next.ServeHTTP(w, r)
	})
}

func TestConform_ExitStatus(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		wrap   func(http.Handler) http.Handler
		status int
		line   string
	}{
		"none": {unchanged, 0, "0 differences from the mock of 2.24"},
		"some": {withoutApps, 1, "this control plane: not served"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, env := servePlane(t, test.wrap)
			file := filepath.Join(t.TempDir(), "report.json")
			status, stdout, stderr := runArgs(t, "", append(env, "RUNAI_CONTROL_PLANE_VERSION=2.24"), "conform", "-json", file)
			if status != test.status || !strings.Contains(stdout, test.line) || stderr != "" {
				t.Errorf("status %d, output:\n%s%s", status, stdout, stderr)
			}
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var report conform.Report
			if err := json.Unmarshal(content, &report); err != nil || report.MockVersion != "2.24" || (report.Differences > 0) != (test.status == 1) {
				t.Errorf("report %s", content)
			}
			if strings.Contains(stdout+string(content), "planted") || strings.Contains(stdout+string(content), "127.0.0.1") {
				t.Errorf("the report names the control plane:\n%s%s", stdout, content)
			}
		})
	}
}

// Invalid input is one line on standard error.
func TestConform_CannotRun(t *testing.T) {
	t.Parallel()
	_, plane := servePlane(t, unchanged)
	for name, test := range map[string]struct {
		env  []string
		args []string
		want string
	}{
		"no address":     {env: []string{"RUNAI_BASE_URL="}, want: "RUNAI_BASE_URL is not set"},
		"bad address":    {env: []string{"RUNAI_BASE_URL=acme"}, want: "RUNAI_BASE_URL is not a URL"},
		"no credentials": {env: []string{"RUNAI_CLIENT_SECRET="}, want: "no credentials"},
		"wrong secret":   {env: []string{"RUNAI_CLIENT_SECRET=planted-wrong"}, want: "refuses the credentials"},
		"wrong version":  {env: []string{"RUNAI_CONTROL_PLANE_VERSION=1.0"}, want: "unknown version"},
		"wrong CA file":  {env: []string{"RUNAI_CA_CERT_FILE=/nowhere"}, want: "RUNAI_CA_CERT_FILE"},
		"wrong flag":     {args: []string{"-nothing"}, want: "-nothing"},
		"an argument":    {args: []string{"https://acme.run.ai"}, want: "unexpected argument"},
		"no such folder": {args: []string{"-json", "/nowhere/report.json"}, want: "/nowhere/report.json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := append(append([]string{}, plane...), test.env...)
			status, stdout, stderr := runArgs(t, "", env, append([]string{"conform"}, test.args...)...)
			if status != 2 || stdout != "" || !strings.Contains(stderr, test.want) || strings.Count(stderr, "\n") != 1 ||
				strings.Contains(stderr, "planted") {
				t.Errorf("status %d, output:\n%s%s", status, stdout, stderr)
			}
		})
	}
}

// An interrupt while the application exists ends the command, which removes the application.
func TestConform_Interrupted_CleansUp(t *testing.T) {
	t.Parallel()
	created := make(chan struct{})
	proceed := make(chan struct{})
	var once sync.Once
	mock, env := servePlane(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			if r.Method == http.MethodPost && r.URL.Path == "/api/v1/authorization/access-rules" {
				once.Do(func() { close(created); <-proceed })
			}
		})
	})
	run := startBinary(t, env, "", "conform", "-write")
	<-created
	state := mock.State()
	if len(state.Applications) != 2 || len(state.AccessRules) != 2 {
		t.Fatalf("before the interrupt: %+v", state)
	}
	if !strings.Contains(run.stderr.String(), state.Applications[1].Name) {
		t.Errorf("the name was not printed first: %s", run.stderr)
	}
	if err := run.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	close(proceed)
	status, _ := run.wait(t)
	if status != 2 || !strings.Contains(run.stderr.String(), "interrupted") {
		t.Errorf("status %d: %s", status, run.stderr)
	}
	state = mock.State()
	if len(state.Applications) != 1 || state.AccessRules[1].DeletedAt == nil {
		t.Errorf("remaining: %+v", state)
	}
}
