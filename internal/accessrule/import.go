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

// ImportState imports a rule by its ID, by its five values, or by its identity.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importID := framework.ImportID(ctx, req, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || !r.RequireClient(&resp.Diagnostics) {
		return
	}
	at := path.Root("id")
	id, key, err := parseImportID(importID)
	if err != nil {
		framework.AddAttributeError(&resp.Diagnostics, at, framework.Import, noun, err)
		return
	}
	var rule runai.AccessRule
	if key != nil {
		rule, err = r.Client.AccessRules.ByKey(ctx, *key)
	} else {
		rule, err = r.Client.AccessRules.ByID(ctx, id)
	}
	switch {
	case errors.Is(err, runai.ErrNotFound):
		framework.AddAttributeError(&resp.Diagnostics, at, framework.Import, noun, err,
			"Check the spelling, and that the provider signs in to the tenant of the rule. The data source runai_access_rules lists all available rules.")
		return
	case err != nil:
		framework.AddAttributeError(&resp.Diagnostics, at, framework.Import, noun, err)
		return
	case !slices.Contains(subjectTypes, string(rule.SubjectType)):
		framework.AddAttributeError(&resp.Diagnostics, at, framework.Import, noun, fmt.Errorf("access rule %d has the subject type %q: %w", rule.ID, rule.SubjectType, errSubjectType))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, at, idString(rule))...)
	resp.Diagnostics.Append(framework.Set(ctx, resp.Identity, identityModel{ID: types.StringValue(idString(rule))})...)
}

// subjectTypes are the types of subject that the resource can manage.
var subjectTypes = []string{string(runai.SubjectApp), string(runai.SubjectServiceAccount), string(runai.SubjectUser), string(runai.SubjectGroup)}

// allAuthenticatedUsers is a subject type of 3.0. Its rules have no subject.
const allAuthenticatedUsers = string(runai.SubjectAllUsers)

var errSubjectType = errors.New(typeName + " manages rules of applications, users and groups. A rule of " + allAuthenticatedUsers +
	" has no subject, so it cannot be configured here: manage it in the user interface")

// parseImportID reads an import ID: digits, or
// subject_type/subject_id/role_id/scope_type/scope_id, where the subject ID, the
// name of a group say, may itself hold slashes.
func parseImportID(s string) (id int64, key *runai.RuleKey, err error) {
	const formats = "Use the numeric ID of the rule, or subject_type/subject_id/role_id/scope_type/scope_id, such as app/ci-pipeline/5/project/7"
	if n, err := strconv.ParseInt(s, 10, 32); err == nil && n >= 0 {
		return n, nil, nil
	}
	if strings.TrimSpace(s) == "" {
		return 0, nil, fmt.Errorf("the import ID is empty. %s", formats)
	}
	parts := strings.Split(s, "/")
	switch {
	case parts[0] == allAuthenticatedUsers:
		return 0, nil, fmt.Errorf("%q cannot be imported: %w", s, errSubjectType)
	case len(parts) < 5:
		return 0, nil, fmt.Errorf("%q is not the ID of an access rule. %s", s, formats)
	}
	n := len(parts)
	role, err := strconv.ParseInt(parts[n-3], 10, 32)
	if err != nil || role < 0 {
		return 0, nil, fmt.Errorf("%q in %q is not a role ID, which is a number. %s", parts[n-3], s, formats)
	}
	key = &runai.RuleKey{
		SubjectType: runai.SubjectType(parts[0]),
		SubjectID:   strings.Join(parts[1:n-3], "/"),
		RoleID:      role,
		ScopeType:   parts[n-2],
		ScopeID:     parts[n-1],
	}
	switch {
	case !slices.Contains(subjectTypes, string(key.SubjectType)):
		return 0, nil, fmt.Errorf("%q in %q is not a subject type: app, service-account, user, group. %s", parts[0], s, formats)
	case !slices.Contains(runai.ScopeTypes, key.ScopeType):
		return 0, nil, fmt.Errorf("%q in %q is not a scope type: %s. %s", key.ScopeType, s, strings.Join(runai.ScopeTypes, ", "), formats)
	case key.SubjectID == "" || key.ScopeID == "":
		return 0, nil, fmt.Errorf("a part of %q is empty. %s", s, formats)
	}
	return 0, key, nil
}
