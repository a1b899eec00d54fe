package accessrule

import (
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// resourceModel is the resource in state.
type resourceModel struct {
	ID           types.String   `tfsdk:"id"`
	SubjectID    types.String   `tfsdk:"subject_id"`
	SubjectType  types.String   `tfsdk:"subject_type"`
	RoleID       types.Int64    `tfsdk:"role_id"`
	RoleName     types.String   `tfsdk:"role_name"`
	ScopeType    types.String   `tfsdk:"scope_type"`
	ScopeID      types.String   `tfsdk:"scope_id"`
	ScopeName    types.String   `tfsdk:"scope_name"`
	ClusterID    types.String   `tfsdk:"cluster_id"`
	CreatedAt    types.String   `tfsdk:"created_at"`
	CreatedBy    types.String   `tfsdk:"created_by"`
	TenantID     types.String   `tfsdk:"tenant_id"`
	WaitForReady types.Bool     `tfsdk:"wait_for_ready"`
	Timeouts     timeouts.Value `tfsdk:"timeouts"`
}

// identityModel is what identifies a rule to Terraform 1.12 and later.
type identityModel struct {
	ID types.String `tfsdk:"id"`
}

func (m resourceModel) identity() identityModel { return identityModel{ID: m.ID} }

// number is the id as the client takes it; 0 where there is none.
func (m resourceModel) number() int64 {
	n, _ := strconv.ParseInt(m.ID.ValueString(), 10, 64)
	return n
}

// tuple is what makes the rule the rule it is.
func (m resourceModel) tuple() runai.RuleKey {
	return runai.RuleKey{
		SubjectID:   m.SubjectID.ValueString(),
		SubjectType: runai.SubjectType(m.SubjectType.ValueString()),
		RoleID:      m.RoleID.ValueInt64(),
		ScopeType:   m.ScopeType.ValueString(),
		ScopeID:     m.ScopeID.ValueString(),
	}
}

// unknownOutcome is the state of a rule of which nobody knows whether it was created.
func (m resourceModel) unknownOutcome() resourceModel {
	m.ID, m.ScopeName, m.CreatedAt = types.StringNull(), types.StringNull(), types.StringNull()
	m.CreatedBy, m.TenantID = types.StringNull(), types.StringNull()
	if m.RoleName.IsUnknown() {
		m.RoleName = types.StringNull()
	}
	if m.ClusterID.IsUnknown() {
		m.ClusterID = types.StringNull()
	}
	return m
}

// fromAPI takes over what the control plane tells. What the user wrote stays as
// it was written where the control plane means the same: sameSubject tells
// whether it does for the subject. A role is compared by its id: its name may
// change, and be given to another role.
func (m *resourceModel) fromAPI(rule runai.AccessRule, sameSubject bool) {
	m.ID = types.StringValue(strconv.FormatInt(rule.ID, 10))
	if m.SubjectID.IsNull() || !sameSubject {
		m.SubjectID = types.StringValue(rule.SubjectID)
	}
	if runai.SubjectType(m.SubjectType.ValueString()).Canonical() != rule.SubjectType.Canonical() {
		m.SubjectType = types.StringValue(string(rule.SubjectType.Canonical()))
	}
	if m.RoleID.ValueInt64() != rule.RoleID || m.RoleName.IsNull() || m.RoleName.IsUnknown() {
		m.RoleName = framework.StringOrNull(rule.RoleName)
	}
	m.RoleID = types.Int64Value(rule.RoleID)
	m.ScopeType = types.StringValue(rule.ScopeType)
	m.ScopeID = types.StringValue(rule.ScopeID)
	m.ScopeName = framework.StringOrNull(rule.ScopeName)
	m.ClusterID = framework.KeepKnown(m.ClusterID, framework.StringOrNull(rule.ClusterID))
	m.CreatedAt = framework.KeepKnown(m.CreatedAt, framework.TimeOrNull(rule.CreatedAt))
	m.CreatedBy = framework.KeepKnown(m.CreatedBy, framework.StringOrNull(rule.CreatedBy))
	m.TenantID = framework.KeepKnown(m.TenantID, framework.StringOrNull(rule.TenantID))
	if m.WaitForReady.IsNull() {
		m.WaitForReady = types.BoolValue(false)
	}
}
