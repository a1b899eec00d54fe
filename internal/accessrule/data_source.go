package accessrule

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// NewDataSourceList returns runai_access_rules.
var NewDataSourceList = framework.NewDataSource[listModel](framework.DataSource{
	Type:        "runai_access_rules",
	Noun:        "Access Rules",
	Description: "The access rules of the tenant, oldest first: each grants a role to a subject in a scope. A rule is listed if it matches all arguments.",
	Attributes: func() map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"subject_id": framework.Filter("Only rules of this subject: the `client_id` of an application, the e-mail of a user (case-insensitive) or the name of a group."),
			"subject_type": framework.OneOf("Only rules with this type of subject: `app`, `service-account` (the same type), `user`, `group` or `all-authenticated-users` (from 3.0 on).",
				append(slices.Clone(subjectTypes), allAuthenticatedUsers)...),
			"role_id": schema.Int64Attribute{
				CustomType:          framework.WholeNumber{},
				Optional:            true,
				MarkdownDescription: "Only rules that grant the role with this ID. A role that does not exist is an error.",
				Validators:          []validator.Int64{int64validator.AtLeast(0)},
			},
			"role_name":  framework.Filter("Only rules that grant the role with this name: exact match preferred, otherwise case-insensitive. " + runai.RoleNameNote + " A role that does not exist is an error, not an empty list."),
			"scope_type": framework.OneOf("Only rules with this type of scope: `system`, `tenant`, `cluster`, `department` or `project`.", runai.ScopeTypes...),
			"scope_id":   framework.Filter("Only rules whose scope has this ID; rules in scopes above or below it do not match."),
			"include_deleted": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether deleted rules, which have `deleted_at`, are listed as well. Default `false`.",
			},
			"access_rules": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The access rules.",
				NestedObject:        schema.NestedAttributeObject{Attributes: DataAttributes()},
			},
		}
	},
})

type listModel struct {
	filterModel
	IncludeDeleted types.Bool  `tfsdk:"include_deleted"`
	AccessRules    []DataModel `tfsdk:"access_rules"`
}

// filterModel holds the arguments that narrow a list.
type filterModel struct {
	SubjectID   types.String `tfsdk:"subject_id"`
	SubjectType types.String `tfsdk:"subject_type"`
	RoleID      types.Int64  `tfsdk:"role_id"`
	RoleName    types.String `tfsdk:"role_name"`
	ScopeType   types.String `tfsdk:"scope_type"`
	ScopeID     types.String `tfsdk:"scope_id"`
}

// Read implements [framework.DataSourceModel].
func (m *listModel) Read(ctx context.Context, c *runai.Client) error {
	roleID, err := m.roleID(ctx, c)
	if err != nil {
		return err
	}
	rules, err := m.list(ctx, c)
	m.AccessRules = DataModels(slices.DeleteFunc(slices.Clone(rules), func(rule runai.AccessRule) bool {
		return !m.matches(rule, roleID)
	}))
	return err
}

// roleID is the ID of the role that is filtered by, null if there is none. Names are
// resolved as the resource resolves them, and compared by ID: what the name of a role
// means differs between versions. A role that does not exist is an error, since an
// empty list would wrongly pass a check that the role is not assigned.
func (f filterModel) roleID(ctx context.Context, c *runai.Client) (types.Int64, error) {
	var role runai.Role
	var err error
	switch {
	case f.RoleID.IsNull() && f.RoleName.IsNull():
		return types.Int64Null(), nil
	case f.RoleID.IsNull():
		role, err = c.Roles.ByName(ctx, f.RoleName.ValueString())
	case f.RoleName.IsNull():
		if role, err = c.Roles.ByID(ctx, f.RoleID.ValueInt64()); errors.Is(err, runai.ErrForbidden) {
			return f.RoleID, nil // without permission to list roles, trust the configured ID
		}
	default:
		role, err = c.Roles.ByIDAndName(ctx, f.RoleID.ValueInt64(), f.RoleName.ValueString())
	}
	return types.Int64Value(role.ID), framework.OnArgumentOf("role", err)
}

// list filters by subject on the server, the one filter that works alike on every
// control plane. matches applies the others.
func (m *listModel) list(ctx context.Context, client *runai.Client) ([]runai.AccessRule, error) {
	switch {
	case m.IncludeDeleted.ValueBool():
		return client.AccessRules.ListWithDeleted(ctx)
	case !m.SubjectID.IsNull():
		return client.AccessRules.ListBySubject(ctx, m.SubjectID.ValueString())
	default:
		return client.AccessRules.List(ctx)
	}
}

// matches reports whether a rule matches all filters, the role by its ID.
func (f filterModel) matches(rule runai.AccessRule, roleID types.Int64) bool {
	wanted := runai.SubjectType(f.SubjectType.ValueString())
	sameSubject := framework.Matches(f.SubjectID, rule.SubjectID) ||
		rule.SubjectType == runai.SubjectUser && strings.EqualFold(f.SubjectID.ValueString(), rule.SubjectID)
	return sameSubject &&
		(wanted == "" || wanted.Canonical() == rule.SubjectType.Canonical()) &&
		framework.Matches(f.ScopeType, rule.ScopeType) &&
		framework.Matches(f.ScopeID, rule.ScopeID) &&
		(roleID.IsNull() || roleID.ValueInt64() == rule.RoleID)
}

// DataModels returns the models of rules, oldest first: their IDs grow. It does not
// modify the rules.
func DataModels(rules []runai.AccessRule) []DataModel {
	sorted := slices.SortedStableFunc(slices.Values(rules), func(a, b runai.AccessRule) int { return cmp.Compare(a.ID, b.ID) })
	models := make([]DataModel, 0, len(sorted))
	for _, rule := range sorted {
		models = append(models, FromAPI(rule))
	}
	return models
}
