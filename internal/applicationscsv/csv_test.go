package applicationscsv

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"pgregory.net/rapid"
)

func some(text string) types.String { return types.StringValue(text) }

func TestWrite_TheProductsTable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		applications []*application
		want         string
	}{
		"no application": {nil, ""},
		"every column": {
			[]*application{{
				Name: some("ci"), ClientID: some("ci-id"),
				AccessRules: []accessRule{
					{RoleName: some("L1 researcher"), RoleID: types.Int64Value(4), ScopeName: some("project-a"), ScopeID: some("7")},
					{RoleName: some("Viewer"), RoleID: types.Int64Value(5), ScopeName: some("acme"), ScopeID: some("1001")},
				},
				LastLogin: some("2026-03-14T09:26:53Z"), CreatedBy: some("jane@acme.example"),
				CreatedAt: some("2026-01-01T00:00:00Z"), UpdatedAt: some("2026-02-01T00:00:00Z"),
			}},
			`ci,ci-id,"L1 researcher (project-a), Viewer (acme)",2026-03-14T09:26:53Z,jane@acme.example,2026-01-01T00:00:00Z,2026-02-01T00:00:00Z` + "\r\n",
		},
		"what is null is empty": {
			[]*application{{Name: some("ci"), ClientID: types.StringNull(), LastLogin: types.StringNull()}},
			"ci,,,,,,\r\n",
		},
		"ids for names that are left out": {
			[]*application{{AccessRules: []accessRule{{RoleID: types.Int64Value(4), ScopeID: some("7")}, {RoleID: types.Int64Null()}}}},
			",,\"4 (7),  ()\",,,,\r\n",
		},
		"commas, quotes and line breaks": {
			[]*application{{Name: some(`a,b`), ClientID: some(`say "hi"`), CreatedBy: some("two\nlines"), UpdatedAt: some(" space")}},
			"\"a,b\",\"say \"\"hi\"\"\",,,\"two\r\nlines\",,\" space\"\r\n",
		},
		"the order is kept": {
			[]*application{{Name: some("b")}, {Name: some("a")}, {Name: some("b")}},
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

// A spreadsheet evaluates none of the cells.
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
		text, err := write([]*application{{Name: some(value), AccessRules: []accessRule{{RoleName: some(value), ScopeName: some("x")}}}})
		if err != nil {
			t.Fatal(err)
		}
		rows := parse(t, text)
		if rows[1][0] != want || rows[1][2] != want+" (x)" {
			t.Errorf("%q is written as %q and %q, want %q", value, rows[1][0], rows[1][2], want)
		}
	}
}

// Whatever the values are, a reader of CSV finds them again in their columns.
func TestProperty_WhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	text := rapid.StringMatching(`[^=+@\t\r-][^\r]*|`)
	rapid.Check(t, func(rt *rapid.T) {
		var applications []*application
		var want [][]string
		for range rapid.IntRange(0, 5).Draw(rt, "applications") {
			v := rapid.SliceOfN(text, 6, 6).Draw(rt, "values")
			applications = append(applications, &application{
				Name: some(v[0]), ClientID: some(v[1]), LastLogin: some(v[2]), CreatedBy: some(v[3]), CreatedAt: some(v[4]), UpdatedAt: some(v[5]),
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

func parse(t *testing.T, text string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%v: %q", err, text)
	}
	return rows
}
