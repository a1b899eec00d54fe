package conform

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// TestRun_FindsSeededDifferences changes one behavior of the mock at a time.
func TestRun_FindsSeededDifferences(t *testing.T) {
	t.Parallel()
	const accounts = accountsPath + "/"
	seeded := []struct {
		probe, difference string
		version           string // default 2.24
		options           mockserver.Options
		wrap              wrapper
	}{
		// read only
		{probe: "service-accounts", difference: "a collection is not served", wrap: absent(accountsPath)},
		{probe: "apps", difference: "the older collection is gone", wrap: absent(appsPath)},
		{probe: "legacy-apps", difference: "the legacy collection is gone", version: "2.22", wrap: absent(legacyPath)},
		{probe: "installer", difference: "the installer is gone", version: "2.22", wrap: absent(appsPath + "/installer")},
		{probe: "roles-v1", difference: "roles v1 are gone", wrap: absent(rolesV1Path)},
		{probe: "roles-v2", difference: "roles v2 are an array", wrap: rewrite("GET", rolesV2Path, func(e *exchange) { e.body = object(e.body)["roles"] })},
		{probe: "role-names", difference: "a predefined role is missing", wrap: rewrite("GET", rolesV2Path, func(e *exchange) {
			o := object(e.body)
			o["roles"] = o["roles"].([]any)[1:]
		})},
		{probe: "role-names", difference: "a role is deprecated", wrap: rewrite("GET", rolesV2Path, func(e *exchange) {
			eachObject(e.body, "roles", func(role map[string]any) { role["deprecated"] = role["name"] == "Viewer" })
		})},
		{probe: "role-ids", difference: "a predefined role has another id", wrap: rewrite("GET", rolesV2Path, func(e *exchange) {
			eachObject(e.body, "roles", func(role map[string]any) {
				if role["name"] == "Editor" {
					role["id"] = 400
				}
			})
		})},
		{probe: "role-members", difference: "roles have no description", wrap: rewrite("GET", rolesV2Path, func(e *exchange) {
			eachObject(e.body, "roles", func(role map[string]any) { delete(role, "description") })
		})},
		{probe: "own-rules", difference: "the caller's rules are not nested", wrap: rewrite("GET", ownRulesPath, func(e *exchange) { e.body = object(e.body)["accessRules"] })},
		{probe: "unknown-path", difference: "a gateway answers unknown paths", options: mockserver.Options{UnknownPath: mockserver.UnknownPathUnauthorized}},
		{probe: "unknown-path-anonymous", difference: "unknown paths need a token", options: mockserver.Options{UnknownPathAfterAuth: true}},
		{probe: "invalid-token", difference: "an invalid token is refused in text", wrap: rewrite("GET", rulesPath, func(e *exchange) {
			if e.status == http.StatusUnauthorized && e.Header.Get("Authorization") != "" {
				e.body = "Jwt verification fails"
			}
		})},
		{probe: "no-token", difference: "no token is a 403", wrap: rewrite("GET", rulesPath, func(e *exchange) {
			if e.Header.Get("Authorization") == "" {
				e.status, e.body = 403, map[string]any{"code": 403, "message": "no"}
			}
		})},
		{probe: "token-v2", difference: "the token has no expires_in", wrap: rewrite("POST", "/api/v2/token", func(e *exchange) { delete(object(e.body), "expires_in") })},
		{probe: "token-v1-app-token", difference: "the grant app_token is refused", wrap: rewrite("POST", "/api/v1/token", func(e *exchange) {
			if strings.Contains(string(e.sent), "app_token") {
				e.status, e.body = 400, map[string]any{"code": 400, "message": "unsupported"}
			}
		})},
		{probe: "token-legacy", difference: "the legacy token endpoint is gone", wrap: absent("/v1/k8s/auth")},
		{probe: "token-refused-v1", difference: "refused credentials are a 400", wrap: rewrite("POST", "/api/v1/token", func(e *exchange) {
			if e.status == http.StatusUnauthorized {
				e.status, e.body = 400, map[string]any{"code": 400, "message": "no"}
			}
		})},
		{probe: "token-refused-v2", difference: "the error is not in the OAuth shape", wrap: rewrite("POST", "/api/v2/token", func(e *exchange) {
			if e.status == http.StatusUnauthorized {
				e.body = map[string]any{"code": 401, "message": "no"}
			}
		})},
		{probe: "token-lifetime", difference: "tokens live for a day", options: mockserver.Options{TokenLifetime: 24 * time.Hour}},
		{probe: "token-clock", difference: "Date runs ahead", options: mockserver.Options{ClockSkew: 90 * time.Second}},
		{probe: "application-members", difference: "applications have no clientId", wrap: rewrite("GET", accountsPath, func(e *exchange) {
			eachObject(e.body, "", func(app map[string]any) { delete(app, "clientId") })
		})},
		{probe: "application-same-id", difference: "ids differ between the collections", wrap: rewrite("GET", appsPath, func(e *exchange) {
			eachObject(e.body, "", func(app map[string]any) { app["id"] = fmt.Sprint("old-", app["id"]) })
		})},
		{probe: "application-list-limit", difference: "a list is cut at 1,000", options: mockserver.Options{Applications: 1200, ListLimit: 1000}},
		{probe: "application-unknown", difference: "the error has no code", wrap: rewrite("GET", accounts, func(e *exchange) { delete(object(e.body), "code") })},
		{probe: "rules-limit", difference: "a limit above 500 is accepted", wrap: without(rulesPath, "limit")},
		{probe: "rules-unknown-filter", difference: "unknown filters are ignored", wrap: edit(func(_ *mockserver.Server, r *http.Request) {
			r.URL.RawQuery = strings.ReplaceAll(r.URL.RawQuery, "filterBy=runaiConform%3D%3D1", "")
		})},
		{probe: "rules-role-filter", difference: "roleId is ignored", wrap: without(rulesPath, "roleId")},
		{probe: "rules-members", difference: "rules have no createdBy", wrap: rewrite("GET", rulesPath, func(e *exchange) {
			eachObject(e.body, "accessRules", func(rule map[string]any) { delete(rule, "createdBy") })
		})},
		{probe: "subject-type", difference: "the subject type is returned as app", wrap: rewrite("GET", rulesPath, func(e *exchange) {
			eachObject(e.body, "accessRules", func(rule map[string]any) { rule["subjectType"] = "app" })
		})},
		{probe: "subject-spelling", difference: "the subject is the id", wrap: func(mock *mockserver.Server, next http.Handler) http.Handler {
			id := mock.State().Applications[0].ID
			return rewrite("GET", rulesPath, func(e *exchange) {
				eachObject(e.body, "accessRules", func(rule map[string]any) {
					if rule["subjectId"] == "conformer" {
						rule["subjectId"] = id
					}
				})
			})(mock, next)
		}},
		{probe: "system-scope", difference: "the scope is the system tenant", wrap: rewrite("GET", rulesPath, func(e *exchange) {
			eachObject(e.body, "accessRules", func(rule map[string]any) {
				if rule["scopeType"] == "system" {
					rule["scopeId"] = "1"
				}
			})
		})},
		{probe: "all-users-path", difference: "the path exists, and has no GET", version: "3.0", wrap: rewrite("GET", rulesPath+"/"+allUsers, func(e *exchange) {
			e.status, e.body = 405, map[string]any{"code": 405, "message": "no"}
		})},
		{probe: "all-users-rule", difference: "such a rule has another member", version: "3.0", wrap: rewrite("GET", rulesPath, func(e *exchange) {
			eachObject(e.body, "accessRules", func(rule map[string]any) {
				if rule["subjectType"] == allUsers {
					rule["permissions"] = []any{}
				}
			})
		})},
		{probe: "departments-unknown-parameter", difference: "unknown parameters are ignored", wrap: without("/api/v1/org-unit/departments", "runaiConform")},
		{probe: "departments-limit", difference: "a limit above 500 is accepted", wrap: without("/api/v1/org-unit/departments", "limit")},
		{probe: "departments-verbosity", difference: "verbosity is refused", wrap: rewrite("GET", "/api/v1/org-unit/departments", func(e *exchange) {
			if e.URL.Query().Has("verbosity") {
				e.status, e.body = 400, map[string]any{"code": 400, "message": "no"}
			}
		})},

		// -write
		{probe: "create", difference: "a creation is a 200", wrap: rewrite("POST", accountsPath, func(e *exchange) {
			if e.status == http.StatusCreated {
				e.status = http.StatusOK
			}
		})},
		{probe: "create-again", difference: "a taken name is a 400", wrap: rewrite("POST", accountsPath, refuseConflictWith(400))},
		{probe: "create-listed", difference: "new applications are cut off", wrap: rewrite("GET", accountsPath, func(e *exchange) {
			if list, isList := e.body.([]any); isList {
				e.body = list[:1]
			}
		})},
		{probe: "create-clock", difference: "Date runs behind", options: mockserver.Options{ClockSkew: -time.Minute}},
		{probe: "created-by", difference: "createdBy is Keycloak's user", options: mockserver.Options{CreatedByPrefix: "service-account-"}},
		{probe: "rule-created-by", difference: "createdBy of rules is Keycloak's user", options: mockserver.Options{CreatedByPrefix: "service-account-"}},
		{probe: "sign-in-id", difference: "the id signs in", wrap: signInWithIDs},
		{probe: "last-login", difference: "lastLogin never moves", wrap: rewrite("GET", accounts, func(e *exchange) { object(e.body)["lastLogin"] = nil })},
		{probe: "sign-in-updated-at", difference: "updatedAt moves with lastLogin", wrap: rewrite("GET", accounts, func(e *exchange) {
			if o := object(e.body); o["lastLogin"] != nil {
				o["updatedAt"] = o["lastLogin"]
			}
		})},
		{probe: "rule-create", difference: "a new rule has no createdAt", wrap: rewrite("POST", rulesPath, func(e *exchange) { delete(object(e.body), "createdAt") })},
		{probe: "rule-subject", difference: "the subject is returned as something else", wrap: rewrite("POST", rulesPath, func(e *exchange) { object(e.body)["subjectId"] = "another" })},
		{probe: "rule-subject-type", difference: "the subject type is returned as app", wrap: rewrite("POST", rulesPath, func(e *exchange) { object(e.body)["subjectType"] = "app" })},
		{probe: "rule-duplicate", difference: "a duplicate is a 400", wrap: rewrite("POST", rulesPath, refuseConflictWith(400))},
		{probe: "rule-duplicate-app", difference: "the older subject type is refused", wrap: rewrite("POST", rulesPath, func(e *exchange) {
			if strings.Contains(string(e.sent), `"app"`) {
				e.status, e.body = 400, map[string]any{"code": 400, "message": "no"}
			}
		})},
		{probe: "rule-get", difference: "a rule has no scopePath", wrap: rewrite("GET", rulesPath+"/", func(e *exchange) { delete(object(e.body), "scopePath") })},
		{probe: "rule-applies", difference: "a rule for the name does not apply", wrap: rewrite("GET", ownRulesPath, func(e *exchange) {
			object(object(e.body)["accessRules"])["accessRules"] = []any{}
		})},
		{probe: "regenerate", difference: "the secret has its older name", wrap: rewrite("POST", accounts, func(e *exchange) {
			if o := object(e.body); o["clientSecret"] != nil {
				o["secret"] = o["clientSecret"]
				delete(o, "clientSecret")
			}
		})},
		{probe: "regenerate-updated-at", difference: "updatedAt does not move", wrap: rewrite("GET", accounts, func(e *exchange) {
			o := object(e.body)
			o["updatedAt"] = o["createdAt"]
		})},
		{probe: "regenerate-last-login", difference: "lastLogin moves with updatedAt", wrap: rewrite("GET", accounts, func(e *exchange) {
			o := object(e.body)
			o["lastLogin"] = o["updatedAt"]
		})},
		{probe: "regenerate-old-secret", difference: "the previous secret stays valid", wrap: keepOldSecrets},
		{probe: "disable", difference: "a PATCH returns the object", wrap: rewrite("PATCH", accounts, func(e *exchange) { e.body = map[string]any{"id": "1"} })},
		{probe: "disable-token", difference: "living tokens end", wrap: endTokensOfDisabled},
		{probe: "disable-sign-in", difference: "a disabled application signs in", wrap: edit(func(_ *mockserver.Server, r *http.Request) {
			if r.Method == http.MethodPatch {
				r.Method, r.URL.Path = http.MethodGet, accountsPath
			}
		})},
		{probe: "delete", difference: "a deletion is a 200", wrap: rewrite("DELETE", accounts, func(e *exchange) { e.status = http.StatusOK })},
		{probe: "rule-without-application", difference: "rules go with their application", wrap: cascade},
		{probe: "rule-delete", difference: "the deletion of a rule is a 200", wrap: rewrite("DELETE", rulesPath, func(e *exchange) { e.status = http.StatusOK })},
		{probe: "rule-deleted", difference: "a deleted rule is served with deletedAt", wrap: rewrite("GET", rulesPath+"/", func(e *exchange) {
			if e.status == http.StatusNotFound {
				e.status, e.body = 200, map[string]any{"id": 1, "deletedAt": "2026-03-01T12:00:00Z"}
			}
		})},
		{probe: "rule-include-deleted", difference: "includeDeleted is ignored", wrap: without(rulesPath, "includeDeleted")},
	}
	isRead := map[string]bool{}
	for _, p := range readProbes {
		isRead[p.name] = true
	}
	for _, seed := range seeded {
		t.Run(seed.probe+", "+seed.difference, func(t *testing.T) {
			t.Parallel()
			seed.options.Version = seed.version
			if seed.version == "" {
				seed.options.Version = "2.24"
			}
			p := startPlane(t, seed.options, seed.wrap)
			p.options.Write = !isRead[seed.probe]
			report := p.run(t)
			if got := report.result(t, seed.probe); got.Result != Different || got.ControlPlane == got.Mock {
				t.Errorf("not found: %+v", got)
			}
			if report.Differences == 0 {
				t.Error("the report counts no differences")
			}
			p.mustBeClean(t)
		})
	}
}

func refuseConflictWith(status int) func(*exchange) {
	return func(e *exchange) {
		if e.status == http.StatusConflict {
			e.status, e.body = status, map[string]any{"code": status, "message": "already exists"}
		}
	}
}

// changeForm changes the form of each request to /api/v2/token before a handler reads it.
func changeForm(next http.Handler, change func(form url.Values)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v2/token" && r.ParseForm() == nil {
			change(r.PostForm)
			body := r.PostForm.Encode()
			r = r.Clone(r.Context())
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		}
		next.ServeHTTP(w, r)
	})
}

// signInWithIDs accepts the ID of an application as its client ID.
func signInWithIDs(mock *mockserver.Server, next http.Handler) http.Handler {
	return changeForm(next, func(form url.Values) {
		for _, app := range mock.State().Applications {
			if app.ID == form.Get("client_id") {
				form.Set("client_id", app.Name)
			}
		}
	})
}

// keepOldSecrets replaces a previous secret of the run's application by its current one.
func keepOldSecrets(mock *mockserver.Server, next http.Handler) http.Handler {
	return changeForm(next, func(form url.Values) {
		if name := form.Get("client_id"); ownName.MatchString(name) {
			for _, secret := range mock.Issued() {
				if mock.IsSecretOf(name, secret) {
					form.Set("client_secret", secret)
				}
			}
		}
	})
}

// endTokensOfDisabled refuses the tokens of disabled applications.
func endTokensOfDisabled(mock *mockserver.Server, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		party := text(tokenClaims(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))["azp"])
		for _, app := range mock.State().Applications {
			if app.Name == party && !app.Enabled {
				respond(w, 401, http.Header{}, map[string]any{"code": 401, "message": "no"})
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// cascade deletes the rules of an application with it.
func cascade(mock *mockserver.Server, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete && strings.HasPrefix(r.URL.Path, accountsPath) {
			for _, rule := range mock.State().AccessRules {
				if rule.DeletedAt == nil && ownName.MatchString(rule.SubjectID) {
					mock.DeleteAccessRule(rule.ID)
				}
			}
		}
		next.ServeHTTP(w, r)
	})
}
