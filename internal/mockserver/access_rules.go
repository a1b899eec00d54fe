package mockserver

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// accessRuleInput is the schema AccessRuleCreationFields.
type accessRuleInput struct {
	SubjectID   string `json:"subjectId"`
	SubjectType string `json:"subjectType"`
	RoleID      int32  `json:"roleId"`
	ScopeID     string `json:"scopeId"`
	ScopeType   string `json:"scopeType"`
	ClusterID   string `json:"clusterId,omitempty"`
}

// accessRuleBody is the schema AccessRule, and with a scope path AccessRuleById.
type accessRuleBody struct {
	accessRuleInput
	ID        int32             `json:"id"`
	RoleName  string            `json:"roleName"`
	ScopeName string            `json:"scopeName"`
	CreatedAt timestamp         `json:"createdAt"`
	UpdatedAt timestamp         `json:"updatedAt"`
	DeletedAt *timestamp        `json:"deletedAt"`
	CreatedBy string            `json:"createdBy"`
	TenantID  int32             `json:"tenantId"`
	Status    *accessRuleStatus `json:"status,omitempty"`
	ScopePath string            `json:"scopePath,omitempty"`
}

// accessRuleStatus is the schema AccessRuleStatusResponse.
type accessRuleStatus struct {
	Phase   string `json:"phase"`
	Message string `json:"message,omitempty"`
}

var (
	scopeTypes = []string{"system", "tenant", "cluster", "department", "project"}
	rulePhases = []string{"Creating", "Ready", "NotReady", "Deleting"}
	ruleReady  = ruleState{Phase: "Ready"}
	uuid       = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
)

func createAccessRule(c *apiRequest) (response, error) {
	var body accessRuleInput
	if err := c.decode(&body); err != nil {
		return response{}, err
	}
	rule, err := c.createRule(body)
	if err != nil {
		return response{}, err
	}
	return jsonResponse(http.StatusCreated, c.accessRuleBody(rule)), nil
}

// createRule adds a rule, or refuses it. Subjects are not checked: a user who has never signed in can have rules.
func (c *apiRequest) createRule(in accessRuleInput) (*accessRule, error) {
	switch role := c.role(in.RoleID); {
	case in.SubjectID == "":
		return nil, badRequest("subjectId must not be empty")
	case !slices.Contains(c.version.subjectTypes(), in.SubjectType):
		return nil, badRequest("subjectType must be one of %s", strings.Join(c.version.subjectTypes(), ", "))
	case !slices.Contains(scopeTypes, in.ScopeType):
		return nil, badRequest("scopeType must be one of %s", strings.Join(scopeTypes, ", "))
	case in.ClusterID != "" && !uuid.MatchString(in.ClusterID):
		return nil, badRequest("clusterId must be a uuid")
	case role == nil:
		return nil, badRequest("role %d does not exist", in.RoleID)
	case !role.Enabled:
		return nil, badRequest("role %d is disabled", in.RoleID)
	case c.scopePath(in.ScopeType, in.ScopeID) == "":
		return nil, notFound("%s %s", in.ScopeType, in.ScopeID)
	case in.ClusterID != "" && c.data.cluster(in.ClusterID) == nil:
		return nil, notFound("cluster %s", in.ClusterID)
	}
	rule := accessRule{
		SubjectID: in.SubjectID, SubjectType: storeSubjectType(in.SubjectType), RoleID: in.RoleID,
		ScopeType: in.ScopeType, ScopeID: in.ScopeID, ClusterID: in.ClusterID,
		CreatedBy: c.creator(), Status: c.server.newRules,
	}
	// 409 is not documented, and reported from the field.
	if slices.ContainsFunc(c.data.AccessRules, rule.grants) {
		return nil, conflict("Access rule already exists")
	}
	return c.data.addRule(rule, c.now), nil
}

// grants reports whether another rule, unless it is deleted, gives the same role in the same scope to the same subject.
func (r *accessRule) grants(other *accessRule) bool {
	return other.DeletedAt == nil && other.SubjectID == r.SubjectID && other.SubjectType == r.SubjectType &&
		other.RoleID == r.RoleID && other.ScopeType == r.ScopeType && other.ScopeID == r.ScopeID
}

func getAccessRule(c *apiRequest) (response, error) {
	rule, err := c.accessRule(c.id)
	if err != nil {
		return response{}, err
	}
	body := c.accessRuleBody(rule)
	body.ScopePath = c.scopePath(rule.ScopeType, rule.ScopeID)
	return jsonResponse(http.StatusOK, rule.Malformed.apply(body)), nil
}

func deleteAccessRule(c *apiRequest) (response, error) {
	rule, err := c.accessRule(c.id)
	if err != nil {
		return response{}, err
	}
	rule.delete(c.now)
	return emptyResponse(http.StatusNoContent), nil
}

// delete is soft: the rule remains only in lists that include deleted rules.
func (r *accessRule) delete(now time.Time) { r.DeletedAt, r.UpdatedAt = &now, now }

// accessRule returns the rule of an ID. A deleted one is not found (a choice, as is 404 for an ID that is no number: the
// documents have no 400 here).
func (c *apiRequest) accessRule(id string) (*accessRule, error) {
	n, err := strconv.ParseInt(id, 10, 32)
	if err == nil {
		if rule := c.data.rule(int32(n)); rule != nil {
			return rule, nil
		}
	}
	return nil, notFound("access rule %s", id)
}

func (c *apiRequest) accessRuleBody(r *accessRule) accessRuleBody {
	path := c.scopePath(r.ScopeType, r.ScopeID)
	body := accessRuleBody{
		accessRuleInput: accessRuleInput{
			SubjectID: r.SubjectID, SubjectType: c.version.spellSubjectType(r.SubjectType), RoleID: r.RoleID,
			ScopeID: r.ScopeID, ScopeType: r.ScopeType, ClusterID: r.ClusterID,
		},
		ID: r.ID, RoleName: c.roleName(r.RoleID), ScopeName: path[strings.LastIndex(path, "/")+1:],
		CreatedAt: timestamp(r.CreatedAt), UpdatedAt: timestamp(r.UpdatedAt),
		DeletedAt: optionalTimestamp(r.DeletedAt), CreatedBy: r.CreatedBy, TenantID: c.data.TenantID,
	}
	if c.version.serves(ruleStatus) {
		body.Status = &accessRuleStatus{Phase: r.Status.Phase, Message: r.Status.Message}
	}
	return body
}

// scopePath returns the names from the tenant down to a scope, such as runai/cluster-a/default/vision; the last is the
// scope's own. It is empty if there is no such scope. The ID of the system scope is that of a tenant.
func (c *apiRequest) scopePath(scopeType, id string) string {
	d := c.data
	switch scopeType {
	case "system":
		if id == d.tenant() {
			return "system"
		}
	case "tenant":
		if id == d.tenant() {
			return seedTenantName
		}
	case "cluster":
		if u := d.cluster(id); u != nil {
			return seedTenantName + "/" + u.Name
		}
	case "department":
		if u := d.department(id); u != nil {
			return c.scopePath("cluster", u.ClusterID) + "/" + u.Name
		}
	case "project":
		if u := d.project(id); u != nil {
			return c.scopePath("department", u.DepartmentID) + "/" + u.Name
		}
	}
	return ""
}

// clusterOf returns the cluster of a rule: the one it names, or the one that contains its scope.
func (c *apiRequest) clusterOf(r *accessRule) string {
	switch {
	case r.ClusterID != "":
		return r.ClusterID
	case r.ScopeType == "cluster":
		return r.ScopeID
	case r.ScopeType == "department":
		if u := c.data.department(r.ScopeID); u != nil {
			return u.ClusterID
		}
	case r.ScopeType == "project":
		if u := c.data.project(r.ScopeID); u != nil {
			return u.ClusterID
		}
	}
	return ""
}

// storeSubjectType returns the alias of a subject type in the store.
func storeSubjectType(wire string) string {
	if wire == subjectServiceAccount {
		return subjectApp
	}
	return wire
}
