package accessrule

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

var _ datasource.DataSourceWithConfigure = (*DataSourceList)(nil)

// DataSourceList is runai_access_rules.
type DataSourceList struct{ framework.DataSource }

// NewDataSourceList returns the data source.
func NewDataSourceList() datasource.DataSource { return &DataSourceList{} }

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

// Metadata implements [datasource.DataSource].
func (d *DataSourceList) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "runai_access_rules"
}

// Schema implements [datasource.DataSource].
func (d *DataSourceList) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The access rules of the tenant, oldest first: who may do what, and where. Arguments narrow the list together.",
		Attributes: map[string]schema.Attribute{
			"subject_id": framework.Filter("Only rules of this subject: the `client_id` of an application, the e-mail of a user (in any letter case) or the name of a group."),
			"subject_type": framework.Filter("Only rules of this kind of subject: `app`, `service-account` (the same thing), `user` or `group`.",
				stringvalidator.OneOf(string(runai.SubjectApp), string(runai.SubjectServiceAccount), string(runai.SubjectUser), string(runai.SubjectGroup))),
			"role_id": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "Only rules that bind the role with this ID.",
				Validators:          []validator.Int64{int64validator.AtLeast(0)},
			},
			"role_name": framework.Filter("Only rules that bind the role of this name, in any letter case."),
			"scope_type": framework.Filter("Only rules in this kind of scope: `system`, `tenant`, `cluster`, `department` or `project`.",
				stringvalidator.OneOf(runai.ScopeTypes...)),
			"scope_id": framework.Filter("Only rules in the scope with this ID, not those in scopes above or below it."),
			"include_deleted": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether rules that were deleted are listed as well; they have `deleted_at`. Default `false`.",
			},
			"access_rules": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The access rules.",
				NestedObject:        schema.NestedAttributeObject{Attributes: DataAttributes()},
			},
		},
	}
}

// Read implements [datasource.DataSource].
func (d *DataSourceList) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m listModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() || !d.RequireClient(&resp.Diagnostics) {
		return
	}
	rules, err := m.read(ctx, d.Client)
	if err != nil {
		framework.AddError(&resp.Diagnostics, framework.Read, "Access Rules", err)
		return
	}
	m.AccessRules = DataModels(slices.DeleteFunc(slices.Clone(rules), func(rule runai.AccessRule) bool { return !m.lets(rule) }))
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

// read asks for as few rules as the control plane can be relied on to pick out:
// those of one subject. All else is picked out by lets, everywhere alike.
func (f filterModel) read(ctx context.Context, client *runai.Client) ([]runai.AccessRule, error) {
	switch {
	case f.IncludeDeleted.ValueBool():
		return client.AccessRules.ListWithDeleted(ctx)
	case !f.SubjectID.IsNull():
		return client.AccessRules.ListBySubject(ctx, f.SubjectID.ValueString())
	default:
		return client.AccessRules.List(ctx)
	}
}

// lets reports whether a rule gets through all filters.
func (f filterModel) lets(rule runai.AccessRule) bool {
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
