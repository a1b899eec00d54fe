package accessrule

import (
	"fmt"
	"testing"
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
