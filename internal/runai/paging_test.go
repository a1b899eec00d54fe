package runai

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// server is a list that others write to, page by page. Its items are numbers, in
// the order in which they were made.
type server struct {
	items   []int
	byTotal bool // returns the total, otherwise the next offset
	limit   int
	// between is called after each page but the first with its number.
	between func(s *server, page int)
	served  int
}

func (s *server) fetch(_ context.Context, offset int) (page[int], error) {
	if s.served > 0 && s.between != nil {
		s.between(s, s.served)
	}
	s.served++
	if s.served > 10_000 {
		return page[int]{}, errors.New("more than 10 requests")
	}
	from := min(offset, len(s.items))
	to := min(from+s.limit, len(s.items))
	p := page[int]{rows: rows(s.items[from:to]...)}
	switch total := len(s.items); {
	case s.byTotal:
		p.total = &total
	case to < total:
		p.next = &to
	}
	return p, nil
}

func (s *server) read(t interface{ Fatal(...any) }) []int {
	got, err := readList(context.Background(), s.fetch)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// readList reads a whole list.
func readList(ctx context.Context, fetch func(context.Context, int) (page[int], error)) ([]int, error) {
	l, err := drain(ctx, (&pager[int]{fetch: fetch}).next)
	return l.Items, err
}

func rows(items ...int) []row[int] {
	var rows []row[int]
	for _, item := range items {
		rows = append(rows, row[int]{key: strconv.Itoa(item), item: item})
	}
	return rows
}

func numbers(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func TestPages_ReadsAll(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ items, total, next int }{ // requests by either kind of list
		{0, 1, 1}, {1, 1, 1}, {49, 1, 1}, {50, 1, 1}, {51, 1, 1}, {499, 1, 1}, {500, 1, 1}, {501, 2, 2}, {999, 2, 2}, {1000, 3, 3}, {1001, 3, 3},
	} {
		for _, byTotal := range []bool{true, false} {
			s := &server{items: numbers(row.items), byTotal: byTotal, limit: pageSize}
			if got := s.read(t); !slices.Equal(got, s.items) {
				t.Errorf("%d items: read %d", row.items, len(got))
			}
			if want := map[bool]int{true: row.total, false: row.next}[byTotal]; s.served != want {
				t.Errorf("%d items: %d requests, want %d", row.items, s.served, want)
			}
		}
	}
}

// If a page is shorter than requested, the total and the next link decide whether
// another follows.
func TestPages_SmallerPagesThanRequested(t *testing.T) {
	t.Parallel()
	for _, byTotal := range []bool{true, false} {
		s := &server{items: numbers(1001), byTotal: byTotal, limit: 50}
		if got := s.read(t); !slices.Equal(got, s.items) {
			t.Errorf("read %d", len(got))
		}
	}
}

func TestPages_EndlessList_Terminates(t *testing.T) {
	t.Parallel()
	for name, fetch := range map[string]func(offset int) page[int]{
		"the next offset stands still": func(offset int) page[int] { return page[int]{rows: rows(1), next: &offset} },
		"the next offset goes back": func(offset int) page[int] {
			back := offset - 1
			return page[int]{rows: rows(1), next: &back}
		},
		"a total without items":   func(int) page[int] { many := 1 << 30; return page[int]{total: &many} },
		"neither total nor next":  func(int) page[int] { return page[int]{rows: rows(1)} },
		"a negative total":        func(int) page[int] { n := -1; return page[int]{rows: rows(1), total: &n} },
		"every item on each page": func(int) page[int] { n := 3; return page[int]{rows: rows(1, 2, 3), total: &n} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requests := 0
			got, err := readList(t.Context(), func(_ context.Context, offset int) (page[int], error) {
				if requests++; requests > 10 {
					return page[int]{}, errors.New("more than 10 requests")
				}
				return fetch(offset), nil
			})
			if err != nil || len(got) > 3 {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

func TestPages_Error_ReturnsNothing(t *testing.T) {
	t.Parallel()
	s := &server{items: numbers(1001), byTotal: true, limit: pageSize}
	broken := errors.New("broken")
	got, err := readList(t.Context(), func(ctx context.Context, offset int) (page[int], error) {
		if offset > pageSize {
			return page[int]{}, broken
		}
		return s.fetch(ctx, offset)
	})
	if got != nil || !errors.Is(err, broken) {
		t.Errorf("%d items, %v", len(got), err)
	}
}

func TestPages_ConcurrentWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, readWhileOthersWrite)
}

func FuzzPages(f *testing.F) { f.Fuzz(rapid.MakeFuzz(readWhileOthersWrite)) }

// readWhileOthersWrite reads a list that moves meanwhile. What was there all the
// time is in the result, nothing is in it twice, and nothing that never was. The list
// moves at most as often as it is read again; new entries come at the end, as they do
// in the order by creation.
func readWhileOthersWrite(t *rapid.T) {
	n := rapid.SampledFrom([]int{0, 1, 49, 50, 51, 499, 500, 501, 999, 1000, 1001, 1501}).Draw(t, "items")
	s := &server{items: numbers(n), byTotal: rapid.Bool().Draw(t, "tells the total"), limit: rapid.SampledFrom([]int{pageSize, 50}).Draw(t, "page")}
	if n > 501 {
		s.limit = pageSize
	}
	deletions := rapid.IntRange(0, maxPasses-1).Draw(t, "passes with a deletion")
	always := map[int]bool{}
	for _, i := range s.items {
		always[i] = true
	}
	ever := n
	s.between = func(s *server, page int) {
		if deletions > 0 && rapid.Bool().Draw(t, "delete now") && len(s.items) > 0 {
			deletions--
			for range rapid.IntRange(1, min(5, len(s.items))).Draw(t, "how many") {
				i := rapid.IntRange(0, len(s.items)-1).Draw(t, "which")
				delete(always, s.items[i])
				s.items = slices.Delete(s.items, i, i+1)
			}
		}
		if page < 30 && rapid.Bool().Draw(t, "appear now") {
			s.items = append(s.items, ever)
			ever++
		}
	}
	got := s.read(t)
	seen := map[int]bool{}
	for _, item := range got {
		if seen[item] {
			t.Fatalf("%d is there twice", item)
		}
		seen[item] = true
		if item < 0 || item >= ever {
			t.Fatalf("%d never was", item)
		}
	}
	for item := range always {
		if !seen[item] {
			t.Fatalf("%d of %d was there all the time, and is missing", item, n)
		}
	}
}
