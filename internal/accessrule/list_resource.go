package accessrule

import (
	"context"
	"fmt"
	"iter"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

var _ list.ListResourceWithConfigure = (*ListResource)(nil)

// ListResource lists rules of runai_access_rule, for terraform query.
type ListResource struct{ framework.Resource }

// NewListResource returns the list resource.
func NewListResource() list.ListResource { return &ListResource{} }

// queryModel is the configuration of a list block: the filters of the data source
// but for deleted rules, which cannot be imported.
type queryModel struct {
	SubjectID   types.String `tfsdk:"subject_id"`
	SubjectType types.String `tfsdk:"subject_type"`
	RoleID      types.Int64  `tfsdk:"role_id"`
	RoleName    types.String `tfsdk:"role_name"`
	ScopeType   types.String `tfsdk:"scope_type"`
	ScopeID     types.String `tfsdk:"scope_id"`
}

// importable are the subject types that the resource can manage.
var importable = []string{string(runai.SubjectApp), string(runai.SubjectServiceAccount), string(runai.SubjectUser), string(runai.SubjectGroup)}

// Metadata implements [list.ListResource].
func (l *ListResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = typeName
}

// ListResourceConfigSchema implements [list.ListResource].
func (l *ListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	attributes := framework.ListFilters(NewDataSourceList(), "subject_id", "role_id", "role_name", "scope_type", "scope_id")
	attributes["subject_type"] = schema.StringAttribute{
		MarkdownDescription: "Only rules with this type of subject: `app`, `service-account` (the same type), `user` or `group`.",
		Optional:            true,
		Validators:          []validator.String{stringvalidator.OneOf(importable...)},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the access rules of the tenant. A rule is listed if it matches all arguments. " +
			"Rules of all authenticated users, which cannot be imported, are not listed.\n\n" + framework.ListNote,
		Attributes: attributes,
	}
}

// List implements [list.ListResource].
func (l *ListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var query queryModel
	diags := req.Config.Get(ctx, &query)
	if diags.HasError() || !l.RequireClient(&diags) {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	filter := query.filter()
	roleID, err := filter.roleID(ctx, l.Client)
	if err != nil {
		stream.Results = list.ListResultsStreamDiagnostics(framework.ListError(ctx, req, listNoun, err))
		return
	}
	stream.Results = framework.ListObjects(ctx, req, listNoun, query.pages(ctx, l.Client), func(rule runai.AccessRule) (framework.ListedObject, bool) {
		return listed(rule), isImportable(rule) && filter.matches(rule) && (roleID.IsNull() || roleID.ValueInt64() == rule.RoleID)
	})
}

const listNoun = "Access Rules"

func (m queryModel) filter() filterModel {
	return filterModel{SubjectID: m.SubjectID, SubjectType: m.SubjectType, RoleID: m.RoleID, RoleName: m.RoleName, ScopeType: m.ScopeType, ScopeID: m.ScopeID}
}

// pages filters on the server by subject only, the one filter that works alike on
// every control plane. The rules of one subject are one page.
func (m queryModel) pages(ctx context.Context, client *runai.Client) iter.Seq2[runai.Listing[runai.AccessRule], error] {
	if m.SubjectID.IsNull() {
		return client.AccessRules.Pages(ctx)
	}
	return func(yield func(runai.Listing[runai.AccessRule], error) bool) {
		rules, err := client.AccessRules.ListBySubject(ctx, m.SubjectID.ValueString())
		yield(runai.Listing[runai.AccessRule]{Items: rules}, err)
	}
}

// isImportable reports whether the resource can manage a rule: from 3.0 on there are
// rules of all authenticated users, which have no subject.
func isImportable(rule runai.AccessRule) bool {
	for _, t := range importable {
		if runai.SubjectType(t) == rule.SubjectType {
			return rule.SubjectID != ""
		}
	}
	return false
}

// listed is the rule as an import would read it.
func listed(rule runai.AccessRule) framework.ListedObject {
	var m resourceModel
	m.fromAPI(rule, false)
	return framework.ListedObject{
		ID:          strconv.FormatInt(rule.ID, 10),
		DisplayName: displayName(rule),
		Attributes: map[string]attr.Value{
			"id": m.ID, "subject_id": m.SubjectID, "subject_type": m.SubjectType, "role_id": m.RoleID, "role_name": m.RoleName,
			"scope_type": m.ScopeType, "scope_id": m.ScopeID, "scope_name": m.ScopeName, "cluster_id": m.ClusterID, "wait_for_ready": m.WaitForReady,
		},
	}
}

// displayName describes a rule: `ci: L1 researcher in project team-a`. It has the ID
// of an object whose name the control plane omits.
func displayName(rule runai.AccessRule) string {
	role, scope := rule.RoleName, rule.ScopeName
	if role == "" {
		role = fmt.Sprintf("role %d", rule.RoleID)
	}
	if scope == "" {
		scope = rule.ScopeID
	}
	return fmt.Sprintf("%s: %s in %s %s", rule.SubjectID, role, rule.ScopeType, scope)
}
