package runai

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// lookup says how to find one object by its name, and how to speak of it.
type lookup[T any] struct {
	noun   string
	name   func(T) string
	detail func(T) string // how an ambiguous one is told from the other
	narrow string         // what to do about two
	where  string         // how the candidates were narrowed, for the error
}

// byName finds exactly one: by the exact name, else without regard to case. A
// name that fits two is never decided by chance.
func byName[T any](name string, all []T, l lookup[T]) (T, error) {
	var none T
	for _, same := range []func(a, b string) bool{
		func(a, b string) bool { return a == b },
		strings.EqualFold,
	} {
		var hits []T
		for _, item := range all {
			if same(l.name(item), name) {
				hits = append(hits, item)
			}
		}
		switch len(hits) {
		case 0:
			continue
		case 1:
			return hits[0], nil
		}
		e := &AmbiguousError{Noun: l.noun, Value: name, Hint: l.narrow}
		for _, hit := range hits {
			e.Candidates = append(e.Candidates, l.detail(hit))
		}
		return none, e
	}
	e := &NotFoundError{Noun: l.noun, By: "name", Value: name, Where: l.where}
	for _, item := range all {
		e.All = append(e.All, l.name(item))
	}
	return none, e
}

// suggestions returns up to three names that a person may have meant.
func suggestions(wanted string, names []string) []string {
	type scored struct {
		name  string
		score float64
	}
	var near []scored
	w := strings.ToLower(wanted)
	for _, name := range names {
		n := strings.ToLower(name)
		score := levenshtein.Similarity(w, n, nil)
		if w != "" && strings.Contains(n, w) {
			score = max(score, 0.9) // "Researcher" for "L1 researcher"
		}
		if score >= 0.6 {
			near = append(near, scored{name, score})
		}
	}
	slices.SortStableFunc(near, func(a, b scored) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	var result []string
	for _, s := range near[:min(3, len(near))] {
		result = append(result, s.name)
	}
	return slices.Compact(result)
}

func quoteAll(list []string) []string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quote(s)
	}
	return quoted
}

// NotFoundError says that nothing has the name, or the id, that was looked for.
type NotFoundError struct {
	Noun  string // "role"
	By    string // "name" or "id"
	Value string
	Where string   // how the search was narrowed, may be empty
	All   []string // what there is
}

func (e *NotFoundError) Error() string {
	s := fmt.Sprintf("there is no %s with the %s %q%s.", e.Noun, e.By, e.Value, e.Where)
	if near := suggestions(e.Value, e.All); len(near) > 0 {
		s += " Did you mean " + strings.Join(quoteAll(near), " or ") + "?"
	}
	switch shown := slices.Sorted(slices.Values(e.All)); {
	case len(shown) == 0:
		s += " There is none at all that the signed-in application may see."
	case len(shown) > maxShown:
		s += fmt.Sprintf(" The first %d of %d: %s.", maxShown, len(shown), strings.Join(shown[:maxShown], ", "))
	default:
		s += " There are: " + strings.Join(shown, ", ") + "."
	}
	return s
}

// maxShown is how many names an error lists.
const maxShown = 50

// Is makes every NotFoundError an [ErrNotFound].
func (e *NotFoundError) Is(target error) bool { return target == ErrNotFound }

// AmbiguousError says that more than one object has the name.
type AmbiguousError struct {
	Noun, Value string
	Candidates  []string
	Hint        string
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%d %ss have the name %q: %s; %s.", len(e.Candidates), e.Noun, e.Value, strings.Join(e.Candidates, ", "), e.Hint)
}
