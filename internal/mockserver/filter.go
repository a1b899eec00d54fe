package mockserver

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The page sizes of every paged list.
const (
	defaultLimit = 50
	maxLimit     = 500
)

// columnKind is the comparison of the values of a column.
type columnKind int

const (
	text columnKind = iota
	number
	date // compared with ==, !=, <=, >= only
)

// column is a field by which a list can be filtered and sorted.
type column[T any] struct {
	kind     columnKind
	value    func(T) string // empty if the item has none
	sortOnly bool
}

// listing describes how a list can be filtered and sorted: its columns by name, and the texts for its free text search,
// nil if it has none.
type listing[T any] struct {
	columns map[string]column[T]
	search  func(T) []string
}

// apply filters and sorts items by the parameters filterBy, search, sortBy and sortOrder. Items come in order of
// creation, which is kept between equals.
func (l listing[T]) apply(c *apiRequest, items []T) ([]T, error) {
	conditions, err := l.conditions(c)
	if err != nil {
		return nil, err
	}
	items = slices.DeleteFunc(slices.Clone(items), func(item T) bool {
		return !l.found(c, item) || slices.ContainsFunc(conditions, func(holds func(T) bool) bool { return !holds(item) })
	})
	return items, l.sort(c, items)
}

// found reports whether an item matches the free text search, which is case-insensitive.
func (l listing[T]) found(c *apiRequest, item T) bool {
	sought := strings.ToLower(c.query.Get("search"))
	if l.search == nil || sought == "" {
		return true
	}
	return slices.ContainsFunc(l.search(item), func(s string) bool { return strings.Contains(strings.ToLower(s), sought) })
}

func (l listing[T]) sort(c *apiRequest, items []T) error {
	order, err := c.oneOf("sortOrder", "asc", "desc")
	if err != nil {
		return err
	}
	if by := c.query.Get("sortBy"); by != "" {
		column, ok := l.columns[by]
		if !ok {
			return badRequest("cannot sort by %q", by)
		}
		slices.SortStableFunc(items, func(a, b T) int { return column.compare(column.value(a), column.value(b)) })
	}
	if order == "desc" {
		slices.Reverse(items)
	}
	return nil
}

// condition is the pattern of one filter, the same in all published documents except for the names of the fields.
var condition = regexp.MustCompile(`^(\w+)(==|!=|<=|>=|=@|!@|=\^|=\$)(.+)$`)

// conditions parses filterBy: a comma-separated list, or a repeated parameter as in 2.18. All conditions must be true (a
// choice: no document says how they are combined).
func (l listing[T]) conditions(c *apiRequest) ([]func(T) bool, error) {
	var all []func(T) bool
	for _, parameter := range c.query["filterBy"] {
		for filter := range strings.SplitSeq(parameter, ",") {
			parts := condition.FindStringSubmatch(filter)
			if parts == nil {
				return nil, badRequest("filterBy %q is not of the form field, operator, value", filter)
			}
			column, ok := l.columns[parts[1]]
			if !ok || column.sortOnly {
				return nil, badRequest("cannot filter by %q", parts[1])
			}
			holds, err := column.condition(parts[2], parts[3])
			if err != nil {
				return nil, err
			}
			all = append(all, holds)
		}
	}
	return all, nil
}

// condition returns the predicate of an operator and a value.
func (k column[T]) condition(operator, want string) (func(T) bool, error) {
	if err := k.check(operator, want); err != nil {
		return nil, err
	}
	var holds func(got string) bool
	switch operator {
	case "==":
		holds = func(got string) bool { return k.compare(got, want) == 0 }
	case "!=":
		holds = func(got string) bool { return k.compare(got, want) != 0 }
	case "<=":
		holds = func(got string) bool { return got != "" && k.compare(got, want) <= 0 }
	case ">=":
		holds = func(got string) bool { return got != "" && k.compare(got, want) >= 0 }
	case "=@":
		holds = func(got string) bool { return strings.Contains(got, want) }
	case "!@":
		holds = func(got string) bool { return !strings.Contains(got, want) }
	case "=^":
		holds = func(got string) bool { return strings.HasPrefix(got, want) }
	case "=$":
		holds = func(got string) bool { return strings.HasSuffix(got, want) }
	}
	return func(item T) bool { return holds(k.value(item)) }, nil
}

func (k column[T]) check(operator, want string) error {
	switch k.kind {
	case date:
		if !slices.Contains([]string{"==", "!=", "<=", ">="}, operator) {
			return badRequest("the operator %s is not for dates", operator)
		}
		if _, err := time.Parse(time.RFC3339, want); err != nil {
			return badRequest("%q is not a date in RFC 3339", want)
		}
	case number:
		if _, err := strconv.ParseFloat(want, 64); err != nil {
			return badRequest("%q is not a number", want)
		}
	case text:
	}
	return nil
}

// compare orders two values of a column; a missing value is the smallest.
func (k column[T]) compare(a, b string) int {
	switch k.kind {
	case number:
		return cmp.Compare(parseNumber(a), parseNumber(b))
	case date:
		return parseDate(a).Compare(parseDate(b))
	default:
		return cmp.Compare(a, b)
	}
}

func parseNumber(s string) float64 {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.Inf(-1)
	}
	return n
}

func parseDate(s string) time.Time {
	t, _ := time.Parse(time.RFC3339, s) // the zero time for no value
	return t
}

func formatDate(t *time.Time) string {
	if t == nil {
		return ""
	}
	return timestamp(*t).String()
}

// page returns the page of a list for limit and offset, and the offset of the next page, or 0 if there is none. A limit
// above 500 is refused (a choice: the documents have the bound, and not the response to a greater limit).
func page[T any](c *apiRequest, items []T) (part []T, next int, err error) {
	limit, err := c.integer("limit", defaultLimit, 1, maxLimit)
	if err != nil {
		return nil, 0, err
	}
	offset, err := c.integer("offset", 0, 0, math.MaxInt32)
	if err != nil {
		return nil, 0, err
	}
	from := min(offset, len(items))
	to := min(from+limit, len(items))
	if to < len(items) {
		next = to
	}
	return items[from:to], next, nil
}

// dropNewest returns the list of the response: complete, or without the newest entries if a fault makes it stale.
func dropNewest[T interface{ seq() int }](c *apiRequest, items []T) []T {
	if c.stale == nil || len(items) == 0 {
		return items
	}
	newest := slices.MaxFunc(items, func(a, b T) int { return cmp.Compare(a.seq(), b.seq()) }).seq()
	first := min(newest, c.stale.armedAt+1) // the first one to drop
	return slices.DeleteFunc(slices.Clone(items), func(item T) bool { return item.seq() >= first })
}

// integer parses a parameter that is an integer within bounds.
func (c *apiRequest) integer(name string, absent, least, most int) (int, error) {
	if !c.query.Has(name) {
		return absent, nil
	}
	n, err := strconv.Atoi(c.query.Get(name))
	if err != nil || n < least || n > most {
		return 0, badRequest("%s must be an integer from %d to %d", name, least, most)
	}
	return n, nil
}

// boolean parses a parameter that is true or false; its default is false.
func (c *apiRequest) boolean(name string) (bool, error) {
	value, err := c.oneOf(name, "false", "true")
	return value == "true", err
}

// oneOf parses a parameter that has one of the given values; its default is the first.
func (c *apiRequest) oneOf(name string, values ...string) (string, error) {
	if !c.query.Has(name) {
		return values[0], nil
	}
	value := c.query.Get(name)
	if !slices.Contains(values, value) {
		return "", badRequest("%s must be one of %s", name, strings.Join(values, ", "))
	}
	return value, nil
}
