package runai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// AccessRules are the access rules of a tenant.
type AccessRules struct {
	session *session
	list    *listcache.Cache[AccessRule]
	owned   ownedIDs
	absent  absentKeys

	applications *Applications
	clusters     *Clusters
	departments  *Departments
	projects     *Projects
}

func newAccessRules(s *session, applications *Applications, clusters *Clusters, departments *Departments, projects *Projects) *AccessRules {
	r := &AccessRules{session: s, applications: applications, clusters: clusters, departments: departments, projects: projects}
	r.list = listcache.New(listcache.Source[AccessRule]{
		Key:   ruleID,
		Names: func(rule AccessRule) []string { return []string{strings.ToLower(rule.SubjectID)} },
		Pages: func() func(context.Context) (listcache.Page[AccessRule], error) { return r.pages(nil) },
		Read:  r.readOwned,
		Now:   s.Config.Now, NotFound: ErrNotFound, Forbidden: ErrForbidden,
	})
	return r
}

func formatRuleID(id int64) string { return strconv.FormatInt(id, 10) }

// ruleID is the cache key of a rule, empty if it has no ID.
func ruleID(rule AccessRule) string {
	if rule.ID == 0 {
		return ""
	}
	return formatRuleID(rule.ID)
}

const accessRulesPath = "/api/v1/authorization/access-rules"

// List returns all active rules that are visible to the caller, including all writes of
// this client.
func (r *AccessRules) List(ctx context.Context) ([]AccessRule, error) {
	l, err := r.Listing(ctx)
	return l.Items, err
}

// Listing is List, and reports how many entries could not be decoded.
func (r *AccessRules) Listing(ctx context.Context) (Listing[AccessRule], error) {
	return r.list.List(ctx, listcache.AfterWrites)
}

// ListWithDeleted returns the deleted ones as well, which have DeletedAt.
func (r *AccessRules) ListWithDeleted(ctx context.Context) ([]AccessRule, error) {
	return r.query(ctx, url.Values{"includeDeleted": {"true"}})
}

// ListBySubject returns the active rules of one subject, of any subject type.
func (r *AccessRules) ListBySubject(ctx context.Context, subjectID string) ([]AccessRule, error) {
	// It sends only one condition: the documents of 2.18 do not state how several are
	// joined, and one on the type would miss its alias. A comma cannot be escaped.
	if strings.Contains(subjectID, ",") {
		return r.filterAllBySubject(ctx, subjectID)
	}
	rules, err := r.query(ctx, url.Values{"filterBy": {"subjectId==" + subjectID}})
	var e *Error
	if errors.As(err, &e) && e.Status == http.StatusBadRequest {
		return r.filterAllBySubject(ctx, subjectID) // this control plane does not accept the filter
	}
	rules = filterBySubject(rules, subjectID)
	if lower := strings.ToLower(subjectID); err == nil && len(rules) == 0 && strings.Contains(subjectID, "@") && lower != subjectID {
		return r.ListBySubject(ctx, lower) // as the identity provider keeps e-mails; the filter is case-sensitive
	}
	return rules, err
}

func (r *AccessRules) filterAllBySubject(ctx context.Context, subjectID string) ([]AccessRule, error) {
	l, err := r.list.Lookup(ctx, strings.ToLower(subjectID), listcache.AfterWrites, nil)
	return l.Items, err
}

// filterBySubject removes the rules of other subjects: a server that does not support
// the filter returns all.
func filterBySubject(rules []AccessRule, subjectID string) []AccessRule {
	return slices.DeleteFunc(rules, func(rule AccessRule) bool {
		return !strings.EqualFold(rule.SubjectID, subjectID)
	})
}

// Get returns one rule, from a list if many are read. ErrNotFound proves that the rule
// does not exist: it was the API's own 404, or a deletion.
func (r *AccessRules) Get(ctx context.Context, id int64) (AccessRule, error) {
	return r.list.Get(ctx, formatRuleID(id))
}

// SameSubject reports whether two subject IDs of a type identify the same subject. That
// of an application may be its client ID, its name or its ID (API.md section 5, not
// proven on a live system), so its aliases are looked up. If that fails, it returns an
// error: a different subject would mean a different rule.
func (r *AccessRules) SameSubject(ctx context.Context, t SubjectType, a, b string) (bool, error) {
	if a == b {
		return true, nil
	}
	switch t.Canonical() {
	case SubjectUser:
		return strings.EqualFold(a, b), nil
	case SubjectApp:
		apps, err := r.applications.List(ctx)
		return slices.ContainsFunc(apps, func(app Application) bool {
			return app.hasAlias(a) && app.hasAlias(b)
		}), err
	default:
		return false, nil
	}
}

// Find returns the active rule with a key, from a list if many are looked up, or
// ErrNotFound.
func (r *AccessRules) Find(ctx context.Context, key RuleKey) (AccessRule, error) {
	rule, ok, err := r.lookup(ctx, key, listcache.Recent)
	if err == nil && !ok { // or newer than the list
		rule, ok, err = r.lookup(ctx, key, listcache.Fresh)
	}
	if err == nil && !ok {
		err = ErrNotFound
	}
	return rule, err
}

func (r *AccessRules) lookup(ctx context.Context, key RuleKey, want listcache.Consistency) (AccessRule, bool, error) {
	l, err := r.list.Lookup(ctx, strings.ToLower(key.SubjectID), want, func(ctx context.Context) ([]AccessRule, error) {
		return r.ListBySubject(ctx, key.SubjectID)
	})
	rule, ok := pick(l.Items, key)
	return rule, ok && err == nil, err
}

func pick(rules []AccessRule, t RuleKey) (AccessRule, bool) {
	i := slices.IndexFunc(rules, func(rule AccessRule) bool { return rule.Key().Equal(t) })
	if i < 0 {
		return AccessRule{}, false
	}
	return rules[i], true
}

// Delete deletes a rule. Not found counts as success.
func (r *AccessRules) Delete(ctx context.Context, id int64, key RuleKey) error {
	defer r.list.Invalidate(formatRuleID(id))
	err := r.session.Send(ctx, rest.Request{
		Operation: fmt.Sprintf("delete access rule %s (ID %d)", key, id), Rule: rest.Repeatable,
		Method: http.MethodDelete, Path: accessRulesPath + "/" + formatRuleID(id),
	}, nil)
	if errors.Is(err, ErrNotFound) {
		err = r.list.ConfirmReachable(ctx)
	}
	if err == nil {
		r.session.history.deleted(ruleObject(key))
	}
	return err
}

func (r *AccessRules) readOwned(ctx context.Context, key string) (AccessRule, error) {
	return readOwned(ctx, r.session, &r.owned, key, r.read)
}

func (r *AccessRules) read(ctx context.Context, key string) (AccessRule, error) {
	k := rest.Request{Operation: "read access rule " + key, Rule: rest.Repeatable, Method: http.MethodGet, Path: accessRulesPath + "/" + key}
	var w wireRule
	err := r.session.Send(ctx, k, &w)
	switch {
	case err == nil && w.ID == 0:
		err = r.session.IncompleteResponse(k, "id")
	case err == nil && !w.rule().Active():
		err = fmt.Errorf("could not %s: it was deleted: %w", k.Operation, ErrNotFound)
	}
	return w.rule(), err
}

// query lists the active rules, and deleted ones if the query includes them.
func (r *AccessRules) query(ctx context.Context, query url.Values) ([]AccessRule, error) {
	l, err := drain(ctx, r.pages(query))
	return l.Items, err
}

// pages lists rules page by page by the portable query of API.md section 4.2.
func (r *AccessRules) pages(query url.Values) func(context.Context) (listcache.Page[AccessRule], error) {
	deleted := query.Has("includeDeleted")
	p := pager[AccessRule]{fetch: func(ctx context.Context, offset int) (page[AccessRule], error) {
		q := url.Values{"limit": {strconv.Itoa(pageSize)}, "offset": {strconv.Itoa(offset)}, "sortBy": {"createdAt"}, "sortOrder": {"asc"}}
		maps.Copy(q, query)
		var list wireRuleList
		k := rest.Request{
			Operation: "list the access rules", Rule: rest.Repeatable,
			Method: http.MethodGet, Path: accessRulesPath, Query: q,
		}
		err := r.session.Send(ctx, k, &list)
		if err == nil && list.Rules == nil && list.Total == nil {
			err = r.session.IncompleteResponse(k, "list")
		}
		rows := decodeRows(list.Rules, ruleID, func(w wireRule) (AccessRule, bool) {
			rule := w.rule()
			return rule, deleted || rule.Active()
		})
		return page[AccessRule]{rows: rows, total: list.Total}, r.explainUnsupported(err)
	}}
	return p.next
}

type wireRuleList struct {
	Total *int              `json:"totalRecords"`
	Rules []json.RawMessage `json:"accessRules"`
}

// ListOwn returns the caller's own rules: the list that control planes have from 2.21
// on, before that the rules of the caller's client ID.
func (r *AccessRules) ListOwn(ctx context.Context) ([]AccessRule, error) {
	p := pager[AccessRule]{fetch: func(ctx context.Context, offset int) (page[AccessRule], error) {
		var response struct { // nested twice, and the outer member is optional
			Outer wireRuleList `json:"accessRules"`
		}
		err := r.session.Send(ctx, rest.Request{
			Operation: "list the caller's access rules", Rule: rest.Repeatable, Probe: true,
			Method: http.MethodGet, Path: "/api/v1/authorization/me/access-rules",
			Query: url.Values{"limit": {strconv.Itoa(pageSize)}, "offset": {strconv.Itoa(offset)}},
		}, &response)
		key := func(rule AccessRule) string { return rule.Key().String() } // the ID is optional here
		return page[AccessRule]{rows: decodeRows(response.Outer.Rules, key, always(wireRule.rule)), total: response.Outer.Total}, err
	}}
	l, err := drain(ctx, p.next)
	var e *Error
	if errors.As(err, &e) && r.session.isMissingToProbe(e) && r.session.caller().clientID != "" {
		return r.ListBySubject(ctx, r.session.caller().clientID)
	}
	return l.Items, err
}

// explainUnsupported replaces the error of a control plane without access rules:
// before 2.18 permissions were part of the application (API.md section 2.1).
func (r *AccessRules) explainUnsupported(err error) error {
	var e *Error
	if !errors.As(err, &e) || !e.RouteMissing() || !strings.HasSuffix(e.URL, accessRulesPath) || e.Method != http.MethodGet {
		return err
	}
	return &unsupportedError{
		sentinel: ErrUnsupported,
		text: fmt.Sprintf("%s has no access rules (GET %s responded with %d). They came with 2.17 or 2.18 of Run:ai; "+
			"before, permissions were part of the application.", r.session.BaseURL(), accessRulesPath, e.Status),
	}
}
