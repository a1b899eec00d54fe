package application

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

const recordKey = "application"

// record is what the resource keeps in private state: facts that a user has no use
// for, and that no refresh can bring back. It holds neither a secret nor a
// ciphertext.
type record struct {
	// ID is the application's own ID. The second half of the plan of a replacement
	// has private state, but no state.
	ID string `json:"id,omitempty"`
	// CreatedAt finds the application again where an upgrade of the control plane
	// has given it another ID. It is approximate, the time of the response to the
	// create, until the first refresh.
	CreatedAt   time.Time `json:"created_at,omitzero"`
	Approximate bool      `json:"approximate,omitempty"`
	// SealedTo is the SHA-256 of the public key, by name, for each entry of
	// client_secret_sealed.
	SealedTo map[string]string `json:"sealed_to,omitempty"`
	// BlockedBy is in plans only: the application that has the name of a
	// replacement.
	BlockedBy *blocker `json:"blocked_by,omitempty"`
}

// blocker is an application whose name a replacement is to get.
type blocker struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func loadRecord(ctx context.Context, private framework.PrivateReader) record {
	r, _ := framework.LoadPrivate[record](ctx, private, recordKey)
	return r
}

func (r record) save(ctx context.Context, private framework.PrivateWriter) diag.Diagnostics {
	return framework.SavePrivate(ctx, private, recordKey, r)
}

// refreshed is the record after the application was read.
func (r record) refreshed(app runai.Application) record {
	r.ID, r.BlockedBy = app.ID, nil
	if !app.CreatedAt.IsZero() {
		r.CreatedAt, r.Approximate = app.CreatedAt.UTC(), false
	}
	return r
}

// ref is what the client needs to read the application.
func (r record) ref(state resourceModel) runai.ApplicationRef {
	return runai.ApplicationRef{
		ID: state.ID.ValueString(), Name: state.Name.ValueString(),
		CreatedAt: r.CreatedAt, Approximate: r.Approximate,
	}
}
