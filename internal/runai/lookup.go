package runai

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/agext/levenshtein"
)

// Field is the field that an object is looked up by, and so the field of a lookup
// error.
type Field string

// The fields of lookups.
const (
	FieldName         Field = "name"
	FieldID           Field = "id"
	FieldClientID     Field = "client_id"
	FieldClusterID    Field = "cluster_id"
	FieldDepartmentID Field = "department_id"
)

// label is the field in prose.
func (f Field) label() string {
	switch f {
	case FieldClientID:
		return "client ID"
	case FieldID, FieldClusterID, FieldDepartmentID:
		return "ID"
	default:
		return string(f)
	}
}

// lookup chooses one object among many, and describes the candidates in errors.
type lookup[T any] struct {
	object string // "role"
	server string // the control plane, for errors
	where  string // how the candidates were narrowed, for errors: " in cluster …"
	hint   string // how to choose among several of one name
	note   string // a sentence to add to errors, may be empty
	id     func(T) string
	name   func(T) string
	// detail distinguishes objects with the same name, besides the ID. May be nil.
	detail func(T) string
	// candidate describes one of several matches, by default by ID and detail.
	candidate func(T) string
}

// byName returns the one object with a name: an exact match is preferred, otherwise the
// match is case-insensitive. Errors are NotFoundError and AmbiguousError: byName never
// chooses between two matches.
func (l lookup[T]) byName(name string, all []T) (T, error) {
	hits := l.equal(all, l.name, name)
	if len(hits) == 0 {
		hits = matching(all, func(item T) bool { return strings.EqualFold(l.name(item), name) })
	}
	return l.one(FieldName, name, hits, all)
}

// byID returns the object with an ID; the error is NotFoundError if there is none.
func (l lookup[T]) byID(id string, all []T) (T, error) {
	return l.one(FieldID, id, l.equal(all, l.id, id), all)
}

func (l lookup[T]) equal(all []T, column func(T) string, value string) []T {
	return matching(all, func(item T) bool { return column(item) == value })
}

func matching[T any](all []T, matches func(T) bool) []T {
	var hits []T
	for _, item := range all {
		if matches(item) {
			hits = append(hits, item)
		}
	}
	return hits
}

// one returns the only match. all are the candidates for the error.
func (l lookup[T]) one(field Field, value string, hits, all []T) (T, error) {
	var none T
	switch len(hits) {
	case 0:
		return none, l.notFound(field, value, all)
	case 1:
		return hits[0], nil
	}
	e := &AmbiguousError{Object: l.object, Field: field, Value: value, Server: l.server, Hint: l.hint, Note: l.note}
	for _, hit := range sortedBy(hits, l.id) {
		e.Candidates = append(e.Candidates, l.describe(hit))
	}
	return none, e
}

func (l lookup[T]) describe(item T) string {
	if l.candidate != nil {
		return l.candidate(item)
	}
	s := "ID " + l.id(item)
	if l.detail != nil {
		s += l.detail(item)
	}
	return s
}

func (l lookup[T]) notFound(field Field, value string, all []T) *NotFoundError {
	e := &NotFoundError{Object: l.object, Field: field, Value: value, Where: l.where, Server: l.server, Note: l.note}
	times := map[string]int{}
	for _, item := range all {
		times[l.name(item)]++
	}
	// A name that several objects have does not identify one.
	full := func(item T) string {
		if name := l.name(item); times[name] > 1 && l.detail != nil {
			return name + l.detail(item)
		}
		return l.name(item)
	}
	key := l.name
	if field == FieldID {
		key = l.id
	}
	for _, item := range sortedBy(sortedBy(all, l.id), key) {
		if field == FieldID {
			e.similar = append(e.similar, l.id(item))
			if len(e.Candidates) < maxShown {
				e.Candidates = append(e.Candidates, l.id(item)+" ("+full(item)+")")
			}
			if l.name(item) == value && e.NameOf == "" {
				e.NameOf = l.id(item)
			}
			continue
		}
		e.similar = append(e.similar, l.name(item))
		if c := full(item); len(e.Candidates) < maxShown && !slices.Contains(e.Candidates, c) {
			e.Candidates = append(e.Candidates, c)
		}
	}
	e.total = len(all)
	return e
}

// maxShown bounds the number of objects that an error lists.
const maxShown = 20

func sortedBy[T any](items []T, key func(T) string) []T {
	return slices.SortedStableFunc(slices.Values(items), func(a, b T) int { return CompareIDs(key(a), key(b)) })
}

// CompareIDs compares IDs or names: numbers numerically, before all others, which are
// compared as text.
func CompareIDs(a, b string) int {
	x, errX := strconv.ParseUint(a, 10, 64)
	y, errY := strconv.ParseUint(b, 10, 64)
	switch {
	case errX == nil && errY == nil:
		return cmp.Or(cmp.Compare(x, y), strings.Compare(a, b))
	case errX == nil:
		return -1
	case errY == nil:
		return 1
	}
	return strings.Compare(a, b)
}

// suggestions returns up to three similar names.
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
	near = slices.CompactFunc(near, func(a, b scored) bool { return a.name == b.name })
	var result []string
	for _, s := range near[:min(3, len(near))] {
		result = append(result, s.name)
	}
	return result
}

func quoteAll(list []string) []string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quote(s)
	}
	return quoted
}

// NotFoundError reports that no object has the value of a lookup.
type NotFoundError struct {
	Object string // "role"
	Field  Field  // what was looked up, and what the error is about
	Value  string
	Where  string // how the search was narrowed, may be empty
	Server string // the control plane
	// Candidates are some of the existing objects.
	Candidates []string
	// NameOf is the ID of an object whose name is Value, if Value was looked up as an
	// ID.
	NameOf string
	// Note is a sentence to add, may be empty.
	Note string

	label   string   // what Value is; empty: Field
	similar []string // the candidates of suggestions
	total   int      // how many objects there are
}

func (e *NotFoundError) Error() string {
	label := cmp.Or(e.label, e.Field.label())
	s := fmt.Sprintf("there is no %s with the %s %q%s%s.", e.Object, label, e.Value, e.Where, onServer(e.Server))
	if e.NameOf != "" {
		s += fmt.Sprintf(" It is the name of the %s with the ID %s.", e.Object, e.NameOf)
	} else if near := suggestions(e.Value, e.similar); len(near) > 0 {
		s += " Did you mean " + strings.Join(quoteAll(near), " or ") + "?"
	}
	if e.Note != "" {
		s += " " + e.Note
	}
	switch {
	case e.total == 0:
		s += " None are visible to this application."
	case e.total > maxShown:
		s += fmt.Sprintf(" Available (%d of %d): %s, ….", len(e.Candidates), e.total, strings.Join(e.Candidates, ", "))
	default:
		s += " Available: " + strings.Join(e.Candidates, ", ") + "."
	}
	return s
}

func onServer(server string) string {
	if server == "" {
		return ""
	}
	return " on " + server
}

// Is makes every NotFoundError an [ErrNotFound].
func (e *NotFoundError) Is(target error) bool { return target == ErrNotFound }

// LookupField returns what the error is about.
func (e *NotFoundError) LookupField() Field { return e.Field }

// LookupObject returns the kind of object that was looked for.
func (e *NotFoundError) LookupObject() string { return e.Object }

// AmbiguousError reports that more than one object has the value of a lookup.
type AmbiguousError struct {
	Object     string
	Field      Field
	Value      string
	Server     string
	Candidates []string
	Hint       string // how to choose among them
	// Note is a sentence to add, may be empty.
	Note string
}

func (e *AmbiguousError) Error() string {
	shown := strings.Join(e.Candidates[:min(len(e.Candidates), maxShown)], ", ")
	if len(e.Candidates) > maxShown {
		shown += ", …"
	}
	s := fmt.Sprintf("%d %ss have the %s %q%s: %s; %s.", len(e.Candidates), e.Object, e.Field.label(), e.Value, onServer(e.Server), shown, e.Hint)
	if e.Note != "" {
		s += " " + e.Note
	}
	return s
}

// LookupField returns what the error is about.
func (e *AmbiguousError) LookupField() Field { return e.Field }

// LookupObject returns the kind of object that was looked for.
func (e *AmbiguousError) LookupObject() string { return e.Object }

// MismatchError reports that the values of a lookup contradict each other: the object
// of one of them does not have the other.
type MismatchError struct {
	Object string // "project"
	Field  Field  // the value that does not fit
	Value  string
	text   string
}

func (e *MismatchError) Error() string { return e.text }

// LookupField returns what the error is about.
func (e *MismatchError) LookupField() Field { return e.Field }

// LookupObject returns the kind of object that was looked for.
func (e *MismatchError) LookupObject() string { return e.Object }
