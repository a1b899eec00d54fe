package applicationscsv

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// FuzzWrite writes a table and reads it as CSV: no value leaves its cell, and no cell is
// a formula.
func FuzzWrite(f *testing.F) {
	for _, seed := range []string{"ci-pipeline", `a "quoted", one`, "two\nlines", "=1+1", "-", "\r", "é", "\xff", "ends in a space "} {
		f.Add(seed, "L1 researcher")
		f.Add("ci", seed)
	}
	f.Fuzz(func(t *testing.T, name, role string) {
		text, err := write([]*application{{
			Name: types.StringValue(name), CreatedBy: types.StringNull(),
			AccessRules: []accessRule{{RoleName: types.StringValue(role), ScopeName: types.StringValue("acme")}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || len(rows) != 2 || !slices.Equal(rows[0], header) {
			t.Fatalf("%q: %q: %v", text, rows, err)
		}
		for i, want := range map[int]string{0: defuse(name), 2: defuse(accessRule{RoleName: types.StringValue(role), ScopeName: types.StringValue("acme")}.String())} {
			if got := rows[1][i]; got != strings.ReplaceAll(want, "\r", "") {
				t.Errorf("%q is read as %q", want, got)
			}
			if cell := rows[1][i]; cell != "" && strings.ContainsAny(cell[:1], "=+-@\t") {
				t.Errorf("%q begins a formula", cell)
			}
		}
	})
}
