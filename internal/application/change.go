package application

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// changeSecret applies a change of the secret. On an error the state keeps the old
// secret with the old arguments, so that the next apply retries.
func (r *Resource) changeSecret(
	ctx context.Context, change secretChange, plan resourceModel, state *resourceModel, recipients recipientKeys, rec *record, diags *diag.Diagnostics,
) bool {
	const due = "The state still has the old secret, which may already be revoked. The next apply retries the rotation."
	object := state.object(r.names)
	switch change.Sealing {
	case sealingNew:
		if r.refuseUsed(ctx, diags, plan, *state); diags.HasError() { // again: the plan may be old
			return false
		}
		task := "regenerate the client secret of " + object
		regenerated, err := r.Client.Applications.RegenerateSecret(ctx, state.ID.ValueString(), runai.RegenerateOptions{
			Object: object, ClientID: state.ClientID.ValueString(), Enabled: state.Enabled.ValueBool(), NoProof: plan.countsUse(),
		})
		if err == nil {
			err = state.storeSecret(recipients, regenerated.Secret, rec)
		}
		if err != nil {
			r.addError(ctx, diags, framework.Update, task, err, append(deletedHint(err, r.names), due)...)
			return false
		}
		r.addWarnings(diags, *state, false, regenerated.Warnings)
		if r.isOwn(*state) {
			r.Client.UseSecret(regenerated.Secret)
		}
	case sealingInPlace:
		sealed, err := recipients.seal(state.ClientSecret.ValueString())
		if err != nil {
			r.addError(ctx, diags, framework.Update, "seal the client secret of "+object, err)
			return false
		}
		state.ClientSecret, state.ClientSecretSealed = types.StringNull(), sealed
		rec.SealedTo = recipients.fingerprints().ByName
	case sealingRearranged:
		state.ClientSecretSealed = change.Sealed
		rec.SealedTo = recipients.fingerprints().ByName
	case sealingUnchanged, sealingFormer, sealingUnknown, sealingImpossible:
	}
	state.VerifyClientSecret = plan.VerifyClientSecret
	if !change.Verify {
		state.ClientSecretStatus = change.Status
		return true
	}
	// A refresh reads the state and not the configuration, so the apply that enables
	// verification signs in itself.
	r.verify(ctx, state, diags)
	return true
}
