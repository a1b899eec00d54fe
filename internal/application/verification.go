package application

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// verify signs in once with the secret in a state, if verify_client_secret is on, and
// sets client_secret_status. An inconclusive result keeps the status.
func (r *Resource) verify(ctx context.Context, state *resourceModel, diags *diag.Diagnostics) {
	if !verifies(state.VerifyClientSecret) || state.ClientSecret.IsNull() {
		return
	}
	app := state.toAPI()
	app.Enabled = state.Enabled.ValueBool()
	v := r.Client.Applications.VerifySecret(ctx, app, runai.NewSecret(state.ClientSecret.ValueString()))
	if v.Warning != "" {
		diags.AddWarning("Client Secrets Are Not Verified", v.Warning)
	}
	switch v.Status {
	case runai.SecretValid:
		state.ClientSecretStatus = types.StringValue(statusValid)
	case runai.SecretRevoked:
		state.ClientSecretStatus = types.StringValue(statusRevoked)
	case runai.SecretUnknown:
	}
	if state.ClientSecretStatus.ValueString() == statusRevoked && state.VerifyClientSecret.ValueString() == verifyReport {
		diags.AddAttributeWarning(path.Root("client_secret_status"), "Client Secret Is Revoked", fmt.Sprintf(
			"The control plane refuses the client secret in the state of %s: it was regenerated elsewhere. "+
				"Change keepers to regenerate it, which revokes the secret that is in use now.", state.object(r.names)))
	}
}

// refuseUsed refuses to regenerate the secret of an application that was used within
// rotate_only_if_unused_for, or whose last use is unknown.
func (r *Resource) refuseUsed(ctx context.Context, diags *diag.Diagnostics, plan, state resourceModel) {
	unusedFor, err := time.ParseDuration(plan.RotateOnlyIfUnusedFor.ValueString())
	if err != nil || !r.HasClient() { // null or unknown; the apply checks again
		return
	}
	if reason := r.whyUsed(ctx, state, unusedFor); reason != "" {
		diags.AddAttributeError(path.Root("rotate_only_if_unused_for"), "Client Secret Is in Use", fmt.Sprintf(
			"The client secret of %s is not regenerated, because rotate_only_if_unused_for = %q and %s.\n\n"+
				"Move the programs that sign in with it to other credentials and wait, or remove rotate_only_if_unused_for to rotate the secret anyway.",
			state.object(r.names), plan.RotateOnlyIfUnusedFor.ValueString(), reason))
	}
}

// whyUsed returns why an application counts as used, empty if it does not.
func (r *Resource) whyUsed(ctx context.Context, state resourceModel, unusedFor time.Duration) string {
	if r.isOwn(state) {
		return "the provider itself signs in with it"
	}
	app, err := r.Client.Applications.Read(ctx, state.ID.ValueString())
	if err != nil {
		return "its last login could not be read: " + framework.Describe(err, "read "+state.object(r.names)).Error()
	}
	now, known := r.Client.ServerTime()
	switch {
	case !app.LastLoginReported:
		return "this control plane does not report last logins"
	case app.LastLogin.IsZero():
		return ""
	case !known:
		return "the control plane does not return its time"
	}
	if age := now.Sub(app.LastLogin); age < unusedFor {
		return fmt.Sprintf("it last signed in at %s, %s ago", app.LastLogin.Format(time.RFC3339), max(age, 0).Truncate(time.Second))
	}
	return ""
}
