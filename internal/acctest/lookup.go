package acctest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
)

// Lookup is the specification that every data source for one object meets, together
// with the data source that lists all of them: runai_role with runai_roles, say.
type Lookup struct {
	// Object is the object in messages: "node pool". The types are runai_node_pool and
	// runai_node_pools, and the attribute of the list is node_pools.
	Object string
	// Arguments are those of which exactly one is given, in the order of the error.
	Arguments []string
	// Add adds an object to the control plane and returns its ID.
	Add func(cp *ControlPlane, name string) (id string)
	// Calls are those that read: the list first, then one object by its ID, if the
	// control plane has that.
	Calls []Call
	// Requests is how many requests for the list find a name among 501 objects.
	Requests func(cp *ControlPlane) int

	// NumericIDs: IDs are numbers in a configuration.
	NumericIDs bool
	// UUIDs: the error about a name given as an ID says that an ID is a UUID.
	UUIDs bool
	// CaseSensitive: only the exact name is found.
	CaseSensitive bool
	// UniqueNames: there cannot be two of a name.
	UniqueNames bool
	// Detected: the version of the API is detected by its list, so that a list that
	// is not served leads to another version instead of an error.
	Detected bool
}

// Run runs the specification over the protocol, without a CLI.
func (l Lookup) Run(t *testing.T) {
	t.Helper()
	t.Run("NotFound", l.notFound)
	if !l.UniqueNames {
		t.Run("Ambiguous", l.ambiguous)
	}
	t.Run("InvalidArguments", l.invalid)
	t.Run("OtherErrors_AreOnNoArgument", l.otherErrors)
	t.Run("Among501", l.among501)
}

// RunCLI finds objects with the CLI, by each argument and in the list.
func (l Lookup) RunCLI(t *testing.T) {
	t.Helper()
	cp := New(t)
	exact := l.Add(cp, "lookup-alpha")
	steps := []resource.TestStep{
		l.step(cp, "name", "lookup-alpha", exact, "lookup-alpha"),
		l.step(cp, "id", exact, exact, "lookup-alpha"),
	}
	beta := l.Add(cp, "Lookup-Beta")
	if !l.CaseSensitive {
		l.Add(cp, "LOOKUP-alpha") // the exact name is preferred
		steps = append(steps, l.step(cp, "name", "lookup-BETA", beta, "Lookup-Beta"))
	}
	steps = append(steps, resource.TestStep{
		Config: l.Config(cp, `name = "Lookup-Beta"`) + fmt.Sprintf(`
data %[1]q "test" { search = "LOOKUP-beta" }
output "same" { value = [for each in data.%[1]s.test.%[2]s : each == %[3]s] }`, l.listSource(), l.listAttribute(), l.address()),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("same", knownvalue.ListExact([]knownvalue.Check{knownvalue.Bool(true)})),
			cp.HoldsNoSecret(),
		},
		ConfigPlanChecks: EmptyAfter(),
	})
	cp.Run(t, steps...)
}

func (l Lookup) source() string        { return "runai_" + strings.ReplaceAll(l.Object, " ", "_") }
func (l Lookup) address() string       { return "data." + l.source() + ".test" }
func (l Lookup) listSource() string    { return l.source() + "s" }
func (l Lookup) listAttribute() string { return strings.TrimPrefix(l.listSource(), "runai_") }

// Config is a configuration with one lookup by these arguments.
func (l Lookup) Config(cp *ControlPlane, arguments string) string {
	return cp.Config(fmt.Sprintf("data %q \"test\" {\n  %s\n}", l.source(), arguments))
}

// step is a step that finds an object with the CLI.
func (l Lookup) step(cp *ControlPlane, argument, value, id, name string) resource.TestStep {
	if argument != "id" || !l.NumericIDs {
		value = strconv.Quote(value)
	}
	return resource.TestStep{
		Config:            l.Config(cp, argument+" = "+value),
		Check:             l.HasAttributes(map[string]string{"id": id, "name": name}),
		ConfigStateChecks: []statecheck.StateCheck{cp.HoldsNoSecret()},
	}
}

// HasAttributes checks attributes of the object that a step has found.
func (l Lookup) HasAttributes(want map[string]string) resource.TestCheckFunc {
	var checks []resource.TestCheckFunc
	for name, value := range want {
		checks = append(checks, resource.TestCheckResourceAttr(l.address(), name, value))
	}
	return resource.ComposeAggregateTestCheckFunc(checks...)
}

// Expect looks an object up over the protocol, and compares attributes of it. Each
// lookup is a run of its own: the list of an earlier one does not serve it.
func (l Lookup) Expect(t *testing.T, cp *ControlPlane, arguments Arguments, want map[string]string) {
	t.Helper()
	got, diags := cp.Protocol(t).ReadDataSource(l.source(), arguments)
	for name, value := range want {
		if fmt.Sprint(got[name]) != value || len(diags) > 0 {
			t.Errorf("%v found %v, want %s %q; diagnostics:%s", arguments, got, name, value, diags)
		}
	}
}

// ExpectError expects an error on an argument of a lookup, or on the lookup as a
// whole if argument is empty, that has each of these texts.
func (l Lookup) ExpectError(t *testing.T, cp *ControlPlane, arguments Arguments, argument string, texts ...string) {
	t.Helper()
	diags := cp.Protocol(t).ReadError(l.source(), arguments)
	for _, text := range texts {
		diags.ExpectErrorAt(t, argument, text)
	}
}

// by returns the arguments of a lookup by one of them.
func (l Lookup) by(argument, value string) Arguments {
	if number, err := strconv.ParseInt(value, 10, 64); err == nil && argument == "id" && l.NumericIDs {
		return Arguments{argument: number}
	}
	return Arguments{argument: value}
}

func (l Lookup) notFound(t *testing.T) {
	t.Parallel()
	cp := New(t)
	id := l.Add(cp, "Lookup-Beta")
	l.ExpectError(t, cp, Arguments{"name": "Lookup-Bet"}, "name",
		fmt.Sprintf(`There is no %s with the name "Lookup-Bet" on %s. Did you mean "Lookup-Beta"? Available`, l.Object, cp.URL),
		fmt.Sprintf(`The data source %s lists all available %ss.`, l.listSource(), l.Object))
	l.ExpectError(t, cp, l.by("id", "4711"), "id", fmt.Sprintf(`There is no %s with the ID "4711" on %s.`, l.Object, cp.URL), id+` (Lookup-Beta)`)
	if l.CaseSensitive {
		l.ExpectError(t, cp, Arguments{"name": "lookup-beta"}, "name", `Did you mean "Lookup-Beta"?`)
	}
	if !l.NumericIDs {
		kind := "an ID"
		if l.UUIDs {
			kind = "a UUID"
		}
		l.ExpectError(t, cp, Arguments{"id": "Lookup-Beta"}, "id",
			fmt.Sprintf(`It is the name of the %s with the ID %s.`, l.Object, id),
			fmt.Sprintf(`id is %s; data.%s finds it by name.`, kind, l.source()))
	}
}

func (l Lookup) ambiguous(t *testing.T) {
	t.Parallel()
	cp := New(t)
	one, two := l.Add(cp, "twin"), l.Add(cp, "twin")
	l.Add(cp, "Sibling")
	l.Add(cp, "SIBLING")
	l.ExpectError(t, cp, Arguments{"name": "twin"}, "name", fmt.Sprintf(`2 %ss have the name "twin" on %s: `, l.Object, cp.URL), one, two, `to choose one`)
	l.ExpectError(t, cp, Arguments{"name": "sibling"}, "name", fmt.Sprintf(`2 %ss have the name "sibling" on`, l.Object))
	l.Expect(t, cp, l.by("id", two), map[string]string{"id": two, "name": "twin"})
}

func (l Lookup) invalid(t *testing.T) {
	t.Parallel()
	cp := New(t)
	only := fmt.Sprintf(`Exactly one of these attributes must be configured: [%s]`, strings.Join(l.Arguments, ","))
	l.ExpectError(t, cp, nil, "", only)
	two := l.by("id", "1")
	two["name"] = "a"
	l.ExpectError(t, cp, two, l.Arguments[0], only)
	for _, argument := range l.Arguments {
		if argument == "id" && l.NumericIDs {
			l.ExpectError(t, cp, Arguments{"id": 1.5}, "id", `id must be a whole number.`)
			continue
		}
		l.ExpectError(t, cp, Arguments{argument: ""}, argument, argument+` must not be empty.`)
		l.ExpectError(t, cp, Arguments{argument: " "}, argument, argument+` must not be empty.`)
	}
	cp.Protocol(t).ReadError(l.listSource(), Arguments{"search": ""}).ExpectErrorAt(t, "search", `search must not be empty.`)
}

// otherErrors shows that a failed request is an error on no argument.
func (l Lookup) otherErrors(t *testing.T) {
	t.Parallel()
	cp := New(t)
	id := l.Add(cp, "lookup-alpha")
	for _, status := range []int{403, 404, 501} {
		if l.Detected && status != 403 {
			continue
		}
		cp.ClearFaults()
		for _, call := range l.Calls {
			cp.InjectFaultWith(call, "status", status, -1)
		}
		for _, arguments := range []Arguments{l.by("name", "lookup-alpha"), l.by("id", id)} {
			l.ExpectError(t, cp, arguments, "", fmt.Sprintf(`responded with %d`, status))
		}
	}
}

func (l Lookup) among501(t *testing.T) {
	t.Parallel()
	cp := New(t)
	var last string
	var names []string
	for i := range 501 {
		name := fmt.Sprintf("many-%03d", i)
		last, names = l.Add(cp, name), append(names, name)
	}
	cp.ResetRequests()
	l.Expect(t, cp, Arguments{"name": "many-500"}, map[string]string{"id": last, "name": "many-500"})
	if got, want := cp.Calls(l.Calls[0]), l.Requests(cp); got != want {
		t.Errorf("%d requests for the list, want %d; all requests: %v", got, want, cp.Requests())
	}
	l.ExpectError(t, cp, Arguments{"name": "no such"}, "name", `Available (20 of 5`)
	cp.Protocol(t).ExpectList(l.listSource(), Arguments{"search": "MANY-"}, "name", names...)
}
