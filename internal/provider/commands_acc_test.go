package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// TestAccReadme_InstallFromSource runs the command of the README that installs the provider.
// With the CLI configuration that it prints, the configuration of the README is planned.
func TestAccReadme_InstallFromSource(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	readme, _ := read(t, "../../README.md")
	command := regexp.MustCompile("\\*\\*From source\\.\\*\\* `(make [a-z]+)`").FindStringSubmatch(readme)
	if command == nil {
		t.Fatal("the README has no command that installs from source")
	}
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("there is no make")
	}
	bin := t.TempDir()
	fields := strings.Fields(command[1])
	install := exec.CommandContext(t.Context(), fields[0], fields[1:]...)
	install.Dir = "../.."
	// Not the options of the make that runs the tests.
	install.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "MAKE") || strings.HasPrefix(v, "MFLAGS=")
	}), "GOBIN="+bin)
	out, err := install.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", command[1], err, out)
	}
	at := strings.Index(string(out), "provider_installation {")
	if at < 0 {
		t.Fatalf("%s prints no CLI configuration: %s", command[1], out)
	}
	cli, _ := newDocumented(t, filepath.Join(t.TempDir(), "none"), "required_providers")
	cli.Write("cli.tfrc", string(out[at:]))
	cli.Configure(shownConfigurations(strings.SplitAfter(readme, "\n## Configuration\n")[1])[0])
	if plan := cli.Plan(); plan.Code != 2 || !plan.Contains("Plan: 2 to add") {
		t.Errorf("exit code %d: %s", plan.Code, plan.Output)
	}
}

// TestAccGuides_SealedSecretsCommand runs the pipeline of the guide on sealed secrets. Of jq
// and age, a program that is not on the path is replaced by the same in Go.
func TestAccGuides_SealedSecretsCommand(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	guide, _ := read(t, "../../docs/guides/sealed-secrets.md")
	blocks := shellBlock.FindAllStringSubmatch(guide, -1)
	if len(blocks) != 1 {
		t.Fatalf("the guide has %d blocks of commands", len(blocks))
	}
	pipeline := strings.Split(strings.TrimSpace(blocks[0][1]), " | ")
	if len(pipeline) != 3 {
		t.Fatalf("the command is %q", pipeline)
	}
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	configuration, _ := read(t, filepath.Join(guides, "sealed-secrets/main.tf"))
	configuration = regexp.MustCompile(`"age1[a-z0-9]+"`).ReplaceAllString(configuration, `"`+key.Recipient().String()+`"`)
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.24"})
	cli := acctest.BinaryCLI(t, acctest.ProviderBinary(t))
	cli.Env = append(cli.Env, environment(cp)...)
	cli.Configure(configuration)
	cli.Write("key.txt", "# created: 2026-11-29T12:00:00Z\n"+key.String()+"\n")
	cli.MustApply()

	text := cli.Run(strings.Fields(pipeline[0])[1:]...).Stdout
	for i, instead := range []func(args []string, input string) (string, error){jq, func(args []string, input string) (string, error) {
		return ageDecrypt(cli.Dir, args, input)
	}} {
		fields := strings.Fields(pipeline[i+1])
		if path, missing := exec.LookPath(fields[0]); missing == nil {
			command := exec.CommandContext(t.Context(), path, fields[1:]...)
			command.Dir, command.Stdin = cli.Dir, strings.NewReader(text)
			var out []byte
			out, err = command.Output()
			text = string(out)
		} else {
			text, err = instead(fields, text)
		}
		if err != nil {
			t.Fatalf("%s: %v: %s", pipeline[i+1], err, text)
		}
	}
	if !cp.IsSecretOf("nightly-evaluation", text) {
		t.Errorf("%s: the output is not the secret", blocks[0][1])
	}
}

// jq is `jq -r .NAME`.
func jq(args []string, input string) (string, error) {
	name, ok := strings.CutPrefix(strings.Join(args, " "), "jq -r .")
	if !ok {
		return "", fmt.Errorf("unknown arguments %q", args)
	}
	var object map[string]string
	err := json.Unmarshal([]byte(input), &object)
	return object[name] + "\n", err
}

// ageDecrypt is `age --decrypt -i FILE`.
func ageDecrypt(dir string, args []string, input string) (string, error) {
	if len(args) != 4 || args[1] != "--decrypt" || args[2] != "-i" {
		return "", fmt.Errorf("unknown arguments %q", args)
	}
	file, err := os.Open(filepath.Join(dir, args[3]))
	if err != nil {
		return "", err
	}
	defer file.Close()
	identities, err := age.ParseIdentities(file)
	if err != nil {
		return "", err
	}
	plain, err := age.Decrypt(armor.NewReader(strings.NewReader(input)), identities...)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(plain)
	return string(text), err
}

// curlBlock matches the request with which the guide on testing modules injects a fault.
var curlBlock = regexp.MustCompile(`curl -s -d "((?:[^"\\]|\\.)*)" "\$RUNAI_BASE_URL(/[^"]*)"`)

// The request of the guide on testing modules injects the fault that it names.
func TestGuides_FaultOfTestingModules(t *testing.T) {
	t.Parallel()
	guide, _ := read(t, "../../docs/guides/testing-modules.md")
	m := curlBlock.FindStringSubmatch(guide)
	if m == nil {
		t.Fatal("the guide has no such request")
	}
	body := strings.ReplaceAll(m[1], `\"`, `"`)
	var fault mockserver.Fault
	if err := json.Unmarshal([]byte(body), &fault); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	mock, err := mockserver.New(mockserver.Options{Version: "2.24"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(mock)
	t.Cleanup(func() {
		server.Close()
		_ = mock.Close()
	})
	send := func(method, path, contentType, body string) (int, error) {
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, bytes.NewBufferString(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", contentType)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0, err
		}
		return resp.StatusCode, resp.Body.Close()
	}
	// The method and the type are those of curl -d.
	if status, err := send(http.MethodPost, m[2], "application/x-www-form-urlencoded", body); err != nil || status != http.StatusCreated {
		t.Fatalf("%s %s: %d, %v", m[2], body, status, err)
	}
	for i := range fault.Count + 1 {
		_, err := send(fault.Method, fault.Path, "application/json", "{}")
		if dropped := err != nil; dropped != (i < fault.Count) {
			t.Errorf("request %d: %v", i, err)
		}
	}
}
