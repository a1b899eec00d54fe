package accessrule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// ImportState adopts a rule by its id, by its five values, or by its identity.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	wanted := req.ID
	if wanted == "" && req.Identity != nil {
		var identity identityModel
		resp.Diagnostics.Append(framework.Get(ctx, req.Identity, &identity)...)
		wanted = identity.ID.ValueString()
	}
	if resp.Diagnostics.HasError() || !r.RequireClient(&resp.Diagnostics) {
		return
	}
	id, tuple, err := parseImportID(wanted)
	if err != nil {
		framework.AddAttributeError(&resp.Diagnostics, path.Root("id"), framework.Import, noun, err)
		return
	}
	var rule runai.AccessRule
	if tuple != nil {
		rule, err = r.Client.AccessRules.Find(ctx, *tuple)
	} else {
		rule, err = r.Client.AccessRules.Get(ctx, id)
	}
	if err != nil {
		advice := ""
		if errors.Is(err, runai.ErrNotFound) {
			err = fmt.Errorf("no access rule %q is on %s", wanted, r.Client.BaseURL())
			advice = "Check the spelling, and that the provider signs in to the tenant it belongs to. The data source runai_access_rules lists what there is."
		}
		framework.AddAttributeError(&resp.Diagnostics, path.Root("id"), framework.Import, noun, err, advice)
		return
	}
	key := strconv.FormatInt(rule.ID, 10)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), key)...)
	resp.Diagnostics.Append(framework.Set(ctx, resp.Identity, identityModel{ID: types.StringValue(key)})...)
}

// parseImportID reads an import id: digits, or
// subject_type/subject_id/role_id/scope_type/scope_id, where the subject id, the
// name of a group say, may itself hold slashes.
func parseImportID(s string) (id int64, tuple *runai.RuleKey, err error) {
	const forms = "Use the rule's id, a number, or subject_type/subject_id/role_id/scope_type/scope_id, such as app/ci-pipeline/5/project/7"
	if n, err := strconv.ParseInt(s, 10, 32); err == nil && n >= 0 {
		return n, nil, nil
	}
	parts := strings.Split(s, "/")
	if len(parts) < 5 {
		return 0, nil, fmt.Errorf("%q is not the id of an access rule. %s", s, forms)
	}
	n := len(parts)
	role, err := strconv.ParseInt(parts[n-3], 10, 32)
	if err != nil || role < 0 {
		return 0, nil, fmt.Errorf("%q in %q is not the id of a role, a number. %s", parts[n-3], s, forms)
	}
	tuple = &runai.RuleKey{
		SubjectType: runai.SubjectType(parts[0]),
		SubjectID:   strings.Join(parts[1:n-3], "/"),
		RoleID:      role,
		ScopeType:   parts[n-2],
		ScopeID:     parts[n-1],
	}
	switch {
	case !slices.Contains([]runai.SubjectType{runai.SubjectApp, runai.SubjectServiceAccount, runai.SubjectUser, runai.SubjectGroup}, tuple.SubjectType):
		return 0, nil, fmt.Errorf("%q in %q is not a subject type: app, service-account, user, group. %s", parts[0], s, forms)
	case !slices.Contains(runai.ScopeTypes, tuple.ScopeType):
		return 0, nil, fmt.Errorf("%q in %q is not a scope type: %s. %s", tuple.ScopeType, s, strings.Join(runai.ScopeTypes, ", "), forms)
	case tuple.SubjectID == "" || tuple.ScopeID == "":
		return 0, nil, fmt.Errorf("a part of %q is empty. %s", s, forms)
	}
	return 0, tuple, nil
}
