package runai

import "context"

// pageSize is the most that any list of the API gives at once (API.md 10.2). Its
// default is 50, which hid objects from many a script.
const pageSize = 500

// page is one page of either kind of paged list: one that tells the total, or
// one that tells the next offset as long as there is one.
type page[T any] struct {
	items []T
	total *int
	next  *int
}

type paging[T any] struct {
	key   func(T) string
	fetch func(ctx context.Context, offset int) (page[T], error)
}

// maxPasses bounds how often a list is read again because it moved meanwhile.
const maxPasses = 3

// listAll reads a whole list. Lists by offset move while others write: an entry
// that vanishes draws all later ones one place forward, and the one at the edge
// of a page slips through. So each page begins with the last entry of the page
// before; if it is not there, the list has moved and is read again. What appears
// twice is dropped. Nothing is returned of a list that broke off.
func listAll[T any](ctx context.Context, p paging[T]) ([]T, error) {
	var all []T // of all passes, for a list that never stands still
	known := map[string]struct{}{}
	for pass := 1; ; pass++ {
		items, moved, err := p.pass(ctx)
		if err != nil {
			return nil, err
		}
		if !moved {
			return items, nil
		}
		all = p.merge(all, known, items)
		if pass == maxPasses {
			return all, nil
		}
	}
}

// pass reads the list once, and tells whether it moved under way.
func (p paging[T]) pass(ctx context.Context) (items []T, moved bool, err error) {
	seen := map[string]struct{}{}
	edge := "" // the key of the last entry of the page before
	for offset := 0; ; {
		overlap := min(offset, 1)
		got, err := p.fetch(ctx, offset-overlap)
		if err != nil {
			return nil, false, err
		}
		if overlap == 1 && (len(got.items) == 0 || p.key(got.items[0]) != edge) {
			moved = true
		}
		items = p.merge(items, seen, got.items)
		next := p.after(offset-overlap, got)
		if next <= offset {
			return items, moved, nil
		}
		edge = p.key(got.items[len(got.items)-1])
		offset = next
	}
}

// after is the offset behind the page got, which was asked for at offset; 0 if it
// was the last.
func (p paging[T]) after(offset int, got page[T]) int {
	end := offset + len(got.items)
	switch {
	case len(got.items) == 0:
		return 0
	case got.next != nil:
		return end // and not what next says: a page may be shorter than was asked for
	case got.total != nil && end < *got.total:
		return end
	default:
		return 0
	}
}

// merge appends what is not known yet.
func (p paging[T]) merge(items []T, known map[string]struct{}, more []T) []T {
	for _, item := range more {
		if _, again := known[p.key(item)]; !again {
			known[p.key(item)] = struct{}{}
			items = append(items, item)
		}
	}
	return items
}
