package application

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
)

// Terraform prints the warnings of a plan again after the apply, so they must be true
// before and after it.

// refuseChange refuses a change of the secret that is impossible or not permitted.
func (r *Resource) refuseChange(diags *diag.Diagnostics, change secretChange, state, plan resourceModel, recipients recipientKeys) {
	if change.Sealing == sealingImpossible {
		diags.AddAttributeError(path.Root(recipientsArgument), "Client Secret Cannot Be Unsealed", fmt.Sprintf(
			"The client secret of %s is sealed, and the plain secret exists nowhere, so it cannot be %s. Change keepers in the same apply: "+
				"that regenerates the secret, and the new one is %s.",
			state.object(r.names), describeUnsealed(change.Names), describeDestination(recipients)))
	}
	refuseVerification(diags, plan, len(recipients.keys) > 0 || len(change.Sealed.Elements()) > 0)
	at := path.Root("keepers")
	if change.Cause == foundRevoked {
		at = path.Root("verify_client_secret")
	}
	switch change.Rotation {
	case rotate:
		r.refuseLockout(diags, at, state, "regenerate the secret of")
	case unknown:
		r.refuseLockout(diags, at, state, "possibly, depending on values that are not known yet, regenerate the secret of")
	case keep:
	}
}

// describeDestination says how a new secret is stored.
func describeDestination(recipients recipientKeys) string {
	if len(recipients.keys) == 0 {
		return "stored in plain text"
	}
	return "sealed to " + quotedList(recipients.names())
}

// describeUnsealed says how a secret cannot be stored without its plain text; names are
// the recipients without a ciphertext.
func describeUnsealed(names []string) string {
	if len(names) == 0 {
		return "stored in plain text"
	}
	return "sealed to " + quotedList(names)
}

// warnOfChange adds the warnings that belong to a change of the secret.
func (r *Resource) warnOfChange(diags *diag.Diagnostics, change secretChange, state resourceModel, recipients recipientKeys) {
	object := state.object(r.names)
	switch {
	case change.Rotation == rotate && change.Cause == foundRevoked:
		diags.AddAttributeWarning(path.Root("verify_client_secret"), "Revoked Client Secret Is Regenerated", fmt.Sprintf(
			"The client secret in the state of %s no longer works: it was regenerated elsewhere. It is regenerated again, "+
				"and the secret that is in use now stops working at that moment.", object))
	case change.Rotation == rotate:
		diags.AddAttributeWarning(path.Root("keepers"), "Changed Keepers Regenerate the Client Secret", fmt.Sprintf(
			"Changed keepers regenerate the client secret of %s. The old secret stops working at that moment: "+
				"programs that sign in with it fail until they have the new one.", object))
	case change.Rotation == unknown && change.Cause == foundRevoked:
		diags.AddAttributeWarning(path.Root("verify_client_secret"), "Revoked Client Secret May Be Regenerated", fmt.Sprintf(
			"The client secret in the state of %s no longer works: it was regenerated elsewhere. If verify_client_secret, which is known only while applying, "+
				"is \"regenerate\", it is regenerated again, and the secret that is in use now stops working at that moment.", object))
	case change.Rotation == unknown:
		diags.AddAttributeWarning(path.Root("keepers"), "Changed Keepers May Regenerate the Client Secret", fmt.Sprintf(
			"Changed keepers may regenerate the client secret of %s: that depends on values that are known only while applying. "+
				"If so, the old secret stops working at that moment.", object))
	}
	if change.Rotation != keep && r.isOwn(state) {
		r.warnOwnSecret(diags, change, state, recipients)
	}
	at := path.Root(recipientsArgument)
	switch change.Sealing {
	case sealingInPlace:
		diags.AddAttributeWarning(at, "Client Secret Is Sealed in Place", fmt.Sprintf(
			"The client secret of %s is sealed to %s and removed from the state. The secret itself does not change: the plan that seals it, backups and older versions of the state "+
				"still contain it in plain text, and it works until keepers change.", object, quotedList(recipients.names())))
	case sealingRearranged:
		if len(change.Names) > 0 {
			diags.AddAttributeWarning(at, "Former Recipient Knows the Client Secret", fmt.Sprintf(
				"The client secret of %s is no longer sealed to %s. The secret itself does not change: a former recipient may still know it, and it works until keepers change.",
				object, quotedList(change.Names)))
		}
	case sealingFormer:
		if r.Warned.Add(recipientsArgument, "former") { // once, not for each application
			diags.AddWarning("Client Secrets Stay Sealed to Former Recipients", fmt.Sprintf(
				"client_secret_recipients of the provider changed. The provider cannot open a sealed secret, so the secret of %s stays sealed to its former recipients (%s) "+
					"until its keepers change. The same holds for every other resource that uses this default. New secrets are sealed to the new recipients.",
				object, quotedList(change.Names)))
		}
	case sealingUnchanged, sealingUnknown, sealingNew, sealingImpossible:
	}
}

// warnOwnSecret warns of the consequence of regenerating the provider's own secret,
// which allow_self_lockout permits.
func (r *Resource) warnOwnSecret(diags *diag.Diagnostics, change secretChange, state resourceModel, recipients recipientKeys) {
	where := "The new secret is client_secret of this resource."
	if names := recipients.names(); len(names) > 0 {
		where = "The new secret is sealed: " + quotedList(names) + " can open it."
	}
	regenerates := map[bool]string{true: "regenerates", false: "may regenerate"}[change.Rotation == rotate]
	diags.AddWarning("RUNAI_CLIENT_SECRET Must Be Changed Afterwards", fmt.Sprintf(
		"The provider signs in as %s, and this change %s its secret. The apply continues with the new one. "+
			"Before the next run, set RUNAI_CLIENT_SECRET, or the source of client_secret of the provider, to the new secret. %s",
		state.object(r.names), regenerates, where))
}

// addWarnings adds the warnings of a create.
func (r *Resource) addWarnings(diags *diag.Diagnostics, state resourceModel, recovered bool, warnings []string) {
	if recovered {
		diags.AddWarning("Lost Response to a Create", fmt.Sprintf(
			"The response to the create of %s was lost. The provider has found it, verified that this run created it, and obtained a new client secret. "+
				"Check that no other run with the same credentials creates it as well.", state.object(r.names)))
	}
	for _, warning := range warnings {
		diags.AddWarning("New Client Secret Not Verified", warning)
	}
}

// addError reports an error of the client in the words of the configuration.
func (r *Resource) addError(ctx context.Context, diags *diag.Diagnostics, verb framework.Verb, task string, err error, advice ...string) {
	framework.AddOperationError(ctx, diags, verb, r.names.title, framework.Describe(err, task), advice...)
}

// quotedList returns the names in quotes, separated by commas.
func quotedList(names []string) string {
	q := make([]string, 0, len(names))
	for _, name := range names {
		q = append(q, fmt.Sprintf("%q", name))
	}
	return strings.Join(q, ", ")
}
