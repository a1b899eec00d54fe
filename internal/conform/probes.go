package conform

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// probe answers one question about a control plane. Its answer has a closed vocabulary.
type probe struct {
	name, question string
	run            func(context.Context, *session) (string, error)
}

const (
	unknownPath = "/api/v1/runai-conform-unknown-path"
	unknownUUID = "00000000-0000-4000-8000-000000000000"
	nobody      = "runai-conform-nobody" // an application that signs in nowhere
)

// The time that a probe waits for a late effect.
const (
	pollAttempts = 5
	pollInterval = 3 * time.Second
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
	{"application-list-limit", "Is a list of 1,000 applications and more cut?", listLimit},
	{"application-same-id", "Do service accounts and applications have the same IDs?", sameID},
	{"application-unknown", "What is the response to an unknown ID?", unknownApplication},

	{"rules-members", "Which members has an access rule?", ruleMembers},
	{"rules-envelope", "Which members has the list of access rules?", envelope(rulesPath + "?limit=1")},
	{"rules-limit", "What is the response to a limit above 500?", statusOf(request{method: "GET", path: rulesPath + "?limit=501"})},
	{"rules-unknown-parameter", "And to an unknown parameter?", statusOf(request{method: "GET", path: rulesPath + "?limit=1&runaiConform=1"})},
	{"rules-unknown-filter", "And to a filter by an unknown field?", statusOf(request{method: "GET", path: rulesPath + "?limit=1&filterBy=runaiConform%3D%3D1"})},
	{"rules-role-filter", "Does the parameter roleId narrow the list?", roleFilter},
	{"rules-unknown", "What is the response to an unknown ID?", statusOf(request{method: "GET", path: rulesPath + "/2147483647"})},
	{"rules-count", "Which members has the count?", envelope(rulesPath + "/count")},
	{"subject-spelling", "Which member of an application is the subject of its rules?", subjectSpelling},
	{"subject-type", "Which subject types have rules of applications?", subjectTypes},
	{"system-scope", "Which tenant is the scope of rules for the system?", systemScope},
	{"all-users-path", "What is at the path that the creation of a rule for all authenticated users may have?", statusOf(request{method: "GET", path: rulesPath + "/" + allUsers})},
	{"all-users-rule", "Which members has such a rule?", allUsersRule},
	{"own-rules", "Which shape has the list of the caller's rules?", ownRules},

	{"roles-v1", "Which shape has the list?", list(rolesV1Path)},
	{"roles-v2", "Which shape has the list?", list(rolesV2Path)},
	{"role-members", "Which members has a role?", roleMembers},
	{"role-names", "Which predefined roles exist?", roleNames},
	{"role-ids", "Which IDs have the predefined roles?", roleIDs},
	{"permissions", "Which resource types control access?", permissions},

	{"clusters", "Which members identify a cluster?", clusterMembers},
	{"departments", "Which members has the list?", list("/api/v1/org-unit/departments?limit=1")},
	{"departments-limit", "What is the response to a limit above 500?", statusOf(request{method: "GET", path: "/api/v1/org-unit/departments?limit=501"})},
	{"departments-unknown-parameter", "And to an unknown parameter?", statusOf(request{method: "GET", path: "/api/v1/org-unit/departments?limit=1&runaiConform=1"})},
	{"departments-verbosity", "And to the parameter verbosity?", statusOf(request{method: "GET", path: "/api/v1/org-unit/departments?limit=1&verbosity=meta"})},
	{"projects", "Which members has the list?", list("/api/v1/org-unit/projects?limit=1")},
})

// writeProbes create, change and delete one application and one rule. They run in this order, since each one depends on
// the ones before.
var writeProbes = []probe{
	{"create", "What does the creation of an application return?", create},
	{"create-again", "How is a name refused that is taken?", createAgain},
	{"create-listed", "Is a new application in the list?", createListed},
	{"create-clock", "Do Date and createdAt agree?", createClock},
	{"created-by", "What is createdBy if an application creates?", createdBy},
	{"application", "Which members has a new application?", newMembers},
	{"sign-in-name", "Does the application sign in with its name?", signInWithName},
	{"sign-in-id", "Does it sign in with its ID?", signInWithID},
	{"last-login", "Does a sign-in through the API change lastLogin?", lastLogin},
	{"sign-in-updated-at", "Does it change updatedAt?", signInUpdatedAt},

	{"rule-create", "What does the creation of an access rule return?", createRule},
	{"rule-subject", "Is the subject returned as sent?", ruleSubject},
	{"rule-subject-type", "Is the subject type returned as sent?", ruleSubjectType},
	{"rule-created-by", "What is createdBy if an application creates?", ruleCreatedBy},
	{"rule-duplicate", "How is a duplicate rule refused?", duplicateRule},
	{"rule-duplicate-app", "And one with the older subject type?", duplicateRuleOfApp},
	{"rule-get", "What does GET by ID return?", getRule},
	{"rule-applies", "Does a living token see a new rule for the application's name?", ruleApplies},

	{"regenerate", "What does the regeneration of the secret return?", regenerate},
	{"regenerate-updated-at", "Does it change updatedAt?", movedByRegeneration("updatedAt")},
	{"regenerate-last-login", "Does it change lastLogin?", movedByRegeneration("lastLogin")},
	{"regenerate-old-secret", "Is the previous secret refused?", oldSecret},
	{"regenerate-old-token", "Do tokens of the previous secret stay valid?", livingToken},

	{"disable", "What does enabled=false return?", disable},
	{"disable-sign-in", "How is a sign-in of a disabled application refused?", newSignIn},
	{"disable-token", "Do tokens of a disabled application stay valid?", livingToken},
	{"enable-sign-in", "Does it sign in again after enabled=true?", enable},

	{"delete", "What does the deletion of an application return?", deleteApp},
	{"delete-token", "Do tokens of a deleted application stay valid?", livingToken},
	{"deleted", "What does GET by ID of a deleted application return?", getDeletedApp},
	{"rule-without-application", "What happens to the rule of a deleted application?", ruleAfterApp},
	{"rule-delete", "What does the deletion of a rule return?", deleteRule},
	{"rule-deleted", "What does GET by ID of a deleted rule return?", getDeletedRule},
	{"rule-include-deleted", "Is a deleted rule listed with includeDeleted?", includeDeleted},
}

// statusOf describes the response to a request; a 403 is an answer only if it cannot be due to the caller.
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

// served reports whether a path exists. It also works for a caller without permissions.
func served(path string) func(context.Context, *session) (string, error) {
	return ifServed(path, func(resp response) (string, error) {
		if resp.status == http.StatusForbidden && resp.kind() == "API error" {
			return "", errNotPermitted
		}
		return resp.describe(), nil
	})
}

// ifServed describes the response to a GET of a path that may not be served.
func ifServed(path string, describe func(response) (string, error)) func(context.Context, *session) (string, error) {
	return func(ctx context.Context, s *session) (string, error) {
		resp, err := s.get(ctx, path)
		switch {
		case err != nil:
			return "", err
		case resp.isAbsent():
			return "not served", nil
		}
		return describe(resp)
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
	return ifServed(path, func(resp response) (string, error) {
		switch {
		case resp.status == http.StatusForbidden:
			return "", errNotPermitted
		case resp.kind() == "object":
			return resp.describe() + ": " + members(resp.object(), "next"), nil
		}
		return resp.describe(), nil
	})
}

// poll repeats a check until it is true, and describes how long that took.
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

// pause waits until times with a resolution of a second have changed.
func (s *session) pause(ctx context.Context) error { return s.wait(ctx, 1100*time.Millisecond) }
