package guarantees_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// TestAccLeak_NoFileHasASecret takes an application through its lifecycle with
// TF_LOG=TRACE and faults, and searches every written file for every issued secret and
// token. Control: the search finds the secret in the state, where Terraform stores it.
// With a recipient the state does not have it either.
func TestAccLeak_NoFileHasASecret(t *testing.T) {
	t.Parallel()
	for _, sealed := range []bool{false, true} {
		t.Run(map[bool]string{false: "plain", true: "sealed"}[sealed], func(t *testing.T) {
			t.Parallel()
			searchLifecycle(t, sealed)
		})
	}
}

func searchLifecycle(t *testing.T, sealed bool) {
	t.Helper()
	var requestLog bytes.Buffer
	cp := acctest.NewWith(t, mockserver.Options{RequestLog: &requestLog})
	cli := acctest.BinaryCLI(t, acctest.ProviderBinary(t))
	cli.Env = append(cli.Env, "TF_LOG=TRACE", "TF_LOG_PATH="+filepath.Join(cli.Dir, "trace.log"))
	recipients := ""
	if sealed {
		recipients = `client_secret_recipients = { ops = "` + recipient + `" }`
	}
	config := func(keeper, rest string) string {
		return cp.Config(`
resource "runai_application" "mine" {
  name    = "ci-pipeline"
  keepers = { version = "` + keeper + `" }
  ` + recipients + `
}
resource "runai_access_rule" "mine" {
  subject_id = runai_application.mine.client_id
  role_id    = 5
  scope_type = "tenant"
}
data "runai_applications" "all" {
  depends_on = [runai_access_rule.mine]
}
output "applications" {
  value = data.runai_applications.all.applications
}
output "sealed" {
  value = runai_application.mine.client_secret_sealed
}` + rest)
	}

	written := map[string]string{}
	take := func(name string, r acctest.Result) { written[name] = r.Output }
	cli.Configure(config("1", ""))
	take("first plan", cli.Run("plan", "-out=first.plan", "-no-color"))
	written["first plan as JSON"] = withoutSensitive(t, cli.Run("show", "-json", "first.plan").Stdout)
	cp.InjectFault(acctest.CreateApplication, "truncate", 1)
	take("apply with a truncated answer", cli.Run("apply", "-no-color", "first.plan"))
	cli.Configure(config("2", ""))
	take("second plan", cli.Run("plan", "-out=second.plan", "-no-color"))
	written["second plan as JSON"] = withoutSensitive(t, cli.Run("show", "-json", "second.plan").Stdout)
	cp.InjectFault(acctest.RegenerateSecret, "truncate", 1)
	take("rotation with a truncated answer", cli.Run("apply", "-no-color", "second.plan"))
	cp.InjectFault(acctest.RegenerateSecret, "html", -1)
	cli.Configure(config("3", ""))
	cp.ArmFault(cp.Fault(acctest.RegenerateSecret, "status", -1))
	take("failed rotation", cli.Apply())
	cp.ClearFaults()
	cli.Configure(config("3", `
resource "runai_application" "twin" { name = "ci-pipeline" }`))
	take("duplicate name", cli.Apply())
	take("plan as a stream of JSON", cli.Run("plan", "-json"))
	take("apply as a stream of JSON", cli.Run("apply", "-json", "-auto-approve"))
	take("show", cli.Run("show", "-no-color"))
	take("outputs", cli.Run("output", "-no-color"))
	state, err := os.ReadFile(filepath.Join(cli.Dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	written["private state"] = privateState(t, state)
	takeFiles := func(when string) {
		for name, text := range filesIn(t, cli.Dir) {
			if plain := strings.HasPrefix(name, "terraform.tfstate") || strings.HasSuffix(name, ".plan"); sealed || !plain {
				written[when+": "+name] = text
			}
		}
	}
	takeFiles("before the destroy")
	take("destroy", cli.Destroy())
	takeFiles("after the destroy")
	written["request log"] = requestLog.String()

	issued := append(cp.Issued(), "terraform-secret")
	if len(issued) < 6 {
		t.Fatalf("only %d secrets and tokens were issued", len(issued))
	}
	expectNoLeak(t, issued, written)
	// Controls: the search finds secrets where they are expected.
	if !sealed && leaks(issued, string(state)) == 0 {
		t.Error("the search does not find the secret in the state")
	}
	if sealed && !strings.Contains(string(state), "BEGIN AGE ENCRYPTED FILE") {
		t.Error("the state has no ciphertext: nothing was sealed")
	}
	for _, name := range []string{"first.plan", "second.plan", "terraform.tfstate", "terraform.tfstate.backup"} {
		if _, searched := written["before the destroy: "+name]; searched != sealed {
			t.Errorf("%s was searched: %t, want %t", name, searched, sealed)
		}
	}
	if !strings.Contains(written["after the destroy: trace.log"], "Run:ai API request") {
		t.Error("the trace log has no line of the client, so it was not searched")
	}
}

// TestAccLeak_SealingInPlace_OldPlansAndBackupKeepSecret seals the secret of a state
// that had it in plain text. Only the saved plan and the backup of the old state still
// have it.
func TestAccLeak_SealingInPlace_OldPlansAndBackupKeepSecret(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := acctest.BinaryCLI(t, acctest.ProviderBinary(t))
	cli.Env = append(cli.Env, "TF_LOG=TRACE", "TF_LOG_PATH="+filepath.Join(cli.Dir, "trace.log"))
	config := func(recipients string) string {
		return cp.Config(`resource "runai_application" "mine" {
  name = "ci-pipeline"
  ` + recipients + `
}`)
	}
	cli.Configure(config(""))
	cli.MustApply()
	cli.Configure(config(`client_secret_recipients = { ops = "` + recipient + `" }`))
	written := map[string]string{"plan": cli.Run("plan", "-out=sealing.plan", "-no-color").Output}
	written["apply"] = cli.Run("apply", "-json", "sealing.plan").Output
	files := filesIn(t, cli.Dir)
	issued := cp.Issued()
	for _, allowed := range []string{"sealing.plan", "terraform.tfstate.backup"} {
		if leaks(issued, files[allowed]) != 1 {
			t.Errorf("%s does not have the plain secret: it was not sealed in place", allowed)
		}
		delete(files, allowed)
	}
	maps.Copy(written, files)
	expectNoLeak(t, issued, written)
	if app := cli.State()["runai_application.mine"]; !cp.IsSecretOf("ci-pipeline", secretOf(t, app, true)) || cp.Calls(acctest.RegenerateSecret) != 0 {
		t.Error("the secret was not sealed in place")
	}
	written["show"], written["destroy"] = cli.Run("show", "-json").Output, cli.Destroy().Output
	expectNoLeak(t, issued, written)
}

// leaks returns the number of secrets in a text.
func leaks(secrets []string, text string) int {
	found := 0
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			found++
		}
	}
	return found
}

// expectNoLeak checks that no text, by name, contains a secret, and that the search
// finds a planted one.
func expectNoLeak(t *testing.T, secrets []string, written map[string]string) {
	t.Helper()
	for name, text := range written {
		if text == "" {
			t.Errorf("%s is empty, so nothing was searched", name)
		}
		if n := leaks(secrets, text); n > 0 {
			t.Errorf("%s has %d of %d secrets and tokens", name, n, len(secrets))
		}
	}
	for _, secret := range secrets {
		if leaks(secrets, "…"+secret+"…") == 0 {
			t.Error("the search does not find a planted secret")
		}
	}
}

// filesIn returns the texts of all non-empty files in the working directory of a CLI, by
// name. It unzips saved plans. It skips the configuration, in which the test wrote the
// provider's own secret.
func filesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "main.tf" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || len(data) == 0 {
			return err
		}
		text := string(data)
		if bytes.HasPrefix(data, []byte("PK")) {
			text = unzip(t, data)
		}
		name, err := filepath.Rel(dir, path)
		files[filepath.ToSlash(name)] = text
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// privateState returns the private state of each instance.
func privateState(t *testing.T, state []byte) string {
	t.Helper()
	var file struct {
		Resources []struct {
			Instances []struct{ Private []byte }
		}
	}
	if err := json.Unmarshal(state, &file); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, r := range file.Resources {
		for _, instance := range r.Instances {
			all.Write(instance.Private)
			var entries map[string][]byte
			if json.Unmarshal(instance.Private, &entries) == nil {
				for _, value := range entries {
					all.Write(value)
				}
			}
		}
	}
	return all.String()
}

// unzip returns the text of all files of a saved plan, without the configuration, in
// which the test wrote the provider's own secret.
func unzip(t *testing.T, data []byte) string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range archive.File {
		if strings.HasPrefix(f.Name, "tfconfig") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, r); err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

// withoutSensitive returns a plan as JSON without the values that it marks as sensitive,
// and without the provider block, in which the test wrote the provider's own secret.
func withoutSensitive(t *testing.T, plan string) string {
	t.Helper()
	var p map[string]any
	if err := json.Unmarshal([]byte(plan), &p); err != nil {
		t.Fatalf("%s: %s", err, plan)
	}
	delete(p, "configuration")
	for _, state := range []any{p["planned_values"], p["prior_state"]} {
		dropMarked(state)
	}
	if changes, ok := p["resource_changes"].([]any); ok {
		for _, c := range changes {
			change := c.(map[string]any)["change"].(map[string]any)
			for _, side := range []string{"before", "after"} {
				drop(change[side], change[side+"_sensitive"])
			}
		}
	}
	if drifts, ok := p["resource_drift"].([]any); ok {
		for _, c := range drifts {
			change := c.(map[string]any)["change"].(map[string]any)
			for _, side := range []string{"before", "after"} {
				drop(change[side], change[side+"_sensitive"])
			}
		}
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// dropMarked removes the values that each resource in a tree marks as sensitive.
func dropMarked(node any) {
	switch n := node.(type) {
	case map[string]any:
		if values, ok := n["values"]; ok {
			drop(values, n["sensitive_values"])
		}
		for _, child := range n {
			dropMarked(child)
		}
	case []any:
		for _, child := range n {
			dropMarked(child)
		}
	}
}

func drop(values, marks any) {
	v, ok1 := values.(map[string]any)
	m, ok2 := marks.(map[string]any)
	if !ok1 || !ok2 {
		return
	}
	for key, mark := range m {
		if mark == true {
			delete(v, key)
		}
	}
}
