package conform

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// probe answers one question about a control plane. Its answer is made of a closed vocabulary.
type probe struct {
	name, question string
	run            func(context.Context, *session) (string, error)
}

const (
	unknownPath = "/api/v1/runai-conform-unknown-path"
	unknownUUID = "00000000-0000-4000-8000-000000000000"
	nobody      = "runai-conform-nobody" // an application that signs in nowhere
)

// readProbes change nothing. Signing in may change lastLogin of the caller.
var readProbes = slices.Concat(signInProbes(), []probe{
	{"token-refused-v1", "How does /api/v1/token refuse credentials?", refusedBy(grants[1])},
	{"token-refused-v2", "How does /api/v2/token refuse credentials?", refusedBy(grants[0])},
	{"token-lifetime", "How long is a token valid?", tokenLifetime},
	{"token-party", "Which claim names the caller?", tokenParty},
	{"token-clock", "Do the clocks of Date and of the token agree?", tokenClock},
	{"invalid-token", "How is an invalid token refused?", statusOf(request{method: "GET", path: rulesPath, token: "invalid.token.invalid"})},
	{"no-token", "How is a request without a token refused?", statusOf(request{method: "GET", path: rulesPath, anonymous: true})},
	{"unknown-path", "What is the response to an unknown path, with a token?", statusOf(request{method: "GET", path: unknownPath})},
	{"unknown-path-anonymous", "And without a token?", statusOf(request{method: "GET", path: unknownPath, anonymous: true})},

	{"service-accounts", "Is the collection served?", served(accountsPath)},
	{"apps", "Is the collection served?", served(appsPath)},
	{"legacy-apps", "Is the collection served?", served(legacyPath)},
	{"installer", "Is the installer application served?", installer},
	{"application-members", "Which members has an application in the list?", applicationMembers},
	{"application-same-id", "Do service accounts and applications have the same ids?", sameID},
	{"application-unknown", "What is the response to an unknown id?", unknownApplication},

	{"rules-members", "Which members has an access rule?", ruleMembers},
	{"rules-envelope", "Which members has the list of access rules?", envelope(rulesPath + "?limit=1")},
	{"rules-limit", "What is the response to a limit above 500?", statusOf(request{method: "GET", path: rulesPath + "?limit=501"})},
	{"rules-unknown-parameter", "And to an unknown parameter?", statusOf(request{method: "GET", path: rulesPath + "?limit=1&runaiConform=1"})},
	{"rules-unknown-filter", "And to a filter by an unknown field?", statusOf(request{method: "GET", path: rulesPath + "?limit=1&filterBy=runaiConform%3D%3D1"})},
	{"rules-role-filter", "Does the parameter roleId narrow the list?", roleFilter},
	{"rules-unknown", "What is the response to an unknown id?", statusOf(request{method: "GET", path: rulesPath + "/2147483647"})},
	{"rules-count", "Which members has the count?", envelope(rulesPath + "/count")},
	{"subject-spelling", "Which member of an application is the subject of its rules?", subjectSpelling},
	{"subject-type", "Which subject types have rules of applications?", subjectTypes},
	{"own-rules", "Which shape has the list of the caller's rules?", ownRules},

	{"roles-v1", "Which shape has the list?", list(rolesV1Path)},
	{"roles-v2", "Which shape has the list?", list(rolesV2Path)},
	{"role-members", "Which members has a role?", roleMembers},
	{"role-names", "Which predefined roles exist?", roleNames},
	{"role-ids", "Which ids have the predefined roles?", roleIDs},
	{"permissions", "Which resource types control access?", permissions},

	{"clusters", "Which members identify a cluster?", clusterMembers},
	{"departments", "Which members has the list?", list("/api/v1/org-unit/departments?limit=1")},
	{"departments-limit", "What is the response to a limit above 500?", statusOf(request{method: "GET", path: "/api/v1/org-unit/departments?limit=501"})},
	{"departments-unknown-parameter", "And to an unknown parameter?", statusOf(request{method: "GET", path: "/api/v1/org-unit/departments?limit=1&runaiConform=1"})},
	{"departments-verbosity", "And to the parameter verbosity?", statusOf(request{method: "GET", path: "/api/v1/org-unit/departments?limit=1&verbosity=meta"})},
	{"projects", "Which members has the list?", list("/api/v1/org-unit/projects?limit=1")},
})

// signInProbes ask of each grant whether it accepts the caller's credentials.
func signInProbes() []probe {
	var probes []probe
	for _, g := range grants {
		probes = append(probes, probe{g.name, "Is the grant accepted, and what does it return?", func(ctx context.Context, s *session) (string, error) {
			if s.secret == "" {
				return "", notTested("it needs a client ID and a secret")
			}
			resp, _, err := s.signIn(ctx, g, s.clientID, s.secret)
			if err != nil {
				return "", unanswered(ctx, err)
			}
			return resp.describeMembers(), nil
		}})
	}
	return probes
}

// refusedBy signs in as an application that does not exist, so that no account can be locked.
func refusedBy(g grant) func(context.Context, *session) (string, error) {
	return func(ctx context.Context, s *session) (string, error) {
		resp, _, err := s.signIn(ctx, g, nobody, "invalid")
		if err != nil {
			return "", unanswered(ctx, err)
		}
		return resp.describe(), nil
	}
}

func tokenLifetime(_ context.Context, s *session) (string, error) {
	from, err := strconv.ParseInt(text(s.claims["iat"]), 10, 64)
	if err != nil {
		return "", notTested("the token has no time of issue")
	}
	until, err := strconv.ParseInt(text(s.claims["exp"]), 10, 64)
	if err != nil {
		return "", notTested("the token has no expiry")
	}
	return (time.Duration(until-from) * time.Second).String(), nil
}

func tokenParty(_ context.Context, s *session) (string, error) {
	if s.secret == "" {
		return "", notTested("it needs a client ID and a secret")
	}
	var names []string
	for _, claim := range []string{"azp", "client_id", "clientId", "sub", "preferred_username"} {
		if text(s.claims[claim]) == s.clientID {
			names = append(names, claim)
		}
	}
	if len(names) == 0 {
		return "none", nil
	}
	return strings.Join(names, ", "), nil
}

func tokenClock(ctx context.Context, s *session) (string, error) {
	if s.grant == nil {
		return "", notTested("it needs a client ID and a secret")
	}
	resp, token, err := s.signIn(ctx, *s.grant, s.clientID, s.secret)
	if err != nil {
		return "", unanswered(ctx, err)
	}
	issued, err := strconv.ParseInt(text(tokenClaims(token)["iat"]), 10, 64)
	if err != nil {
		return "", notTested("the token has no time of issue")
	}
	return skew(resp, time.Unix(issued, 0))
}

// statusOf describes the response to a request; a 403 is one of the answers only where the caller cannot be the reason.
func statusOf(r request) func(context.Context, *session) (string, error) {
	return func(ctx context.Context, s *session) (string, error) {
		resp, err := s.send(ctx, r)
		switch {
		case err != nil:
			return "", unanswered(ctx, err)
		case resp.status == http.StatusForbidden && !r.anonymous && r.token == "" && r.path != unknownPath:
			return "", errNotPermitted
		}
		return resp.describe(), nil
	}
}

// served reports whether a path exists. A caller without permissions can tell as well.
func served(path string) func(context.Context, *session) (string, error) {
	return func(ctx context.Context, s *session) (string, error) {
		resp, err := s.get(ctx, path)
		switch {
		case err != nil:
			return "", err
		case resp.isAbsent():
			return "not served", nil
		case resp.status == http.StatusForbidden && resp.kind() == "API error":
			return "", errNotPermitted
		}
		return resp.describe(), nil
	}
}

// envelope lists the members of the object at a path.
func envelope(path string) func(context.Context, *session) (string, error) {
	return func(ctx context.Context, s *session) (string, error) {
		resp, err := s.read(ctx, path)
		return resp.describeMembers(), err
	}
}

// list is envelope for a list that may not be served, or may be an array. The member next depends on the data.
func list(path string) func(context.Context, *session) (string, error) {
	return func(ctx context.Context, s *session) (string, error) {
		resp, err := s.get(ctx, path)
		switch {
		case err != nil:
			return "", err
		case resp.isAbsent():
			return "not served", nil
		case resp.status == http.StatusForbidden:
			return "", errNotPermitted
		case resp.kind() == "object":
			return resp.describe() + ": " + members(resp.object(), "next"), nil
		}
		return resp.describe(), nil
	}
}

// installer reads the installer application. Its secret is in the response and goes nowhere.
func installer(ctx context.Context, s *session) (string, error) {
	resp, err := s.get(ctx, appsPath+"/installer")
	switch {
	case err != nil:
		return "", err
	case resp.isAbsent():
		return "not served", nil
	case resp.status == http.StatusForbidden:
		return "", errNotPermitted
	}
	return resp.describeMembers(), nil
}

func applicationMembers(ctx context.Context, s *session) (string, error) {
	_, list, err := s.collection(ctx)
	switch {
	case err != nil:
		return "", err
	case len(list) == 0:
		return "", notTested("no application is visible")
	}
	return members(list[0]), nil
}

func sameID(ctx context.Context, s *session) (string, error) {
	older, err := s.read(ctx, appsPath)
	if err != nil {
		return "", err
	}
	newer, err := s.read(ctx, accountsPath)
	if err != nil {
		return "", err
	}
	for _, app := range objects(older.json) {
		for _, account := range objects(newer.json) {
			switch {
			case app["name"] != account["name"]:
			case app["id"] == account["id"]:
				return "the same ids", nil
			default:
				return "other ids", nil
			}
		}
	}
	return "other objects", nil
}

func unknownApplication(ctx context.Context, s *session) (string, error) {
	path, _, err := s.collection(ctx)
	if err != nil {
		return "", err
	}
	return statusOf(request{method: "GET", path: path + "/" + unknownUUID})(ctx, s)
}

// ruleMembers leaves out what only some rules have.
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

func roleMembers(ctx context.Context, s *session) (string, error) {
	roles, err := s.roles(ctx)
	switch {
	case err != nil:
		return "", err
	case len(roles) == 0:
		return "", notTested("no role is visible")
	}
	return members(roles[0], "deletedAt"), nil
}

// predefined returns the roles whose names are known to be predefined, and whether the control plane has other ones.
func (s *session) predefined(ctx context.Context) (known []map[string]any, others bool, err error) {
	names, err := predefinedRoles()
	if err != nil {
		return nil, false, err
	}
	roles, err := s.roles(ctx)
	for _, role := range roles {
		custom := role["custom"]
		switch {
		case custom != true && slices.Contains(names, text(role["name"])):
			known = append(known, role)
		case custom == false:
			others = true
		}
	}
	return known, others, err
}

func roleNames(ctx context.Context, s *session) (string, error) {
	roles, others, err := s.predefined(ctx)
	if err != nil {
		return "", err
	}
	var names []string
	for _, role := range roles {
		name := text(role["name"])
		if role["deprecated"] == true {
			name += " [deprecated]"
		}
		names = append(names, name)
	}
	answer := joinSet(names)
	if others {
		answer += ", and others"
	}
	return answer, nil
}

func roleIDs(ctx context.Context, s *session) (string, error) {
	roles, _, err := s.predefined(ctx)
	if err != nil {
		return "", err
	}
	var ids []string
	for _, role := range roles {
		if id, err := strconv.ParseInt(text(role["id"]), 10, 32); err == nil {
			ids = append(ids, fmt.Sprintf("%s = %d", text(role["name"]), id))
		}
	}
	return joinSet(ids), nil
}

// permissions looks for the resource types by which access is managed.
func permissions(ctx context.Context, s *session) (string, error) {
	resp, err := s.read(ctx, "/api/v1/authorization/permissions")
	if err != nil {
		return "", err
	}
	var found []string
	for _, permission := range objects(resp.json) {
		if name := text(permission["resourceType"]); slices.Contains([]string{"apps", "service-account", "access_rules", "roles"}, name) {
			found = append(found, name)
		}
	}
	return resp.kind() + ": " + joinSet(found), nil
}

func clusterMembers(ctx context.Context, s *session) (string, error) {
	resp, err := s.read(ctx, "/api/v1/clusters?"+url.Values{"verbosity": {"metadata"}}.Encode())
	if err != nil {
		return "", err
	}
	clusters := objects(resp.json)
	if len(clusters) == 0 {
		return "", notTested("no cluster is visible")
	}
	var found []string
	for _, member := range []string{"uuid", "id", "name", "status"} {
		if _, ok := clusters[0][member]; ok {
			found = append(found, member)
		}
	}
	return resp.kind() + ": " + strings.Join(found, ", "), nil
}
