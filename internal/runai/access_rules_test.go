package runai_test

import (
	"errors"
	"fmt"
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

// An application's subject type is sent as the control plane calls it. The others have
// one name.
func TestAccessRules_Create_SubjectTypeOfTheControlPlane(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{"2.20": "app", "2.24": "service-account"} {
		w := start(t, fixtureOptions{mock: mockserver.Options{Version: version}, client: withVersion(t, version)}).ready()
		for _, given := range []runai.SubjectType{runai.SubjectApp, runai.SubjectServiceAccount, runai.SubjectUser, runai.SubjectGroup} {
			key := w.ruleKey("subject-" + string(given))
			key.SubjectType = given
			created, err := w.client.AccessRules.Create(t.Context(), key, "")
			if err != nil {
				t.Fatal(version, given, err)
			}
			wantType := want
			if given == runai.SubjectUser || given == runai.SubjectGroup {
				wantType = string(given)
			}
			stored := w.State().AccessRules
			if got := stored[len(stored)-1]; int64(got.ID) != created.ID || got.SubjectType != wantType {
				t.Errorf("%s, %s: rule %d has the subject type %q, want %q", version, given, got.ID, got.SubjectType, wantType)
			}
		}
	}
}

func TestAccessRules_Create_Cluster(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{client: withVersion(t, "2.24")}).ready()
	for i, cluster := range []string{"", w.Clusters()[0].ID} {
		if _, err := w.client.AccessRules.Create(t.Context(), w.ruleKey(fmt.Sprintf("ci-%d", i)), cluster); err != nil {
			t.Fatal(err)
		}
		stored := w.State().AccessRules
		if got := stored[len(stored)-1].ClusterID; got != cluster {
			t.Errorf("the rule is for the cluster %q, want %q", got, cluster)
		}
	}
}
