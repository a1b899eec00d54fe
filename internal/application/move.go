package application

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
)

// MoveState moves a resource between its two type names, including the secret, its
// version and private state.
func (r *Resource) MoveState(ctx context.Context) []resource.StateMover {
	source := resourceSchema(ctx, r.names)
	return []resource.StateMover{{SourceSchema: &source, StateMover: r.move}}
}

func (r *Resource) move(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	from := []string{applicationNames.typeName, serviceAccountNames.typeName}
	// The host differs between Terraform and OpenTofu, and with a mirror.
	ours := strings.HasSuffix(req.SourceProviderAddress, "/runai") && slices.Contains(from, req.SourceTypeName)
	if !ours || req.SourceState == nil {
		resp.Diagnostics.AddError("Unable to Move Resource", fmt.Sprintf(
			"A %s cannot be moved from a %s of the provider %s. It can be moved from %s of this provider.",
			r.names.typeName, req.SourceTypeName, req.SourceProviderAddress, strings.Join(from, " and ")))
		return
	}
	var state resourceModel
	resp.Diagnostics.Append(req.SourceState.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.TargetState.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.TargetIdentity.Set(ctx, state.identity())...)
	resp.Diagnostics.Append(loadRecord(ctx, req.SourcePrivate).save(ctx, resp.TargetPrivate)...)
	if pending, ok := framework.LoadPending(ctx, req.SourcePrivate); ok {
		resp.Diagnostics.Append(framework.SavePending(ctx, resp.TargetPrivate, pending)...)
	}
}
