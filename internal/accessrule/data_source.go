package accessrule

import (
	"cmp"
	"context"
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
	Description: "The access rules of the tenant, oldest first: who may do what, and where. Arguments narrow the list together.",
	Attributes: func() map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"subject_id": framework.Filter("Only rules of this subject: the `client_id` of an application, the e-mail of a user (in any letter case) or the name of a group."),
			"subject_type": framework.OneOf("Only rules of this kind of subject: `app`, `service-account` (the same thing), `user` or `group`.",
				string(runai.SubjectApp), string(runai.SubjectServiceAccount), string(runai.SubjectUser), string(runai.SubjectGroup)),
			"role_id": schema.Int64Attribute{
				CustomType:          framework.WholeNumber{},
				Optional:            true,
				MarkdownDescription: "Only rules that bind the role with this ID.",
				Validators:          []validator.Int64{int64validator.AtLeast(0)},
			},
			"role_name":  framework.Filter("Only rules that bind the role of this name, in any letter case."),
			"scope_type": framework.OneOf("Only rules in this kind of scope: `system`, `tenant`, `cluster`, `department` or `project`.", runai.ScopeTypes...),
			"scope_id":   framework.Filter("Only rules in the scope with this ID, not those in scopes above or below it."),
			"include_deleted": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether rules that were deleted are listed as well; they have `deleted_at`. Default `false`.",
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
	AccessRules []DataModel `tfsdk:"access_rules"`
}

// filterModel are the arguments that narrow a list.
type filterModel struct {
	SubjectID      types.String `tfsdk:"subject_id"`
	SubjectType    types.String `tfsdk:"subject_type"`
	RoleID         types.Int64  `tfsdk:"role_id"`
	RoleName       types.String `tfsdk:"role_name"`
	ScopeType      types.String `tfsdk:"scope_type"`
	ScopeID        types.String `tfsdk:"scope_id"`
	IncludeDeleted types.Bool   `tfsdk:"include_deleted"`
}

// Read implements [framework.DataSourceModel].
func (m *listModel) Read(ctx context.Context, c *runai.Client) error {
	rules, err := m.list(ctx, c)
	m.AccessRules = DataModels(slices.DeleteFunc(slices.Clone(rules), func(rule runai.AccessRule) bool { return !m.matches(rule) }))
	return err
}

// list asks for as few rules as the control plane can be relied on to pick out:
// those of one subject. All else is picked out by matches, everywhere alike.
func (f filterModel) list(ctx context.Context, client *runai.Client) ([]runai.AccessRule, error) {
	switch {
	case f.IncludeDeleted.ValueBool():
		return client.AccessRules.ListWithDeleted(ctx)
	case !f.SubjectID.IsNull():
		return client.AccessRules.ListBySubject(ctx, f.SubjectID.ValueString())
	default:
		return client.AccessRules.List(ctx)
	}
}

// matches reports whether a rule gets through all filters.
func (f filterModel) matches(rule runai.AccessRule) bool {
	wanted := runai.SubjectType(f.SubjectType.ValueString())
	sameSubject := framework.Matches(f.SubjectID, rule.SubjectID) ||
		rule.SubjectType == runai.SubjectUser && strings.EqualFold(f.SubjectID.ValueString(), rule.SubjectID)
	return sameSubject &&
		(wanted == "" || wanted.Canonical() == rule.SubjectType.Canonical()) &&
		(f.RoleID.IsNull() || f.RoleID.ValueInt64() == rule.RoleID) &&
		(f.RoleName.IsNull() || strings.EqualFold(f.RoleName.ValueString(), rule.RoleName)) &&
		framework.Matches(f.ScopeType, rule.ScopeType) &&
		framework.Matches(f.ScopeID, rule.ScopeID)
}

// DataModels are the models of rules, oldest first: their ids grow. It leaves
// the rules as they are.
func DataModels(rules []runai.AccessRule) []DataModel {
	sorted := slices.SortedStableFunc(slices.Values(rules), func(a, b runai.AccessRule) int { return cmp.Compare(a.ID, b.ID) })
	models := make([]DataModel, 0, len(sorted))
	for _, rule := range sorted {
		models = append(models, FromAPI(rule))
	}
	return models
}
