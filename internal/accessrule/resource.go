package accessrule

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

var (
	_ resource.ResourceWithConfigure      = (*Resource)(nil)
	_ resource.ResourceWithIdentity       = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan     = (*Resource)(nil)
	_ resource.ResourceWithImportState    = (*Resource)(nil)
	_ resource.ResourceWithValidateConfig = (*Resource)(nil)
)

const (
	typeName = "runai_access_rule"
	noun     = "Access Rule"
)

// Resource is runai_access_rule.
type Resource struct{ framework.Resource }

// NewResource returns the resource.
func NewResource() resource.Resource { return &Resource{} }

// Metadata implements [resource.Resource].
func (r *Resource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = typeName
}

// Schema implements [resource.Resource].
func (r *Resource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = resourceSchema(ctx)
}

// IdentitySchema implements [resource.ResourceWithIdentity].
func (r *Resource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = resourceIdentitySchema()
}

// Create makes the rule, puts it into the state at once, and waits for it if
// asked to.
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

	tuple := plan.tuple()
	rule, err := r.Client.AccessRules.Create(ctx, tuple, plan.ClusterID.ValueString())
	var unknownOutcome *runai.UnknownOutcomeError
	switch {
	case errors.As(err, &unknownOutcome):
		resp.Diagnostics.Append(framework.SavePending(ctx, resp.Private, unknownOutcome.Pending)...)
		resp.Diagnostics.Append(resp.State.Set(ctx, plan.unknownOutcome())...)
		framework.AddError(&resp.Diagnostics, framework.Create, noun, err,
			"Run apply again: it looks for the rule first, and cleans it up if this run has made it.")
		return
	case err != nil:
		framework.AddError(&resp.Diagnostics, framework.Create, noun, err,
			framework.ImportHint(err, typeName, "example", tuple.String())...)
		return
	}
	state := plan
	state.fromAPI(rule, true)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	if plan.WaitForReady.ValueBool() {
		resp.Diagnostics.Append(r.wait(ctx, rule, framework.Create)...)
	}
}

// wait waits for a rule to be ready. A cluster that is away is no fault of the
// rule, which will be in force when the cluster is back: a warning.
func (r *Resource) wait(ctx context.Context, rule runai.AccessRule, verb framework.Verb) diag.Diagnostics {
	var diags diag.Diagnostics
	_, err := r.Client.AccessRules.WaitReady(ctx, rule)
	var notReady *runai.NotReadyError
	switch {
	case errors.As(err, &notReady) && len(notReady.Disconnected) > 0:
		diags.AddWarning("Access Rule Is Not Ready Yet", fmt.Sprintf(
			"%s The rule was created and is in the state; it takes effect there when the cluster is connected again.", framework.Sentence(err)))
	case err != nil:
		framework.AddError(&diags, verb, noun, err,
			"The rule was created and is in the state. Terraform has marked it as tainted; to keep it, run terraform untaint with the address of the resource.")
	}
	return diags
}

// Read refreshes the state, and drops the rule only on proof that it is gone.
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

	rule, err := r.find(ctx, state, req.Private)
	switch {
	case errors.Is(err, runai.ErrNotFound):
		if !state.ID.IsNull() {
			resp.Diagnostics.AddWarning("Access Rule Is Gone", fmt.Sprintf(
				"Access rule %s (%s) is no longer on the control plane %s: it was deleted outside of Terraform, and is dropped from the state.",
				state.ID.ValueString(), state.tuple(), r.Client.BaseURL()))
		} else {
			resp.Diagnostics.Append(resp.Identity.Set(ctx, identityModel{ID: types.StringValue("0")})...)
		}
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		framework.AddError(&resp.Diagnostics, framework.Read, noun, err)
		return
	}
	state.fromAPI(rule, r.Client.AccessRules.SameSubject(ctx, rule.SubjectType, state.SubjectID.ValueString(), rule.SubjectID))
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
}

// find reads the rule of a state. One without an id is what a create left behind
// that nobody answered: it is looked for, with proof.
func (r *Resource) find(ctx context.Context, state resourceModel, private framework.PrivateReader) (runai.AccessRule, error) {
	if !state.ID.IsNull() {
		return r.Client.AccessRules.Get(ctx, state.number())
	}
	claim, ok := framework.LoadPending(ctx, private)
	if !ok {
		return runai.AccessRule{}, runai.ErrNotFound
	}
	return r.Client.AccessRules.ResolvePending(ctx, state.tuple(), claim)
}

// Update takes over what is about the resource and not about the rule, which has
// no update.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state resourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := plan.Timeouts.Create(ctx, framework.DefaultTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.RequireClient(&resp.Diagnostics) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	if plan.WaitForReady.ValueBool() && !state.WaitForReady.ValueBool() {
		resp.Diagnostics.Append(r.wait(ctx, runai.AccessRule{ID: plan.number()}, framework.Update)...)
	}
}

// Delete removes the rule. Gone already is gone.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state resourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := state.Timeouts.Delete(ctx, framework.DefaultTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.RequireClient(&resp.Diagnostics) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	id := state.number()
	if state.ID.IsNull() {
		rule, err := r.find(ctx, state, req.Private)
		if errors.Is(err, runai.ErrNotFound) {
			return
		}
		if err != nil {
			framework.AddError(&resp.Diagnostics, framework.Delete, noun, err)
			return
		}
		id = rule.ID
	}
	if err := r.Client.AccessRules.Delete(ctx, id); err != nil {
		framework.AddError(&resp.Diagnostics, framework.Delete, noun, err)
	}
}
