package application_test

import (
	"fmt"
	"strings"
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

// expectListed checks the names of a list, in order.
func expectListed(names ...string) resource.TestCheckFunc {
	checks := []resource.TestCheckFunc{resource.TestCheckResourceAttr(listAddress, "applications.#", fmt.Sprint(len(names)))}
	for i, name := range names {
		checks = append(checks, resource.TestCheckResourceAttr(listAddress, fmt.Sprintf("applications.%d.name", i), name))
	}
	return resource.ComposeAggregateTestCheckFunc(checks...)
}

// The provider filters and sorts the list itself. Each case has the names of the listed
// applications in order.
func TestAccApplications_FiltersAndOrder(t *testing.T) {
	t.Parallel()
	// A clock that ticks whenever it is read, so that no two have the same creation time.
	var ticks atomic.Int64
	cp := acctest.NewWith(t, mockserver.Options{Now: func() time.Time {
		return time.Now().Add(time.Duration(ticks.Add(1)) * time.Millisecond)
	}})
	seedApplications(cp)
	var steps []resource.TestStep
	for _, c := range []struct {
		arguments string
		want      []string
	}{
		{``, []string{"alpha", "beta", "delta-ci", "gamma", "terraform"}},
		{`sort_order = "desc"`, []string{"terraform", "gamma", "delta-ci", "beta", "alpha"}},
		{`sort_by = "created_at"`, []string{"terraform", "alpha", "beta", "gamma", "delta-ci"}},
		{`sort_by = "enabled"`, []string{"gamma", "alpha", "beta", "delta-ci", "terraform"}},
		{`search = "DELTA"`, []string{"delta-ci"}},
		{`search = "l2 research"`, []string{"delta-ci"}},
		{`search = "nothing like it"`, nil},
		{`name_regex = "^(alpha|beta)$"`, []string{"alpha", "beta"}},
		{`created_by = "jane@acme.example"`, []string{"alpha", "gamma"}},
		{`created_by_me = true`, []string{"beta", "delta-ci"}},
		{`created_by_me = false`, []string{"alpha", "gamma", "terraform"}},
		{`enabled = false`, []string{"gamma"}},
		{`enabled = true`, []string{"alpha", "beta", "delta-ci", "terraform"}},
		{`role_name = "l1 Researcher"`, []string{"alpha"}},
		{"created_by_me = true\n  role_name = \"L2 researcher\"", []string{"delta-ci"}},
	} {
		if cp.Version == "2.17" && strings.Contains(c.arguments, "created_by") {
			continue // it does not return the creator
		}
		steps = append(steps, resource.TestStep{
			Config: cp.Config(fmt.Sprintf("data \"runai_applications\" \"test\" {\n  %s\n}", c.arguments)),
			Check:  expectListed(c.want...),
		})
	}
	cp.Test(steps...)
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
func TestAccApplications_RoleName_ResolvesLikeTheResource(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "3.0"})
	seedApplications(cp)
	const block = `data "runai_applications" "test"`
	config := func(role string) string { return cp.Config(fmt.Sprintf("%s {\n  role_name = %q\n}", block, role)) }
	expectError := func(role, text string) resource.TestStep {
		return resource.TestStep{Config: config(role), ExpectError: acctest.ErrorAtAttribute(block, "role_name", text)}
	}
	cp.Test(
		expectError("L1 reseacher", `There is no role with the name "L1 reseacher" on `+cp.URL+`. Did you mean "L1 researcher"`),
		expectError("L1 reseacher", `The data source runai_roles lists all available roles.`),
		expectError("Department administrator", `Up to 2.24 the name meant the role that is now "Department administrator (Legacy)"`),
		resource.TestStep{Config: config("Department administrator (Legacy)"), Check: expectListed()}, // a role that nobody has
	)
}

func TestAccApplications_Invalid(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	for arguments, text := range map[string]string{
		`name_regex = "("`:       "Invalid Regular Expression",
		`sort_by = "tenant_id"`:  `value must be one of`,
		`sort_order = "upwards"`: `value must be one of`,
		`search = ""`:            `search must not be empty.`,
		`name_regex = ""`:        `name_regex must not be empty.`,
		`created_by = ""`:        `created_by must not be empty.`,
		`role_name = ""`:         `role_name must not be empty.`,
	} {
		t.Run(arguments, func(t *testing.T) {
			t.Parallel()
			cp.Run(t, resource.TestStep{
				Config:      cp.Config(fmt.Sprintf("data \"runai_applications\" \"test\" {\n  %s\n}", arguments)),
				ExpectError: acctest.ErrorContains(text),
			})
		})
	}
}
