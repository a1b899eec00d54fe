package runai_test

import (
	"errors"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// An apply plans a create again, which looks up the rule. The create that follows uses
// the result.
func TestAccessRules_Create_ReusesARecentLookup(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		pause time.Duration
		lists int
	}{
		"a moment ago":   {0, 0},
		"too long since": {10 * time.Second, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, fixtureOptions{client: withVersion(t, "2.24")}).ready()
			if rule, found, err := w.client.AccessRules.FindRecent(t.Context(), w.ruleKey("ci")); found || err != nil {
				t.Fatal(rule, found, err)
			}
			w.clock.Advance(c.pause)
			w.ResetRequests()
			if _, err := w.client.AccessRules.Create(t.Context(), w.ruleKey("ci"), ""); err != nil {
				t.Fatal(err)
			}
			w.WantCount("GET", rules, c.lists)
			w.WantCount("POST", rules, 1)
		})
	}
}

// After a create, a cached absence is not used.
func TestAccessRules_FindRecent_ForgetsAbsenceAfterACreate(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{client: withVersion(t, "2.24")}).ready()
	absent := func(subject string) {
		t.Helper()
		if _, found, err := w.client.AccessRules.FindRecent(t.Context(), w.ruleKey(subject)); found || err != nil {
			t.Fatal(found, err)
		}
	}
	absent("ci")
	created, err := w.client.AccessRules.Create(t.Context(), w.ruleKey("ci"), "")
	if err != nil {
		t.Fatal(err)
	}
	if rule, found, err := w.client.AccessRules.FindRecent(t.Context(), w.ruleKey("ci")); !found || err != nil || rule.ID != created.ID {
		t.Errorf("got %v, %t, %v, want the rule that was just created", rule, found, err)
	}

	// Another principal creates the rule in between: a 409, and no rule is adopted.
	absent("cd")
	theirs := w.CreateAccessRule(mockserver.AccessRule{
		SubjectID: "cd", SubjectType: "app", RoleID: w.Roles()[0].ID, ScopeType: "tenant", ScopeID: w.TenantID(), CreatedBy: anotherPrincipal,
	})
	var exists *runai.ExistsError
	if _, err := w.client.AccessRules.Create(t.Context(), w.ruleKey("cd"), ""); !errors.As(err, &exists) || exists.Origin != runai.OriginUnknown {
		t.Errorf("error %v, want an ExistsError of unknown origin", err)
	}
	if left := w.activeRules("cd"); len(left) != 1 || left[0] != theirs {
		t.Errorf("the control plane has %v, want only %v", left, theirs)
	}
}
