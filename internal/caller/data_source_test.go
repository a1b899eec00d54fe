package caller_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

const address = "data.runai_caller.test"

func TestAccCaller_OnEachControlPlane(t *testing.T) {
	t.Parallel()
	for version, api := range map[string]string{
		"2.17": "k8s",
		"2.18": "apps", "2.20": "apps", "2.21": "apps", "2.23": "apps",
		"2.24": "service-accounts", "2.26": "service-accounts", "3.0": "service-accounts",
	} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: version})
			cp.CreateApplication("dashboard", "jane@acme.example")
			cp.CreateAccessRule(mockserver.AccessRule{SubjectID: "dashboard", SubjectType: "app", RoleID: 1, ScopeType: "tenant", ScopeID: cp.TenantID()})
			own := cp.CreateAccessRule(mockserver.AccessRule{SubjectID: "terraform", SubjectType: "app", RoleID: 14, ScopeType: "project", ScopeID: "11"})
			cp.DeleteAccessRule(cp.CreateAccessRule(mockserver.AccessRule{SubjectID: "terraform", SubjectType: "app", RoleID: 14, ScopeType: "project", ScopeID: "12"}).ID)
			cp.Test(resource.TestStep{
				Config: cp.Config(`data "runai_caller" "test" {}`),
				Check: resource.ComposeAggregateTestCheckFunc(
					resource.TestCheckResourceAttr(address, "client_id", "terraform"),
					resource.TestCheckResourceAttr(address, "tenant_id", cp.TenantID()),
					resource.TestCheckResourceAttr(address, "control_plane_api", api),
					resource.TestCheckResourceAttr(address, "access_rules.#", "2"),
					resource.TestCheckResourceAttr(address, "access_rules.0.role_name", "System administrator"),
					resource.TestCheckResourceAttr(address, "access_rules.0.scope_type", "tenant"),
					resource.TestCheckResourceAttr(address, "access_rules.1.scope_id", own.ScopeID),
					resource.TestCheckResourceAttr(address, "access_rules.1.scope_name", "vision"),
				),
				ConfigStateChecks: []statecheck.StateCheck{cp.HoldsNoSecret()},
				ConfigPlanChecks:  acctest.EmptyAfter(),
			})
		})
	}
}

func TestAccCaller_ControlPlaneVersion_NoProbes(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.20"})
	cp.Test(resource.TestStep{
		Config: cp.ConfigWith(`control_plane_version = "2.20"`, `data "runai_caller" "test" {}`),
		Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttr(address, "control_plane_api", "apps"),
			cp.ExpectCalls(acctest.ListApplications, 0),
		),
	})
}

func TestAccCaller_Error_NamesFailedRequest(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.InjectFault(acctest.ListApplications, "html", -1)
	cp.Test(resource.TestStep{
		Config:      cp.Config(`data "runai_caller" "test" {}`),
		ExpectError: acctest.ErrorContains(`Unable to Read Caller`),
	})
}
