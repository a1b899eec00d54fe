package provider_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// A plan that refreshes nothing (-refresh=false, or -minimal-refresh of Terraform 1.17 where nothing has changed) costs the
// sign-in alone, however many resources there are: no version is detected, no role looked up and no list loaded.
func TestPlan_WithoutRefresh_OnlySignsIn(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	const n = 20
	role := cp.Roles()[0]
	type resource struct {
		*acctest.Instance
		arguments acctest.Arguments
	}
	var resources []resource
	before := cp.Protocol(t)
	for i := range n {
		name := "ci-" + string(rune('a'+i))
		app := cp.CreateApplication(name, "")
		typeName := []string{"runai_application", "runai_service_account"}[i%2]
		rule := cp.CreateAccessRule(mockserver.AccessRule{SubjectID: name, SubjectType: "app", RoleID: role.ID, ScopeType: "tenant", ScopeID: cp.TenantID()})
		resources = append(resources,
			resource{before.Import(typeName, app.ID), acctest.Arguments{"name": name}},
			resource{before.Import("runai_access_rule", strconv.Itoa(rule.ID)), acctest.Arguments{
				"subject_id": name, "role_name": role.Name, "scope_type": "tenant",
			}},
		)
	}

	cp.ResetRequests()
	p := cp.Protocol(t)
	for _, r := range resources {
		if plan := r.In(p).PlanWithoutRefresh(r.arguments); !plan.Empty || len(plan.Diagnostics) > 0 {
			t.Errorf("%v: no change: %t, diagnostics:%s", r.arguments, plan.Empty, plan.Diagnostics)
		}
	}
	others, signIns := 0, 0
	for request, n := range cp.Requests() {
		if strings.HasPrefix(request, "POST ") && strings.HasSuffix(request, "token") {
			signIns += n
		} else {
			others += n
		}
	}
	if others > 0 || signIns == 0 || signIns > 3 { // an older control plane refuses the newer ways to sign in first
		t.Errorf("requests %v, want one sign-in", cp.Requests())
	}

	// Controls: a change is planned, and a refresh sends requests.
	if resources[0].PlanWithoutRefresh(acctest.Arguments{"name": "ci-a", "enabled": false}).Empty {
		t.Error("the plan omits a change")
	}
	resources[0].Refresh()
	if got := cp.Requests(); cp.Calls(acctest.ListApplications)+cp.Calls(acctest.ReadApplication) == 0 {
		t.Errorf("the refresh sent no request: %v", got)
	}
}
