package accessrule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// ValidateConfig checks the configuration, without requests.
func (r *Resource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config resourceModel
	resp.Diagnostics.Append(framework.Get(ctx, req.Config, &config)...)
	if resp.Diagnostics.HasError() || !slices.Contains(runai.ScopeTypes, config.ScopeType.ValueString()) {
		return // not known yet, or refused by its own validator
	}
	if config.ScopeID.IsNull() && !hasDefaultScope(config.ScopeType.ValueString()) {
		addMissingScope(&resp.Diagnostics, config.ScopeType.ValueString())
	}
}

// ModifyPlan resolves the ID of a role name and the tenant of an omitted scope, so
// that the plan shows them. It refuses a role or a scope that does not exist, and a
// lock-out, and warns of a rule that already exists. A rule without changes causes no
// request.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state *resourceModel
	resp.Diagnostics.Append(framework.Get(ctx, req.State, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	rec := loadRecord(ctx, req.Private)
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(rec.forget(ctx, resp.Private)...)
		r.planDelete(ctx, *state, "delete", &resp.Diagnostics)
		return
	}
	var config, plan resourceModel
	resp.Diagnostics.Append(framework.Get(ctx, req.Config, &config)...)
	resp.Diagnostics.Append(framework.Get(ctx, req.Plan, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	proposed := plan
	r.planRole(ctx, config, &plan, state, &resp.Diagnostics)
	r.planScope(ctx, config, &plan, state, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if !plan.RoleID.Equal(proposed.RoleID) || !plan.RoleName.Equal(proposed.RoleName) || !plan.ScopeID.Equal(proposed.ScopeID) {
		resp.Diagnostics.Append(framework.Set(ctx, &resp.Plan, plan)...)
	}
	switch {
	case state == nil:
		r.planCreate(ctx, plan, rec, &resp.Diagnostics)
	case plan.replaces(config, *state):
		r.planDelete(ctx, *state, "replace", &resp.Diagnostics)
		r.planReplace(ctx, plan, *state, rec, resp)
	default:
		resp.Diagnostics.Append(rec.forget(ctx, resp.Private)...)
	}
	if state != nil && !plan.RoleID.Equal(state.RoleID) {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("role_id"))
	}
	if state != nil && !plan.ScopeID.Equal(state.ScopeID) {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("scope_id"))
	}
	if state == nil || !plan.SubjectID.Equal(state.SubjectID) {
		r.warnSubject(ctx, plan, &resp.Diagnostics)
	}
}

// planCreate plans a new rule. Terraform also plans the second half of a replacement
// this way, whether -replace or a tainted state requests it.
func (r *Resource) planCreate(ctx context.Context, plan resourceModel, rec record, diags *diag.Diagnostics) {
	existing, ok := r.existing(ctx, plan)
	switch {
	case !ok:
	case rec.ID == idString(existing) || r.Managed.Has(noun, idString(existing)):
		replaced := plan
		replaced.fromAPI(existing, true)
		r.refuseLockout(ctx, diags, framework.Plan, replaced, "replace or create again")
	case rec.ReplacedBy == nil || rec.ReplacedBy.BlockedBy == 0: // otherwise the first half has warned
		r.warnExists(diags, existing)
	}
}

// planDelete refuses a lock-out, and records that the rule is to be deleted.
func (r *Resource) planDelete(ctx context.Context, state resourceModel, verb string, diags *diag.Diagnostics) {
	r.Deletions.Add(noun, state.ID.ValueString())
	r.refuseLockout(ctx, diags, framework.Plan, state, verb)
}

// planReplace records for Delete which rule replaces this one, and whether another
// rule blocks that.
func (r *Resource) planReplace(ctx context.Context, plan, state resourceModel, rec record, resp *resource.ModifyPlanResponse) {
	rec.ReplacedBy = &replacement{Key: plan.knownKey()}
	if existing, ok := r.existing(ctx, plan); ok && idString(existing) != state.ID.ValueString() && !r.Managed.Has(noun, idString(existing)) {
		rec.ReplacedBy.BlockedBy = existing.ID
		r.warnExists(&resp.Diagnostics, existing)
	}
	resp.Diagnostics.Append(rec.save(ctx, resp.Private)...)
}

// planRole computes the one of role_id and role_name that is not configured. The ID
// identifies the role: its name may have been given to another role.
func (r *Resource) planRole(ctx context.Context, config resourceModel, plan, state *resourceModel, diags *diag.Diagnostics) {
	hasID, hasName := !config.RoleID.IsNull(), !config.RoleName.IsNull()
	sameID := state != nil && config.RoleID.Equal(state.RoleID)
	sameName := state != nil && config.RoleName.Equal(state.RoleName)
	switch {
	case config.RoleID.IsUnknown() || config.RoleName.IsUnknown():
		// The apply resolves the role, and with it the computed one of the two.
		if !hasID {
			plan.RoleID = types.Int64Unknown()
		}
		if !hasName {
			plan.RoleName = types.StringUnknown()
		}
	case sameID && sameName:
		// As in generated configuration. A renamed role is no change.
	case hasID && hasName:
		role, ok := r.role(path.Root("role_id"), diags, func() (runai.Role, error) { return r.Client.Roles.ByID(ctx, config.RoleID.ValueInt64()) })
		if ok && !strings.EqualFold(role.Name, config.RoleName.ValueString()) {
			r.refuseRoleName(ctx, role, config.RoleName.ValueString(), diags)
		}
		if ok && sameID {
			plan.RoleName = state.RoleName // another name of the same role
		}
	case hasID && sameID:
		plan.RoleName = state.RoleName
	case hasName && sameName:
		plan.RoleID = state.RoleID
	case hasID:
		plan.RoleName = types.StringUnknown()
		if role, ok := r.role(path.Root("role_id"), diags, func() (runai.Role, error) {
			return r.Client.Roles.ByID(ctx, config.RoleID.ValueInt64())
		}); ok {
			plan.RoleName = types.StringValue(role.Name)
		}
	default:
		plan.RoleID = types.Int64Unknown()
		role, ok := r.role(path.Root("role_name"), diags, func() (runai.Role, error) {
			return r.Client.Roles.ByName(ctx, config.RoleName.ValueString())
		})
		if !ok {
			return
		}
		plan.RoleID = types.Int64Value(role.ID)
		if state != nil && plan.RoleID.Equal(state.RoleID) {
			plan.RoleName = state.RoleName // another name of the same role
		}
	}
}

// refuseRoleName refuses a role_name that is not the name of the role of role_id.
func (r *Resource) refuseRoleName(ctx context.Context, role runai.Role, name string, diags *diag.Diagnostics) {
	named, err := r.Client.Roles.ByName(ctx, name)
	detail := fmt.Sprintf("The role with the ID %d is %q, and not %q", role.ID, role.Name, name)
	if err == nil {
		detail += fmt.Sprintf(", which has the ID %d", named.ID)
	}
	diags.AddAttributeError(path.Root("role_name"), "Role ID and Role Name Disagree", fmt.Sprintf(
		"%s, on %s. Correct role_id or role_name, or remove one of them: the other suffices.", detail, r.Client.BaseURL()))
}

// role looks up a role. A caller that is not permitted to list roles gets the error
// of a wrong one from the apply.
func (r *Resource) role(at path.Path, diags *diag.Diagnostics, lookup func() (runai.Role, error)) (runai.Role, bool) {
	if !r.HasClient() {
		return runai.Role{}, false
	}
	role, err := lookup()
	_, isLookupError := framework.Argument(err)
	switch {
	case isLookupError:
		framework.AddAttributeError(diags, at, framework.Plan, noun, err, framework.LookupHints(framework.OnArgumentOf("role", err))...)
	case errors.Is(err, runai.ErrForbidden) && at.Equal(path.Root("role_id")):
	case err != nil:
		framework.AddError(diags, framework.Plan, noun, err)
	case !role.Enabled:
		diags.AddAttributeError(at, "Role Is Disabled", fmt.Sprintf("The role %q (ID %d) is disabled, and a disabled role cannot be bound. Enable it first.", role.Name, role.ID))
	default:
		return role, true
	}
	return runai.Role{}, false
}

// warnSubject warns of a subject that is the ID of an application instead of its
// client ID: a rule for the ID may take no effect.
func (r *Resource) warnSubject(ctx context.Context, plan resourceModel, diags *diag.Diagnostics) {
	id := plan.SubjectID.ValueString()
	if !r.HasClient() || plan.key().SubjectType.Canonical() != runai.SubjectApp || !uuidLike.MatchString(id) {
		return
	}
	app, err := r.Client.Applications.Get(ctx, runai.ApplicationRef{ID: id})
	if err != nil || app.ClientID == id { // unknown subjects are permitted
		return
	}
	diags.AddAttributeWarning(path.Root("subject_id"), "Subject Is the ID of an Application", fmt.Sprintf(
		"%q is the ID of the application %q. The subject of a rule is the client ID of the application: set subject_id = %q, or use its attribute client_id.",
		id, app.Name, app.ClientID))
}
