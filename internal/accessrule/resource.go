package accessrule

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

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

// Metadata implements [resource.Resource]. The identity may change: a rule whose
// creation has an unknown outcome has no ID yet.
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

// Create creates the rule, saves it in the state immediately, and then waits for it
// if `wait_for_ready` is set.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan resourceModel
	resp.Diagnostics.Append(framework.Get(ctx, req.Plan, &plan)...)
	ctx, cancel, ok := r.Begin(ctx, framework.Create, plan.Timeouts, &resp.Diagnostics)
	if !ok {
		return
	}
	defer cancel()

	key := plan.key()
	rule, err := r.Client.AccessRules.Create(ctx, key, plan.ClusterID.ValueString())
	if unknown, ok := errors.AsType[*runai.UnknownOutcomeError](err); ok {
		resp.Diagnostics.Append(framework.SavePending(ctx, resp.Private, unknown.Pending)...)
		state := plan.withUnknownOutcome()
		resp.Diagnostics.Append(framework.Set(ctx, &resp.State, state)...)
		resp.Diagnostics.Append(framework.Set(ctx, resp.Identity, state.identity())...)
		framework.AddOperationError(ctx, &resp.Diagnostics, framework.Create, noun, err, append(r.deletedHint(plan),
			"Run terraform apply again. It first checks whether the failed apply created the rule, and if so replaces it.")...)
		return
	}
	if err != nil {
		r.addCreateError(ctx, &resp.Diagnostics, plan, err)
		return
	}
	r.Managed.Add(noun, idString(rule.AccessRule))
	state := plan
	state.fromAPI(rule.AccessRule, true)
	resp.Diagnostics.Append(framework.Set(ctx, &resp.State, state)...)
	resp.Diagnostics.Append(framework.Set(ctx, resp.Identity, state.identity())...)
	resp.Diagnostics.Append(record{ID: state.ID.ValueString()}.save(ctx, resp.Private)...)
	if rule.Recovered {
		resp.Diagnostics.AddWarning("Lost Response to a Create", fmt.Sprintf(
			"The response to the create of %s was lost. The provider has found the rule and verified that this run created it.", state))
	}
	if plan.WaitForReady.ValueBool() {
		resp.Diagnostics.Append(r.waitReady(ctx, state, rule.AccessRule, framework.Create,
			"The rule was created and is in the state. Terraform has marked the resource as tainted: the next apply replaces it. To keep it, run terraform untaint with the address of the resource.")...)
	}
}

// waitReady waits for a rule to be ready. A disconnected cluster is no error: the
// rule takes effect there once the cluster is connected again. The advice is appended
// to an error.
func (r *Resource) waitReady(ctx context.Context, state resourceModel, rule runai.AccessRule, verb framework.Verb, advice string) diag.Diagnostics {
	var diags diag.Diagnostics
	_, err := r.Client.AccessRules.WaitReady(ctx, rule)
	notReady, ok := errors.AsType[*runai.NotReadyError](err)
	switch {
	case ok && len(notReady.Disconnected) > 0:
		diags.AddWarning("Access Rule Is Not Ready Yet", fmt.Sprintf(
			"%s The rule exists and is in the state. It takes effect on a cluster once that is connected again.", framework.Sentence(err)))
	case err != nil:
		framework.AddOperationError(ctx, &diags, verb, noun, state.wrap(err), advice)
	}
	return diags
}

// Read refreshes the state. It removes the rule only if it provably no longer exists.
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

	rule, err := r.find(ctx, state, req.Private)
	noRecord, isNoRecord := errors.AsType[*noRecordError](err)
	pending := state.ID.IsNull()
	switch {
	case isNoRecord:
		detail := framework.Sentence(noRecord) + " It was removed from the state."
		if noRecord.found.ID != 0 {
			detail += " " + framework.ImportBlock("To manage that rule here, import it", typeName, idString(noRecord.found))
		}
		resp.Diagnostics.AddWarning("Access Rule Removed From State", detail)
		resp.State.RemoveResource(ctx)
		return
	case pending && errors.Is(err, runai.ErrNotFound): // the failed apply already reported it
		resp.State.RemoveResource(ctx)
		return
	case errors.Is(err, runai.ErrNotFound):
		resp.Diagnostics.AddWarning("Access Rule Removed From State", fmt.Sprintf(
			"%s no longer exists on the control plane %s: it was deleted outside of Terraform.", framework.Capital(state.String()), r.Client.BaseURL()))
		resp.State.RemoveResource(ctx)
		return
	case pending && errors.Is(err, runai.ErrForbidden):
		resp.Diagnostics.AddWarning("Outcome of a Create Is Unknown", fmt.Sprintf(
			"It is still unknown whether %s was created, because the provider is not permitted to list access rules. The resource stays in the state. "+
				"The next apply creates it again; if the rule exists, that fails with an error that shows how to import it.\n\n%s",
			state, framework.Sentence(err)))
		return
	case err != nil:
		framework.AddOperationError(ctx, &resp.Diagnostics, framework.Read, noun, state.wrap(err))
		return
	}
	same, err := r.Client.AccessRules.SameSubject(ctx, rule.SubjectType, state.SubjectID.ValueString(), rule.SubjectID)
	if err != nil {
		framework.AddOperationError(ctx, &resp.Diagnostics, framework.Read, noun, state.wrap(err))
		return
	}
	r.Managed.Add(noun, idString(rule))
	state.fromAPI(rule, same)
	resp.Diagnostics.Append(framework.Set(ctx, &resp.State, state)...)
	resp.Diagnostics.Append(framework.Set(ctx, resp.Identity, state.identity())...)
	resp.Diagnostics.Append(record{ID: state.ID.ValueString()}.save(ctx, resp.Private)...)
}

// noRecordError reports that private state has no record of the create of a rule
// without an ID.
type noRecordError struct {
	state resourceModel
	found runai.AccessRule // a rule with the same key, if its ID is not 0
}

func (e *noRecordError) Error() string {
	s := fmt.Sprintf("it is unknown whether %s was created: the response to its create was lost, and private state has no record of the create", e.state)
	if e.found.ID != 0 {
		s += fmt.Sprintf(". A rule with these values exists (ID %d)", e.found.ID)
	}
	return s
}

// find reads the rule of a state. A state without an ID comes from a create with an
// unknown outcome: its record in private state shows whether a rule that is found
// was created by this resource. Terraform does not pass the record on to the
// deletion of a tainted resource.
func (r *Resource) find(ctx context.Context, state resourceModel, private framework.PrivateReader) (runai.AccessRule, error) {
	if !state.ID.IsNull() {
		return r.Client.AccessRules.Get(ctx, state.idInt64())
	}
	if pending, ok := framework.LoadPending(ctx, private); ok {
		return r.Client.AccessRules.ResolvePending(ctx, state.key(), pending)
	}
	found, err := r.Client.AccessRules.Find(ctx, state.key())
	if err == nil || errors.Is(err, runai.ErrNotFound) {
		err = &noRecordError{state, found}
	}
	return runai.AccessRule{}, err
}

// Update changes the settings of the resource. The rule itself cannot be changed.
// A wait that fails leaves wait_for_ready as it was, so that the next apply waits
// again.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state resourceModel
	resp.Diagnostics.Append(framework.Get(ctx, req.State, &state)...)
	resp.Diagnostics.Append(framework.Get(ctx, req.Plan, &plan)...)
	ctx, cancel, ok := r.Begin(ctx, framework.Create, plan.Timeouts, &resp.Diagnostics) // timeouts.create bounds the wait
	if !ok {
		return
	}
	defer cancel()
	if plan.WaitForReady.ValueBool() && !state.WaitForReady.ValueBool() {
		resp.Diagnostics.Append(r.waitReady(ctx, plan, runai.AccessRule{ID: plan.idInt64()}, framework.Update,
			"The rule exists and stays as it is. The next apply waits for it again.")...)
	}
	if resp.Diagnostics.HasError() {
		plan.WaitForReady = state.WaitForReady
	}
	resp.Diagnostics.Append(framework.Set(ctx, &resp.State, plan)...)
	resp.Diagnostics.Append(framework.Set(ctx, resp.Identity, plan.identity())...)
}

// Delete deletes the rule. Not found counts as success.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state resourceModel
	resp.Diagnostics.Append(framework.Get(ctx, req.State, &state)...)
	ctx, cancel, ok := r.Begin(ctx, framework.Delete, state.Timeouts, &resp.Diagnostics)
	if !ok {
		return
	}
	defer cancel()
	// Check again: the plan may predate the provider's configuration, and rules may
	// have changed.
	r.refuseLockout(ctx, &resp.Diagnostics, framework.Delete, state, "delete")
	rec := loadRecord(ctx, req.Private)
	r.refuseBlocked(ctx, &resp.Diagnostics, rec, state)
	if resp.Diagnostics.HasError() {
		return
	}

	if state.ID.IsNull() {
		rule, err := r.find(ctx, state, req.Private)
		noRecord, isNoRecord := errors.AsType[*noRecordError](err)
		switch {
		case isNoRecord:
			framework.AddError(&resp.Diagnostics, framework.Delete, noun, noRecord, "Plan again without -refresh=false, and apply that plan.")
			// With an error and without a state, Terraform keeps the resource as it is,
			// with its private state, which was not passed to this operation.
			resp.State.RemoveResource(ctx)
			return
		case errors.Is(err, runai.ErrForbidden):
			resp.Diagnostics.AddWarning("Outcome of a Create Is Unknown", fmt.Sprintf(
				"It is unknown whether %s was created, because the provider is not permitted to list access rules. The resource was removed from the state. "+
					"If the rule exists on %s, it was not deleted: delete it there, or import it.\n\n%s",
				state, r.Client.BaseURL(), framework.Sentence(err)))
			return
		case errors.Is(err, runai.ErrNotFound):
			return
		case err != nil:
			framework.AddOperationError(ctx, &resp.Diagnostics, framework.Delete, noun, state.wrap(err))
			return
		}
		state.fromAPI(rule, true)
	}
	if err := r.Client.AccessRules.Delete(ctx, state.idInt64(), state.key()); err != nil {
		framework.AddOperationError(ctx, &resp.Diagnostics, framework.Delete, noun, err)
		return
	}
	// An apply plans creates once more, and a list that lags may still have this rule.
	r.Deletions.Add(noun, state.ID.ValueString())
	newKey := state.knownKey() // of a replacement by the same values
	if rec.ReplacedBy != nil {
		newKey = rec.ReplacedBy.Key
	}
	r.Replaced.Add(newKey.String(), state.String())
}
