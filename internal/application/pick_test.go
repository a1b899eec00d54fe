package application

import (
	"errors"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// Control planes to 2.17 are not known to keep names apart.
func TestPick_TwoOfAName_AreAmbiguous(t *testing.T) {
	t.Parallel()
	apps := []runai.Application{
		{ID: "1", Name: "twin", CreatedBy: "jane"},
		{ID: "2", Name: "twin", CreatedBy: "joe"},
		{ID: "3", Name: "other"},
	}
	name := func(a runai.Application) string { return a.Name }

	_, err := pick(apps, "name", "twin", name)
	if _, ok := errors.AsType[*runai.AmbiguousError](err); !ok {
		t.Fatalf("got %v, want an AmbiguousError", err)
	}
	const want = `2 applications have the name "twin": id 1, created by jane, id 2, created by joe; use the id to say which.`
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}

	got, err := pick(apps, "name", "other", name)
	if err != nil || got.ID != "3" {
		t.Errorf("got %v, %v, want the third", got, err)
	}
}
