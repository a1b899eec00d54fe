package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// TestAccManifest_NamesTheProtocol starts the provider's own program. Registries tell
// a CLI the protocol by the manifest, and the program serves it.
func TestAccManifest_NamesTheProtocol(t *testing.T) {
	t.Parallel()
	var manifest struct {
		Version  int
		Metadata struct {
			ProtocolVersions []string `json:"protocol_versions"`
		}
	}
	data, err := os.ReadFile("terraform-registry-manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		t.Fatal(err)
	}
	want := []string{servedProtocol(t, acctest.ProviderBinary(t)) + ".0"}
	if manifest.Version != 1 || !slices.Equal(manifest.Metadata.ProtocolVersions, want) {
		t.Errorf("the manifest is version %d with protocols %v, want version 1 with %v", manifest.Version, manifest.Metadata.ProtocolVersions, want)
	}
}

// servedProtocol returns the version of the plugin protocol that a provider serves
// to a CLI that speaks all of them: the second field of the first line it prints.
func servedProtocol(t *testing.T, program string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), "PLUGIN_PROTOCOL_VERSIONS=4,5,6,7",
		"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Split(line, "|")
	if len(fields) < 2 {
		t.Fatalf("the provider prints %q", line)
	}
	return fields[1]
}
