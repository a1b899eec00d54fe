package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/runai-community/terraform-provider-runai/internal/provider"
)

// The output equals that of a real CLI, for the kinds of objects that the CLI supports.
func TestAccSchema_SameAsOfCLI(t *testing.T) {
	t.Parallel()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set")
	}
	cli := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if cli == "" {
		t.Skip("TF_ACC_TERRAFORM_PATH is not set")
	}

	dir := t.TempDir()
	goBuild := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", filepath.Join(dir, "terraform-provider-runai"), "../../..")
	if out, err := goBuild.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	write(t, filepath.Join(dir, "main.tf"), `terraform {
  required_providers {
    runai = {
      source = "runai-community/runai"
    }
  }
}
`)
	write(t, filepath.Join(dir, "cli.tfrc"), fmt.Sprintf(`provider_installation {
  dev_overrides {
    "registry.terraform.io/runai-community/runai" = %[1]q
    "registry.opentofu.org/runai-community/runai" = %[1]q
  }
}
`, dir))

	command := exec.CommandContext(t.Context(), cli, "providers", "schema", "-json")
	command.Dir = dir
	command.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+filepath.Join(dir, "cli.tfrc"), "TF_CLI_ARGS=")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s providers schema -json: %v\n%s", cli, err, stderr.String())
	}
	var theirs tfjson.ProviderSchemas
	if err := json.Unmarshal(out, &theirs); err != nil {
		t.Fatal(err)
	}
	if len(theirs.Schemas) != 1 {
		t.Fatalf("the CLI shows %d providers, want 1", len(theirs.Schemas))
	}

	var document bytes.Buffer
	if err := run(t.Context(), providerserver.NewProtocol6(provider.New("dev")())(), provider.Address, &document); err != nil {
		t.Fatal(err)
	}
	var ours tfjson.ProviderSchemas
	if err := json.Unmarshal(document.Bytes(), &ours); err != nil {
		t.Fatal(err)
	}

	for _, want := range theirs.Schemas {
		got := ours.Schemas[provider.Address]
		compare(t, "provider", map[string]*tfjson.Schema{"runai": got.ConfigSchema}, map[string]*tfjson.Schema{"runai": want.ConfigSchema})
		compare(t, "resource", got.ResourceSchemas, want.ResourceSchemas)
		compare(t, "data source", got.DataSourceSchemas, want.DataSourceSchemas)
		// From Terraform 1.10, 1.12 and 1.14; OpenTofu has its own numbers.
		if len(want.EphemeralResourceSchemas) > 0 {
			compare(t, "ephemeral resource", got.EphemeralResourceSchemas, want.EphemeralResourceSchemas)
		}
		if len(want.Functions) > 0 { // from Terraform 1.8
			compare(t, "function", got.Functions, want.Functions)
		}
		if len(want.ResourceIdentitySchemas) > 0 {
			compare(t, "identity", got.ResourceIdentitySchemas, want.ResourceIdentitySchemas)
		}
		if len(want.ListResourceSchemas) > 0 {
			compare(t, "list resource", got.ListResourceSchemas, want.ListResourceSchemas)
		}
	}
}

func compare[S any](t *testing.T, what string, got, want map[string]S) {
	t.Helper()
	if names, wanted := slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)); !slices.Equal(names, wanted) {
		t.Errorf("%s schemas: got %v, want %v", what, names, wanted)
		return
	}
	for name := range want {
		if !reflect.DeepEqual(got[name], want[name]) {
			t.Errorf("%s schemas of %s differ\ngot  %s\nwant %s", what, name, asJSON(t, got[name]), asJSON(t, want[name]))
		}
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
