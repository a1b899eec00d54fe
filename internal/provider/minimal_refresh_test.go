package provider_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// A plan that refreshes nothing (-refresh=false, or -minimal-refresh of Terraform 1.17 where nothing has changed) costs the
// sign-in alone, however many resources there are: no version is detected, no role looked up and no list loaded.
func TestPlan_WithoutARefreshCostsTheSignInAlone(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	const n = 20
	role := cp.Roles()[0]
	text := func(value string) tftypes.Value { return tftypes.NewValue(tftypes.String, value) }
	type planned struct {
		acctest.Managed
		arguments map[string]tftypes.Value
	}
	var resources []planned
	before := cp.Protocol(t)
	for i := range n {
		name := "ci-" + string(rune('a'+i))
		app := cp.CreateApplication(name, "")
		typeName := []string{"runai_application", "runai_service_account"}[i%2]
		rule := cp.CreateAccessRule(mockserver.AccessRule{SubjectID: name, SubjectType: "app", RoleID: role.ID, ScopeType: "tenant", ScopeID: cp.TenantID()})
		resources = append(resources,
			planned{before.ImportManaged(typeName, app.ID), map[string]tftypes.Value{"name": text(name)}},
			planned{before.ImportManaged("runai_access_rule", strconv.Itoa(rule.ID)), map[string]tftypes.Value{
				"subject_id": text(name), "role_name": text(role.Name), "scope_type": text("tenant"),
			}},
		)
	}

	cp.ResetRequests()
	p := cp.Protocol(t)
	for _, r := range resources {
		if same, diags := p.Plan(r.Managed, r.arguments); !same || len(diags) > 0 {
			t.Errorf("%v: no change: %t, diagnostics %+v", r.arguments, same, diags)
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

	// The controls: a change is seen, and a refresh is a request.
	if same, _ := p.Plan(resources[0].Managed, map[string]tftypes.Value{"name": text("ci-a"), "enabled": tftypes.NewValue(tftypes.Bool, false)}); same {
		t.Error("a change is planned as none")
	}
	p.Refresh(resources[0].Managed)
	if got := cp.Requests(); cp.Calls(acctest.ListApplications)+cp.Calls(acctest.ReadApplication) == 0 {
		t.Errorf("the refresh sent no request: %v", got)
	}
}
