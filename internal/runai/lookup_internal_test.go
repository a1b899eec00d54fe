package runai

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

func lookupSession(t *testing.T) *session {
	t.Helper()
	base, err := url.Parse("https://acme.run.ai")
	if err != nil {
		t.Fatal(err)
	}
	c, err := rest.New(rest.Config{BaseURL: base})
	if err != nil {
		t.Fatal(err)
	}
	return &session{Client: c}
}

// Objects with the same name are one suggestion.
func TestSuggestions_EachNameOnce(t *testing.T) {
	t.Parallel()
	got := suggestions("team", []string{"team-a", "team-a", "team-a", "team-b", "dashboard"})
	if !slices.Equal(got, []string{"team-a", "team-b"}) {
		t.Errorf("got %q", got)
	}
}

// Control planes up to 2.17 are not known to keep the names of applications unique.
func TestApplications_SameName_IsAmbiguous(t *testing.T) {
	t.Parallel()
	applications := &Applications{session: lookupSession(t)}
	apps := []Application{
		{ID: "10", Name: "twin", CreatedBy: "jane"},
		{ID: "2", Name: "twin", CreatedBy: "joe"},
		{ID: "3", Name: "other"},
	}
	name := func(a Application) string { return a.Name }

	_, err := applications.choose(FieldName, "twin", Listing[Application]{Items: apps}, name)
	if _, ok := errors.AsType[*AmbiguousError](err); !ok {
		t.Fatalf("got %v, want an AmbiguousError", err)
	}
	const want = `2 applications have the name "twin" on https://acme.run.ai: ID 2, created by joe, ID 10, created by jane; use the ID to choose one.`
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}

	got, err := applications.choose(FieldName, "other", Listing[Application]{Items: apps}, name)
	if err != nil || got.ID != "3" {
		t.Errorf("got %v, %v, want the third", got, err)
	}
}

func TestApplications_NotFound_NotesTruncatedList(t *testing.T) {
	t.Parallel()
	applications := &Applications{session: lookupSession(t)}
	for _, cut := range []bool{false, true} {
		list := Listing[Application]{Items: []Application{{ID: "1", Name: "present"}}, Truncated: cut}
		_, err := applications.choose(FieldName, "absent", list, func(a Application) string { return a.Name })
		if got := strings.Contains(err.Error(), "The list is truncated"); got != cut {
			t.Errorf("cut %t: %v", cut, err)
		}
	}
}

func TestLookup_NotFound(t *testing.T) {
	t.Parallel()
	type unit struct{ id, name, place string }
	l := lookup[unit]{
		object: "unit", server: "https://acme.run.ai", hint: "use the id",
		id:     func(u unit) string { return u.id },
		name:   func(u unit) string { return u.name },
		detail: func(u unit) string { return " in " + u.place },
	}
	units := []unit{{"10", "shared", "a"}, {"9", "shared", "b"}, {"100", "shared", "b"}, {"8", "alone", "a"}}
	many := make([]unit, 25)
	for i := range many {
		many[i] = unit{id: fmt.Sprint(i), name: fmt.Sprintf("unit-%02d", i)}
	}
	for _, row := range []struct {
		name string
		find func() (unit, error)
		want string
	}{
		{
			"a name that repeats is shown with its place, once",
			func() (unit, error) { return l.byName("x", units) },
			`there is no unit with the name "x" on https://acme.run.ai. Available: alone, shared in b, shared in a.`,
		},
		{
			"ids are ordered as numbers",
			func() (unit, error) { return l.byID("x", units) },
			`there is no unit with the ID "x" on https://acme.run.ai. Available: 8 (alone), 9 (shared in b), 10 (shared in a), 100 (shared in b).`,
		},
		{
			"a name given for an id",
			func() (unit, error) { return l.byID("alone", units) },
			`there is no unit with the ID "alone" on https://acme.run.ai. It is the name of the unit with the ID 8. Available: 8 (alone), 9 (shared in b), 10 (shared in a), 100 (shared in b).`,
		},
		{
			"nothing to choose from",
			func() (unit, error) { return l.byName("x", nil) },
			`there is no unit with the name "x" on https://acme.run.ai. None are visible to this application.`,
		},
		{
			"many to choose from",
			func() (unit, error) { return l.byName("unit-99", many) },
			`Available (20 of 25): unit-00, unit-01, `,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := row.find()
			if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got  %v\nwant %s", err, row.want)
			}
		})
	}
}

func TestCompareIDs(t *testing.T) {
	t.Parallel()
	ids := []string{"b", "10", "9", "a", "100", "09"}
	slices.SortFunc(ids, CompareIDs)
	if want := []string{"09", "9", "10", "100", "a", "b"}; !slices.Equal(ids, want) {
		t.Errorf("got %v, want %v", ids, want)
	}
}
