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

var (
	_ resource.ResourceWithConfigure   = (*Resource)(nil)
	_ resource.ResourceWithIdentity    = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan  = (*Resource)(nil)
	_ resource.ResourceWithImportState = (*Resource)(nil)
)

const (
	typeName = "runai_application"
	noun     = "Application"
)

// Resource is runai_application.
type Resource struct{ framework.Resource }

// NewResource returns the resource.
func NewResource() resource.Resource { return &Resource{} }

// Metadata implements [resource.Resource]. The identity may change: an upgrade
// of the control plane can give an application another id.
func (r *Resource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = typeName
	resp.ResourceBehavior.MutableIdentity = true
}

// Schema implements [resource.Resource].
func (r *Resource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = resourceSchema(ctx)
}

// IdentitySchema implements [resource.ResourceWithIdentity].
func (r *Resource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = resourceIdentitySchema()
}

// Create makes the application. What the API tells once goes into the state at
// once; whatever fails detach leaves a state that has it.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan resourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	timeout, diags := plan.Timeouts.Create(ctx, framework.DefaultTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.RequireClient(&resp.Diagnostics) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	app, err := r.Client.Applications.Create(ctx, plan.Name.ValueString())
	if unknownOutcome, ok := errors.AsType[*runai.UnknownOutcomeError](err); ok {
		resp.Diagnostics.Append(framework.SavePending(ctx, resp.Private, unknownOutcome.Pending)...)
		resp.Diagnostics.Append(resp.State.Set(ctx, created(plan, app))...)
		framework.AddError(&resp.Diagnostics, framework.Create, noun, err,
			"Run apply again: it looks for the application first, and cleans it up if this run has made it.")
		return
	}
	if err != nil && app.ID == "" {
		framework.AddAttributeError(&resp.Diagnostics, path.Root("name"), framework.Create, noun, err,
			framework.ImportHint(err, typeName, "example", plan.Name.ValueString())...)
		return
	}

	state := created(plan, app)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	if err != nil {
		framework.AddError(&resp.Diagnostics, framework.Create, noun, err,
			"The application is in the state without a secret; the next apply replaces it.")
		return
	}
	if !plan.Enabled.ValueBool() {
		if err := r.Client.Applications.SetEnabled(ctx, state.ref(), false); err != nil {
			framework.AddError(&resp.Diagnostics, framework.Create, noun, err, taintedHint)
			return
		}
		state.Enabled = plan.Enabled
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	}
	read, err := r.Client.Applications.GetAfterWrite(ctx, app.ID)
	if err != nil {
		framework.AddError(&resp.Diagnostics, framework.Create, noun, err, taintedHint)
		return
	}
	state.fromAPI(read)
	state.Enabled = plan.Enabled // what was asked for and confirmed; a list may be a moment behind
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
}

const taintedHint = "The application was created, and its ID and secret are in the state. Terraform has marked it as tainted, so the next apply would " +
	"replace it by one with another secret; to keep it, run terraform untaint with the address of the resource."

// Read refreshes the state. It drops the application only on proof that it is
// gone, and never touches the secret.
func (r *Resource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state resourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := state.Timeouts.Read(ctx, framework.DefaultTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	// Set in any case: older CLIs want an identity even of what is dropped.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	if !r.HasClient() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	app, err := r.find(ctx, state, req.Private)
	switch {
	case errors.Is(err, runai.ErrNotFound):
		if !state.ID.IsNull() {
			resp.Diagnostics.AddWarning("Application Is Gone", fmt.Sprintf(
				"Application %s (id %s) is no longer on the control plane %s: it was deleted outside of Terraform, and is dropped from the state. "+
					"Creating it again makes another application: it gets a new ID and a new client secret.",
				state.Name, state.ID.ValueString(), r.Client.BaseURL()))
		} else {
			resp.Diagnostics.Append(resp.Identity.Set(ctx, identityModel{ID: types.StringValue(state.Name.ValueString())})...)
		}
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		framework.AddError(&resp.Diagnostics, framework.Read, noun, err)
		return
	}
	state.fromAPI(app)
	if state.ClientSecretVersion.IsNull() && state.ClientSecret.IsNull() {
		state.ClientSecretVersion = types.Int64Value(0)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
}

// find reads the application of a state. One without an id is what a create
// left behind that nobody answered: it is looked for, with proof.
func (r *Resource) find(ctx context.Context, state resourceModel, private framework.PrivateReader) (runai.Application, error) {
	if !state.ID.IsNull() {
		return r.Client.Applications.Get(ctx, state.ref())
	}
	claim, ok := framework.LoadPending(ctx, private)
	if !ok {
		return runai.Application{}, runai.ErrNotFound
	}
	return r.Client.Applications.ResolvePending(ctx, state.Name.ValueString(), claim)
}

// Update enables or disables first and rotates last: when the rotation fails,
// the old keepers stay in the state, so that the next apply does it.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state resourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := plan.Timeouts.Update(ctx, framework.DefaultTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.RequireClient(&resp.Diagnostics) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	id := state.ID.ValueString()
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)

	if !plan.Enabled.Equal(state.Enabled) {
		if err := r.Client.Applications.SetEnabled(ctx, state.ref(), plan.Enabled.ValueBool()); err != nil {
			framework.AddError(&resp.Diagnostics, framework.Update, noun, err, deletedHint(err)...)
			return
		}
		state.Enabled = plan.Enabled
		resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	}
	if decideRotation(state.Keepers, plan.Keepers) == rotate {
		regenerated, err := r.Client.Applications.RegenerateSecret(ctx, id, runai.RegenerateOptions{
			ClientID: state.ClientID.ValueString(), Enabled: state.Enabled.ValueBool(),
		})
		if err != nil {
			framework.AddError(&resp.Diagnostics, framework.Update, noun, err, append(deletedHint(err),
				"The secret in the state is the one from before, and may already be revoked. The rotation is still due: the next apply does it.")...)
			return
		}
		state.ClientSecret = types.StringValue(regenerated.Secret.Reveal())
		state.ClientSecretVersion = types.Int64Value(state.ClientSecretVersion.ValueInt64() + 1)
		if r.Client.IsCaller(state.toAPI()) {
			r.Client.UseSecret(regenerated.Secret)
		}
	}
	state.Keepers, state.Timeouts = plan.Keepers, plan.Timeouts
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

func deletedHint(err error) []string {
	if errors.Is(err, runai.ErrNotFound) {
		return []string{"The application was deleted since the plan was made. Plan again."}
	}
	return nil
}

// Delete removes the application. Gone already is gone.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state resourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := state.Timeouts.Delete(ctx, framework.DefaultTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.RequireClient(&resp.Diagnostics) {
		return
	}
	// Again, for what no plan tells the provider: the replacement of a tainted
	// application, and a plan made before the provider was configured.
	if r.refuseLockout(&resp.Diagnostics, path.Empty(), state, "delete"); resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	id := state.ID.ValueString()
	if id == "" {
		app, err := r.find(ctx, state, req.Private)
		if errors.Is(err, runai.ErrNotFound) {
			return
		}
		if err != nil {
			framework.AddError(&resp.Diagnostics, framework.Delete, noun, err)
			return
		}
		id = app.ID
	}
	if err := r.Client.Applications.Delete(ctx, runai.ApplicationRef{ID: id, Name: state.Name.ValueString()}); err != nil {
		framework.AddError(&resp.Diagnostics, framework.Delete, noun, err)
	}
}

// ImportState adopts an application by its id or its name, or by its identity.
// Its secret is known to its owner alone, so it stays null.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	wanted := req.ID
	if wanted == "" && req.Identity != nil {
		var identity identityModel
		resp.Diagnostics.Append(req.Identity.Get(ctx, &identity)...)
		wanted = identity.ID.ValueString()
	}
	if resp.Diagnostics.HasError() || !r.RequireClient(&resp.Diagnostics) {
		return
	}
	app, err := r.Client.Applications.Find(ctx, wanted)
	if err != nil {
		advice := ""
		if errors.Is(err, runai.ErrNotFound) {
			err = fmt.Errorf("no application with the id or the name %q is on %s", wanted, r.Client.BaseURL())
			advice = "Check the spelling, and that the provider signs in to the tenant it belongs to."
		}
		framework.AddAttributeError(&resp.Diagnostics, path.Root("id"), framework.Import, noun, err, advice)
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), app.ID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("client_secret_version"), int64(0))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identityModel{ID: types.StringValue(app.ID)})...)
}
