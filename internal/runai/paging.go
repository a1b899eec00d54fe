package runai

import "context"

// pageSize is the most that any list of the API gives at once (API.md 10.2). Its
// default is 50, which hid objects from many a script.
const pageSize = 500

// page is one page of either kind of paged list: one that tells the total, or
// one that tells the next offset as long as there is one.
type page[T any] struct {
	items    []T
	received int // how many the server sent, kept or not
	total    *int
	next     *int
}

type paging[T any] struct {
	key   func(T) string
	fetch func(ctx context.Context, offset int) (page[T], error)
}

// maxPasses bounds how often a list is read again because it shrank meanwhile.
const maxPasses = 3

// pages reads a whole list. Lists by offset move while others write: what
// appears twice is dropped, and when entries vanished between two pages, so that
// one may have slipped through, the list is read again. Nothing is returned of a
// list that broke off.
func pages[T any](ctx context.Context, p paging[T]) ([]T, error) {
	var items []T
	seen := map[string]struct{}{}
	for pass := 1; ; pass++ {
		shrank, last := false, -1
		for offset := 0; ; {
			got, err := p.fetch(ctx, offset)
			if err != nil {
				return nil, err
			}
			for _, item := range got.items {
				if _, again := seen[p.key(item)]; !again {
					seen[p.key(item)] = struct{}{}
					items = append(items, item)
				}
			}
			if got.total != nil {
				shrank = shrank || *got.total < last
				last = *got.total
			}
			if offset = p.after(offset, got); offset < 0 {
				break
			}
		}
		if !shrank || pass == maxPasses {
			return items, nil
		}
	}
}

// after is the offset of the page after got, which was read at offset; -1 if
// there is none.
func (p paging[T]) after(offset int, got page[T]) int {
	switch {
	case got.received == 0:
		return -1
	case got.next != nil && *got.next > offset:
		return *got.next
	case got.total != nil && offset+got.received < *got.total:
		return offset + got.received
	default:
		return -1
	}
}
