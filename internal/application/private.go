package application

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

const recordKey = "application"

// record is the private state of the resource: values that users do not need and that
// a refresh cannot restore. It contains neither a secret nor a ciphertext.
type record struct {
	// ID is the application's own ID. The second half of the plan of a replacement
	// has private state, but no state.
	ID string `json:"id,omitempty"`
	// CreatedAt identifies the application if an upgrade of the control plane changes
	// its ID. Until the first refresh it is approximate, the time of the response to
	// the create.
	CreatedAt   time.Time `json:"created_at,omitzero"`
	Approximate bool      `json:"approximate,omitempty"`
	// SealedTo is the SHA-256 of the public key, by name, for each entry of
	// client_secret_sealed.
	SealedTo map[string]string `json:"sealed_to,omitempty"`
	// BlockedBy is the application that has the name of a replacement. Only plans have
	// it.
	BlockedBy *blocker `json:"blocked_by,omitempty"`
}

// blocker is an application that has the name of a replacement.
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

// ref returns the reference with which the client reads the application.
func (r record) ref(state resourceModel) runai.ApplicationRef {
	return runai.ApplicationRef{
		ID: state.ID.ValueString(), Name: state.Name.ValueString(),
		CreatedAt: r.CreatedAt, Approximate: r.Approximate,
	}
}
