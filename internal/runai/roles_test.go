package runai_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// A role that keeps its name through 2.25 keeps its id too.
func TestRoles_ANameFromBefore225IsTheSameRole(t *testing.T) {
	t.Parallel()
	before := start(t, setting{mock: mockserver.Options{Version: "2.24"}}).ready()
	after := start(t, setting{mock: mockserver.Options{Version: "3.0"}}).ready()
	want, err := before.client.Roles.ByName(t.Context(), "L1 researcher")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"L1 researcher", "l1 RESEARCHER"} {
		got, err := after.client.Roles.ByName(t.Context(), name)
		if err != nil || got.ID != want.ID || got.Name != "L1 researcher" {
			t.Errorf("%q is %+v, %v; want the role with id %d", name, got, err, want.ID)
		}
	}
}

// … unless another role has the name now: then nobody guesses.
func TestRoles_ANameOfTwoRolesIsAnErrorWithBothIDs(t *testing.T) {
	t.Parallel()
	w := start(t, setting{mock: mockserver.Options{Version: "3.0"}}).ready()
	_, err := w.client.Roles.ByName(t.Context(), "Department administrator")
	var two *runai.AmbiguousError
	if !errors.As(err, &two) || len(two.Candidates) != 2 || !strings.Contains(err.Error(), "id 32") || !strings.Contains(err.Error(), "(Legacy)") {
		t.Fatalf("got %v, want an error that shows both", err)
	}
	if role, err := w.client.Roles.ByName(t.Context(), "Department administrator (Legacy)"); err != nil || role.ID == 32 {
		t.Errorf("the legacy role by its whole name: %+v, %v", role, err)
	}
	if role, err := w.client.Roles.ByID(t.Context(), 32); err != nil || role.Name != "Department administrator" {
		t.Errorf("the new role by its id: %+v, %v", role, err)
	}
}

// A control plane that signs in the old way is not asked for the newer roles.
func TestRoles_TheWayToSignInTellsTheVersionOfTheRoles(t *testing.T) {
	t.Parallel()
	for version, v2 := range map[string]int{"2.18": 0, "2.22": 0, "2.24": 1, "2.26": 1, "3.0": 1} {
		w := start(t, setting{mock: mockserver.Options{Version: version}}).ready()
		w.ResetRequests()
		if _, err := w.client.Roles.List(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.wantCount("GET", "/api/v2/authorization/roles", v2)
		w.wantCount("GET", "/api/v1/authorization/roles", 1-v2)
	}
}

func TestRoles_MayManageAccess_OnBothVersionsOfTheRoles(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.18", "2.24", "3.0"} {
		w := start(t, setting{mock: mockserver.Options{Version: version}}).ready()
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
