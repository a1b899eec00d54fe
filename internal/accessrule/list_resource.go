package accessrule

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

var _ list.ListResourceWithConfigure = (*ListResource)(nil)

// ListResource lists rules of runai_access_rule, for terraform query.
type ListResource struct{ framework.Resource }

// NewListResource returns the list resource.
func NewListResource() list.ListResource { return &ListResource{} }

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
		Validators:          []validator.String{stringvalidator.OneOf(subjectTypes...)},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the access rules of the tenant. A rule is listed if it matches all arguments. " +
			"Rules of all authenticated users, which cannot be imported, are not listed.\n\n" + framework.ListNote,
		Attributes: attributes,
	}
}

// List implements [list.ListResource].
func (l *ListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var filter filterModel
	diags := req.Config.Get(ctx, &filter)
	if diags.HasError() || !l.RequireClient(&diags) {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	roleID, err := filter.roleID(ctx, l.Client)
	if err != nil {
		stream.Results = list.ListResultsStreamDiagnostics(framework.ListError(ctx, req, listNoun, err))
		return
	}
	stream.Results = framework.ListObjects(ctx, req, listNoun, filter.pages(ctx, l.Client), func(rule runai.AccessRule) (framework.ListedObject, bool) {
		// From 3.0 on there are rules of all authenticated users, which have no subject.
		importable := slices.Contains(subjectTypes, string(rule.SubjectType)) && rule.SubjectID != ""
		return listed(rule), importable && filter.matches(rule, roleID)
	})
}

const listNoun = "Access Rules"

// pages filters on the server by subject only, the one filter that works alike on
// every control plane. The rules of one subject are one page.
func (f filterModel) pages(ctx context.Context, client *runai.Client) iter.Seq2[runai.Listing[runai.AccessRule], error] {
	if f.SubjectID.IsNull() {
		return client.AccessRules.Pages(ctx)
	}
	return func(yield func(runai.Listing[runai.AccessRule], error) bool) {
		rules, err := client.AccessRules.ListBySubject(ctx, f.SubjectID.ValueString())
		yield(runai.Listing[runai.AccessRule]{Items: rules}, err)
	}
}

// listed is the rule as an import would read it.
func listed(rule runai.AccessRule) framework.ListedObject {
	var m resourceModel
	m.fromAPI(rule, false)
	return framework.ListedObject{
		ID:          idString(rule),
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
