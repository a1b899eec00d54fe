package role_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

const (
	address = "data.runai_role.test"
	block   = `data "runai_role" "test"`
)

// lookup is a configuration with one look-up.
func lookup(cp *acctest.ControlPlane, arguments string) string {
	return cp.Config(fmt.Sprintf("%s {\n  %s\n}", block, arguments))
}

// is checks all that is told of a role.
func is(role mockserver.Role, description string) resource.TestCheckFunc {
	return resource.ComposeAggregateTestCheckFunc(
		resource.TestCheckResourceAttr(address, "id", strconv.Itoa(role.ID)),
		resource.TestCheckResourceAttr(address, "name", role.Name),
		resource.TestCheckResourceAttr(address, "description", description),
		resource.TestCheckResourceAttr(address, "enabled", strconv.FormatBool(role.Enabled)),
	)
}

// researcher is the predefined role 5, whose name differs between versions.
func researcher(cp *acctest.ControlPlane) mockserver.Role {
	for _, r := range cp.Roles() {
		if r.ID == 5 {
			return r
		}
	}
	panic("no role 5")
}

// list is the route of the list of roles, and how many requests 501 more roles
// take there: the older one has no listAll.
func list(cp *acctest.ControlPlane) (route string, requests int) {
	if cp.Version >= "2.24" {
		return "/api/v2/authorization/roles", 2
	}
	return "/api/v1/authorization/roles", 1
}

func TestAccRole_ByName_Exact(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.AddRole("system ADMINISTRATOR", true) // the exact name goes before another letter case
	cp.Test(resource.TestStep{
		Config: lookup(cp, `name = "System administrator"`),
		Check: resource.ComposeAggregateTestCheckFunc(
			is(mockserver.Role{ID: 1, Name: "System administrator", Enabled: true}, "For everything"),
			resource.TestCheckResourceAttr(address, "custom", "false"),
		),
	})
}

func TestAccRole_ByName_IgnoresCase(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(resource.TestStep{
		Config: lookup(cp, `name = "SYSTEM administrator"`),
		Check:  is(mockserver.Role{ID: 1, Name: "System administrator", Enabled: true}, "For everything"),
	})
}

func TestAccRole_ByID(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(resource.TestStep{
		Config: lookup(cp, `id = 5`),
		Check:  is(researcher(cp), "For own workloads"),
	})
}

func TestAccRole_Custom_IsToldFrom221On(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.21"})
	role := cp.AddRole("Notebook user", false)
	cp.Test(resource.TestStep{
		Config: lookup(cp, `name = "Notebook user"`),
		Check: resource.ComposeAggregateTestCheckFunc(
			is(role, "Custom role"),
			resource.TestCheckResourceAttr(address, "custom", "true"),
			resource.TestCheckResourceAttr(address, "enabled", "false"),
		),
	})
}

func TestAccRole_ByName_None_ShowsTheClosestAndAll(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(
		resource.TestStep{
			Config: lookup(cp, `name = "System admin"`),
			ExpectError: acctest.ErrorAtAttribute(block, "name",
				`There is no role with the name "System admin". Did you mean "System administrator"? There are: `),
		},
		resource.TestStep{
			Config:      lookup(cp, `name = "System admin"`),
			ExpectError: acctest.ErrorContains(`The data source runai_roles shows all of them that there are.`),
		},
	)
}

func TestAccRole_ByID_None_ShowsAll(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(resource.TestStep{
		Config:      lookup(cp, `id = 4711`),
		ExpectError: acctest.ErrorAtAttribute(block, "id", `There is no role with the id "4711". There are: 1 (System administrator), `),
	})
}

func TestAccRole_ByName_Ambiguous_ShowsTheIDs(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	one, two := cp.AddRole("Twin", true), cp.AddRole("Twin", true)
	cp.Test(
		resource.TestStep{
			Config: lookup(cp, `name = "Twin"`),
			ExpectError: acctest.ErrorAtAttribute(block, "name", fmt.Sprintf(
				`2 roles have the name "Twin": "Twin" has the id %d, "Twin" has the id %d; use role_id, or the id, to say which.`, one.ID, two.ID)),
		},
		resource.TestStep{
			Config: lookup(cp, fmt.Sprintf(`id = %d`, two.ID)),
			Check:  is(two, "Custom role"),
		},
	)
}

func TestAccRole_ByName_Ambiguous_InOtherLetterCases(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.AddRole("Twin", true)
	cp.AddRole("TWIN", true)
	cp.Test(resource.TestStep{
		Config:      lookup(cp, `name = "twin"`),
		ExpectError: acctest.ErrorAtAttribute(block, "name", `2 roles have the name "twin": "Twin" has the id`),
	})
}

func TestAccRole_NeedsNameOrID(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	const only = `Exactly one of these attributes must be configured: [name,id]`
	cp.Test(
		resource.TestStep{Config: lookup(cp, ``), ExpectError: acctest.ErrorContains(only)},
		resource.TestStep{Config: lookup(cp, "name = \"Viewer\"\n  id = 5"), ExpectError: acctest.ErrorContains(only)},
		resource.TestStep{Config: lookup(cp, `name = ""`), ExpectError: acctest.ErrorAtAttribute(block, "name", `string length must be at least 1`)},
	)
}

func TestAccRole_Forbidden_IsNotTheArgumentsFault(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	route, _ := list(cp)
	cp.ArmFault(mockserver.Fault{Method: "GET", Path: route, Kind: "status", Status: 403, Count: -1})
	cp.Test(resource.TestStep{
		Config:      lookup(cp, `name = "System administrator"`),
		ExpectError: acctest.ErrorAtBlock(block, `responded with 403`),
	})
}

func TestAccRole_ByName_Among501_IsFound(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	var last mockserver.Role
	for i := range 501 {
		last = cp.AddRole(fmt.Sprintf("Role %03d", i), true)
	}
	route, requests := list(cp)
	cp.Test(resource.TestStep{
		Config: lookup(cp, `name = "role 500"`),
		Check: resource.ComposeAggregateTestCheckFunc(
			is(last, "Custom role"),
			cp.ExpectCallsPerRun("GET", route, requests),
		),
	})
}

func TestAccRole_Many_ShareOneList(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	route, requests := list(cp)
	if cp.Version >= "2.24" {
		requests = 1 // few enough for one page
	}
	cp.Test(resource.TestStep{
		Config: cp.Config(`
data "runai_role" "test" {
  count = 3
  id    = [1, 5, 8][count.index]
}
data "runai_role" "by_name" { name = "System administrator" }
data "runai_roles" "all" {}`),
		Check: cp.ExpectCallsPerRun("GET", route, requests),
	})
}
