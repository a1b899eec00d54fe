package runai

import (
	"context"
	"errors"
)

// ByKey returns the active rule with a key; the error is NotFoundError, with similar
// keys, if there is none.
func (r *AccessRules) ByKey(ctx context.Context, key RuleKey) (AccessRule, error) {
	rule, err := r.Find(ctx, key)
	if !errors.Is(err, ErrNotFound) {
		return rule, err
	}
	rules, err := r.List(ctx)
	if err != nil {
		return AccessRule{}, err
	}
	none := r.chooser(func(rule AccessRule) string { return rule.Key().canonical().String() }).
		notFound(FieldName, key.canonical().String(), rules)
	none.label = "values"
	return AccessRule{}, none
}

// ByID returns the active rule with an ID; the error is NotFoundError if there is none.
func (r *AccessRules) ByID(ctx context.Context, id int64) (AccessRule, error) {
	rule, err := r.Get(ctx, id)
	if !errors.Is(err, ErrNotFound) {
		return rule, err
	}
	rules, err := r.List(ctx)
	if err != nil {
		return AccessRule{}, err
	}
	return AccessRule{}, r.chooser(func(rule AccessRule) string { return rule.Key().String() }).
		notFound(FieldID, formatRuleID(id), rules)
}

func (r *AccessRules) chooser(name func(AccessRule) string) lookup[AccessRule] {
	return lookup[AccessRule]{
		object: "access rule",
		server: r.session.BaseURL(),
		id:     func(rule AccessRule) string { return formatRuleID(rule.ID) },
		name:   name,
	}
}
