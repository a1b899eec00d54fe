package accessrule

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// DataModel is an access rule in data sources.
type DataModel struct {
	ID          types.String `tfsdk:"id"`
	SubjectID   types.String `tfsdk:"subject_id"`
	SubjectType types.String `tfsdk:"subject_type"`
	RoleID      types.Int64  `tfsdk:"role_id"`
	RoleName    types.String `tfsdk:"role_name"`
	ScopeType   types.String `tfsdk:"scope_type"`
	ScopeID     types.String `tfsdk:"scope_id"`
	ScopeName   types.String `tfsdk:"scope_name"`
	ClusterID   types.String `tfsdk:"cluster_id"`
	Status      types.String `tfsdk:"status"`
	CreatedBy   types.String `tfsdk:"created_by"`
	CreatedAt   types.String `tfsdk:"created_at"`
	UpdatedAt   types.String `tfsdk:"updated_at"`
	DeletedAt   types.String `tfsdk:"deleted_at"`
	TenantID    types.String `tfsdk:"tenant_id"`
}

// DataAttributes returns the attributes of a DataModel.
func DataAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":           framework.ComputedString("ID of the rule, a string of digits."),
		"subject_id":   framework.ComputedString("Subject that the role is granted to: the client ID of an application, the e-mail of a user or the name of a group; null for `all-authenticated-users`."),
		"subject_type": framework.ComputedString("Type of the subject: `app` (service accounts included), `user`, `group`, or `all-authenticated-users` (from 3.0 on)."),
		"role_id":      schema.Int64Attribute{Computed: true, MarkdownDescription: "ID of the role."},
		"role_name":    framework.ComputedString("Name of the role."),
		"scope_type":   framework.ComputedString("Type of the scope: `system`, `tenant`, `cluster`, `department` or `project`."),
		"scope_id":     framework.ComputedString("ID of the scope."),
		"scope_name":   framework.ComputedString("Name of the scope."),
		"cluster_id":   framework.ComputedString("UUID of the cluster that the scope belongs to; null if the control plane does not return it."),
		"status":       framework.ComputedString("Rollout status: `Creating` while the rule is rolled out, `Ready` if it is in force on all its clusters, `NotReady` if it is not on some, `Deleting` while it is removed; null before 2.22."),
		"created_by":   framework.ComputedString("E-mail or client ID of the creator of the rule."),
		"created_at":   framework.ComputedString("When the rule was created (RFC 3339)."),
		"updated_at":   framework.ComputedString("When the rule was last changed (RFC 3339)."),
		"deleted_at":   framework.ComputedString("When the rule was deleted (RFC 3339); null unless deleted."),
		"tenant_id":    framework.ComputedString("ID of the tenant."),
	}
}

// FromAPI returns the model of a rule.
func FromAPI(rule runai.AccessRule) DataModel {
	return DataModel{
		ID:          types.StringValue(idString(rule)),
		SubjectID:   framework.StringOrNull(rule.SubjectID),
		SubjectType: types.StringValue(string(rule.SubjectType.Canonical())), // so that an upgrade changes no output
		RoleID:      types.Int64Value(rule.RoleID),
		RoleName:    framework.StringOrNull(rule.RoleName),
		ScopeType:   types.StringValue(rule.ScopeType),
		ScopeID:     types.StringValue(rule.ScopeID),
		ScopeName:   framework.StringOrNull(rule.ScopeName),
		ClusterID:   framework.StringOrNull(rule.ClusterID),
		Status:      framework.StringOrNull(rule.Status.Phase),
		CreatedBy:   framework.StringOrNull(rule.CreatedBy),
		CreatedAt:   framework.TimeOrNull(rule.CreatedAt),
		UpdatedAt:   framework.TimeOrNull(rule.UpdatedAt),
		DeletedAt:   framework.TimeOrNull(rule.DeletedAt),
		TenantID:    framework.StringOrNull(rule.TenantID),
	}
}
