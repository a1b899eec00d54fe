package acctest

import (
	"fmt"
	"math/big"
	"slices"
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
	// UUIDs: the error about a name given as an ID says so.
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
		Config: l.config(cp, "name", "Lookup-Beta") + fmt.Sprintf(`
data %[1]q "test" { search = "LOOKUP-beta" }
output "same" { value = [for each in data.%[1]s.test.%[2]s : each == %[3]s] }`, l.listSource(), l.listAttribute(), l.address()),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("same", knownvalue.ListExact([]knownvalue.Check{knownvalue.Bool(true)})),
			cp.HoldsNoSecret(),
		},
		ConfigPlanChecks: resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
	})
	cp.Run(t, steps...)
}

func (l Lookup) source() string        { return "runai_" + strings.ReplaceAll(l.Object, " ", "_") }
func (l Lookup) address() string       { return "data." + l.source() + ".test" }
func (l Lookup) listSource() string    { return l.source() + "s" }
func (l Lookup) listAttribute() string { return strings.TrimPrefix(l.listSource(), "runai_") }

// config is a configuration with one lookup by an argument.
func (l Lookup) config(cp *ControlPlane, argument, value string) string {
	literal := fmt.Sprintf("%q", value)
	if argument == "id" && l.NumericIDs {
		literal = value
	}
	return cp.Config(fmt.Sprintf("data %q \"test\" {\n  %s = %s\n}", l.source(), argument, literal))
}

// step is a step that finds an object with the CLI.
func (l Lookup) step(cp *ControlPlane, argument, value, id, name string) resource.TestStep {
	return resource.TestStep{
		Config: l.config(cp, argument, value),
		Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttr(l.address(), "id", id),
			resource.TestCheckResourceAttr(l.address(), "name", name),
		),
		ConfigStateChecks: []statecheck.StateCheck{cp.HoldsNoSecret()},
	}
}

// read looks an object up in a run of its own: a list of an earlier one serves no
// more.
func (l Lookup) read(t *testing.T, cp *ControlPlane, argument, value string) (map[string]any, Diagnostics) {
	t.Helper()
	var given any = value
	if argument == "id" && l.NumericIDs {
		number, _, err := new(big.Float).Parse(value, 10)
		if err != nil {
			t.Fatal(err)
		}
		given = number
	}
	return cp.Protocol(t).ReadDataSource(l.source(), Arguments{argument: given})
}

func (l Lookup) expect(t *testing.T, cp *ControlPlane, argument, value, id, name string) {
	t.Helper()
	got, diags := l.read(t, cp, argument, value)
	if fmt.Sprint(got["id"]) != id || got["name"] != name || len(diags) > 0 {
		t.Errorf("%s %q found %v, want the ID %s and the name %q; diagnostics:%s", argument, value, got, id, name, diags)
	}
}

// expectError expects an error on the argument that has each of these texts.
func (l Lookup) expectError(t *testing.T, cp *ControlPlane, argument, value string, texts ...string) {
	t.Helper()
	_, diags := l.read(t, cp, argument, value)
	for _, text := range texts {
		diags.ExpectErrorAt(t, argument, text)
	}
}

func (l Lookup) notFound(t *testing.T) {
	t.Parallel()
	cp := New(t)
	id := l.Add(cp, "Lookup-Beta")
	l.expectError(t, cp, "name", "Lookup-Bet",
		fmt.Sprintf(`There is no %s with the name "Lookup-Bet" on %s. Did you mean "Lookup-Beta"? Available`, l.Object, cp.URL),
		fmt.Sprintf(`The data source %s lists all available %ss.`, l.listSource(), l.Object))
	l.expectError(t, cp, "id", "4711", fmt.Sprintf(`There is no %s with the ID "4711" on %s.`, l.Object, cp.URL), id+` (Lookup-Beta)`)
	if l.CaseSensitive {
		l.expectError(t, cp, "name", "lookup-beta", `Did you mean "Lookup-Beta"?`)
	}
	if !l.NumericIDs {
		kind := "an ID"
		if l.UUIDs {
			kind = "a UUID"
		}
		l.expectError(t, cp, "id", "Lookup-Beta",
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
	l.expectError(t, cp, "name", "twin", fmt.Sprintf(`2 %ss have the name "twin" on %s: `, l.Object, cp.URL), one, two, `to choose one`)
	l.expectError(t, cp, "name", "sibling", fmt.Sprintf(`2 %ss have the name "sibling" on`, l.Object))
	l.expect(t, cp, "id", two, two, "twin")
}

func (l Lookup) invalid(t *testing.T) {
	t.Parallel()
	cp := New(t)
	p := cp.Protocol(t)
	only := fmt.Sprintf(`Exactly one of these attributes must be configured: [%s]`, strings.Join(l.Arguments, ","))
	_, none := p.ReadDataSource(l.source(), Arguments{})
	none.ExpectErrorAt(t, "", only)
	_, two := p.ReadDataSource(l.source(), Arguments{"name": "a", "id": map[bool]any{true: 1, false: "1"}[l.NumericIDs]})
	two.ExpectErrorAt(t, l.Arguments[0], only)
	for _, argument := range l.Arguments {
		if argument == "id" && l.NumericIDs {
			l.expectError(t, cp, argument, "1.5", `id must be a whole number.`)
			continue
		}
		l.expectError(t, cp, argument, "", argument+` must not be empty.`)
		l.expectError(t, cp, argument, " ", argument+` must not be empty.`)
	}
	_, diags := p.ReadDataSource(l.listSource(), Arguments{"search": ""})
	diags.ExpectErrorAt(t, "search", `search must not be empty.`)
}

// otherErrors shows that a lookup that could not be made is not blamed on its
// argument.
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
		for argument, value := range map[string]string{"name": "lookup-alpha", "id": id} {
			_, diags := l.read(t, cp, argument, value)
			diags.ExpectErrorAt(t, "", fmt.Sprintf(`responded with %d`, status))
		}
	}
}

func (l Lookup) among501(t *testing.T) {
	t.Parallel()
	cp := New(t)
	var last string
	var names []any
	for i := range 501 {
		name := fmt.Sprintf("many-%03d", i)
		last, names = l.Add(cp, name), append(names, name)
	}
	cp.ResetRequests()
	l.expect(t, cp, "name", "many-500", last, "many-500")
	if got, want := cp.Calls(l.Calls[0]), l.Requests(cp); got != want {
		t.Errorf("%d requests for the list, want %d; all requests: %v", got, want, cp.Requests())
	}
	l.expectError(t, cp, "name", "no such", `Available (20 of 5`)
	all, diags := cp.Protocol(t).ReadDataSource(l.listSource(), Arguments{"search": "MANY-"})
	var got []any
	listed, _ := all[l.listAttribute()].([]any)
	for _, object := range listed {
		attributes, _ := object.(map[string]any)
		got = append(got, attributes["name"])
	}
	if !slices.Equal(got, names) {
		t.Errorf("the list has %v, want all 501 in order; diagnostics:%s", got, diags)
	}
}
