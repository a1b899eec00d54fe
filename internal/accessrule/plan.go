package accessrule

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// hasDefaultScope reports whether a type of scope has one scope only: the
// caller's tenant.
func hasDefaultScope(scopeType string) bool { return scopeType == "tenant" || scopeType == "system" }

// ValidateConfig holds what the configuration alone can tell.
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

func addMissingScope(diags *diag.Diagnostics, scopeType string) {
	diags.AddAttributeError(path.Root("scope_id"), "Missing Scope", fmt.Sprintf(
		"A rule with scope_type = %q needs scope_id: which %[1]s. The data source runai_%[1]s finds its id by name.", scopeType))
}

// ModifyPlan makes the plan say what a reviewer wants to see: the id of the role
// behind a name, the tenant behind a scope that was left out; and refuses a role
// or a scope that does not exist. Nothing is asked of the control plane for a
// rule that stays as it is.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	var config, plan resourceModel
	var state *resourceModel
	resp.Diagnostics.Append(framework.Get(ctx, req.Config, &config)...)
	resp.Diagnostics.Append(framework.Get(ctx, req.Plan, &plan)...)
	resp.Diagnostics.Append(framework.Get(ctx, req.State, &state)...)
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
	if state != nil {
		if !plan.RoleID.Equal(state.RoleID) {
			resp.RequiresReplace = append(resp.RequiresReplace, path.Root("role_id"))
		}
		if !plan.ScopeID.Equal(state.ScopeID) {
			resp.RequiresReplace = append(resp.RequiresReplace, path.Root("scope_id"))
		}
	}
}

// planRole fills in the half of role_id and role_name that was not configured.
func (r *Resource) planRole(ctx context.Context, config resourceModel, plan, state *resourceModel, diags *diag.Diagnostics) {
	switch {
	case config.RoleID.IsUnknown() || config.RoleName.IsUnknown():
		// Which role is known while applying; and so, which of the two is computed.
		if config.RoleID.IsNull() {
			plan.RoleID = types.Int64Unknown()
		}
		if config.RoleName.IsNull() {
			plan.RoleName = types.StringUnknown()
		}
	case !config.RoleID.IsNull() && state != nil && config.RoleID.Equal(state.RoleID):
		plan.RoleName = state.RoleName
	case !config.RoleName.IsNull() && state != nil && config.RoleName.Equal(state.RoleName):
		// The id is what counts: the name may belong to another role by now.
		plan.RoleID = state.RoleID
	case !config.RoleID.IsNull():
		plan.RoleName = types.StringUnknown()
		if role, ok := r.role(ctx, path.Root("role_id"), diags, func() (runai.Role, error) {
			return r.Client.Roles.ByID(ctx, config.RoleID.ValueInt64())
		}); ok {
			plan.RoleName = types.StringValue(role.Name)
		}
	default:
		plan.RoleID = types.Int64Unknown()
		role, ok := r.role(ctx, path.Root("role_name"), diags, func() (runai.Role, error) {
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

// role looks a role up. A caller who may not see the roles learns of a wrong one
// while applying.
func (r *Resource) role(_ context.Context, at path.Path, diags *diag.Diagnostics, look func() (runai.Role, error)) (runai.Role, bool) {
	if !r.HasClient() {
		return runai.Role{}, false
	}
	role, err := look()
	var none *runai.NotFoundError
	var two *runai.AmbiguousError
	switch {
	case errors.As(err, &none):
		framework.AddAttributeError(diags, at, framework.Plan, noun, err)
	case errors.As(err, &two):
		framework.AddAttributeError(diags, at, framework.Plan, noun, err)
	case errors.Is(err, runai.ErrForbidden) && at.Equal(path.Root("role_id")):
		return role, false
	case err != nil:
		framework.AddError(diags, framework.Plan, noun, err)
	case !role.Enabled:
		diags.AddAttributeError(at, "Role Is Disabled", fmt.Sprintf("The role %q (id %d) is disabled, and a disabled role cannot be bound. Enable it first.", role.Name, role.ID))
	default:
		return role, true
	}
	return runai.Role{}, false
}

// planScope fills in the caller's tenant, and checks that a new scope exists.
func (r *Resource) planScope(ctx context.Context, config resourceModel, plan, state *resourceModel, diags *diag.Diagnostics) {
	scopeType := config.ScopeType.ValueString()
	stays := state != nil && config.ScopeType.Equal(state.ScopeType)
	switch {
	case config.ScopeType.IsUnknown() || config.ScopeID.IsUnknown():
		return
	case !config.ScopeID.IsNull():
		if !stays || !config.ScopeID.Equal(state.ScopeID) {
			r.checkScope(ctx, scopeType, config.ScopeID.ValueString(), config.ClusterID, diags)
		}
	case !hasDefaultScope(scopeType):
		addMissingScope(diags, scopeType) // a type that was unknown while the configuration was validated
	case stays:
		plan.ScopeID = state.ScopeID
	case r.HasClient():
		tenant, err := r.Client.TenantID(ctx)
		if err != nil {
			framework.AddAttributeError(diags, path.Root("scope_id"), framework.Plan, noun, err, "Give the tenant's id in scope_id.")
			return
		}
		plan.ScopeID = types.StringValue(tenant)
	}
}

// checkScope refuses a scope that the control plane does not know, and a cluster
// that the scope does not belong to. What the caller may not see is left to the
// apply.
func (r *Resource) checkScope(ctx context.Context, scopeType, id string, cluster types.String, diags *diag.Diagnostics) {
	if !r.HasClient() {
		return
	}
	belongs, err := r.clusterOf(ctx, scopeType, id)
	switch {
	case errors.Is(err, runai.ErrNotFound):
		if _, ok := errors.AsType[*runai.NotFoundError](err); !ok {
			err = fmt.Errorf("there is no %s with the id %q on %s", scopeType, id, r.Client.BaseURL())
		}
		advice := fmt.Sprintf("The data source runai_%s finds the id by name.", scopeType)
		if hasDefaultScope(scopeType) {
			advice = "Leave scope_id out for the tenant that the provider signs in to."
		}
		framework.AddAttributeError(diags, path.Root("scope_id"), framework.Plan, noun, err, advice)
	case errors.Is(err, runai.ErrForbidden):
	case err != nil:
		framework.AddError(diags, framework.Plan, noun, err)
	case belongs != "" && cluster.ValueString() != "" && cluster.ValueString() != belongs:
		framework.AddAttributeError(diags, path.Root("cluster_id"), framework.Plan, noun,
			fmt.Errorf("the %s %q belongs to the cluster %s, and not to %s", scopeType, id, belongs, cluster.ValueString()),
			"cluster_id can be left out.")
	}
}

// clusterOf looks a scope up, and returns the cluster that it belongs to, empty
// for what is above clusters.
func (r *Resource) clusterOf(ctx context.Context, scopeType, id string) (string, error) {
	switch scopeType {
	case "tenant":
		return "", r.Client.CheckTenantID(ctx, id)
	case "cluster":
		cluster, err := r.Client.Clusters.ByID(ctx, id)
		return cluster.ID, err
	case "department":
		department, err := r.Client.Departments.ByID(ctx, id)
		return department.ClusterID, err
	case "project":
		project, err := r.Client.Projects.ByID(ctx, id)
		return project.ClusterID, err
	}
	return "", nil
}
