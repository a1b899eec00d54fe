package application

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// ValidateConfig validates the combination of arguments.
func (r *Resource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config resourceModel
	resp.Diagnostics.Append(framework.Get(ctx, req.Config, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	refuseVerification(&resp.Diagnostics, config, len(config.ClientSecretRecipients.Elements()) > 0)
}

// refuseVerification refuses to verify a sealed secret, and to verify if the sign-in
// would count as use.
func refuseVerification(diags *diag.Diagnostics, plan resourceModel, sealed bool) {
	const attribute, summary = "verify_client_secret", "Client Secret Cannot Be Verified"
	switch {
	case !verifies(plan.VerifyClientSecret):
	case sealed:
		diags.AddAttributeError(path.Root(attribute), summary,
			"The client secret is sealed to recipients, and the provider cannot open it to sign in with it. Remove verify_client_secret, or the recipients.")
	case plan.RotateOnlyIfUnusedFor.ValueString() != "":
		diags.AddAttributeError(path.Root(attribute), summary,
			"Verifying the client secret signs in with it, which would count as use for rotate_only_if_unused_for. Remove one of the two.")
	}
}

// ModifyPlan plans the regeneration of the secret, and refuses invalid names and a
// lock-out of the provider. Terraform calls it again in the apply, when all values are
// known.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var plan, state *resourceModel
	resp.Diagnostics.Append(framework.Get(ctx, req.Plan, &plan)...)
	resp.Diagnostics.Append(framework.Get(ctx, req.State, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	rec := loadRecord(ctx, req.Private)
	switch {
	case plan == nil:
		r.refuseLockout(&resp.Diagnostics, path.Empty(), *state, "delete")
		if rec.BlockedBy != nil { // of a replacement that was refused before
			rec.BlockedBy = nil
			resp.Diagnostics.Append(rec.save(ctx, resp.Private)...)
		}
	case state == nil:
		// Terraform also plans the second half of a replacement this way, whether -replace
		// or a tainted state requests it.
		r.refuseLockout(&resp.Diagnostics, path.Root("name"), resourceModel{Name: plan.Name}, "replace or create")
		r.planCreate(ctx, *plan, rec, resp)
	case !plan.Name.Equal(state.Name):
		r.refuseLockout(&resp.Diagnostics, path.Root("name"), *state, "replace")
		r.planReplace(ctx, *plan, rec, resp)
	default:
		r.planUpdate(ctx, *plan, *state, rec, !req.Plan.Raw.Equal(req.State.Raw), resp)
	}
}

// planCreate plans the attributes that are known before a create.
func (r *Resource) planCreate(ctx context.Context, plan resourceModel, rec record, resp *resource.ModifyPlanResponse) {
	recipients, ok := r.effectiveRecipients(plan, &resp.Diagnostics)
	if !ok {
		return
	}
	refuseVerification(&resp.Diagnostics, plan, len(recipients.keys) > 0)
	change := secretChange{Version: types.Int64Value(1), Status: createdStatus(plan.VerifyClientSecret)}
	change.Secret, change.Sealed = plannedSecret(recipients.fingerprints())
	change.show(ctx, plan, resp)

	if r.checkName(ctx, plan.Name, &resp.Diagnostics) && rec.BlockedBy == nil {
		if existing := r.existing(ctx, plan.Name, rec); existing != nil {
			r.warnExists(&resp.Diagnostics, *existing)
		}
	}
}

// planReplace records for Delete that another application blocks the replacement.
func (r *Resource) planReplace(ctx context.Context, plan resourceModel, rec record, resp *resource.ModifyPlanResponse) {
	if !r.checkName(ctx, plan.Name, &resp.Diagnostics) {
		return
	}
	rec.BlockedBy = r.existing(ctx, plan.Name, rec)
	if rec.BlockedBy != nil {
		r.warnExists(&resp.Diagnostics, *rec.BlockedBy)
	}
	resp.Diagnostics.Append(rec.save(ctx, resp.Private)...)
}

func (r *Resource) planUpdate(ctx context.Context, plan, state resourceModel, rec record, changes bool, resp *resource.ModifyPlanResponse) {
	if state.Enabled.ValueBool() && !plan.Enabled.IsUnknown() && !plan.Enabled.ValueBool() {
		r.refuseLockout(&resp.Diagnostics, path.Root("enabled"), state, "disable")
	}
	recipients, ok := r.effectiveRecipients(plan, &resp.Diagnostics)
	if !ok {
		return
	}
	input := newSecretInput(state, plan, rec, recipients)
	input.Changes = changes
	change := planSecret(input)
	r.refuseChange(&resp.Diagnostics, change, state, plan, recipients)
	if change.Rotation == rotate {
		r.refuseUsed(ctx, &resp.Diagnostics, plan, state)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	r.warnOfChange(&resp.Diagnostics, change, state, recipients)
	change.show(ctx, plan, resp)
}

// newSecretInput collects the input of planSecret.
func newSecretInput(state, plan resourceModel, rec record, recipients recipientKeys) secretInput {
	return secretInput{Prior: state, Planned: plan, Recipients: recipients.fingerprints(), SealedTo: rec.SealedTo, Changes: true}
}

// show sets the change in the plan, unless the plan already has it.
func (c secretChange) show(ctx context.Context, plan resourceModel, resp *resource.ModifyPlanResponse) {
	if c.Secret.Equal(plan.ClientSecret) && c.Sealed.Equal(plan.ClientSecretSealed) &&
		c.Version.Equal(plan.ClientSecretVersion) && c.Status.Equal(plan.ClientSecretStatus) {
		return
	}
	plan.ClientSecret, plan.ClientSecretSealed, plan.ClientSecretVersion, plan.ClientSecretStatus = c.Secret, c.Sealed, c.Version, c.Status
	resp.Diagnostics.Append(framework.Set(ctx, &resp.Plan, plan)...)
}

// createdStatus is client_secret_status after a create.
func createdStatus(mode types.String) types.String {
	switch {
	case mode.IsUnknown():
		return types.StringUnknown()
	case verifies(mode):
		return types.StringValue(statusValid)
	}
	return types.StringNull()
}

// checkName checks the name of a planned application against the rules of the API, and
// reports whether it can be looked up. The name of an existing one may predate the rules.
func (r *Resource) checkName(ctx context.Context, name types.String, diags *diag.Diagnostics) bool {
	if !r.HasClient() || name.IsNull() || name.IsUnknown() {
		return false
	}
	err := r.Client.Applications.CheckName(ctx, name.ValueString())
	if invalid, ok := errors.AsType[*runai.InvalidNameError](err); ok {
		text := strings.Replace(framework.Sentence(invalid), applicationNames.noun, r.names.noun, 1)
		diags.AddAttributeError(path.Root("name"), "Invalid "+r.names.title+" Name", text)
		return false
	}
	if err != nil {
		framework.AddError(diags, framework.Plan, r.names.title, framework.Describe(err, fmt.Sprintf("check the name of %s %q", r.names.noun, name.ValueString())))
	}
	return err == nil
}
