package accessrule

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework/frameworktest"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// FuzzParseImportID parses import IDs: a key that was parsed and formatted is parsed to
// the same key, and an error comes without an ID or a key.
func FuzzParseImportID(f *testing.F) {
	for _, seed := range []string{
		"", "17", "-1", "99999999999", "app/ci/5/tenant/1", "group/ml/${team}/5/cluster/uuid", "user/joe@acme.example/0/system/1",
		"all-authenticated-users//5/tenant/1", "app/ci/5/cosmos/1", "app//5/tenant/1", "app/ci/+5/tenant/1", "a/b/c/d/e", "////",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, key, err := parseImportID(text)
		switch {
		case err != nil:
			if id != 0 || key != nil {
				t.Errorf("%q: an error and an id: %v", text, err)
			}
		case key == nil:
			if _, again, err := parseImportID(fmt.Sprint(id)); err != nil || again != nil {
				t.Errorf("%q is parsed as the ID %d, which cannot be parsed: %v", text, id, err)
			}
		default:
			written := fmt.Sprintf("%s/%s/%d/%s/%s", key.SubjectType, key.SubjectID, key.RoleID, key.ScopeType, key.ScopeID)
			if _, again, err := parseImportID(written); err != nil || again == nil || *again != *key {
				t.Errorf("%q is formatted as %s, which is parsed as %v: %v", text, written, again, err)
			}
		}
	})
}

// FuzzLoadRecord loads the record of a resource from private state. Unreadable data gives
// the record of an import, and a record is the same after it is saved again.
func FuzzLoadRecord(f *testing.F) {
	for _, seed := range []string{
		`{"id":"7","replaced_by":{"key":{"SubjectID":"ci","SubjectType":"app","RoleID":5,"ScopeType":"tenant","ScopeID":"1001"},"blocked_by":9}}`,
		`{}`, `null`, `[]`, ``, `{"id":7}`, `{"replaced_by":null}`, `{"replaced_by":{}}`, `{"id":"7","replaced_by":{"key":null}}`, `{"id":"7","replaced_by":{"blocked_by":"9"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, saved := frameworktest.CheckReload(t, recordKey, data, loadRecord, record.save)
		// The replacement that an earlier plan recorded is removed, and nothing else.
		if diags := r.forget(t.Context(), saved); diags.HasError() {
			t.Fatal(diags)
		}
		if after := loadRecord(t.Context(), saved); after.ReplacedBy != nil || strings.ToValidUTF8(after.ID, "\uFFFD") != strings.ToValidUTF8(r.ID, "\uFFFD") {
			t.Errorf("%+v without its replacement is %+v", r, after)
		}
	})
}

// FuzzMatches filters one rule: all conditions hold, or it is left out; it is found by its
// own values, and by no other ID of a role, scope or group.
func FuzzMatches(f *testing.F) {
	f.Add("ci", "app", int64(5), "tenant", "1001", "ci", "service-account", int64(5), "tenant", "1001")
	f.Add("Joe@acme.example", "user", int64(1), "cluster", "uuid", "joe@ACME.example", "user", int64(1), "", "")
	f.Add("ML", "group", int64(1), "project", "7", "ml", "group", int64(0), "project", "7")
	f.Add("", "all-authenticated-users", int64(-1), "system", "", "", "", int64(-1), "system", "")
	f.Fuzz(func(t *testing.T, subject, subjectType string, role int64, scopeType, scope, wantSubject, wantType string, wantRole int64, wantScopeType, wantScope string) {
		rule := runai.AccessRule{SubjectID: subject, SubjectType: runai.SubjectType(subjectType), RoleID: role, ScopeType: scopeType, ScopeID: scope}
		id := types.Int64Value(wantRole)
		all := filterModel{
			SubjectID: types.StringValue(wantSubject), SubjectType: types.StringValue(wantType),
			ScopeType: types.StringValue(wantScopeType), ScopeID: types.StringValue(wantScope),
		}
		each := filterModel{SubjectID: all.SubjectID}.matches(rule, types.Int64Null()) &&
			filterModel{SubjectType: all.SubjectType}.matches(rule, types.Int64Null()) &&
			filterModel{ScopeType: all.ScopeType}.matches(rule, types.Int64Null()) &&
			filterModel{ScopeID: all.ScopeID}.matches(rule, types.Int64Null()) &&
			filterModel{}.matches(rule, id)
		if got := all.matches(rule, id); got != each {
			t.Errorf("all conditions together: %t, one by one: %t", got, each)
		}
		own := filterModel{
			SubjectID: types.StringValue(subject), SubjectType: types.StringValue(subjectType),
			ScopeType: types.StringValue(scopeType), ScopeID: types.StringValue(scope),
		}
		if !own.matches(rule, types.Int64Value(role)) || !(filterModel{}).matches(rule, types.Int64Null()) {
			t.Errorf("%+v is not found by its own values", rule)
		}
		if role != wantRole && (filterModel{}).matches(rule, id) {
			t.Errorf("role %d is found by %d", role, wantRole)
		}
		if scope != wantScope && (filterModel{ScopeID: all.ScopeID}).matches(rule, types.Int64Null()) {
			t.Errorf("scope %q is found by %q", scope, wantScope)
		}
		if subject != wantSubject && subjectType != "user" && (filterModel{SubjectID: all.SubjectID}).matches(rule, types.Int64Null()) {
			t.Errorf("%s %q is found by %q", subjectType, subject, wantSubject)
		}
	})
}
