package acctest_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// The acceptance tests run against a control plane in another process, as by make testacc-live, with other credentials and
// with objects of other principals. They leave it unchanged.
func TestAccLive_AgainstAControlPlaneInAnotherProcess(t *testing.T) {
	acctest.SkipUnlessAcceptance(t)
	if os.Getenv(acctest.LiveEnvVar) != "" {
		t.Skip("this is such a run")
	}
	t.Parallel()
	url := startMock(t, "-version", "2.24", "-client-id", "planted-caller", "-client-secret", "planted-secret", "-applications", "3", "-access-rules", "5")
	before := state(t, url)

	tests := []string{
		"TestAccApplication_Create_SetsEveryAttribute", "TestAccApplication_Keepers_Rotate_NullToValue", "TestAccApplication_Create_LaterError_KeepsIDAndSecret",
		"TestAccApplication_Lockout_AllowedRotation_UsesNewSecret", "TestAccAccessRule_Create_WithDefaults",
	}
	run := exec.Command("go", "test", "-count=1", "-v", "-run", "^("+strings.Join(tests, "|")+")", "../application", "../accessrule")
	run.Env = append(os.Environ(), acctest.LiveEnvVar+"=1", "RUNAI_BASE_URL="+url, "RUNAI_CLIENT_ID=planted-caller", "RUNAI_CLIENT_SECRET=planted-secret")
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%s:\n%s", err, out)
	}
	for _, want := range []string{
		"--- PASS: TestAccApplication_Create_SetsEveryAttribute",
		"--- PASS: TestAccApplication_Keepers_Rotate_NullToValue",
		"--- PASS: TestAccAccessRule_Create_WithDefaults",
		"--- SKIP: TestAccApplication_Create_LaterError_KeepsIDAndSecret",
		"needs the mock control plane: it injects a fault",
		"needs the mock control plane: it changes the application that the provider signs in as",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the output lacks %q:\n%s", want, out)
		}
	}
	after := state(t, url)
	if n := requests(t, url)["POST /api/v1/service-accounts"]; n < 2 {
		t.Errorf("the control plane has seen %d creations", n)
	}
	created := after.AccessRules[len(before.AccessRules):]
	after.AccessRules = after.AccessRules[:len(before.AccessRules)]
	if len(after.Applications) != len(before.Applications) {
		t.Fatalf("%d applications before, %d after: %+v", len(before.Applications), len(after.Applications), after.Applications)
	}
	for i := range after.Applications {
		before.Applications[i].LastLogin, after.Applications[i].LastLogin = nil, nil
		before.Applications[i].UpdatedAt = after.Applications[i].UpdatedAt
	}
	if !reflect.DeepEqual(after, before) {
		t.Errorf("before: %+v\nafter: %+v", before, after)
	}
	if len(created) == 0 {
		t.Error("no rule was created")
	}
	for _, rule := range created {
		if rule.DeletedAt == nil {
			t.Errorf("the rule was not deleted: %+v", rule)
		}
	}
}

// startMock builds and starts a mock control plane, and returns its address.
func startMock(t *testing.T, args ...string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "runai-mock")
	if out, err := exec.Command("go", "build", "-o", binary, "../cmd/runai-mock").CombinedOutput(); err != nil {
		t.Fatalf("%s: %s", err, out)
	}
	mock := exec.Command(binary, append([]string{"-listen", "127.0.0.1:0"}, args...)...)
	mock.Stderr = os.Stderr
	stdout, err := mock.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := mock.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = mock.Process.Kill()
		_ = mock.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
}

func control(t *testing.T, url, what string, v any) {
	t.Helper()
	resp, err := http.Get(fmt.Sprintf("%s/_mock/%s", url, what))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(v); err != nil {
		t.Fatal(err)
	}
}

func state(t *testing.T, url string) (state mockserver.State) {
	t.Helper()
	control(t, url, "state", &state)
	return state
}

func requests(t *testing.T, url string) (counts map[string]int) {
	t.Helper()
	control(t, url, "requests", &counts)
	return counts
}
