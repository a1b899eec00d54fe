package conform

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

const (
	accountsPath = "/api/v1/service-accounts"
	appsPath     = "/api/v1/apps"
	legacyPath   = "/v1/k8s/apps"
	rulesPath    = "/api/v1/authorization/access-rules"
	ownRulesPath = "/api/v1/authorization/me/access-rules"
	rolesV1Path  = "/api/v1/authorization/roles"
	rolesV2Path  = "/api/v2/authorization/roles"

	pageSize = 500
)

// collections are the paths of applications, newest first.
var collections = []string{accountsPath, appsPath, legacyPath}

// session is one run of the probes against one control plane.
type session struct {
	client
	announce func(name string)

	clientID, secret string // of the caller; the secret is empty if only a token was given
	grant            *grant // that signed in first
	claims           map[string]any

	app throwaway
}

// collection returns the newest path of applications that the caller can list, and its entries.
func (s *session) collection(ctx context.Context) (path string, list []map[string]any, err error) {
	reason := notTested("not served")
	for _, path := range collections {
		resp, err := s.read(ctx, path)
		if err == nil {
			return path, objects(resp.json), nil
		}
		if ctx.Err() != nil {
			return "", nil, ctx.Err()
		}
		if !resp.isAbsent() {
			reason = err
		}
	}
	return "", nil, reason
}

// rules returns all access rules that match a query.
func (s *session) rules(ctx context.Context, query url.Values) ([]map[string]any, error) {
	var all []map[string]any
	q := url.Values{"limit": {fmt.Sprint(pageSize)}, "sortBy": {"createdAt"}}
	maps.Copy(q, query)
	for {
		q.Set("offset", fmt.Sprint(len(all)))
		resp, err := s.read(ctx, rulesPath+"?"+q.Encode())
		if err != nil {
			return nil, err
		}
		page := objects(resp.object()["accessRules"])
		all = append(all, page...)
		if len(page) == 0 || text(resp.object()["totalRecords"]) == fmt.Sprint(len(all)) {
			return all, nil
		}
	}
}

// roles returns the roles of the newer API that is served.
func (s *session) roles(ctx context.Context) ([]map[string]any, error) {
	var all []map[string]any
	resp, err := s.read(ctx, rolesV2Path+"?limit=500")
	for err == nil {
		if resp.kind() == "array" {
			return objects(resp.json), nil
		}
		all = append(all, objects(resp.object()["roles"])...)
		next := text(resp.object()["next"])
		if next == "" || next == "0" {
			return all, nil
		}
		resp, err = s.read(ctx, rolesV2Path+"?limit=500&offset="+url.QueryEscape(next))
	}
	if !resp.isAbsent() {
		return nil, err
	}
	if resp, err = s.read(ctx, rolesV1Path); err != nil {
		return nil, err
	}
	return objects(resp.json), nil
}

// predefinedRoles are the names of the predefined roles of all versions. Only these may be part of an answer.
var predefinedRoles = sync.OnceValues(func() (names []string, err error) {
	for _, version := range mockserver.Versions() {
		mock, err := mockserver.New(mockserver.Options{Version: version})
		if err != nil {
			return nil, err
		}
		for _, role := range mock.Roles() {
			names = append(names, role.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
})

// isSubjectOfApplication reports whether a rule has an application as its subject.
func isSubjectOfApplication(rule map[string]any) bool {
	return slices.Contains([]string{"app", "service-account"}, text(rule["subjectType"]))
}

// spellingOf names the field by which a rule refers to an application, if it does.
func spellingOf(subject string, app map[string]any) string {
	switch subject {
	case "":
		return ""
	case text(app["name"]):
		return "name"
	case text(app["id"]):
		return "id"
	case text(app["clientId"]):
		return "client ID"
	}
	return ""
}

// parseTime parses a time of the API.
func parseTime(v any) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, text(v))
	return t, err == nil
}

// skew describes the difference between a Date header and a time in the data.
func skew(resp response, at time.Time) (string, error) {
	date, err := time.Parse(time.RFC1123, resp.header.Get("Date"))
	if err != nil {
		return "", notTested("no Date header")
	}
	const tolerance = 5 * time.Second
	ahead := date.Sub(at.Truncate(time.Second))
	switch {
	case ahead.Abs() <= tolerance:
		return "the same within " + tolerance.String(), nil
	case ahead > 0:
		return "Date is ahead by " + ahead.Round(time.Second).String(), nil
	}
	return "Date is behind by " + ahead.Abs().Round(time.Second).String(), nil
}

// joinSet lists distinct texts in order.
func joinSet(list []string) string {
	slices.Sort(list)
	return strings.Join(slices.Compact(list), ", ")
}
