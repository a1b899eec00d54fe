package acctest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
)

// Lookup is the specification that every data source for one object meets, together
// with the data source that lists all of them: runai_role with runai_roles, say.
type Lookup struct {
	// Object is the object in messages: "role". The types are runai_role and
	// runai_roles, and the attribute of the list is roles.
	Object string
	// Arguments are those of which exactly one is given, in the order of the error.
	Arguments []string
	// Add adds an object to the control plane and returns its id.
	Add func(cp *ControlPlane, name string) (id string)
	// Calls are those that read: the list first, then one object by its id, if the
	// control plane has that.
	Calls []Call
	// Requests is how many requests for the list find a name among 501 objects.
	Requests func(cp *ControlPlane) int

	// NumericIDs: ids are numbers in a configuration.
	NumericIDs bool
	// UUIDs: the error about a name given as an id says so.
	UUIDs bool
	// CaseSensitive: only the exact name is found.
	CaseSensitive bool
	// UniqueNames: there cannot be two of a name.
	UniqueNames bool
	// Detected: the version of the API is detected by its list, so that a list that
	// is not served leads to another version instead of an error.
	Detected bool
}

// Run runs the specification.
func (l Lookup) Run(t *testing.T) {
	t.Helper()
	t.Run("Found", l.found)
	t.Run("NotFound", l.notFound)
	if !l.UniqueNames {
		t.Run("Ambiguous", l.ambiguous)
	}
	t.Run("InvalidArguments", l.invalid)
	t.Run("OtherErrors_AreOnNoArgument", l.otherErrors)
	t.Run("Among501", l.among501)
}

func (l Lookup) source() string  { return "runai_" + l.Object }
func (l Lookup) block() string   { return fmt.Sprintf(`data %q "test"`, l.source()) }
func (l Lookup) address() string { return "data." + l.source() + ".test" }

// config is a configuration with one lookup by an argument.
func (l Lookup) config(cp *ControlPlane, argument, value string) string {
	literal := fmt.Sprintf("%q", value)
	if argument == "id" && l.NumericIDs {
		literal = value
	}
	return cp.Config(fmt.Sprintf("%s {\n  %s = %s\n}", l.block(), argument, literal))
}

func (l Lookup) finds(cp *ControlPlane, argument, value, id, name string) resource.TestStep {
	return resource.TestStep{
		Config: l.config(cp, argument, value),
		Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttr(l.address(), "id", id),
			resource.TestCheckResourceAttr(l.address(), "name", name),
		),
		ConfigStateChecks: []statecheck.StateCheck{cp.HoldsNoSecret()},
	}
}

func (l Lookup) fails(cp *ControlPlane, argument, value, says string) resource.TestStep {
	return resource.TestStep{Config: l.config(cp, argument, value), ExpectError: ErrorAtAttribute(l.block(), argument, says)}
}

func (l Lookup) found(t *testing.T) {
	t.Parallel()
	cp := New(t)
	exact := l.Add(cp, "lookup-alpha")
	steps := []resource.TestStep{
		l.finds(cp, "name", "lookup-alpha", exact, "lookup-alpha"),
		l.finds(cp, "id", exact, exact, "lookup-alpha"),
	}
	beta := l.Add(cp, "Lookup-Beta")
	if !l.CaseSensitive {
		l.Add(cp, "LOOKUP-alpha") // the exact name is preferred
		steps = append(steps, l.finds(cp, "name", "lookup-BETA", beta, "Lookup-Beta"))
	}
	steps = append(steps, resource.TestStep{
		Config: l.config(cp, "name", "Lookup-Beta") + fmt.Sprintf(`
data "runai_%[1]ss" "test" { search = "LOOKUP-beta" }
output "same" { value = [for each in data.runai_%[1]ss.test.%[1]ss : each == %[2]s] }`, l.Object, l.address()),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("same", knownvalue.ListExact([]knownvalue.Check{knownvalue.Bool(true)})),
			cp.HoldsNoSecret(),
		},
		ConfigPlanChecks: resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
	})
	cp.Test(steps...)
}

func (l Lookup) notFound(t *testing.T) {
	t.Parallel()
	cp := New(t)
	id := l.Add(cp, "Lookup-Beta")
	steps := []resource.TestStep{
		l.fails(cp, "name", "Lookup-Bet", fmt.Sprintf(`There is no %s with the name "Lookup-Bet" on %s. Did you mean "Lookup-Beta"? Available`, l.Object, cp.URL)),
		l.fails(cp, "name", "Lookup-Bet", fmt.Sprintf(`The data source runai_%[1]ss lists all available %[1]ss.`, l.Object)),
		l.fails(cp, "id", "4711", fmt.Sprintf(`There is no %s with the id "4711" on %s.`, l.Object, cp.URL)),
		l.fails(cp, "id", "4711", id+` (Lookup-Beta)`),
	}
	if l.CaseSensitive {
		steps = append(steps, l.fails(cp, "name", "lookup-beta", `Did you mean "Lookup-Beta"?`))
	}
	if !l.NumericIDs {
		kind := "an id"
		if l.UUIDs {
			kind = "a UUID"
		}
		steps = append(steps,
			l.fails(cp, "id", "Lookup-Beta", fmt.Sprintf(`It is the name of the %s with the id %s.`, l.Object, id)),
			l.fails(cp, "id", "Lookup-Beta", fmt.Sprintf(`id is %s; data.%s finds it by name.`, kind, l.source())),
		)
	}
	cp.Test(steps...)
}

func (l Lookup) ambiguous(t *testing.T) {
	t.Parallel()
	cp := New(t)
	one, two := l.Add(cp, "twin"), l.Add(cp, "twin")
	l.Add(cp, "Sibling")
	l.Add(cp, "SIBLING")
	cp.Test(
		l.fails(cp, "name", "twin", fmt.Sprintf(`2 %ss have the name "twin" on %s: `, l.Object, cp.URL)),
		l.fails(cp, "name", "twin", one),
		l.fails(cp, "name", "twin", two),
		l.fails(cp, "name", "twin", `to choose one`),
		l.fails(cp, "name", "sibling", fmt.Sprintf(`2 %ss have the name "sibling" on`, l.Object)),
		l.finds(cp, "id", two, two, "twin"),
	)
}

func (l Lookup) invalid(t *testing.T) {
	t.Parallel()
	cp := New(t)
	only := fmt.Sprintf(`Exactly one of these attributes must be configured: [%s]`, strings.Join(l.Arguments, ","))
	steps := []resource.TestStep{
		{Config: cp.Config(l.block() + " {}"), ExpectError: ErrorContains(only)},
		{Config: cp.Config(l.block() + " {\n  name = \"a\"\n  id = 1\n}"), ExpectError: ErrorContains(only)},
	}
	for _, argument := range l.Arguments {
		if argument == "id" && l.NumericIDs {
			steps = append(steps, l.fails(cp, argument, "1.5", `id must be a whole number.`))
			continue
		}
		steps = append(steps, l.fails(cp, argument, "", argument+` must not be empty.`), l.fails(cp, argument, " ", argument+` must not be empty.`))
	}
	steps = append(steps, resource.TestStep{
		Config:      cp.Config(fmt.Sprintf("data \"runai_%ss\" \"test\" {\n  search = \"\"\n}", l.Object)),
		ExpectError: ErrorAtAttribute(fmt.Sprintf(`data "runai_%ss" "test"`, l.Object), "search", `search must not be empty.`),
	})
	cp.Test(steps...)
}

// otherErrors shows that a lookup that could not be made is not blamed on its
// argument.
func (l Lookup) otherErrors(t *testing.T) {
	t.Parallel()
	cp := New(t)
	id := l.Add(cp, "lookup-alpha")
	var steps []resource.TestStep
	for _, status := range []int{403, 404} {
		if l.Detected && status == 404 {
			continue
		}
		for argument, value := range map[string]string{"name": "lookup-alpha", "id": id} {
			steps = append(steps, resource.TestStep{
				PreConfig: func() {
					cp.ClearFaults()
					for _, call := range l.Calls {
						cp.InjectFaultWith(call, "status", status, -1)
					}
				},
				Config:      l.config(cp, argument, value),
				ExpectError: ErrorAtBlock(l.block(), fmt.Sprintf(`responded with %d`, status)),
			})
		}
	}
	cp.Test(steps...)
}

func (l Lookup) among501(t *testing.T) {
	t.Parallel()
	cp := New(t)
	var last string
	for i := range 501 {
		last = l.Add(cp, fmt.Sprintf("many-%03d", i))
	}
	byName := l.finds(cp, "name", "many-500", last, "many-500")
	byName.Check = resource.ComposeAggregateTestCheckFunc(byName.Check, cp.ExpectCallsPerRunOf(l.Calls[0], l.Requests(cp)))
	cp.Test(
		byName,
		resource.TestStep{
			Config:      l.config(cp, "name", "no such"),
			ExpectError: ErrorContains(`Available (20 of 5`),
		},
		resource.TestStep{
			Config: cp.Config(fmt.Sprintf(`
data "runai_%[1]ss" "test" { search = "MANY-" }
output "names" { value = data.runai_%[1]ss.test.%[1]ss[*].name }`, l.Object)),
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("names", names501())},
		},
	)
}

func names501() knownvalue.Check {
	var names []knownvalue.Check
	for i := range 501 {
		names = append(names, knownvalue.StringExact(fmt.Sprintf("many-%03d", i)))
	}
	return knownvalue.ListExact(names)
}
