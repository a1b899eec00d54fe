package role_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

const (
	address = "data.runai_role.test"
	block   = `data "runai_role" "test"`
)

// lookup is what the data source for one object looks up, and by what.
var lookup = acctest.Lookup{
	Object:     "role",
	Arguments:  []string{"name", "id"},
	Add:        func(cp *acctest.ControlPlane, name string) string { return strconv.Itoa(cp.AddRole(name, true).ID) },
	Calls:      []acctest.Call{acctest.ListRoles},
	Requests:   requestsFor501,
	NumericIDs: true,
	Detected:   true,
}

func TestRole_Lookup(t *testing.T) {
	t.Parallel()
	lookup.Run(t)
}

func TestAccRole_Lookup(t *testing.T) {
	t.Parallel()
	lookup.RunCLI(t)
}

// requestsFor501 is how many requests list 501 roles beside the predefined ones:
// version 1 of the API is not paged.
func requestsFor501(cp *acctest.ControlPlane) int {
	if cp.Version >= "2.24" {
		return 2
	}
	return 1
}

func config(cp *acctest.ControlPlane, arguments string) string {
	return cp.Config(fmt.Sprintf("%s {\n  %s\n}", block, arguments))
}

func hasAttributes(role mockserver.Role, description string) resource.TestCheckFunc {
	return resource.ComposeAggregateTestCheckFunc(
		resource.TestCheckResourceAttr(address, "id", strconv.Itoa(role.ID)),
		resource.TestCheckResourceAttr(address, "name", role.Name),
		resource.TestCheckResourceAttr(address, "description", description),
		resource.TestCheckResourceAttr(address, "enabled", strconv.FormatBool(role.Enabled)),
	)
}

func TestAccRole_Predefined_EveryAttribute(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(
		resource.TestStep{
			Config: config(cp, `name = "System administrator"`),
			Check: resource.ComposeAggregateTestCheckFunc(
				hasAttributes(mockserver.Role{ID: 1, Name: "System administrator", Enabled: true}, "For everything"),
				resource.TestCheckResourceAttr(address, "custom", "false"),
			),
		},
		resource.TestStep{Config: config(cp, `id = 5`), Check: hasAttributes(researcher(cp), "For own workloads")},
	)
}

// researcher is the predefined role 5.
func researcher(cp *acctest.ControlPlane) mockserver.Role {
	for _, r := range cp.Roles() {
		if r.ID == 5 {
			return r
		}
	}
	panic("no role 5")
}

func TestAccRole_Custom_From221(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.21"})
	role := cp.AddRole("Notebook user", false)
	cp.Test(resource.TestStep{
		Config: config(cp, `name = "Notebook user"`),
		Check: resource.ComposeAggregateTestCheckFunc(
			hasAttributes(role, "Custom role"),
			resource.TestCheckResourceAttr(address, "custom", "true"),
			resource.TestCheckResourceAttr(address, "enabled", "false"),
		),
	})
}

// 2.25 deprecated most roles, and gave the name of one of them to a new role.
func TestAccRole_Deprecated_From225(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.24", "2.25", "3.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: version})
			is := func(deprecated bool, id string) resource.TestCheckFunc {
				return resource.ComposeAggregateTestCheckFunc(
					resource.TestCheckResourceAttr(address, "id", id),
					resource.TestCheckResourceAttr(address, "deprecated", strconv.FormatBool(deprecated)),
				)
			}
			renamed := version != "2.24"
			steps := []resource.TestStep{
				{Config: config(cp, `name = "L1 researcher"`), Check: is(renamed, "5")},
				{Config: config(cp, `name = "System administrator"`), Check: is(false, "1")},
			}
			if renamed {
				steps = append(steps,
					resource.TestStep{
						Config: config(cp, `name = "Department administrator"`),
						ExpectError: acctest.ErrorAtAttribute(block, "name", `"Department administrator (Legacy)" has the ID 2 (deprecated), "Department administrator" has the ID 32; `+
							`use role_id, or the ID, to choose one. Up to 2.24 the name meant the role that is now "Department administrator (Legacy)"`),
					},
					resource.TestStep{Config: config(cp, `name = "Department administrator (Legacy)"`), Check: is(true, "2")},
					resource.TestStep{Config: config(cp, `id = 32`), Check: is(false, "32")},
				)
			} else {
				steps = append(steps, resource.TestStep{Config: config(cp, `name = "Department administrator"`), Check: is(false, "2")})
			}
			cp.Test(steps...)
		})
	}
}

// Ids are listed in the order of numbers, and no more than twenty.
func TestAccRole_NotFound_ListsAFewIDsAsNumbers(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	for i := range 10 {
		cp.AddRole(fmt.Sprintf("Custom %d", i), true)
	}
	cp.Test(resource.TestStep{
		Config:      config(cp, `id = 4711`),
		ExpectError: acctest.ErrorAtAttribute(block, "id", fmt.Sprintf(`Available (20 of %d): 1 (System administrator), 2 (Department administrator`, len(cp.Roles()))),
	})
}

func TestAccRole_Many_ShareOneList(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(resource.TestStep{
		Config: cp.Config(`
data "runai_role" "test" {
  count = 5
  id    = [1, 5, 6, 8, 14][count.index]
}`),
		Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttr(address+".0", "name", "System administrator"),
			cp.ExpectCallsPerRunOf(acctest.ListRoles, 1),
		),
	})
}

// listed is a configuration with a list, and its names as an output.
func listed(cp *acctest.ControlPlane, arguments string) string {
	return cp.Config(fmt.Sprintf(`
data "runai_roles" "test" {
  %s
}
output "names" { value = data.runai_roles.test.roles[*].name }`, arguments))
}

func expectNames(want ...string) []statecheck.StateCheck {
	checks := make([]knownvalue.Check, 0, len(want))
	for _, name := range want {
		checks = append(checks, knownvalue.StringExact(name))
	}
	return []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("names", knownvalue.ListExact(checks))}
}

func TestAccRoles_Search(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.AddRole("Notebook user", true)
	cp.AddRole("GPU notebook owner", true)
	var all []string
	for _, r := range cp.Roles() {
		all = append(all, r.Name)
	}
	slices.Sort(all)
	cp.Test(
		resource.TestStep{Config: listed(cp, ``), ConfigStateChecks: expectNames(all...)},
		resource.TestStep{Config: listed(cp, `search = "noteBOOK"`), ConfigStateChecks: expectNames("GPU notebook owner", "Notebook user")},
		resource.TestStep{Config: listed(cp, `search = "custom ROLE"`), ConfigStateChecks: expectNames("GPU notebook owner", "Notebook user")}, // the description
		resource.TestStep{Config: listed(cp, `search = "no such role"`), ConfigStateChecks: expectNames()},
	)
}
