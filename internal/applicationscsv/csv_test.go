package applicationscsv

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"pgregory.net/rapid"
)

func text(value string) types.String { return types.StringValue(value) }

func TestWrite_Table(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		applications []*application
		want         string
	}{
		"no application": {nil, ""},
		"every column": {
			[]*application{{
				Name: text("ci"), ClientID: text("ci-id"),
				AccessRules: []accessRule{
					{RoleName: text("L1 researcher"), RoleID: types.Int64Value(4), ScopeName: text("project-a"), ScopeID: text("7")},
					{RoleName: text("Viewer"), RoleID: types.Int64Value(5), ScopeName: text("acme"), ScopeID: text("1001")},
				},
				LastLogin: text("2026-03-14T09:26:53Z"), CreatedBy: text("jane@acme.example"),
				CreatedAt: text("2026-01-01T00:00:00Z"), UpdatedAt: text("2026-02-01T00:00:00Z"),
			}},
			`ci,ci-id,"L1 researcher (project-a), Viewer (acme)",2026-03-14T09:26:53Z,jane@acme.example,2026-01-01T00:00:00Z,2026-02-01T00:00:00Z` + "\r\n",
		},
		"null is empty": {
			[]*application{{Name: text("ci"), ClientID: types.StringNull(), LastLogin: types.StringNull()}},
			"ci,,,,,,\r\n",
		},
		"IDs in place of missing names": {
			[]*application{{AccessRules: []accessRule{{RoleID: types.Int64Value(4), ScopeID: text("7")}, {RoleID: types.Int64Null()}}}},
			",,\"4 (7),  ()\",,,,\r\n",
		},
		"commas, quotes and line breaks": {
			[]*application{{Name: text(`a,b`), ClientID: text(`say "hi"`), CreatedBy: text("two\nlines"), UpdatedAt: text(" space")}},
			"\"a,b\",\"say \"\"hi\"\"\",,,\"two\r\nlines\",,\" space\"\r\n",
		},
		"the order is kept": {
			[]*application{{Name: text("b")}, {Name: text("a")}, {Name: text("b")}},
			"b,,,,,,\r\na,,,,,,\r\nb,,,,,,\r\n",
		},
	} {
		got, err := write(c.applications)
		want := "Application,Client ID,Access rules,Last login,Created by,Creation time,Last updated\r\n" + c.want
		if err != nil || got != want {
			t.Errorf("%s: %v\ngot  %q\nwant %q", name, err, got, want)
		}
	}
}

// A spreadsheet evaluates no cell.
func TestWrite_Formulas(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`=HYPERLINK("https://evil.example","x")`: `'=HYPERLINK("https://evil.example","x")`,
		"+1":                                     "'+1",
		"-1":                                     "'-1",
		"@SUM(A1)":                               "'@SUM(A1)",
		"\t=1":                                   "'\t=1",
		"a=1":                                    "a=1",
		"jane+ci@acme.example":                   "jane+ci@acme.example",
		"'quoted'":                               "'quoted'",
	} {
		written, err := write([]*application{{Name: text(value), AccessRules: []accessRule{{RoleName: text(value), ScopeName: text("x")}}}})
		if err != nil {
			t.Fatal(err)
		}
		rows := parse(t, written)
		if rows[1][0] != want || rows[1][2] != want+" (x)" {
			t.Errorf("%q is written as %q and %q, want %q", value, rows[1][0], rows[1][2], want)
		}
	}
}

// A CSV reader reads any values back into the same columns.
func TestProperty_RoundTrip(t *testing.T) {
	t.Parallel()
	cell := rapid.StringMatching(`[^=+@\t\r-][^\r]*|`)
	rapid.Check(t, func(rt *rapid.T) {
		var applications []*application
		var want [][]string
		for range rapid.IntRange(0, 5).Draw(rt, "applications") {
			v := rapid.SliceOfN(cell, 6, 6).Draw(rt, "values")
			applications = append(applications, &application{
				Name: text(v[0]), ClientID: text(v[1]), LastLogin: text(v[2]), CreatedBy: text(v[3]), CreatedAt: text(v[4]), UpdatedAt: text(v[5]),
			})
			want = append(want, slices.Insert(v, 2, ""))
		}
		written, err := write(applications)
		if err != nil {
			rt.Fatal(err)
		}
		if got := parse(t, written)[1:]; !slices.EqualFunc(got, want, slices.Equal) {
			rt.Errorf("got  %q\nwant %q", got, want)
		}
	})
}

func parse(t *testing.T, table string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%v: %q", err, table)
	}
	return rows
}
