package mockserver_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// TestStateFile_SurvivesUpgrades keeps one tenant through control planes of every version. Each one changes it, and has the
// changes of the versions before.
func TestStateFile_SurvivesUpgrades(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state.json")
	var id, secret, token string
	for i, version := range mockserver.Versions() {
		c := start(t, mockserver.Options{Version: version, StateFile: file})
		if i == 0 {
			id, secret = c.create("ci")
			c.CreateAccessRule(mockserver.AccessRule{
				SubjectID: "ci", SubjectType: "app", RoleID: 6, ScopeType: "tenant", ScopeID: c.TenantID(),
			})
			c.RenameRole(6, "Engineer of ML")
			c.AddRole("Deployer", true)
			c.SetClusterState("cluster-b", "Disconnected")
			token = c.mustSignIn("ci", secret)
		}
		if !c.SignsIn("ci", secret) {
			t.Errorf("%s: the secret changed", version)
		}
		if got := c.with(token).do("GET", c.accounts(), nil); got.status != 200 {
			t.Errorf("%s: the earlier token: %d %s", version, got.status, got.body)
		}
		secret = c.RegenerateSecret("ci")
		c.create(fmt.Sprintf("of-%d", i))

		state := c.State()
		if app := state.Applications[1]; app.ID != id || app.SecretsIssued != i+2 || len(state.Applications) != i+3 {
			t.Errorf("%s: %d applications, the second %+v", version, len(state.Applications), app)
		}
		if rule := c.want(200, "GET", rulesPath+"/2", nil).object(); rule["roleName"] != "Engineer of ML" {
			t.Errorf("%s: rule %v", version, rule)
		}
		if state := c.Clusters()[1].State; state != "Disconnected" {
			t.Errorf("%s: cluster-b is %s", version, state)
		}
		if roles := c.Roles(); roles[len(roles)-1].Name != "Deployer" {
			t.Errorf("%s: the last role is %v", version, roles[len(roles)-1])
		}
	}
}

func TestStateFile_SavedAfterEachChange_OwnerOnly(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "state.json")
	c := start(t, mockserver.Options{StateFile: file})
	_, secret := c.create("ci")

	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, error %v", info.Mode(), err)
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 1 {
		t.Errorf("%d files, want 1", len(entries))
	}
	other := start(t, mockserver.Options{StateFile: file}) // the first is not closed
	if !other.SignsIn("ci", secret) {
		t.Error("the change was not saved")
	}
}

func TestStateFile_HasOwnCredentials(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state.json")
	start(t, mockserver.Options{StateFile: file, ClientID: "first", ClientSecret: "one"})
	mock, err := mockserver.New(mockserver.Options{StateFile: file, ClientID: "second", ClientSecret: "two", Applications: 9})
	if err != nil {
		t.Fatal(err)
	}
	if !mock.SignsIn("first", "one") || mock.SignsIn("second", "two") || len(mock.State().Applications) != 1 {
		t.Error("the loaded file differs")
	}
}

func TestStateFile_Invalid_IsAnError(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state.json")
	for _, content := range []string{"", "{}", "[1]", `{"TenantID":"x"}`} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := mockserver.New(mockserver.Options{StateFile: file}); err == nil {
			t.Errorf("%q was loaded", content)
		}
	}
	if _, err := mockserver.New(mockserver.Options{StateFile: filepath.Join(file, "below", "state.json")}); err == nil {
		t.Error("saved where there is no folder")
	}
}

func TestStateFile_UnsavedChange_IsAnError(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	mock, err := mockserver.New(mockserver.Options{StateFile: filepath.Join(folder, "state.json")})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	resp := httptest.NewRecorder()
	request := httptest.NewRequest("POST", "/api/v1/token", strings.NewReader(
		`{"grantType":"app_token","appID":"terraform","appSecret":"terraform-secret"}`))
	request.Header.Set("Content-Type", "application/json")
	if mock.ServeHTTP(resp, request); resp.Code != 500 {
		t.Errorf("response %d %s", resp.Code, resp.Body)
	}
	if err := mock.Close(); err == nil {
		t.Error("closed although the state could not be saved")
	}
}
