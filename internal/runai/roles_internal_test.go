package runai

import (
	"encoding/json"
	"testing"
)

func TestRole_MayManageAccess(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, role string
		want       bool
	}{
		{"not shown (v2 by permission sets alone)", `{"permissionSets":[{"id":"1","name":"iam"}]}`, true},
		{"null", `{"permissions":null}`, true},
		{"an empty list", `{"permissions":[]}`, true},
		{"of another shape", `{"permissions":{"access_rules":["read"]}}`, true},
		{"a role that creates applications", `{"permissions":[{"resourceType":"apps","actions":["read","create"]}]}`, true},
		{"a role that changes service accounts", `{"permissions":[{"resourceType":"service-account","actions":["update"]}]}`, true},
		{"a role that deletes access rules", `{"permissions":[{"resourceType":"jobs","actions":["read"]},{"resourceType":"access_rules","actions":["delete"]}]}`, true},
		{"the newer spelling", `{"permissions":[{"resourceType":"access-rules","actions":["create"]}]}`, true},
		{"no actions", `{"permissions":[{"resourceType":"access_rules"}]}`, true},
		{"a role that reads both", `{"permissions":[{"resourceType":"apps","actions":["read"]},{"resourceType":"access_rules","actions":["read"]}]}`, false},
		{"a role that manages something else", `{"permissions":[{"resourceType":"jobs","actions":["create","read","update","delete"]}]}`, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var w wireRole
			if err := json.Unmarshal([]byte(row.role), &w); err != nil {
				t.Fatal(err)
			}
			if got := w.role().MayManageAccess(); got != row.want {
				t.Errorf("got %t, want %t", got, row.want)
			}
		})
	}
	if !(Role{}).MayManageAccess() {
		t.Error("a role that could not be read may not manage access")
	}
}
