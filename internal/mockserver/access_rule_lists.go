package mockserver

import (
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// accessRulePage is a page of the list: with totals, and without a next.
type accessRulePage[T any] struct {
	TotalRecords   int `json:"totalRecords"`
	DisplayRecords int `json:"displayRecords"`
	AccessRules    []T `json:"accessRules"`
}

func newAccessRulePage[T any](c *apiRequest, rules []*accessRule, body func(*accessRule) T) (accessRulePage[T], error) {
	part, _, err := page(c, rules)
	if err != nil {
		return accessRulePage[T]{}, err
	}
	list := accessRulePage[T]{TotalRecords: len(rules), DisplayRecords: len(part), AccessRules: []T{}}
	for _, rule := range part {
		list.AccessRules = append(list.AccessRules, body(rule))
	}
	return list, nil
}

func listAccessRules(c *apiRequest) (response, error) {
	rules, err := c.accessRules(c.ruleParameters)
	if err != nil {
		return response{}, err
	}
	list, err := newAccessRulePage(c, rules, func(r *accessRule) any { return r.Malformed.apply(c.accessRuleBody(r)) })
	if err != nil {
		return response{}, err
	}
	return jsonResponse(http.StatusOK, list), nil
}

// countAccessRules supports includeDeleted, filterBy and search, and no other parameter of the list.
func countAccessRules(c *apiRequest) (response, error) {
	rules, err := c.accessRules(nil)
	if err != nil {
		return response{}, err
	}
	return jsonResponse(http.StatusOK, map[string]int{"count": len(rules)}), nil
}

// accessRules returns the rules that match a query, on all pages. Unknown parameters are ignored, as by control planes.
func (c *apiRequest) accessRules(parameters func() (func(*accessRule) bool, error)) ([]*accessRule, error) {
	deleted, err := c.boolean("includeDeleted")
	if err != nil {
		return nil, err
	}
	wanted := func(*accessRule) bool { return true }
	if parameters != nil {
		if wanted, err = parameters(); err != nil {
			return nil, err
		}
	}
	rules := slices.DeleteFunc(slices.Clone(c.data.AccessRules), func(r *accessRule) bool {
		return r.DeletedAt != nil && !deleted || !wanted(r)
	})
	rules, err = c.ruleListing().apply(c, rules)
	return dropNewest(c, rules), err
}

// ruleParameters reads the parameters of the list other than filterBy and search. They mean equality, except lastUpdated
// (changed since) and subjectIdFilter (contained).
func (c *apiRequest) ruleParameters() (func(*accessRule) bool, error) {
	q := c.query
	var since time.Time
	if q.Has("lastUpdated") {
		var err error
		if since, err = time.Parse(time.RFC3339, q.Get("lastUpdated")); err != nil {
			return nil, badRequest("lastUpdated must be a date in RFC 3339")
		}
	}
	if q.Has("clusterId") && !uuid.MatchString(q.Get("clusterId")) {
		return nil, badRequest("clusterId must be a uuid")
	}
	old := c.version.serves(oldRuleFilters)
	var roleID int
	if old {
		var err error
		if roleID, err = c.integer("roleId", 0, 1, math.MaxInt32); err != nil {
			return nil, err
		}
	}
	is := func(name, value string) bool { return !q.Has(name) || q.Get(name) == value }
	return func(r *accessRule) bool {
		return is("subjectType", c.version.spellSubjectType(r.SubjectType)) &&
			is("scopeId", r.ScopeID) &&
			is("clusterId", c.clusterOf(r)) &&
			(!q.Has("subjectIds") || slices.Contains(strings.Split(q.Get("subjectIds"), ","), r.SubjectID)) &&
			!r.UpdatedAt.Before(since) &&
			(!old || is("scopeType", r.ScopeType) && strings.Contains(r.SubjectID, q.Get("subjectIdFilter")) &&
				(roleID == 0 || int(r.RoleID) == roleID))
	}, nil
}

func (c *apiRequest) ruleListing() listing[*accessRule] {
	body := func(value func(accessRuleBody) string) func(*accessRule) string {
		return func(r *accessRule) string { return value(c.accessRuleBody(r)) }
	}
	roleName := body(func(b accessRuleBody) string { return b.RoleName })
	scopeName := body(func(b accessRuleBody) string { return b.ScopeName })
	l := listing[*accessRule]{columns: map[string]column[*accessRule]{
		"subjectId":   {value: func(r *accessRule) string { return r.SubjectID }},
		"subjectType": {value: body(func(b accessRuleBody) string { return b.SubjectType })},
		"roleId":      {value: func(r *accessRule) string { return strconv.Itoa(int(r.RoleID)) }, kind: number},
		"scopeId":     {value: func(r *accessRule) string { return r.ScopeID }},
		"scopeType":   {value: func(r *accessRule) string { return r.ScopeType }},
		"roleName":    {value: roleName},
		"scopeName":   {value: scopeName},
		"createdAt":   {value: func(r *accessRule) string { return formatDate(&r.CreatedAt) }, kind: date},
		"deletedAt":   {value: func(r *accessRule) string { return formatDate(r.DeletedAt) }, kind: date},
		"createdBy":   {value: func(r *accessRule) string { return r.CreatedBy }},
	}}
	if c.version.serves(ruleStatus) {
		l.columns["phase"] = column[*accessRule]{value: func(r *accessRule) string { return r.Status.Phase }}
	}
	if c.version.serves(ruleSearch) {
		l.search = func(r *accessRule) []string { return []string{r.SubjectID, roleName(r), scopeName(r)} }
	}
	return l
}

// deleteAccessRules is the batch of 2.21. It responds with 200 even if some deletes fail. The IDs are strings of digits,
// although the schema calls them uuids.
func deleteAccessRules(c *apiRequest) (response, error) {
	var body struct {
		IDs    []string `json:"ids"`
		Action string   `json:"action"`
	}
	if err := c.decode(&body); err != nil {
		return response{}, err
	}
	if len(body.IDs) == 0 {
		return response{}, badRequest("ids must not be empty")
	}
	validate := body.Action == "validate_delete" && c.version.serves(batchValidate)
	if body.Action != "delete" && !validate {
		return response{}, badRequest("unknown action %q", body.Action)
	}
	type failure struct {
		ID      string `json:"id"`
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	result := struct {
		ID        string    `json:"id"`
		Succeeded []string  `json:"succeeded,omitempty"`
		Failed    []failure `json:"failed,omitempty"`
	}{ID: newUUID()}
	for _, id := range body.IDs {
		rule, err := c.accessRule(id)
		if err != nil {
			result.Failed = append(result.Failed, failure{id, http.StatusNotFound, apiMessages[http.StatusNotFound]})
			continue
		}
		if !validate {
			rule.delete(c.now)
		}
		result.Succeeded = append(result.Succeeded, id)
	}
	return jsonResponse(http.StatusOK, result), nil
}

// createAccessRules is the batch of 2.22: it creates a rule for each subject in each scope.
func createAccessRules(c *apiRequest) (response, error) {
	var body struct {
		Payload struct {
			RoleID    int32  `json:"roleId"`
			ClusterID string `json:"clusterId,omitempty"`
			Subjects  []struct {
				SubjectID   string `json:"subjectId"`
				SubjectType string `json:"subjectType"`
			} `json:"subjects"`
			Scopes []struct {
				ScopeID   string `json:"scopeId"`
				ScopeType string `json:"scopeType"`
			} `json:"scopes"`
		} `json:"payload"`
	}
	if err := c.decode(&body); err != nil {
		return response{}, err
	}
	type failure struct {
		Payload accessRuleInput `json:"payload"`
		Code    int             `json:"code"`
		Message string          `json:"message"`
	}
	result := struct {
		Succeeded []accessRuleBody `json:"succeeded"`
		Failed    []failure        `json:"failed"`
	}{[]accessRuleBody{}, []failure{}}
	for _, subject := range body.Payload.Subjects {
		for _, scope := range body.Payload.Scopes {
			in := accessRuleInput{
				SubjectID: subject.SubjectID, SubjectType: subject.SubjectType, RoleID: body.Payload.RoleID,
				ScopeID: scope.ScopeID, ScopeType: scope.ScopeType, ClusterID: body.Payload.ClusterID,
			}
			rule, err := c.createRule(in)
			if refused := (*apiError)(nil); errors.As(err, &refused) {
				result.Failed = append(result.Failed, failure{in, refused.Code, refused.Message})
				continue
			}
			result.Succeeded = append(result.Succeeded, c.accessRuleBody(rule))
		}
	}
	return jsonResponse(http.StatusOK, result), nil
}
