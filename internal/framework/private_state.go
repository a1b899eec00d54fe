package framework

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// pendingKey is the key of a pending create in private state. A create with an unknown
// outcome leaves a tainted object without an ID in the state, and this record. The next
// run resolves it. The first version already used this name.
const pendingKey = "claim"

// PrivateWriter is the private state of a response.
type PrivateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// PrivateReader is the private state of a request.
type PrivateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

// SavePrivate saves a value in private state.
func SavePrivate(ctx context.Context, private PrivateWriter, key string, value any) diag.Diagnostics {
	data, err := json.Marshal(value)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Unable to Save Private State", err.Error())}
	}
	return private.SetKey(ctx, key, data)
}

// LoadPrivate returns a saved value. ok is false if there is none, as after an import.
func LoadPrivate[T any](ctx context.Context, private PrivateReader, key string) (value T, ok bool) {
	data, diags := private.GetKey(ctx, key)
	if diags.HasError() || len(data) == 0 || json.Unmarshal(data, &value) != nil {
		var none T
		return none, false
	}
	return value, true
}

// SavePending saves a pending create.
func SavePending(ctx context.Context, private PrivateWriter, pending runai.PendingCreate) diag.Diagnostics {
	return SavePrivate(ctx, private, pendingKey, pending)
}

// LoadPending returns the saved pending create. ok is false if there is none.
func LoadPending(ctx context.Context, private PrivateReader) (pending runai.PendingCreate, ok bool) {
	return LoadPrivate[runai.PendingCreate](ctx, private, pendingKey)
}
