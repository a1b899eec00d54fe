package accessrule

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

const recordKey = "access_rule"

// record is what the resource keeps in private state.
type record struct {
	// ID is the rule's own ID. The second half of the plan of a replacement has
	// private state, but no state.
	ID string `json:"id,omitempty"`
	// ReplacedBy is the rule that replaces this one. Only plans have it.
	ReplacedBy *replacement `json:"replaced_by,omitempty"`
}

// replacement is the rule that a plan replaces another one by.
type replacement struct {
	// Key identifies it. Each value is empty or 0 if it is not known.
	Key runai.RuleKey `json:"key"`
	// BlockedBy is the ID of another rule that has this key.
	BlockedBy int64 `json:"blocked_by,omitempty"`
}

func loadRecord(ctx context.Context, private framework.PrivateReader) record {
	r, _ := framework.LoadPrivate[record](ctx, private, recordKey)
	return r
}

// forget removes the replacement that an earlier plan recorded and no apply used.
func (r record) forget(ctx context.Context, private framework.PrivateWriter) diag.Diagnostics {
	if r.ReplacedBy == nil {
		return nil
	}
	r.ReplacedBy = nil
	return r.save(ctx, private)
}

func (r record) save(ctx context.Context, private framework.PrivateWriter) diag.Diagnostics {
	return framework.SavePrivate(ctx, private, recordKey, r)
}
