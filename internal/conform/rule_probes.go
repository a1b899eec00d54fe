package conform

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// ruleMembers has no members that only some rules have.
func ruleMembers(ctx context.Context, s *session) (string, error) {
	resp, err := s.read(ctx, rulesPath+"?limit=1")
	if err != nil {
		return "", err
	}
	rules := objects(resp.object()["accessRules"])
	if len(rules) == 0 {
		return "", notTested("no access rule is visible")
	}
	return members(rules[0], "clusterId", "deletedAt"), nil
}

func roleFilter(ctx context.Context, s *session) (string, error) {
	all, err := s.read(ctx, rulesPath+"?limit=1")
	if err != nil {
		return "", err
	}
	if text(all.object()["totalRecords"]) == "0" {
		return "", notTested("no access rule is visible")
	}
	resp, err := s.get(ctx, rulesPath+"?limit=1&roleId=2147483647")
	switch {
	case err != nil:
		return "", err
	case resp.status != http.StatusOK:
		return resp.describe(), nil
	case text(resp.object()["totalRecords"]) == "0":
		return "narrows the list", nil
	}
	return "is ignored", nil
}

// subjectSpelling compares the rules of applications with the applications.
func subjectSpelling(ctx context.Context, s *session) (string, error) {
	_, apps, err := s.collection(ctx)
	if err != nil {
		return "", err
	}
	rules, err := s.rules(ctx, nil)
	if err != nil {
		return "", err
	}
	var found []string
	for _, rule := range rules {
		if !isSubjectOfApplication(rule) {
			continue
		}
		for _, app := range apps {
			if spelling := spellingOf(text(rule["subjectId"]), app); spelling != "" {
				found = append(found, spelling)
			}
		}
	}
	if len(found) == 0 {
		return "", notTested("no rule of a visible application")
	}
	return joinSet(found), nil
}

func subjectTypes(ctx context.Context, s *session) (string, error) {
	rules, err := s.rules(ctx, nil)
	if err != nil {
		return "", err
	}
	var found []string
	for _, rule := range rules {
		if isSubjectOfApplication(rule) {
			found = append(found, text(rule["subjectType"]))
		}
	}
	if len(found) == 0 {
		return "", notTested("no rule of an application is visible")
	}
	return joinSet(found), nil
}

// systemScope compares the scope of rules for the system with the caller's tenant. Creating one would give an application
// permissions everywhere, so it reads existing ones.
func systemScope(ctx context.Context, s *session) (string, error) {
	rules, err := s.rules(ctx, url.Values{"scopeType": {"system"}})
	if err != nil {
		return "", err
	}
	tenant := text(s.claims["tenant_id"])
	var found []string
	for _, rule := range rules {
		switch id := text(rule["scopeId"]); {
		case text(rule["scopeType"]) != "system":
		case id == "":
			found = append(found, "none")
		case tenant == "":
			return "", notTested("the token does not tell the caller's tenant")
		case id == tenant:
			found = append(found, "the caller's tenant")
		default:
			found = append(found, "another tenant")
		}
	}
	if len(found) == 0 {
		return "", notTested("no rule for the system is visible")
	}
	return joinSet(found), nil
}

// allUsers is the subject type of rules for all authenticated users. Creating one would give every user a role, so the
// probes read existing ones, and a path that could be that of the create.
const allUsers = "all-authenticated-users"

func allUsersRule(ctx context.Context, s *session) (string, error) {
	rules, err := s.rules(ctx, url.Values{"subjectType": {allUsers}})
	if err != nil {
		return "", err
	}
	for _, rule := range rules {
		if text(rule["subjectType"]) == allUsers {
			return members(rule, "clusterId", "deletedAt"), nil
		}
	}
	return "", notTested("no rule for all authenticated users is visible")
}

func ownRules(ctx context.Context, s *session) (string, error) {
	resp, err := s.get(ctx, ownRulesPath)
	if err != nil {
		return "", err
	}
	if resp.isAbsent() {
		return "not served", nil
	}
	if inner, ok := resp.object()["accessRules"].(map[string]any); ok {
		return resp.describe() + ", nested: " + members(inner), nil
	}
	return resp.describeMembers(), nil
}

// narrowestScope returns a project, otherwise a department, a cluster or the tenant.
func (s *session) narrowestScope(ctx context.Context) (scopeType, id string, err error) {
	for _, unit := range []struct{ scopeType, path, member, key string }{
		{"project", "/api/v1/org-unit/projects?limit=1", "projects", "id"},
		{"department", "/api/v1/org-unit/departments?limit=1", "departments", "id"},
		{"cluster", "/api/v1/clusters?verbosity=metadata", "", "uuid"},
	} {
		resp, err := s.get(ctx, unit.path)
		if err != nil {
			return "", "", err
		}
		list := objects(resp.json)
		if unit.member != "" {
			list = objects(resp.object()[unit.member])
		}
		if len(list) > 0 && text(list[0][unit.key]) != "" {
			return unit.scopeType, text(list[0][unit.key]), nil
		}
	}
	if id := text(s.claims["tenant_id"]); id != "" {
		return "tenant", id, nil
	}
	return "", "", notTested("no scope is visible")
}

// weakestRole returns the ID of a role with few permissions.
func (s *session) weakestRole(ctx context.Context) (any, error) {
	roles, _, err := s.predefined(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"Viewer", "L1 researcher", "AI practitioner"} {
		for _, role := range roles {
			if text(role["name"]) == name && text(role["id"]) != "" {
				return role["id"], nil
			}
		}
	}
	return nil, notTested("no weak role is visible")
}

func createRule(ctx context.Context, s *session) (string, error) {
	if err := s.app.require(); err != nil {
		return "", err
	}
	scopeType, scopeID, err := s.narrowestScope(ctx)
	if err != nil {
		return "", err
	}
	role, err := s.weakestRole(ctx)
	if err != nil {
		return "", err
	}
	subjectType := "app"
	if s.app.collection == accountsPath {
		subjectType = "service-account"
	}
	s.app.rule = map[string]any{
		"subjectId": s.app.name, "subjectType": subjectType, "roleId": role, "scopeType": scopeType, "scopeId": scopeID,
	}
	resp, err := s.change(ctx, request{method: http.MethodPost, path: rulesPath, body: s.app.rule})
	switch {
	case err != nil:
		return "", err
	case resp.status == http.StatusForbidden:
		return "", errNotPermitted
	}
	s.app.ruleCreated, s.app.ruleID = resp, text(resp.object()["id"])
	if resp.kind() != "object" {
		return resp.describe(), nil
	}
	return resp.describe() + ": " + members(resp.object(), "clusterId", "deletedAt"), nil
}

func ruleSubject(_ context.Context, s *session) (string, error) {
	if err := s.app.requireRule(); err != nil {
		return "", err
	}
	switch text(s.app.ruleCreated.object()["subjectId"]) {
	case s.app.name:
		return "the name, as sent", nil
	case s.app.id:
		return "the ID instead of the name", nil
	}
	return "something else", nil
}

func ruleSubjectType(_ context.Context, s *session) (string, error) {
	if err := s.app.requireRule(); err != nil {
		return "", err
	}
	sent, got := text(s.app.rule["subjectType"]), text(s.app.ruleCreated.object()["subjectType"])
	if !slices.Contains([]string{"app", "service-account"}, got) {
		got = "something else"
	}
	return got + " for " + sent, nil
}

func ruleCreatedBy(_ context.Context, s *session) (string, error) {
	if err := s.app.requireRule(); err != nil {
		return "", err
	}
	return s.creator(text(s.app.ruleCreated.object()["createdBy"]))
}

func duplicateRule(ctx context.Context, s *session) (string, error) {
	if err := s.app.requireRule(); err != nil {
		return "", err
	}
	return s.createDuplicate(ctx, s.app.rule)
}

func duplicateRuleOfApp(ctx context.Context, s *session) (string, error) {
	if err := s.app.requireRule(); err != nil {
		return "", err
	}
	if s.app.rule["subjectType"] == "app" {
		return "", notTested("there is one subject type only")
	}
	other := maps.Clone(s.app.rule)
	other["subjectType"] = "app"
	return s.createDuplicate(ctx, other)
}

// createDuplicate creates a rule that should be refused. If it is created, it is
// removed at the end.
func (s *session) createDuplicate(ctx context.Context, rule map[string]any) (string, error) {
	resp, err := s.change(ctx, request{method: http.MethodPost, path: rulesPath, body: rule})
	if id := text(resp.object()["id"]); id != "" && resp.status < 300 {
		s.app.duplicates = append(s.app.duplicates, id)
	}
	return resp.describe(), err
}

func (s *session) describeRule(ctx context.Context) (string, error) {
	if err := s.app.requireRule(); err != nil {
		return "", err
	}
	resp, err := s.get(ctx, rulesPath+"/"+url.PathEscape(s.app.ruleID))
	if err != nil || resp.kind() != "object" {
		return resp.describe(), err
	}
	answer := resp.describe() + ": " + members(resp.object(), "clusterId", "deletedAt")
	if text(resp.object()["deletedAt"]) != "" {
		answer += ", with deletedAt"
	}
	return answer, nil
}

func getRule(ctx context.Context, s *session) (string, error) { return s.describeRule(ctx) }

// ruleApplies lists the application's own rules with a token that was issued before the
// rule.
func ruleApplies(ctx context.Context, s *session) (string, error) {
	if err := s.app.requireRule(); err != nil {
		return "", err
	}
	if s.app.token == "" {
		return "", notTested("the application cannot sign in")
	}
	absent := false
	when, err := s.poll(ctx, func() (bool, error) {
		resp, err := s.send(ctx, request{method: http.MethodGet, path: ownRulesPath, token: s.app.token})
		if err != nil {
			return false, unanswered(ctx, err)
		}
		if absent = resp.isAbsent(); absent {
			return true, nil
		}
		inner, _ := resp.object()["accessRules"].(map[string]any)
		return slices.ContainsFunc(objects(inner["accessRules"]), func(rule map[string]any) bool {
			return text(rule["subjectId"]) == s.app.name && text(rule["roleId"]) == text(s.app.rule["roleId"])
		}), nil
	})
	switch {
	case err != nil:
		return "", err
	case absent:
		return "", notTested("%s is not served", ownRulesPath)
	case when == "":
		return "not within 12 s", nil
	}
	return when, nil
}

func ruleAfterApp(ctx context.Context, s *session) (string, error) {
	if !s.app.deleted {
		return "", notTested("the application was not deleted")
	}
	return s.describeRule(ctx)
}

func deleteRule(ctx context.Context, s *session) (string, error) {
	if err := s.app.requireRule(); err != nil {
		return "", err
	}
	resp, err := s.change(ctx, request{method: http.MethodDelete, path: rulesPath + "/" + url.PathEscape(s.app.ruleID)})
	s.app.ruleDeleted = err == nil && resp.status < 300
	return resp.describe(), err
}

func getDeletedRule(ctx context.Context, s *session) (string, error) {
	if !s.app.ruleDeleted {
		return "", notTested("no access rule was deleted")
	}
	return s.describeRule(ctx)
}

func includeDeleted(ctx context.Context, s *session) (string, error) {
	if !s.app.ruleDeleted {
		return "", notTested("no access rule was deleted")
	}
	rules, err := s.rules(ctx, url.Values{"includeDeleted": {"true"}, "filterBy": {"subjectId==" + s.app.name}})
	if err != nil {
		return "", err
	}
	for _, rule := range rules {
		if text(rule["id"]) == s.app.ruleID {
			if text(rule["deletedAt"]) != "" {
				return "with deletedAt", nil
			}
			return "without deletedAt", nil
		}
	}
	return "no", nil
}
