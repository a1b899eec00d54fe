package application

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// ImportState imports an application by its ID or its name, or by its identity. Its
// secret is known to its owner alone, so it stays null.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	key := framework.ImportID(ctx, req, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || !r.RequireClient(&resp.Diagnostics) {
		return
	}
	if key == "" {
		resp.Diagnostics.AddAttributeError(path.Root("id"), "Unable to Import "+r.names.title,
			"The import ID is empty. Use the ID or the name of the "+r.names.noun+".")
		return
	}
	app, err := r.Client.Applications.ByIDOrName(ctx, key)
	if err != nil {
		err = framework.Describe(err, fmt.Sprintf("look up %s %q by its ID or name", r.names.noun, key))
		var advice []string
		if none, ok := errors.AsType[*runai.NotFoundError](err); ok {
			described := *none
			described.Object = r.names.noun
			err = &described
		}
		if errors.Is(err, runai.ErrNotFound) {
			advice = append(advice, "Check the spelling, and that the provider signs in to the right tenant.")
		}
		framework.AddAttributeError(&resp.Diagnostics, path.Root("id"), framework.Import, r.names.title, err, advice...)
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), app.ID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("client_secret_version"), int64(0))...)
	resp.Diagnostics.Append(framework.Set(ctx, resp.Identity, identityModel{ID: types.StringValue(app.ID)})...)
}
