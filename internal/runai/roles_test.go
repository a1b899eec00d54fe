package runai_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// 2.25 deprecated most roles and kept their names, so a name still denotes the same
// role.
func TestRoles_ByName_SameRoleOnEachControlPlane(t *testing.T) {
	t.Parallel()
	for version, deprecated := range map[string]bool{"2.18": false, "2.24": false, "2.25": true, "2.26": true, "3.0": true} {
		w := start(t, fixtureOptions{mock: mockserver.Options{Version: version}}).ready()
		for _, name := range []string{"L1 researcher", "l1 RESEARCHER"} {
			role, err := w.client.Roles.ByName(t.Context(), name)
			if err != nil || role.ID != 5 || role.Name != "L1 researcher" || role.Deprecated != deprecated {
				t.Errorf("%s: %q is %+v, %v", version, name, role, err)
			}
		}
	}
}

// One name was given to another role, so the lookup reports it as ambiguous.
func TestRoles_ByName_DepartmentAdministrator(t *testing.T) {
	t.Parallel()
	const name = "Department administrator"
	for _, version := range []string{"2.25", "2.26", "3.0"} {
		w := start(t, fixtureOptions{mock: mockserver.Options{Version: version}}).ready()
		_, err := w.client.Roles.ByName(t.Context(), name)
		two, ok := errors.AsType[*runai.AmbiguousError](err)
		if !ok || !slices.Equal(two.Candidates, []string{`"Department administrator (Legacy)" has the ID 2 (deprecated)`, `"Department administrator" has the ID 32`}) {
			t.Fatalf("%s: got %v, want an error that shows both", version, err)
		}
		if legacy, err := w.client.Roles.ByName(t.Context(), name+" (Legacy)"); err != nil || legacy.ID != 2 || !legacy.Deprecated {
			t.Errorf("%s: the deprecated role by its name: %+v, %v", version, legacy, err)
		}
		if role, err := w.client.Roles.ByIDAndName(t.Context(), 32, name); err != nil || role.Deprecated {
			t.Errorf("%s: the new role by ID and name: %+v, %v", version, role, err)
		}
		var mismatch *runai.MismatchError
		if _, err := w.client.Roles.ByIDAndName(t.Context(), 2, name); !errors.As(err, &mismatch) || mismatch.LookupField() != runai.FieldName {
			t.Errorf("%s: the deprecated role by ID and the other's name: %v", version, err)
		}
	}
	w := start(t, fixtureOptions{mock: mockserver.Options{Version: "2.24"}}).ready()
	if role, err := w.client.Roles.ByName(t.Context(), name); err != nil || role.ID != 2 {
		t.Errorf("2.24: got %+v, %v", role, err)
	}
}

// A custom role with the suffix legacy is not the predecessor of another role.
func TestRoles_ByName_CustomRoleNamedLegacy_IsNoPredecessor(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{mock: mockserver.Options{Version: "3.0"}}).ready()
	w.AddRole("Notebook user (Legacy)", true)
	role, err := w.client.Roles.ByName(t.Context(), "Notebook user")
	if !errors.Is(err, runai.ErrNotFound) || !strings.Contains(err.Error(), `Did you mean "Notebook user (Legacy)"?`) {
		t.Errorf("got %+v, %v", role, err)
	}
}

// A custom role that has the name of the legacy one does not make the name ambiguous:
// its control plane has only one Department administrator.
func TestRoles_ByName_CustomRoleWithLegacyName_IsUnambiguous(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.22", "2.24"} {
		w := start(t, fixtureOptions{mock: mockserver.Options{Version: version}}).ready()
		w.AddRole("Department administrator (Legacy)", true)
		if role, err := w.client.Roles.ByName(t.Context(), "Department administrator"); err != nil || role.Custom || role.Name != "Department administrator" {
			t.Errorf("%s: got %+v, %v", version, role, err)
		}
	}
}

// If the control plane uses the legacy grant, the newer roles are not requested.
func TestRoles_LegacyGrant_ReadsOldRoles(t *testing.T) {
	t.Parallel()
	for version, v2 := range map[string]int{"2.18": 0, "2.22": 0, "2.24": 1, "2.26": 1, "3.0": 1} {
		w := start(t, fixtureOptions{mock: mockserver.Options{Version: version}}).ready()
		w.ResetRequests()
		if _, err := w.client.Roles.List(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.WantCount("GET", "/api/v2/authorization/roles", v2)
		w.WantCount("GET", "/api/v1/authorization/roles", 1-v2)
	}
}

func TestRoles_MayManageAccess_OnBothVersionsOfTheRoles(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.18", "2.24", "3.0"} {
		w := start(t, fixtureOptions{mock: mockserver.Options{Version: version}}).ready()
		for id, want := range map[int64]bool{1: true, 14: false} {
			role, err := w.client.Roles.ByID(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if got := role.MayManageAccess(); got != want {
				t.Errorf("%s: role %q may manage access: %t, want %t", version, role.Name, got, want)
			}
		}
	}
}
