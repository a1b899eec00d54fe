package accessrule

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// hasDefaultScope reports whether a type of scope has one scope only: the
// caller's tenant.
func hasDefaultScope(scopeType string) bool { return scopeType == "tenant" || scopeType == "system" }

func addMissingScope(diags *diag.Diagnostics, scopeType string) {
	diags.AddAttributeError(path.Root("scope_id"), "Missing Scope", fmt.Sprintf(
		"scope_id is required with scope_type = %q: set it to the ID of the %[1]s. The data source runai_%[1]s finds the ID by name.", scopeType))
}

// planScope fills in the caller's tenant, and checks that a new scope and a new
// cluster exist and belong together.
func (r *Resource) planScope(ctx context.Context, config resourceModel, plan, state *resourceModel, diags *diag.Diagnostics) {
	scopeType := config.ScopeType.ValueString()
	sameType := state != nil && config.ScopeType.Equal(state.ScopeType)
	known := !config.ScopeType.IsUnknown() && !config.ScopeID.IsUnknown()
	switch {
	case !known:
	case !config.ScopeID.IsNull(): // given
	case !hasDefaultScope(scopeType):
		addMissingScope(diags, scopeType) // a type that was unknown while the configuration was validated
		return
	case sameType:
		plan.ScopeID = state.ScopeID
	case r.HasClient():
		tenant, err := r.Client.TenantID(ctx)
		if err != nil {
			framework.AddAttributeError(diags, path.Root("scope_id"), framework.Plan, noun, err, "Set scope_id to the ID of the tenant.")
			return
		}
		plan.ScopeID = types.StringValue(tenant)
	}
	if !r.HasClient() {
		return
	}
	newScope := !config.ScopeID.IsNull() && (!sameType || !config.ScopeID.Equal(state.ScopeID))
	newCluster := config.ClusterID.ValueString() != "" && (state == nil || !config.ClusterID.Equal(state.ClusterID))
	if newScope || newCluster { // an ID that is not known yet is empty here, and is not looked up
		r.checkScope(ctx, scopeType, config.ScopeID.ValueString(), newScope, config.ClusterID.ValueString(), diags)
	}
}

// checkScope refuses a scope or a cluster that the control plane does not know, and
// a cluster that does not contain the scope. It skips objects that the caller may
// not read.
func (r *Resource) checkScope(ctx context.Context, scopeType, id string, isNew bool, clusterID string, diags *diag.Diagnostics) {
	info := scopeInfo{}
	if id != "" {
		var err error
		switch info, err = r.lookupScope(ctx, scopeType, id); {
		case isNew && errors.Is(err, runai.ErrNotFound):
			advice := framework.LookupHints(framework.OnArgumentOf("scope", err))
			if hasDefaultScope(scopeType) {
				advice = []string{"Omit scope_id to use the tenant that the provider signs in to."}
			}
			framework.AddAttributeError(diags, path.Root("scope_id"), framework.Plan, noun, err, advice...)
			return
		case errors.Is(err, runai.ErrNotFound), errors.Is(err, runai.ErrForbidden):
		case err != nil:
			framework.AddError(diags, framework.Plan, noun, err)
			return
		}
	}
	if clusterID == "" {
		return
	}
	at := path.Root("cluster_id")
	if scopeType == "cluster" && id != "" && clusterID != id {
		diags.AddAttributeError(at, "Wrong Cluster", fmt.Sprintf(
			"The scope of the rule is the cluster %s, so cluster_id must be the same. Correct or omit cluster_id.", id))
		return
	}
	cluster, err := r.Client.Clusters.ByID(ctx, clusterID)
	switch {
	case errors.Is(err, runai.ErrNotFound):
		framework.AddAttributeError(diags, at, framework.Plan, noun, err, framework.LookupHints(framework.OnArgumentOf("cluster", err))...)
	case errors.Is(err, runai.ErrForbidden):
	case err != nil:
		framework.AddError(diags, framework.Plan, noun, err)
	case info.clusterID != "" && info.clusterID != clusterID:
		diags.AddAttributeError(at, "Wrong Cluster", fmt.Sprintf(
			"The %s %q (ID %s) is in the cluster %s, and not in %q (%s). Correct or omit cluster_id.",
			scopeType, info.name, id, info.clusterID, cluster.Name, clusterID))
	}
}

// scopeInfo is the name of a scope, its cluster and its department. They are empty for
// the tenant and the system.
type scopeInfo struct{ name, clusterID, departmentID string }

func (r *Resource) lookupScope(ctx context.Context, scopeType, id string) (scopeInfo, error) {
	switch scopeType {
	case "tenant":
		return scopeInfo{}, r.Client.CheckTenantID(ctx, id)
	case "cluster":
		cluster, err := r.Client.Clusters.ByID(ctx, id)
		return scopeInfo{cluster.Name, cluster.ID, ""}, err
	case "department":
		department, err := r.Client.Departments.ByID(ctx, id)
		return scopeInfo{department.Name, department.ClusterID, department.ID}, err
	case "project":
		project, err := r.Client.Projects.ByID(ctx, id)
		return scopeInfo{project.Name, project.ClusterID, project.DepartmentID}, err
	}
	return scopeInfo{}, nil
}

// scopeIncludes reports whether the scope of outer is that of inner, or a wider one. It
// returns false if a lookup fails.
func (r *Resource) scopeIncludes(ctx context.Context, outer, inner runai.RuleKey) bool {
	if outer.ScopeType == inner.ScopeType {
		return outer.ScopeID == inner.ScopeID
	}
	if slices.Index(runai.ScopeTypes, outer.ScopeType) > slices.Index(runai.ScopeTypes, inner.ScopeType) {
		return false
	}
	switch outer.ScopeType {
	case "system", "tenant":
		return true
	}
	info, err := r.lookupScope(ctx, inner.ScopeType, inner.ScopeID)
	if err != nil {
		return false
	}
	return outer.ScopeType == "cluster" && info.clusterID == outer.ScopeID ||
		outer.ScopeType == "department" && info.departmentID == outer.ScopeID
}
