package installerapplication_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

const (
	address = "data.runai_installer_application.test"
	config  = `data "runai_installer_application" "test" {}`
	route   = "/api/v1/apps/installer"
)

func TestAccInstallerApplication_From218To222(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.18", "2.19", "2.20", "2.21", "2.22"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: version})
			cp.Test(resource.TestStep{
				Config: cp.Config(config),
				Check: resource.ComposeAggregateTestCheckFunc(
					resource.TestCheckResourceAttrSet(address, "id"),
					resource.TestCheckResourceAttr(address, "name", "installer"),
					cp.ExpectCallsPerRun("GET", route, 1),
				),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(address, tfjsonpath.New("client_secret"), knownvalue.StringExact(cp.Issued()[0])),
					statecheck.ExpectSensitiveValue(address, tfjsonpath.New("client_secret")),
					cp.HoldsSecret(), // the one data source that does
				},
				ConfigPlanChecks: acctest.EmptyAfter(),
			})
		})
	}
}

func TestAccInstallerApplication_OtherVersion_IsAnError(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.17", "2.23", "2.24", "3.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: version})
			cp.Test(resource.TestStep{
				Config: cp.Config(config),
				ExpectError: acctest.ErrorContains(cp.URL + ` has no installer application: control planes from 2.18 to 2.22 have one, ` +
					`and this one responded with 404 to /api/v1/apps/installer.`),
			})
		})
	}
}
