package accessrule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// resourceModel is the resource in the state.
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
	WaitForReady types.Bool     `tfsdk:"wait_for_ready"`
	Timeouts     timeouts.Value `tfsdk:"timeouts"`
}

// identityModel is what identifies a rule to Terraform 1.12 and later.
type identityModel struct {
	ID types.String `tfsdk:"id"`
}

// identity is the rule's ID, or its key as long as it has no ID. Either can be
// imported.
func (m resourceModel) identity() identityModel {
	if m.ID.IsNull() {
		return identityModel{ID: types.StringValue(m.key().String())}
	}
	return identityModel{ID: m.ID}
}

// idInt64 is the ID for the client, 0 if there is none.
func (m resourceModel) idInt64() int64 {
	n, _ := strconv.ParseInt(m.ID.ValueString(), 10, 64)
	return n
}

// key is what identifies the rule: its subject, role and scope.
func (m resourceModel) key() runai.RuleKey {
	return runai.RuleKey{
		SubjectID:   m.SubjectID.ValueString(),
		SubjectType: runai.SubjectType(m.SubjectType.ValueString()),
		RoleID:      m.RoleID.ValueInt64(),
		ScopeType:   m.ScopeType.ValueString(),
		ScopeID:     m.ScopeID.ValueString(),
	}
}

// hasKey reports whether all values of the key are known.
func (m resourceModel) hasKey() bool {
	for _, value := range []attr.Value{m.SubjectID, m.SubjectType, m.RoleID, m.ScopeType, m.ScopeID} {
		if value.IsNull() || value.IsUnknown() {
			return false
		}
	}
	return true
}

// knownKey is the key with the canonical subject type. Unknown values are empty, or
// 0.
func (m resourceModel) knownKey() runai.RuleKey {
	key := m.key()
	key.SubjectType = key.SubjectType.Canonical()
	return key
}

// possibleKeys are the keys that the rule may have had in a plan: with all of its
// values, and with one or more that were not known.
func (m resourceModel) possibleKeys() []string {
	keys := []runai.RuleKey{m.knownKey()}
	for _, forget := range []func(*runai.RuleKey){
		func(k *runai.RuleKey) { k.SubjectID = "" },
		func(k *runai.RuleKey) { k.RoleID = 0 },
		func(k *runai.RuleKey) { k.ScopeID = "" },
		func(k *runai.RuleKey) { k.ScopeType = "" },
		func(k *runai.RuleKey) { k.SubjectType = "" },
	} {
		for _, key := range slices.Clone(keys) {
			forget(&key)
			keys = append(keys, key)
		}
	}
	list := make([]string, 0, len(keys))
	for _, key := range keys {
		list = append(list, key.String())
	}
	return list
}

// replaces reports whether a plan replaces the rule of a state.
func (m resourceModel) replaces(config, state resourceModel) bool {
	return !m.SubjectID.Equal(state.SubjectID) || !m.SubjectType.Equal(state.SubjectType) || !m.RoleID.Equal(state.RoleID) ||
		!m.ScopeType.Equal(state.ScopeType) || !m.ScopeID.Equal(state.ScopeID) ||
		!config.ClusterID.IsNull() && !m.ClusterID.Equal(state.ClusterID)
}

// String describes the rule in messages: by its key, and by its ID and the names of
// its role and scope if they are known.
func (m resourceModel) String() string {
	var known []string
	if id := m.ID.ValueString(); id != "" {
		known = append(known, "ID "+id)
	}
	if name := m.RoleName.ValueString(); name != "" {
		known = append(known, fmt.Sprintf("role %q", name))
	}
	if name := m.ScopeName.ValueString(); name != "" {
		known = append(known, fmt.Sprintf("scope %q", name))
	}
	s := "access rule " + m.key().String()
	if len(known) > 0 {
		s += " (" + strings.Join(known, ", ") + ")"
	}
	return s
}

// wrap adds the rule's name to an error.
func (m resourceModel) wrap(err error) error { return fmt.Errorf("%s: %w", m, err) }

// withUnknownOutcome is the state of a rule whose create has an unknown outcome.
func (m resourceModel) withUnknownOutcome() resourceModel {
	m.ID, m.ScopeName = types.StringNull(), types.StringNull()
	if m.RoleName.IsUnknown() {
		m.RoleName = types.StringNull()
	}
	if m.ClusterID.IsUnknown() {
		m.ClusterID = types.StringNull()
	}
	return m
}

// fromAPI sets the model from a response. It keeps the configured spelling of a value
// if the control plane returns an alias of it; sameSubject reports that for the
// subject. Roles are compared by ID: a name may change, and be given to another role.
func (m *resourceModel) fromAPI(rule runai.AccessRule, sameSubject bool) {
	m.ID = types.StringValue(idString(rule))
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
	if m.WaitForReady.IsNull() {
		m.WaitForReady = types.BoolValue(false)
	}
}
