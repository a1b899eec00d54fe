package runai

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// CreatedAccessRule is the result of a create.
type CreatedAccessRule struct {
	AccessRule
	// Recovered: the response to the create was lost, and a lookup found the rule.
	Recovered bool
}

// Create creates a rule, once: see recovery.go for a lost response. The error is an
// ExistsError if the rule already exists, and an UnknownOutcomeError if it is unknown
// whether it was created. clusterID may be empty. The subject type is sent as the alias
// that this control plane uses.
func (r *AccessRules) Create(ctx context.Context, key RuleKey, clusterID string) (CreatedAccessRule, error) {
	subjectType, err := r.wireSubjectType(ctx, key.SubjectType)
	if err != nil {
		return CreatedAccessRule{}, err
	}
	defer r.session.locks.lock("access rule " + key.String())()
	rule, recovered, err := create(ctx, r.session, &r.owned, ruleCreate{r, key, subjectType, clusterID})
	return CreatedAccessRule{rule, recovered}, err
}

// ruleCreate is the create of one access rule, for recovery.
type ruleCreate struct {
	*AccessRules
	key         RuleKey
	subjectType string
	clusterID   string
}

func (o ruleCreate) object() string { return ruleObject(o.key) }

func ruleObject(key RuleKey) string { return "access rule " + key.String() }

func (o ruleCreate) send(ctx context.Context) (AccessRule, error) {
	body := map[string]any{
		"subjectId":   o.key.SubjectID,
		"subjectType": o.subjectType,
		"roleId":      o.key.RoleID,
		"scopeType":   o.key.ScopeType,
		"scopeId":     o.key.ScopeID,
	}
	if o.clusterID != "" {
		body["clusterId"] = o.clusterID
	}
	r := rest.Request{Operation: "create " + o.object(), Rule: rest.Creating, Method: http.MethodPost, Path: accessRulesPath, Body: body}
	var w wireRule
	if err := o.session.Send(ctx, r, &w); err != nil {
		return AccessRule{}, o.explainUnsupported(err)
	}
	if w.ID == 0 {
		return AccessRule{}, o.session.IncompleteResponse(r, "id")
	}
	return w.rule(), nil
}

func (o ruleCreate) lookup(ctx context.Context, cached bool) (AccessRule, bool, error) {
	if cached {
		return o.lookupBeforeCreate(ctx, o.key)
	}
	return o.AccessRules.lookup(ctx, o.key, listcache.Fresh)
}

func (o ruleCreate) provenance(ctx context.Context, rule AccessRule) provenance {
	return provenance{
		id:        formatRuleID(rule.ID),
		createdAt: rule.CreatedAt,
		byCaller:  o.session.caller().is(rule.CreatedBy),
		byOther:   o.applications.isOtherPrincipal(ctx, rule.CreatedBy),
	}
}

// succeeded invalidates the list cache, also for a recovered rule.
func (o ruleCreate) succeeded(rule AccessRule) {
	o.absent.remove(o.key)
	o.list.Invalidate(formatRuleID(rule.ID))
}

// ResolvePending resolves a create that ended in an UnknownOutcomeError: it returns the
// rule if it exists and is provably the caller's. The error is ErrNotFound if not, and
// ErrForbidden if the caller is not permitted to list rules.
func (r *AccessRules) ResolvePending(ctx context.Context, key RuleKey, pending PendingCreate) (AccessRule, error) {
	return resolvePending(ctx, r.session, ruleCreate{AccessRules: r, key: key}, pending)
}

// wireSubjectType returns the alias of a subject type that this control plane uses.
func (r *AccessRules) wireSubjectType(ctx context.Context, t SubjectType) (string, error) {
	if t.Canonical() != SubjectApp {
		return string(t), nil
	}
	d, err := r.applications.dialect(ctx)
	if err != nil {
		return "", err
	}
	return d.subjectType, nil
}

// FindRecent returns the active rule of a key as far as a recent list shows it, for a
// warning. A following [AccessRules.Create] uses the result.
func (r *AccessRules) FindRecent(ctx context.Context, key RuleKey) (rule AccessRule, found bool, err error) {
	return ruleCreate{AccessRules: r, key: key}.lookup(ctx, true)
}

// lookupBeforeCreate finds a rule in a list that may be recent. A hit is confirmed by
// one read, so that a stale list does not refuse a create.
func (r *AccessRules) lookupBeforeCreate(ctx context.Context, key RuleKey) (AccessRule, bool, error) {
	if r.absent.has(key, r.session.Config.Now()) {
		return AccessRule{}, false, nil
	}
	since := r.session.Config.Now()
	rule, ok, err := r.lookup(ctx, key, listcache.Recent)
	if err != nil || !ok {
		if err == nil {
			r.absent.add(key, since)
		}
		return rule, ok, err
	}
	rule, err = r.read(ctx, formatRuleID(rule.ID))
	if errors.Is(err, ErrNotFound) {
		r.list.Invalidate(formatRuleID(rule.ID))
		return r.lookup(ctx, key, listcache.Fresh)
	}
	return rule, err == nil, err
}

// absentKeys has the rules that a lookup did not find, for [absenceMaxAge]: an apply
// plans each create again, which looks up the same rule.
type absentKeys struct {
	mu    sync.Mutex
	since map[RuleKey]time.Time
}

func (a *absentKeys) add(key RuleKey, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.since == nil {
		a.since = map[RuleKey]time.Time{}
	}
	a.since[key.canonical()] = at
}

func (a *absentKeys) remove(key RuleKey) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.since, key.canonical())
}

// absenceMaxAge is longer than the time between the two lookups, and much shorter than
// the maximum age of a cached list.
const absenceMaxAge = 5 * time.Second

// has reports whether a rule was absent within absenceMaxAge.
func (a *absentKeys) has(key RuleKey, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	at, ok := a.since[key.canonical()]
	return ok && now.Sub(at) < absenceMaxAge
}
