package role_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// lookup is the specification of the data sources.
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

// requestsFor501 is the number of requests that list 501 roles and the predefined ones.
// Version 1 of the API has no pages.
func requestsFor501(cp *acctest.ControlPlane) int {
	if cp.Version >= "2.24" {
		return 2
	}
	return 1
}

func attributes(role mockserver.Role, description string) map[string]string {
	return map[string]string{
		"id": strconv.Itoa(role.ID), "name": role.Name, "description": description,
		"enabled": strconv.FormatBool(role.Enabled), "custom": strconv.FormatBool(role.Custom),
	}
}

func TestAccRole_Predefined_EveryAttribute(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(
		resource.TestStep{
			Config: lookup.Config(cp, `name = "System administrator"`),
			Check:  lookup.HasAttributes(attributes(mockserver.Role{ID: 1, Name: "System administrator", Enabled: true}, "For everything")),
		},
		resource.TestStep{Config: lookup.Config(cp, `id = 5`), Check: lookup.HasAttributes(attributes(cp.Role(5), "For own workloads"))},
	)
}

func TestAccRole_Custom_From221(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.21"})
	role := cp.AddRole("Notebook user", false)
	cp.Test(resource.TestStep{
		Config: lookup.Config(cp, `name = "Notebook user"`),
		Check: lookup.HasAttributes(map[string]string{
			"id": strconv.Itoa(role.ID), "name": role.Name, "description": "Custom role", "custom": "true", "enabled": "false",
		}),
	})
}

// 2.25 deprecated most roles, and added a new role with the name of one of them.
func TestRole_Deprecated_From225(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.24", "2.25", "3.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: version})
			expect := func(arguments acctest.Arguments, id string, deprecated bool) {
				t.Helper()
				lookup.Expect(t, cp, arguments, map[string]string{"id": id, "deprecated": strconv.FormatBool(deprecated)})
			}
			renamed := version != "2.24"
			expect(acctest.Arguments{"name": "L1 researcher"}, "5", renamed)
			expect(acctest.Arguments{"name": "System administrator"}, "1", false)
			if !renamed {
				expect(acctest.Arguments{"name": "Department administrator"}, "2", false)
				return
			}
			lookup.ExpectError(t, cp, acctest.Arguments{"name": "Department administrator"}, "name",
				`"Department administrator (Legacy)" has the ID 2 (deprecated), "Department administrator" has the ID 32; `+
					`use role_id, or the ID, to choose one. Up to 2.24 the name meant the role that is now "Department administrator (Legacy)"`)
			expect(acctest.Arguments{"name": "Department administrator (Legacy)"}, "2", true)
			expect(acctest.Arguments{"id": 32}, "32", false)
		})
	}
}

// The error lists at most twenty IDs, in numeric order.
func TestRole_NotFound_ListsIDsAsNumbers(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	for i := range 10 {
		cp.AddRole(fmt.Sprintf("Custom %d", i), true)
	}
	lookup.ExpectError(t, cp, acctest.Arguments{"id": 4711}, "id",
		fmt.Sprintf(`Available (20 of %d): 1 (System administrator), 2 (Department administrator`, len(cp.Roles())))
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
			resource.TestCheckResourceAttr("data.runai_role.test.0", "name", "System administrator"),
			cp.ExpectCallsPerRunOf(acctest.ListRoles, 1),
		),
	})
}

func TestRoles_Search(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.AddRole("Notebook user", true)
	cp.AddRole("GPU notebook owner", true)
	var all []string
	for _, r := range cp.Roles() {
		all = append(all, r.Name)
	}
	slices.Sort(all)
	p := cp.Protocol(t)
	p.ExpectList("runai_roles", nil, "name", all...)
	p.ExpectList("runai_roles", acctest.Arguments{"search": "noteBOOK"}, "name", "GPU notebook owner", "Notebook user")
	p.ExpectList("runai_roles", acctest.Arguments{"search": "custom ROLE"}, "name", "GPU notebook owner", "Notebook user") // the description
	p.ExpectList("runai_roles", acctest.Arguments{"search": "no such role"}, "name")
}
