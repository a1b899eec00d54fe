package runai_test

import (
	"errors"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// What one creation made, another of the same name does not take for its own,
// although it was not there before, is new, and was created by the caller: part 4
// of the proof.
func TestCreate_DoesNotTakeWhatAnotherCreationMade(t *testing.T) {
	t.Parallel()
	w := start(t, setting{}).ready()
	first, err := w.client.Applications.Create(t.Context(), "ci")
	if err != nil {
		t.Fatal(err)
	}
	w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "drop-before", Count: 1})
	_, err = w.client.Applications.Create(t.Context(), "ci")
	var exists *runai.ExistsError
	if !errors.As(err, &exists) || exists.ID != first.ID {
		t.Errorf("got %v, want an ExistsError with the id %s", err, first.ID)
	}
	if !w.SignsIn("ci", first.Secret.Reveal()) {
		t.Error("the secret of the first one was revoked")
	}
}
