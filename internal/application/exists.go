package application

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// existing returns the application that has the name of a planned one. It ignores
// applications that this run manages, since the plan may remove them and a provider
// cannot see the rest of the plan. It also ignores the resource's own application,
// which -replace deletes first.
func (r *Resource) existing(ctx context.Context, name types.String, rec record) *blocker {
	app, found, err := r.Client.Applications.Named(ctx, name.ValueString())
	if err != nil || !found || app.ID == rec.ID || r.Managed.Has(managedObject, app.ID) {
		return nil // a list that cannot be read proves nothing; the apply decides
	}
	return &blocker{ID: app.ID, Name: app.Name}
}

// warnExists warns in the plan that the create will fail. It is no error: the plan may
// remove the other application first.
func (r *Resource) warnExists(diags *diag.Diagnostics, b blocker) {
	diags.AddAttributeWarning(path.Root("name"), r.names.title+" Name Is Taken", fmt.Sprintf(
		"%s named %q (ID %s) already exists on %s, and no resource that this run has read manages it. "+
			"Names are unique, so a create with this name fails until the existing one is deleted.\n\n%s",
		r.names.withArticle(), b.Name, b.ID, r.Client.BaseURL(), framework.ImportBlock("To manage the existing one instead, import it", r.names.typeName, b.ID)))
}

// refuseBlocked refuses to delete an application whose replacement cannot be created:
// the plan found another application with the new name, and that still exists.
func (r *Resource) refuseBlocked(ctx context.Context, diags *diag.Diagnostics, rec record, state resourceModel) {
	if rec.BlockedBy == nil {
		return
	}
	_, err := r.Client.Applications.Read(ctx, rec.BlockedBy.ID)
	if errors.Is(err, runai.ErrNotFound) {
		return
	}
	diags.AddError("Unable to Replace "+r.names.title, fmt.Sprintf(
		"%s cannot be replaced: its new name %q belongs to another one (ID %s) on %s. Nothing was deleted.\n\n"+
			"Choose another name, or delete the other one and plan again. %s",
		framework.Capital(state.object(r.names)), rec.BlockedBy.Name, rec.BlockedBy.ID, r.Client.BaseURL(),
		framework.ImportBlock("To manage the other one with Terraform, add a resource block for it and import it", r.names.typeName, rec.BlockedBy.ID)))
}

// addCreateError reports a failed create.
func (r *Resource) addCreateError(ctx context.Context, diags *diag.Diagnostics, plan resourceModel, err error) {
	exists, ok := errors.AsType[*runai.ExistsError](err)
	if !ok {
		r.addError(ctx, diags, framework.Create, "create "+plan.object(r.names), err)
		return
	}
	found := fmt.Sprintf("%s named %q", r.names.withArticle(), plan.Name.ValueString())
	if exists.ID != "" {
		found += fmt.Sprintf(" (ID %s)", exists.ID)
	}
	detail := found + " already exists on " + r.Client.BaseURL() + ", and names are unique. " + r.existsAdvice(exists, plan)
	diags.AddAttributeError(path.Root("name"), "Unable to Create "+r.names.title, detail)
}

// existsAdvice lists the possible causes of an existing name. In an apply the provider
// knows only what its own process has created or deleted.
func (r *Resource) existsAdvice(exists *runai.ExistsError, plan resourceModel) string {
	switch exists.Origin {
	case runai.CreatedByThisRun:
		return "Another resource of this configuration has created it in this run. Rename or remove one of the two."
	case runai.DeletedByThisRun:
		return "This run has deleted it, but the control plane still returns it, or another principal has created it again. Run terraform apply again."
	case runai.OriginUnknown:
	}
	id := exists.ID
	if id == "" {
		id = plan.Name.ValueString()
	}
	return "The possible causes, and what to do:\n\n" +
		"- The block was renamed or moved in the configuration. Add a moved block from the old address to the new one.\n" +
		"- The resource has lifecycle { create_before_destroy = true }, which cannot work: the name is in use until the old " + r.names.noun +
		" is deleted. Remove create_before_destroy. For a new secret, change keepers instead of using -replace.\n" +
		"- Another resource of this configuration has the same name. Give one of them another name.\n" +
		"- It was created outside of this configuration. " + framework.ImportBlock("To manage it here, import it", r.names.typeName, id)
}
