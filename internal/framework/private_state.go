package framework

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// When neither a create nor the look after it was answered, the state keeps a
// tainted object without an ID, and beside it, in private state, what is needed
// to tell later whether an object that is found is ours. The next run settles it.
const claimKey = "claim"

// PrivateWriter is the private state of a response.
type PrivateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// PrivateReader is the private state of a request.
type PrivateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

// SavePending stores a claim.
func SavePending(ctx context.Context, private PrivateWriter, claim runai.PendingCreate) diag.Diagnostics {
	data, err := json.Marshal(claim)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Unable to Save Private State", err.Error())}
	}
	return private.SetKey(ctx, claimKey, data)
}

// LoadPending reads a claim back; ok is false if there is none.
func LoadPending(ctx context.Context, private PrivateReader) (claim runai.PendingCreate, ok bool) {
	data, diags := private.GetKey(ctx, claimKey)
	return claim, !diags.HasError() && len(data) > 0 && json.Unmarshal(data, &claim) == nil
}
