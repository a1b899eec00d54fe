package application

import (
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework/frameworktest"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// FuzzFilter filters one application: all conditions hold, or it is left out; and it
// is found by each part of its own name.
func FuzzFilter(f *testing.F) {
	f.Add("ci-pipeline", "jane@acme.example", "PIPE", "^ci-", "Jane@acme.example")
	f.Add("ci", "", "", "", "")
	f.Add("İstanbul", "ſ", "i̇s", "(?i)^i", "S")
	f.Add("a", "b", "c", "(", "b")
	f.Fuzz(func(t *testing.T, name, creator, search, pattern, createdBy string) {
		app := withRules{Application: runai.Application{Name: name, CreatedBy: creator}}
		holds := func(filter filterModel) bool {
			t.Helper()
			matches, err := filter.filter(t.Context(), nil)
			if err != nil {
				if _, invalid := regexp.Compile(pattern); invalid == nil {
					t.Fatal(err)
				}
				return false
			}
			return matches(app)
		}
		all := filterModel{Search: types.StringValue(search), NameRegex: types.StringValue(pattern), CreatedBy: types.StringValue(createdBy)}
		each := holds(filterModel{Search: all.Search}) && holds(filterModel{NameRegex: all.NameRegex}) && holds(filterModel{CreatedBy: all.CreatedBy})
		if got := holds(all); got != each {
			t.Errorf("all conditions together: %t, one by one: %t", got, each)
		}
		if !utf8.ValidString(name) {
			return // Terraform's strings are UTF-8
		}
		for i := range name {
			if !holds(filterModel{Search: types.StringValue(name[i:])}) {
				t.Errorf("a search for %q does not find %q", name[i:], name)
			}
		}
		if strings.Contains(name, search) && !holds(filterModel{Search: all.Search}) {
			t.Errorf("a search for %q does not find %q", search, name)
		}
	})
}

// FuzzLoadRecord loads the record of a resource from private state. Unreadable data gives
// the record of an import, and a record is the same after it is saved again.
func FuzzLoadRecord(f *testing.F) {
	for _, seed := range []string{
		`{"id":"7","created_at":"2026-11-29T12:00:00Z","approximate":true,"sealed_to":{"operations":"ab12"}}`, `{"blocked_by":{"id":"8","name":"ci"}}`,
		`{}`, `null`, `[]`, ``, `{"id":7}`, `{"created_at":"soon"}`, `{"sealed_to":{}}`, `{"sealed_to":null,"blocked_by":null}`, `{"id":"7","sealed_to":{"a":1}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, _ := frameworktest.CheckReload(t, recordKey, data, loadRecord, record.save)
		// A refresh updates the ID and the time, and keeps to whom the secret is sealed.
		now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
		after := r.refreshed(runai.Application{ID: "8", CreatedAt: now})
		if after.ID != "8" || after.CreatedAt != now || after.Approximate || after.BlockedBy != nil || !maps.Equal(after.SealedTo, r.SealedTo) {
			t.Errorf("%+v is refreshed to %+v", r, after)
		}
	})
}
