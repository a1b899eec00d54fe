package application_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

const listAddress = "data.runai_applications.test"

// seedApplications creates four applications beside that of the provider.
func seedApplications(cp *acctest.ControlPlane) {
	cp.CreateApplication("alpha", "jane@acme.example")
	cp.CreateApplication("beta", "terraform")
	cp.CreateApplication("gamma", "Jane@acme.example")
	cp.CreateApplication("delta-ci", "terraform")
	cp.SetApplicationEnabled("gamma", false)
	for subject, role := range map[string]int{"alpha": 5, "delta-ci": 8} {
		cp.CreateAccessRule(mockserver.AccessRule{
			SubjectID: subject, SubjectType: "app", RoleID: role, ScopeType: "tenant", ScopeID: cp.TenantID(), CreatedBy: "jane@acme.example",
		})
	}
}

// The provider filters and sorts the list itself. Each case has the names of the listed
// applications in order.
func TestApplications_FiltersAndOrder(t *testing.T) {
	t.Parallel()
	// A clock that ticks whenever it is read, so that no two have the same creation time.
	var ticks atomic.Int64
	cp := acctest.NewWith(t, mockserver.Options{Now: func() time.Time {
		return time.Now().Add(time.Duration(ticks.Add(1)) * time.Millisecond)
	}})
	seedApplications(cp)
	for _, c := range []struct {
		arguments acctest.Arguments
		want      []string
	}{
		{nil, []string{"alpha", "beta", "delta-ci", "gamma", "terraform"}},
		{acctest.Arguments{"sort_order": "desc"}, []string{"terraform", "gamma", "delta-ci", "beta", "alpha"}},
		{acctest.Arguments{"sort_by": "created_at"}, []string{"terraform", "alpha", "beta", "gamma", "delta-ci"}},
		{acctest.Arguments{"sort_by": "enabled"}, []string{"gamma", "alpha", "beta", "delta-ci", "terraform"}},
		{acctest.Arguments{"search": "DELTA"}, []string{"delta-ci"}},
		{acctest.Arguments{"search": "l2 research"}, []string{"delta-ci"}},
		{acctest.Arguments{"search": "nothing like it"}, nil},
		{acctest.Arguments{"name_regex": "^(alpha|beta)$"}, []string{"alpha", "beta"}},
		{acctest.Arguments{"created_by": "jane@acme.example"}, []string{"alpha", "gamma"}},
		{acctest.Arguments{"created_by_me": true}, []string{"beta", "delta-ci"}},
		{acctest.Arguments{"created_by_me": false}, []string{"alpha", "gamma", "terraform"}},
		{acctest.Arguments{"enabled": false}, []string{"gamma"}},
		{acctest.Arguments{"enabled": true}, []string{"alpha", "beta", "delta-ci", "terraform"}},
		{acctest.Arguments{"role_name": "l1 Researcher"}, []string{"alpha"}},
		{acctest.Arguments{"created_by_me": true, "role_name": "L2 researcher"}, []string{"delta-ci"}},
	} {
		if cp.Version == "2.17" && (c.arguments["created_by"] != nil || c.arguments["created_by_me"] != nil) {
			continue // it does not return the creator
		}
		cp.Protocol(t).ExpectList("runai_applications", c.arguments, "name", c.want...)
	}
}

func TestAccApplications_AccessRules_OneListEach(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	seedApplications(cp)
	cp.Test(resource.TestStep{
		Config: cp.Config(`data "runai_applications" "test" {}`),
		Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttr(listAddress, "applications.0.access_rules.#", "1"),
			resource.TestCheckResourceAttr(listAddress, "applications.0.access_rules.0.role_id", "5"),
			resource.TestCheckResourceAttr(listAddress, "applications.1.access_rules.#", "0"),
			cp.ExpectCallsPerRunOf(acctest.ListApplications, 1),
			cp.ExpectCallsPerRunOf(acctest.ListAccessRules, 1),
			cp.ExpectCalls(acctest.ReadApplication, 0),
		),
		ConfigStateChecks: []statecheck.StateCheck{cp.HoldsNoSecret()},
	})
}

// A filter by a role that does not exist is an error: an empty list would wrongly pass
// a check that the role is not assigned.
func TestApplications_RoleName_ResolvesLikeTheResource(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "3.0"})
	seedApplications(cp)
	p := cp.Protocol(t)
	misspelled := p.ReadError("runai_applications", acctest.Arguments{"role_name": "L1 reseacher"})
	misspelled.ExpectErrorAt(t, "role_name", `There is no role with the name "L1 reseacher" on `+cp.URL+`. Did you mean "L1 researcher"`)
	misspelled.ExpectErrorAt(t, "role_name", `The data source runai_roles lists all available roles.`)
	p.ReadError("runai_applications", acctest.Arguments{"role_name": "Department administrator"}).
		ExpectErrorAt(t, "role_name", `Up to 2.24 the name meant the role that is now "Department administrator (Legacy)"`)
	p.ExpectList("runai_applications", acctest.Arguments{"role_name": "Department administrator (Legacy)"}, "name") // a role without rules
}

func TestApplications_Invalid(t *testing.T) {
	t.Parallel()
	p := acctest.New(t).Protocol(t)
	for _, c := range []struct{ argument, value, want string }{
		{"name_regex", "(", "Invalid Regular Expression"},
		{"sort_by", "tenant_id", `value must be one of`},
		{"sort_order", "upwards", `value must be one of`},
		{"search", "", `search must not be empty.`},
		{"name_regex", "", `name_regex must not be empty.`},
		{"created_by", "", `created_by must not be empty.`},
		{"role_name", "", `role_name must not be empty.`},
	} {
		p.ReadError("runai_applications", acctest.Arguments{c.argument: c.value}).ExpectErrorAt(t, c.argument, c.want)
	}
}
