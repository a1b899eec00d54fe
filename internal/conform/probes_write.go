package conform

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// How long a probe waits for an effect that may come late.
const (
	pollAttempts = 5
	pollInterval = 3 * time.Second
)

// writeProbes create, change and delete one application and one rule. They run in this order, and each one builds on what
// the ones before it left.
var writeProbes = []probe{
	{"create", "What does the creation of an application return?", create},
	{"create-again", "How is a name refused that is taken?", createAgain},
	{"create-clock", "Do Date and createdAt agree?", createClock},
	{"created-by", "What is createdBy if an application creates?", createdBy},
	{"application", "Which members has a new application?", newMembers},
	{"sign-in-name", "Does the application sign in with its name?", signInWithName},
	{"sign-in-id", "Does it sign in with its id?", signInWithID},
	{"last-login", "Does a sign-in through the API change lastLogin?", lastLogin},

	{"rule-create", "What does the creation of an access rule return?", createRule},
	{"rule-subject", "Is the subject returned as sent?", ruleSubject},
	{"rule-subject-type", "Is the subject type returned as sent?", ruleSubjectType},
	{"rule-created-by", "What is createdBy if an application creates?", ruleCreatedBy},
	{"rule-duplicate", "How is a duplicate rule refused?", duplicateRule},
	{"rule-duplicate-app", "And one with the older subject type?", duplicateRuleOfApp},
	{"rule-get", "What does GET by id return?", getRule},
	{"rule-applies", "Does a living token see a new rule for the application's name?", ruleApplies},

	{"regenerate", "What does the regeneration of the secret return?", regenerate},
	{"regenerate-updated-at", "Does it change updatedAt?", regenerateUpdatedAt},
	{"regenerate-old-secret", "Is the previous secret refused?", oldSecret},
	{"regenerate-old-token", "Do tokens of the previous secret stay valid?", livingToken},

	{"disable", "What does enabled=false return?", disable},
	{"disable-sign-in", "How is a sign-in of a disabled application refused?", newSignIn},
	{"disable-token", "Do tokens of a disabled application stay valid?", livingToken},
	{"enable-sign-in", "Does it sign in again after enabled=true?", enable},

	{"delete", "What does the deletion of an application return?", deleteApp},
	{"delete-token", "Do tokens of a deleted application stay valid?", livingToken},
	{"deleted", "What does GET by id of a deleted application return?", getDeletedApp},
	{"rule-without-application", "What happens to the rule of a deleted application?", ruleAfterApp},
	{"rule-delete", "What does the deletion of a rule return?", deleteRule},
	{"rule-deleted", "What does GET by id of a deleted rule return?", getDeletedRule},
	{"rule-include-deleted", "Is a deleted rule listed with includeDeleted?", includeDeleted},
}

// create announces the name, and creates the application.
func create(ctx context.Context, s *session) (string, error) {
	path, _, err := s.collection(ctx)
	if err != nil {
		return "", err
	}
	s.app = throwaway{collection: path, name: newName()}
	s.announce(s.app.name)
	resp, err := s.change(ctx, request{method: http.MethodPost, path: path, body: map[string]string{"name": s.app.name}})
	switch {
	case err != nil:
		return "", err
	case resp.status == http.StatusForbidden:
		return "", errNotPermitted
	}
	object := resp.object()
	s.app.created = resp
	s.app.secret = text(object["clientSecret"]) + text(object["secret"])
	if s.app.id = text(object["id"]); s.app.isLegacy() {
		s.app.id = text(object["clientId"])
	}
	s.app.object, _ = s.readApp(ctx)
	return resp.describeMembers(), ctx.Err()
}

func createAgain(ctx context.Context, s *session) (string, error) {
	if err := s.app.require(); err != nil {
		return "", err
	}
	resp, err := s.change(ctx, request{method: http.MethodPost, path: s.app.collection, body: map[string]string{"name": s.app.name}})
	return resp.describe(), err
}

func createClock(_ context.Context, s *session) (string, error) {
	at, ok := parseTime(s.app.object["createdAt"])
	if !ok {
		return "", notTested("no time of creation")
	}
	return skew(s.app.created, at)
}

// creator compares a createdBy with the caller.
func (s *session) creator(createdBy string) (string, error) {
	switch {
	case s.clientID == "":
		return "", notTested("the caller is unknown")
	case createdBy == "":
		return "absent", nil
	case createdBy == s.clientID:
		return "the client ID", nil
	case createdBy == "service-account-"+s.clientID:
		return "service-account- and the client ID", nil
	case createdBy == text(s.claims["sub"]):
		return "the subject of the token", nil
	}
	return "something else", nil
}

func createdBy(_ context.Context, s *session) (string, error) {
	if err := s.app.require(); err != nil {
		return "", err
	}
	return s.creator(text(s.app.object["createdBy"]))
}

func newMembers(_ context.Context, s *session) (string, error) {
	if s.app.object == nil {
		return "", notTested("no application was created")
	}
	return members(s.app.object), nil
}

// signInApp signs the application in, with the grant that the caller used or the first one that works.
func (s *session) signInApp(ctx context.Context, id string) (response, string, error) {
	if err := s.app.require(); err != nil {
		return response{}, "", err
	}
	if s.app.secret == "" {
		return response{}, "", notTested("the secret is unknown")
	}
	try := grants
	if s.grant != nil {
		try = []grant{*s.grant}
	}
	var resp response
	for _, g := range try {
		var token string
		var err error
		if resp, token, err = s.signIn(ctx, g, id, s.app.secret); err != nil {
			return resp, "", unanswered(ctx, err)
		}
		if token != "" {
			s.grant = &g
			return resp, token, nil
		}
	}
	return resp, "", nil
}

func (s *session) describeSignIn(ctx context.Context, id string) (string, error) {
	resp, token, err := s.signInApp(ctx, id)
	switch {
	case err != nil:
		return "", err
	case token != "":
		return "accepted", nil
	}
	return "refused: " + resp.describe(), nil
}

func signInWithName(ctx context.Context, s *session) (string, error) {
	resp, token, err := s.signInApp(ctx, s.app.name)
	switch {
	case err != nil:
		return "", err
	case token != "":
		s.app.token = token
		return "accepted", nil
	}
	return "refused: " + resp.describe(), nil
}

// signInWithID runs only if the name works: otherwise nothing tells which grant to use.
func signInWithID(ctx context.Context, s *session) (string, error) {
	if s.app.token == "" {
		return "", notTested("the application cannot sign in")
	}
	return s.describeSignIn(ctx, s.app.id)
}

// poll repeats a check until it is true, and says how long that took.
func (s *session) poll(ctx context.Context, check func() (bool, error)) (when string, err error) {
	for attempt := range pollAttempts {
		if attempt > 0 {
			if err := s.wait(ctx, pollInterval); err != nil {
				return "", err
			}
		}
		done, err := check()
		switch {
		case err != nil:
			return "", err
		case done && attempt == 0:
			return "immediately", nil
		case done:
			return "later", nil
		}
	}
	return "", nil
}

func lastLogin(ctx context.Context, s *session) (string, error) {
	if s.app.token == "" {
		return "", notTested("the application cannot sign in")
	}
	before, err := s.readApp(ctx)
	if err != nil {
		return "", err
	}
	if _, present := before["lastLogin"]; !present {
		return "no such member", nil
	}
	if err := s.pause(ctx); err != nil {
		return "", err
	}
	if _, _, err := s.signInApp(ctx, s.app.name); err != nil {
		return "", err
	}
	when, err := s.poll(ctx, func() (bool, error) {
		after, err := s.readApp(ctx)
		return text(after["lastLogin"]) != text(before["lastLogin"]), err
	})
	if when == "" {
		when = "not within 12 s"
	}
	return when, err
}

// pause lets times with a resolution of a second move.
func (s *session) pause(ctx context.Context) error { return s.wait(ctx, 1100*time.Millisecond) }

// narrowestScope returns a project, else a department, a cluster or the tenant.
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

// weakestRole returns the id of a role that allows little.
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
		return "the id instead of the name", nil
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

// createDuplicate creates a rule that should be refused. One that is not is removed at the end.
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

// ruleApplies lists the application's own rules with a token from before the rule.
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

func regenerate(ctx context.Context, s *session) (string, error) {
	before, err := s.readApp(ctx)
	if err != nil {
		return "", err
	}
	if err := s.pause(ctx); err != nil {
		return "", err
	}
	resp, err := s.change(ctx, request{method: http.MethodPost, path: s.app.path() + "/secret"})
	switch {
	case err != nil:
		return "", err
	case resp.status == http.StatusForbidden:
		return "", errNotPermitted
	}
	s.app.previous, s.app.before = s.app.secret, before
	s.app.secret = text(resp.object()["clientSecret"]) + text(resp.object()["secret"])
	return resp.describeMembers(), nil
}

func regenerateUpdatedAt(ctx context.Context, s *session) (string, error) {
	if s.app.before == nil {
		return "", notTested("no secret was regenerated")
	}
	after, err := s.readApp(ctx)
	switch {
	case err != nil:
		return "", err
	case after["updatedAt"] == nil:
		return "no such member", nil
	case text(after["updatedAt"]) == text(s.app.before["updatedAt"]):
		return "no", nil
	}
	return "yes", nil
}

func oldSecret(ctx context.Context, s *session) (string, error) {
	if s.app.previous == "" || s.app.token == "" || s.grant == nil {
		return "", notTested("no secret was regenerated")
	}
	resp, token, err := s.signIn(ctx, *s.grant, s.app.name, s.app.previous)
	switch {
	case err != nil:
		return "", unanswered(ctx, err)
	case token != "":
		return "accepted", nil
	}
	return "refused: " + resp.describe(), nil
}

// livingToken reads with the token from before, which may be allowed nothing: anything but a 401 accepts it.
func livingToken(ctx context.Context, s *session) (string, error) {
	if s.app.token == "" {
		return "", notTested("the application cannot sign in")
	}
	when, err := s.poll(ctx, func() (bool, error) {
		resp, err := s.send(ctx, request{method: http.MethodGet, path: rulesPath + "?limit=1", token: s.app.token})
		return resp.status == http.StatusUnauthorized, unanswered(ctx, err)
	})
	if when != "" {
		return "refused " + when, err
	}
	return "valid for at least 12 s", err
}

func disable(ctx context.Context, s *session) (string, error) {
	if err := s.app.require(); err != nil {
		return "", err
	}
	resp, err := s.setEnabled(ctx, false)
	if err == nil && resp.status == http.StatusForbidden {
		return "", errNotPermitted
	}
	s.app.disabled = resp.status < 300
	return resp.describeMembers(), err
}

func newSignIn(ctx context.Context, s *session) (string, error) {
	if !s.app.disabled {
		return "", notTested("the application was not disabled")
	}
	return s.describeSignIn(ctx, s.app.name)
}

func enable(ctx context.Context, s *session) (string, error) {
	if !s.app.disabled {
		return "", notTested("the application was not disabled")
	}
	if resp, err := s.setEnabled(ctx, true); err != nil || resp.status >= 300 {
		return resp.describe(), err
	}
	return s.describeSignIn(ctx, s.app.name)
}

func deleteApp(ctx context.Context, s *session) (string, error) {
	if err := s.app.require(); err != nil {
		return "", err
	}
	resp, err := s.change(ctx, request{method: http.MethodDelete, path: s.app.path()})
	s.app.deleted = err == nil && resp.status < 300
	return resp.describe(), err
}

func getDeletedApp(ctx context.Context, s *session) (string, error) {
	if !s.app.deleted {
		return "", notTested("the application was not deleted")
	}
	return statusOf(request{method: http.MethodGet, path: s.app.path()})(ctx, s)
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
