package live

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

const (
	accountsPath = "/api/v1/service-accounts"
	appsPath     = "/api/v1/apps"
	legacyPath   = "/v1/k8s/apps"
	rulesPath    = "/api/v1/authorization/access-rules"
	ownRulesPath = "/api/v1/authorization/me/access-rules"
	rolesPath    = "/api/v2/authorization/roles?limit=500"

	tokenV2Path     = "/api/v2/token"
	tokenV1Path     = "/api/v1/token"
	tokenLegacyPath = "/v1/k8s/auth/oauth/apptoken"

	pageSize = 500
)

// upstream is a small client of the control plane, signed in as the caller. It does not share code with the provider's
// client, so a defect of that client cannot hide itself from the tests.
type upstream struct {
	Target

	mu         sync.Mutex
	token      string
	collection string // the newest path of applications that the control plane serves

	detect     sync.Once
	version    string // see likeVersion
	versionErr error
}

// response is an HTTP response with its body.
type response struct {
	status int
	header http.Header
	body   []byte
}

func (r response) decode(v any) error { return decodeJSON(r.body, v) }

// decodeJSON decodes JSON and keeps its numbers as they are.
func decodeJSON(body []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	return decoder.Decode(v)
}

// send sends a request once.
func (u *upstream) send(ctx context.Context, method, path, contentType, authorization string, body []byte) (response, error) {
	req, err := http.NewRequestWithContext(ctx, method, u.BaseURL+path, bytes.NewReader(body))
	if err != nil {
		return response{}, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "terraform-provider-runai-acceptance-tests")
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := u.HTTPClient.Do(req)
	if err != nil {
		return response{}, err
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	return response{resp.StatusCode, resp.Header, content}, err
}

// signIn obtains a token with the newest grant that the control plane serves. ok is false if the credentials are refused.
func (u *upstream) signIn(ctx context.Context, clientID, secret string) (token string, ok bool, err error) {
	grants := []struct {
		path string
		body any
	}{
		{tokenV2Path, url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret}}},
		{tokenV1Path, map[string]string{"grantType": "client_credentials", "clientID": clientID, "clientSecret": secret}},
		{tokenV1Path, map[string]string{"grantType": "app_token", "appID": clientID, "appSecret": secret}},
	}
	var last response
	for _, grant := range grants {
		contentType, body := "application/x-www-form-urlencoded", []byte(nil)
		if form, isForm := grant.body.(url.Values); isForm {
			body = []byte(form.Encode())
		} else if contentType = "application/json"; true {
			if body, err = json.Marshal(grant.body); err != nil {
				return "", false, err
			}
		}
		if last, err = u.send(ctx, http.MethodPost, grant.path, contentType, "", body); err != nil {
			return "", false, err
		}
		var granted map[string]any
		if last.status == http.StatusOK && last.decode(&granted) == nil {
			for _, member := range tokenMembers {
				if token, ok := granted[member].(string); ok && token != "" {
					return token, true, nil
				}
			}
		}
	}
	if last.status == http.StatusUnauthorized || last.status == http.StatusBadRequest || last.status == http.StatusForbidden {
		return "", false, nil
	}
	return "", false, fmt.Errorf("no token endpoint responds as expected at %s (the last one with %d)", u.BaseURL, last.status)
}

var tokenMembers = []string{"access_token", "accessToken"}

// authorize returns the caller's token, for a header.
func (u *upstream) authorize(ctx context.Context) (string, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.token == "" {
		token, ok, err := u.signIn(ctx, u.ClientID, u.ClientSecret)
		if err != nil {
			return "", err
		}
		if !ok {
			return "", fmt.Errorf("%s refuses RUNAI_CLIENT_ID and RUNAI_CLIENT_SECRET", u.BaseURL)
		}
		u.token = token
	}
	return "Bearer " + u.token, nil
}

// call sends a request as the caller, with a new token if the last one is refused.
func (u *upstream) call(ctx context.Context, method, path string) (got response, err error) {
	for range 2 {
		authorization, err := u.authorize(ctx)
		if err != nil {
			return response{}, err
		}
		if got, err = u.send(ctx, method, path, "", authorization, nil); err != nil || got.status != http.StatusUnauthorized {
			return got, err
		}
		u.mu.Lock()
		u.token = ""
		u.mu.Unlock()
	}
	return got, nil
}

// get decodes the response of a path.
func (u *upstream) get(ctx context.Context, path string, v any) error {
	got, err := u.call(ctx, http.MethodGet, path)
	if err != nil {
		return err
	}
	if got.status != http.StatusOK {
		return fmt.Errorf("GET %s%s returned %d", u.BaseURL, path, got.status)
	}
	return got.decode(v)
}

// applications returns all applications that the caller can list, from the newest API that is served.
func (u *upstream) applications(ctx context.Context) (list []map[string]any, err error) {
	u.mu.Lock()
	collections := []string{u.collection}
	u.mu.Unlock()
	if collections[0] == "" {
		collections = []string{accountsPath, appsPath, legacyPath}
	}
	for _, path := range collections {
		if err = u.get(ctx, path, &list); err == nil {
			u.mu.Lock()
			u.collection = path
			u.mu.Unlock()
			return list, nil
		}
	}
	return nil, fmt.Errorf("cannot list applications: %w", err)
}

// likeVersion returns a version with the same routes and roles as the control plane.
func (u *upstream) likeVersion(ctx context.Context) (string, error) {
	u.detect.Do(func() { u.version, u.versionErr = u.detectVersion(ctx) })
	return u.version, u.versionErr
}

func (u *upstream) detectVersion(ctx context.Context) (string, error) {
	if _, err := u.applications(ctx); err != nil {
		return "", err
	}
	u.mu.Lock()
	collection := u.collection
	u.mu.Unlock()
	switch collection {
	case legacyPath:
		return "2.17", nil
	case appsPath:
		return "2.22", nil
	}
	older, err := u.call(ctx, http.MethodGet, appsPath)
	if err != nil {
		return "", err
	}
	if older.status != http.StatusOK {
		return "3.0", nil
	}
	var roles any
	if err := u.get(ctx, rolesPath, &roles); err != nil {
		return "", err
	}
	if slices.ContainsFunc(objects(member(roles, "roles")), func(role map[string]any) bool { return role["deprecated"] == true }) {
		return "2.25", nil
	}
	return "2.24", nil
}

// rules returns all access rules that match a query of the API.
func (u *upstream) rules(ctx context.Context, query url.Values, authorization string) (list []map[string]any, refused *response, err error) {
	q := url.Values{"sortBy": {"createdAt"}}
	maps.Copy(q, query)
	q.Set("limit", fmt.Sprint(pageSize))
	for {
		q.Set("offset", fmt.Sprint(len(list)))
		got, err := u.send(ctx, http.MethodGet, rulesPath+"?"+q.Encode(), "", authorization, nil)
		if err != nil || got.status != http.StatusOK {
			return nil, &got, err
		}
		var page struct {
			TotalRecords int              `json:"totalRecords"`
			AccessRules  []map[string]any `json:"accessRules"`
		}
		if err := got.decode(&page); err != nil {
			return nil, &got, err
		}
		list = append(list, page.AccessRules...)
		if len(page.AccessRules) == 0 || len(list) >= page.TotalRecords {
			return list, nil, nil
		}
	}
}

// allRules returns all rules that are not deleted.
func (u *upstream) allRules(ctx context.Context) ([]map[string]any, error) {
	authorization, err := u.authorize(ctx)
	if err != nil {
		return nil, err
	}
	list, refused, err := u.rules(ctx, nil, authorization)
	if err == nil && refused != nil {
		err = fmt.Errorf("GET %s%s returned %d", u.BaseURL, rulesPath, refused.status)
	}
	return list, err
}

// remove deletes the rules and the applications whose names match. It deletes rules first, since a remaining rule would
// apply to the next application with the same name. It continues after an error.
func (u *upstream) remove(ctx context.Context, matches func(name string) bool) (removed []string, err error) {
	var errs []error
	remove := func(path, what string) {
		got, err := u.call(ctx, http.MethodDelete, path)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("cannot delete the %s: %w", what, err))
		case got.status >= 300 && got.status != http.StatusNotFound:
			errs = append(errs, fmt.Errorf("cannot delete the %s: DELETE %s%s returned %d", what, u.BaseURL, path, got.status))
		default:
			removed = append(removed, what)
		}
	}
	rules, err := u.allRules(ctx)
	errs = append(errs, err)
	for _, rule := range rules {
		if subject, _ := rule["subjectId"].(string); matches(subject) {
			remove(rulesPath+"/"+url.PathEscape(fmt.Sprint(rule["id"])), "access rule of "+subject)
		}
	}
	apps, err := u.applications(ctx)
	errs = append(errs, err)
	for _, app := range apps {
		if name, _ := app["name"].(string); matches(name) {
			remove(u.collection+"/"+url.PathEscape(idOf(app)), "application "+name)
		}
	}
	slices.Sort(removed)
	return removed, errors.Join(errs...)
}

// Sweep removes what any run of the tests left on the control plane. It returns the names of the removed objects.
func Sweep(ctx context.Context, target Target) (removed []string, err error) {
	return (&upstream{Target: target}).remove(ctx, ownName.MatchString)
}

// idOf returns the ID of an application. The legacy API calls it clientId.
func idOf(app map[string]any) string {
	if id, ok := app["id"].(string); ok {
		return id
	}
	id, _ := app["clientId"].(string)
	return id
}

// claimsOf returns the claims of a JWT, without verification.
func claimsOf(token string) map[string]any {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims map[string]any
	if err != nil || decodeJSON(payload, &claims) != nil {
		return nil
	}
	return claims
}
