package runai

import (
	"fmt"
	"strings"
	"time"
)

// AccessRule binds a role to a subject in a scope. The API has no update for it: none
// of its members can change.
type AccessRule struct {
	ID int64
	// SubjectID is the client ID of an application, the e-mail of a user or the
	// name of a group.
	SubjectID   string
	SubjectType SubjectType
	RoleID      int64
	RoleName    string
	ScopeType   string
	ScopeID     string
	ScopeName   string
	ClusterID   string // empty where the control plane serves none
	TenantID    string
	CreatedBy   string
	CreatedAt   time.Time
	UpdatedAt   time.Time
	DeletedAt   time.Time // set once deleted
	// Status is the zero value before 2.22.
	Status RuleStatus
}

// RuleStatus is the rollout status of a rule on its clusters. Phase is Creating, Ready,
// NotReady or Deleting, or empty where the control plane serves no status.
type RuleStatus struct{ Phase, Message, Details string }

// The phases that decide about readiness and existence.
const (
	PhaseReady    = "Ready"
	PhaseNotReady = "NotReady"
	phaseDeleting = "Deleting"
)

// SubjectType is the kind of subject that a rule is for.
type SubjectType string

// The subject types. [SubjectApp] and [SubjectServiceAccount] are aliases of one type:
// 2.24 renamed it and accepts both (API.md section 4.3).
const (
	SubjectApp            SubjectType = "app"
	SubjectServiceAccount SubjectType = "service-account"
	SubjectUser           SubjectType = "user"
	SubjectGroup          SubjectType = "group"
	// SubjectAllUsers are all authenticated users. Their rules have no subject ID
	// (3.0).
	SubjectAllUsers SubjectType = "all-authenticated-users"
)

// Canonical returns the canonical alias of the type.
func (t SubjectType) Canonical() SubjectType {
	if t == SubjectServiceAccount {
		return SubjectApp
	}
	return t
}

// ScopeTypes are the kinds of scope, widest first.
var ScopeTypes = []string{"system", "tenant", "cluster", "department", "project"}

// RuleKey identifies a rule by its content: there is at most one active rule of each
// key.
type RuleKey struct {
	SubjectID   string
	SubjectType SubjectType
	RoleID      int64
	ScopeType   string
	ScopeID     string
}

// Key returns the key of the rule.
func (r AccessRule) Key() RuleKey {
	return RuleKey{r.SubjectID, r.SubjectType, r.RoleID, r.ScopeType, r.ScopeID}
}

// Equal reports whether two keys identify the same rule. E-mails are case-insensitive:
// the identity provider keeps them in lower case.
func (k RuleKey) Equal(o RuleKey) bool {
	sameSubject := k.SubjectID == o.SubjectID ||
		k.SubjectType == SubjectUser && strings.EqualFold(k.SubjectID, o.SubjectID)
	return sameSubject &&
		k.SubjectType.Canonical() == o.SubjectType.Canonical() &&
		k.RoleID == o.RoleID && k.ScopeType == o.ScopeType && k.ScopeID == o.ScopeID
}

// canonical returns the key with the canonical subject type.
func (k RuleKey) canonical() RuleKey {
	k.SubjectType = k.SubjectType.Canonical()
	return k
}

func (k RuleKey) String() string {
	return fmt.Sprintf("%s/%s/%d/%s/%s", k.SubjectType, k.SubjectID, k.RoleID, k.ScopeType, k.ScopeID)
}

// Active reports whether a rule is in force. The API may still serve a deleted one,
// with deletedAt or in the phase Deleting (API.md section 4.6).
func (r AccessRule) Active() bool {
	return r.DeletedAt.IsZero() && r.Status.Phase != phaseDeleting
}

type wireRule struct {
	ID          int64      `json:"id"`
	SubjectID   string     `json:"subjectId"`
	SubjectType string     `json:"subjectType"`
	RoleID      int64      `json:"roleId"`
	RoleName    string     `json:"roleName"`
	ScopeType   string     `json:"scopeType"`
	ScopeID     flexString `json:"scopeId"`
	ScopeName   string     `json:"scopeName"`
	ClusterID   string     `json:"clusterId"`
	TenantID    flexString `json:"tenantId"`
	CreatedBy   string     `json:"createdBy"`
	CreatedAt   nullTime   `json:"createdAt"`
	UpdatedAt   nullTime   `json:"updatedAt"`
	DeletedAt   nullTime   `json:"deletedAt"`
	Status      *struct {
		Phase   string `json:"phase"`
		Message string `json:"message"`
		Details string `json:"details"`
	} `json:"status"`
}

func (w wireRule) rule() AccessRule {
	r := AccessRule{
		ID:          w.ID,
		SubjectID:   w.SubjectID,
		SubjectType: SubjectType(w.SubjectType),
		RoleID:      w.RoleID,
		RoleName:    w.RoleName,
		ScopeType:   w.ScopeType,
		ScopeID:     string(w.ScopeID),
		ScopeName:   w.ScopeName,
		ClusterID:   w.ClusterID,
		TenantID:    string(w.TenantID),
		CreatedBy:   w.CreatedBy,
		CreatedAt:   w.CreatedAt.Time,
		UpdatedAt:   w.UpdatedAt.Time,
		DeletedAt:   w.DeletedAt.Time,
	}
	if w.Status != nil {
		r.Status = RuleStatus{w.Status.Phase, w.Status.Message, w.Status.Details}
	}
	return r
}
