package application

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// ModifyPlan says in the plan what a reviewer has to know: that a secret will be
// regenerated, that a name will be refused, that the provider would lock itself
// out. It is asked again while applying, when everything is known.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var plan, state *resourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	switch {
	case plan == nil:
		r.refuseLockout(&resp.Diagnostics, path.Empty(), *state, "delete")
	case state == nil:
		// So Terraform plans the second half of a replacement too, be it asked for
		// by -replace or by a tainted state.
		r.refuseLockout(&resp.Diagnostics, path.Root("name"), resourceModel{Name: plan.Name}, "replace or create")
		r.checkName(ctx, plan.Name, &resp.Diagnostics)
	case !plan.Name.Equal(state.Name):
		r.checkName(ctx, plan.Name, &resp.Diagnostics)
		r.refuseLockout(&resp.Diagnostics, path.Root("name"), *state, "replace")
	default:
		r.planUpdate(ctx, *plan, *state, resp)
	}
}

func (r *Resource) planUpdate(ctx context.Context, plan, state resourceModel, resp *resource.ModifyPlanResponse) {
	if state.Enabled.ValueBool() && !plan.Enabled.IsUnknown() && !plan.Enabled.ValueBool() {
		r.refuseLockout(&resp.Diagnostics, path.Root("enabled"), state, "disable")
	}
	version := types.Int64Unknown()
	switch decideRotation(state.Keepers, plan.Keepers) {
	case keep:
		return
	case rotate:
		version = types.Int64Value(state.ClientSecretVersion.ValueInt64() + 1)
		r.refuseLockout(&resp.Diagnostics, path.Root("keepers"), state, "regenerate the secret of")
		resp.Diagnostics.AddAttributeWarning(path.Root("keepers"), "Client Secret Will Be Regenerated", fmt.Sprintf(
			"The keepers of application %s have changed. On apply its client secret is regenerated, and the old secret stops working at that moment: "+
				"whatever signs in with it fails until it has the new one.", state.Name))
	case undecided:
		resp.Diagnostics.AddAttributeWarning(path.Root("keepers"), "Client Secret May Be Regenerated", fmt.Sprintf(
			"The keepers of application %s depend on values that are known only while applying. If they turn out to have changed, "+
				"the client secret is regenerated, and the old secret stops working at that moment.", state.Name))
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("client_secret"), types.StringUnknown())...)
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("client_secret_version"), version)...)
}

// checkName holds the name of an application that is to be created against the
// rules of the API. One that exists may be older than the rules.
func (r *Resource) checkName(ctx context.Context, name types.String, diags *diag.Diagnostics) {
	if !r.HasClient() || name.IsNull() || name.IsUnknown() {
		return
	}
	err := r.Client.Applications.CheckName(ctx, name.ValueString())
	var invalid *runai.InvalidNameError
	switch {
	case errors.As(err, &invalid):
		diags.AddAttributeError(path.Root("name"), "Invalid Application Name", invalid.Error()+".")
	case err != nil:
		framework.AddError(diags, framework.Plan, noun, err)
	}
}

// refuseLockout refuses what would take the provider's own credentials away.
func (r *Resource) refuseLockout(diags *diag.Diagnostics, at path.Path, state resourceModel, verb string) {
	if !r.HasClient() || r.AllowSelfLockout || !r.Client.IsCaller(state.toAPI()) {
		return
	}
	detail := fmt.Sprintf("This plan would %s application %s, which is the one that the provider itself signs in as at %s. "+
		"Terraform would lock itself out. If that is intended, set allow_self_lockout = true in the provider configuration.",
		verb, state.Name, r.Client.BaseURL())
	if at.Equal(path.Empty()) {
		diags.AddError("Provider Would Lock Itself Out", detail)
		return
	}
	diags.AddAttributeError(at, "Provider Would Lock Itself Out", detail)
}
