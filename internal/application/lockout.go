package application

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// isOwn reports whether the provider signs in as an application.
func (r *Resource) isOwn(m resourceModel) bool {
	return r.HasClient() && r.Client.IsCaller(m.toAPI())
}

// refuseLockout refuses a change that would invalidate the provider's own credentials.
func (r *Resource) refuseLockout(diags *diag.Diagnostics, at path.Path, state resourceModel, verb string) {
	if r.AllowSelfLockout || !r.isOwn(state) {
		return
	}
	const summary = "Provider Would Lock Itself Out"
	detail := fmt.Sprintf("This plan would %s %s %s, which the provider itself signs in as at %s. "+
		"Terraform would lock itself out. If that is intended, set allow_self_lockout = true in the provider configuration.",
		verb, r.names.noun, state.Name, r.Client.BaseURL())
	if at.Equal(path.Empty()) {
		diags.AddError(summary, detail)
		return
	}
	diags.AddAttributeError(at, summary, detail)
}
