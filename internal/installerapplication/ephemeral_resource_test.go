package installerapplication_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

const typeName = "runai_installer_application"

func TestInstallerApplication_Ephemeral_From218To222(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.18", "2.19", "2.20", "2.21", "2.22"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: version})
			secrets := len(cp.Issued())
			opened := cp.Protocol(t).Open(typeName, nil)
			if errors := opened.Errors(); len(errors) > 0 {
				t.Fatalf("%+v", errors[0])
			}
			if secret, _ := opened.String("client_secret"); secret == "" || secret != cp.Issued()[0] {
				t.Errorf("client_secret is %q", secret)
			}
			if name, _ := opened.String("name"); name != "installer" {
				t.Errorf("name is %q", name)
			}
			if id, _ := opened.String("id"); id == "" {
				t.Error("there is no id")
			}
			if n := cp.Calls(acctest.RegenerateSecret); n != 0 || len(cp.Issued()) != secrets+1 { // the token of the sign-in
				t.Errorf("%d secrets were regenerated; %d secrets and tokens were issued, %d before", n, len(cp.Issued()), secrets)
			}
		})
	}
}

func TestInstallerApplication_Ephemeral_OtherVersion_IsAnError(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.17", "2.23", "2.24", "3.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: version})
			errors := cp.Protocol(t).Open(typeName, nil).Errors()
			if len(errors) != 1 || !strings.Contains(errors[0].Detail, " has no installer application: control planes from 2.18 to 2.22 have one") {
				t.Errorf("%+v", errors)
			}
		})
	}
}

func TestInstallerApplication_Ephemeral_UnconfiguredProvider_IsUnknown(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.22"})
	opened := cp.UnconfiguredProtocol(t).Open(typeName, nil)
	if len(opened.Response.Diagnostics) > 0 {
		t.Fatalf("%+v", opened.Response.Diagnostics[0])
	}
	for _, name := range []string{"id", "name", "client_secret"} {
		if opened.Result[name].IsKnown() {
			t.Errorf("%s is known", name)
		}
	}
}

func TestAccInstallerApplication_Ephemeral_IsNotInState(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.22"})
	cp.RunEphemeral(t, resource.TestStep{
		Config: cp.Config(`
ephemeral "runai_installer_application" "test" {}

provider "other" {
  base_url      = "` + cp.URL + `"
  client_id     = ephemeral.runai_installer_application.test.name
  client_secret = ephemeral.runai_installer_application.test.client_secret
}

data "runai_caller" "test" {
  provider = other
}`),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue("data.runai_caller.test", tfjsonpath.New("client_id"), knownvalue.StringExact("installer")),
			cp.HoldsNoSecret(),
		},
	})
}
