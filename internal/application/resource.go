package application

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

var (
	_ resource.ResourceWithConfigure      = (*Resource)(nil)
	_ resource.ResourceWithIdentity       = (*Resource)(nil)
	_ resource.ResourceWithValidateConfig = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan     = (*Resource)(nil)
	_ resource.ResourceWithImportState    = (*Resource)(nil)
	_ resource.ResourceWithMoveState      = (*Resource)(nil)
)

// resourceNames are the names of one of the two resources. Messages use the noun of the
// configuration, whatever the control plane calls the object.
type resourceNames struct {
	typeName string
	noun     string // in sentences
	title    string // in summaries
}

var (
	applicationNames    = resourceNames{typeName: "runai_application", noun: "application", title: "Application"}
	serviceAccountNames = resourceNames{typeName: "runai_service_account", noun: "service account", title: "Service Account"}
)

// withArticle returns the noun as a sentence about one object begins: "An application".
func (n resourceNames) withArticle() string {
	if n == applicationNames {
		return "An " + n.noun
	}
	return "A " + n.noun
}

// managedObject is the noun of applications and service accounts in [framework.Seen],
// where both are the same objects.
const managedObject = "application"

// Resource is runai_application, and runai_service_account.
type Resource struct {
	framework.Resource
	names resourceNames
}

// NewResource returns runai_application.
func NewResource() resource.Resource { return &Resource{names: applicationNames} }

// NewServiceAccountResource returns runai_service_account, the same resource under
// the product's newer name.
func NewServiceAccountResource() resource.Resource { return &Resource{names: serviceAccountNames} }

// Metadata implements [resource.Resource]. The identity may change: an upgrade of
// the control plane can give an application another ID.
func (r *Resource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = r.names.typeName
	resp.ResourceBehavior.MutableIdentity = true
}

// Schema implements [resource.Resource].
func (r *Resource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = resourceSchema(ctx, r.names)
}

// IdentitySchema implements [resource.ResourceWithIdentity].
func (r *Resource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = resourceIdentitySchema(r.names)
}

// Create creates the application. It sets the state, including the secret, as soon as
// the control plane has responded: after a later error the resource still has the ID
// and the secret.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan resourceModel
	resp.Diagnostics.Append(framework.Get(ctx, req.Plan, &plan)...)
	ctx, cancel, ok := r.Begin(ctx, framework.Create, plan.Timeouts, &resp.Diagnostics)
	if !ok {
		return
	}
	defer cancel()
	recipients, ok := r.effectiveRecipients(plan, &resp.Diagnostics) // before any request
	if !ok {
		return
	}
	object := plan.object(r.names)

	created, err := r.Client.Applications.CreateWith(ctx, plan.Name.ValueString(), runai.CreateOptions{Object: object, NoProof: plan.countsUse()})
	if lost, ok := errors.AsType[*runai.UnknownOutcomeError](err); ok {
		state := plan.created(created)
		resp.Diagnostics.Append(record{}.save(ctx, resp.Private)...) // not that of an application that was replaced
		resp.Diagnostics.Append(framework.SavePending(ctx, resp.Private, lost.Pending)...)
		resp.Diagnostics.Append(framework.Set(ctx, &resp.State, state)...)
		resp.Diagnostics.Append(framework.Set(ctx, resp.Identity, state.identity())...)
		r.addError(ctx, &resp.Diagnostics, framework.Create, "create "+object, err,
			"Run terraform apply again. It first checks whether the failed apply created the "+r.names.noun+", and if so replaces it.")
		return
	}
	if err != nil && created.ID == "" {
		r.addCreateError(ctx, &resp.Diagnostics, plan, err)
		return
	}

	r.Managed.Add(managedObject, created.ID)
	state := plan.created(created)
	rec := record{ID: created.ID, CreatedAt: created.RespondedAt, Approximate: true}
	if err == nil {
		if err = state.storeSecret(recipients, created.Secret, &rec); err == nil {
			state.ClientSecretStatus = createdStatus(plan.VerifyClientSecret)
		}
	}
	resp.Diagnostics.Append(framework.Set(ctx, &resp.State, state)...)
	resp.Diagnostics.Append(framework.Set(ctx, resp.Identity, state.identity())...)
	resp.Diagnostics.Append(rec.save(ctx, resp.Private)...)
	r.addWarnings(&resp.Diagnostics, state, created.Recovered, created.Warnings)
	if err != nil {
		r.addError(ctx, &resp.Diagnostics, framework.Create, "create "+object, err,
			"The "+r.names.noun+" was created and is in the state, but its secret could not be obtained. The next apply replaces it.")
		return
	}
	if !plan.Enabled.ValueBool() {
		if err := r.Client.Applications.SetEnabled(ctx, rec.ref(state), false); err != nil {
			r.addError(ctx, &resp.Diagnostics, framework.Create, "disable "+state.object(r.names), err, r.taintedHint())
			return
		}
		state.Enabled = plan.Enabled
		resp.Diagnostics.Append(framework.Set(ctx, &resp.State, state)...)
	}
}

func (r *Resource) taintedHint() string {
	return "The " + r.names.noun + " was created, and its ID and secret are in the state. Terraform has marked the resource as tainted: the next apply " +
		"replaces it, with a new secret. To keep it, run terraform untaint with the address of the resource."
}

// Read refreshes the state. It removes the application only if it provably no longer
// exists, and never changes the secret.
func (r *Resource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state resourceModel
	resp.Diagnostics.Append(framework.Get(ctx, req.State, &state)...)
	// Always set: terraform-plugin-framework requires an identity even for a removed resource.
	resp.Diagnostics.Append(framework.Set(ctx, resp.Identity, state.identity())...)
	if resp.Diagnostics.HasError() || !r.HasClient() {
		return
	}
	ctx, cancel, ok := r.Begin(ctx, framework.Read, state.Timeouts, &resp.Diagnostics)
	if !ok {
		return
	}
	defer cancel()

	rec := loadRecord(ctx, req.Private)
	app, err := r.find(ctx, state, rec, req.Private)
	pending := state.ID.IsNull()
	switch {
	case errors.Is(err, runai.ErrNotFound):
		if !pending {
			resp.Diagnostics.AddWarning(r.names.title+" Removed From State", fmt.Sprintf(
				"%s no longer exists on %s: it was deleted outside of Terraform. If the configuration still has it, Terraform creates a new %s, with a new ID and a new client secret.",
				framework.Capital(state.object(r.names)), r.Client.BaseURL(), r.names.noun))
		}
		resp.State.RemoveResource(ctx)
		return
	case pending && errors.Is(err, runai.ErrForbidden):
		resp.Diagnostics.AddWarning("Outcome of a Create Is Unknown", fmt.Sprintf(
			"It is still unknown whether %s was created, because the provider is not permitted to list %[2]ss. The resource stays in the state. "+
				"The next apply creates it again; if the %[2]s exists, that fails with an error that shows how to import it.\n\n%[3]s",
			state.object(r.names), r.names.noun, framework.Sentence(err)))
		return
	case err != nil:
		r.addError(ctx, &resp.Diagnostics, framework.Read, "read "+state.object(r.names), err)
		return
	}
	r.Managed.Add(managedObject, app.ID)
	state.fromAPI(app)
	r.verify(ctx, &state, &resp.Diagnostics)
	resp.Diagnostics.Append(framework.Set(ctx, &resp.State, state)...)
	resp.Diagnostics.Append(framework.Set(ctx, resp.Identity, state.identity())...)
	resp.Diagnostics.Append(rec.refreshed(app).save(ctx, resp.Private)...)
}

// find reads the application of a state. Without an ID, the outcome of its create is
// unknown: find looks it up by name, and returns it only if this resource provably
// created it.
func (r *Resource) find(ctx context.Context, state resourceModel, rec record, private framework.PrivateReader) (runai.Application, error) {
	if !state.ID.IsNull() {
		return r.Client.Applications.Get(ctx, rec.ref(state))
	}
	pending, ok := framework.LoadPending(ctx, private)
	app, err := r.Client.Applications.ResolvePending(ctx, state.Name.ValueString(), pending)
	if !ok && errors.Is(err, runai.ErrNotFound) {
		return app, errNoPendingCreate
	}
	return app, err
}

// errNoPendingCreate means that a resource has no ID and no private state: Terraform
// omits the private state when it deletes a tainted resource.
var errNoPendingCreate = fmt.Errorf("private state has no record of a pending create: %w", runai.ErrNotFound)

// Update enables or disables first and regenerates the secret last: if that
// fails, the state keeps the old keepers, so that the next apply retries it.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state resourceModel
	resp.Diagnostics.Append(framework.Get(ctx, req.Plan, &plan)...)
	resp.Diagnostics.Append(framework.Get(ctx, req.State, &state)...)
	ctx, cancel, ok := r.Begin(ctx, framework.Update, plan.Timeouts, &resp.Diagnostics)
	if !ok {
		return
	}
	defer cancel()
	resp.Diagnostics.Append(framework.Set(ctx, resp.Identity, state.identity())...)

	rec := loadRecord(ctx, req.Private)
	rec.BlockedBy = nil
	recipients, ok := r.effectiveRecipients(plan, &resp.Diagnostics)
	if !ok {
		return
	}
	change := planSecret(newSecretInput(state, plan, rec, recipients))
	if r.refuseChange(&resp.Diagnostics, change, state, plan, recipients); resp.Diagnostics.HasError() { // before any request
		return
	}
	object := state.object(r.names)
	if !plan.Enabled.Equal(state.Enabled) {
		if err := r.Client.Applications.SetEnabled(ctx, rec.ref(state), plan.Enabled.ValueBool()); err != nil {
			verb := map[bool]string{true: "enable ", false: "disable "}[plan.Enabled.ValueBool()]
			r.addError(ctx, &resp.Diagnostics, framework.Update, verb+object, err, deletedHint(err, r.names)...)
			return
		}
		state.Enabled = plan.Enabled
		resp.Diagnostics.Append(framework.Set(ctx, &resp.State, state)...)
	}
	if !r.changeSecret(ctx, change, plan, &state, recipients, &rec, &resp.Diagnostics) {
		return
	}
	state.arguments(plan)
	resp.Diagnostics.Append(framework.Set(ctx, &resp.State, state)...)
	resp.Diagnostics.Append(rec.save(ctx, resp.Private)...)
}

func deletedHint(err error, n resourceNames) []string {
	if errors.Is(err, runai.ErrNotFound) {
		return []string{"The " + n.noun + " was deleted after the plan was created. Run terraform plan again."}
	}
	return nil
}

// Delete deletes the application. Not found counts as success.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state resourceModel
	resp.Diagnostics.Append(framework.Get(ctx, req.State, &state)...)
	ctx, cancel, ok := r.Begin(ctx, framework.Delete, state.Timeouts, &resp.Diagnostics)
	if !ok {
		return
	}
	defer cancel()
	// Check again: ModifyPlan does not see the replacement of a tainted application, and
	// the plan may predate the provider's configuration.
	if r.refuseLockout(&resp.Diagnostics, path.Empty(), state, "delete"); resp.Diagnostics.HasError() {
		return
	}
	rec := loadRecord(ctx, req.Private)
	if r.refuseBlocked(ctx, &resp.Diagnostics, rec, state); resp.Diagnostics.HasError() {
		return
	}

	object := state.object(r.names)
	id := state.ID.ValueString()
	if id == "" {
		app, err := r.find(ctx, state, rec, req.Private)
		switch {
		case errors.Is(err, errNoPendingCreate):
			resp.Diagnostics.AddError("Unable to Delete "+r.names.title, fmt.Sprintf(
				"It is unknown whether %s was created: the response to its create was lost, and this plan was created without a refresh, which checks that. "+
					"Nothing was deleted.\n\nPlan again without -refresh=false, and apply that plan.", object))
			// With an error and without a state, Terraform keeps the resource as it is,
			// private state included, which was not passed to this operation.
			resp.State.RemoveResource(ctx)
			return
		case errors.Is(err, runai.ErrNotFound):
			return
		case errors.Is(err, runai.ErrForbidden):
			resp.Diagnostics.AddWarning("Outcome of a Create Is Unknown", fmt.Sprintf(
				"It is unknown whether %s was created, because the provider is not permitted to list %[2]ss. The resource was removed from the state. "+
					"If the %[2]s exists on %[3]s, it was not deleted: delete it there, or import it.\n\n%[4]s",
				object, r.names.noun, r.Client.BaseURL(), framework.Sentence(err)))
			return
		case err != nil:
			r.addError(ctx, &resp.Diagnostics, framework.Delete, "find "+object, err)
			return
		}
		id = app.ID
	}
	if err := r.Client.Applications.Delete(ctx, runai.ApplicationRef{ID: id, Name: state.Name.ValueString()}); err != nil {
		r.addError(ctx, &resp.Diagnostics, framework.Delete, "delete "+object, err)
	}
}
