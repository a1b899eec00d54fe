package runai

import (
	"testing"
	"time"
)

func TestAbsentKeys_Age(t *testing.T) {
	t.Parallel()
	var absent absentKeys
	key, at := RuleKey{SubjectType: SubjectApp, SubjectID: "ci", RoleID: 5, ScopeType: "tenant", ScopeID: "1001"}, time.Now()
	absent.add(key, at)
	for age, want := range map[time.Duration]bool{0: true, absenceMaxAge - 1: true, absenceMaxAge: false} {
		if got := absent.has(key, at.Add(age)); got != want {
			t.Errorf("absent %s ago: %t, want %t", age, got, want)
		}
	}
	absent.remove(key)
	if absent.has(key, at) {
		t.Error("a removed key is absent")
	}
}
