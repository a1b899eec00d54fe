package runai

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
)

// pageSize is the largest page of any list of the API (API.md 10.2). The default is
// 50, which hides objects from clients that read one page.
const pageSize = 500

// listLimit is the documented maximum length of a list without pages (2.24, maxItems).
// A list of exactly that length may be truncated.
const listLimit = 1000

// Listing is a list with the number of entries that could not be decoded, and whether
// it may be truncated.
type Listing[T any] = listcache.Listing[T]

// page is one page of either kind of paged list: with the total, or with the next
// offset as long as there is one. A list without pages has neither.
type page[T any] struct {
	rows  []row[T]
	total *int
	next  *int
}

// row is one entry of a list. Malformed and hidden entries are rows as well, so that
// offsets are correct.
type row[T any] struct {
	key       string
	item      T
	hidden    bool // of no interest, such as deleted
	malformed bool
}

// decodeRows decodes a list entry by entry, so that a malformed entry hides no other.
// An entry without a key counts as malformed.
func decodeRows[W, T any](list []json.RawMessage, key func(T) string, decode func(W) (item T, exists bool)) []row[T] {
	rows := make([]row[T], len(list))
	for i, raw := range list {
		var w W
		err := json.Unmarshal(raw, &w)
		item, exists := decode(w)
		rows[i] = row[T]{key: key(item), item: item, hidden: !exists}
		if err != nil || rows[i].key == "" {
			rows[i] = row[T]{key: string(raw), malformed: true}
		}
	}
	return rows
}

// always adapts a conversion of entries that all exist to decodeRows.
func always[W, T any](convert func(W) T) func(W) (T, bool) {
	return func(w W) (T, bool) { return convert(w), true }
}

// wireList is a list that is a bare array, or the given member of an object
// next to the offset of the next page (API.md 10.2).
type wireList struct {
	member string
	rows   []json.RawMessage
	next   *int
}

func (l *wireList) UnmarshalJSON(data []byte) error {
	l.rows, l.next = nil, nil
	if strings.HasPrefix(strings.TrimSpace(string(data[:min(len(data), 16)])), "[") {
		return json.Unmarshal(data, &l.rows)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(data, &object); err != nil {
		return err
	}
	rows, ok := object[l.member]
	if !ok {
		return fmt.Errorf("the member %q is missing", l.member)
	}
	if next, ok := object["next"]; ok {
		if err := json.Unmarshal(next, &l.next); err != nil {
			return fmt.Errorf("next: %w", err)
		}
	}
	return json.Unmarshal(rows, &l.rows)
}

// maxPasses bounds how often a list is read again after concurrent changes.
const maxPasses = 3

// pager reads a list page by page. Lists by offset shift while others write: after a
// deletion, all later entries move forward by one, and the one at the boundary of a
// page is skipped. So each page begins with the last entry of the page before. If that
// is missing, the list has shifted and is read again at the end. Duplicates are
// removed.
type pager[T any] struct {
	fetch func(ctx context.Context, offset int) (page[T], error)

	pass    int            // from 0
	known   map[string]int // the pass that last saw a key, from 1
	offset  int
	lastKey string // of the page before
	moved   bool   // this pass may have missed an entry
	perPage int    // rows of the first page
}

// next requests the next page. A list ends with a page without new entries, even if it
// announces another one. After an error the same page is requested again.
func (p *pager[T]) next(ctx context.Context) (listcache.Page[T], error) {
	overlap := min(p.offset, 1)
	got, err := p.fetch(ctx, p.offset-overlap)
	if err != nil {
		return listcache.Page[T]{}, err
	}
	if overlap == 1 && (len(got.rows) == 0 || got.rows[0].key != p.lastKey) {
		p.moved = true
	}
	if p.known == nil {
		p.known = make(map[string]int, len(got.rows))
	}
	var result listcache.Page[T]
	grown := false
	for _, r := range got.rows {
		seen := p.known[r.key]
		grown = grown || seen <= p.pass
		p.known[r.key] = p.pass + 1
		switch {
		case seen > 0 || r.hidden:
		case r.malformed:
			result.Malformed++
		default:
			result.Items = append(result.Items, r.item)
		}
	}
	end := p.offset - overlap + len(got.rows)
	if p.offset == 0 && p.pass == 0 {
		p.perPage = max(1, min(end, pageSize))
	}
	// The offset counts the served entries: a page may be shorter than requested.
	more := grown && (got.next != nil || got.total != nil && end < *got.total)
	total := end
	switch {
	case got.total != nil:
		total = *got.total
	case more:
		total++
	}
	result.Pages = (total + p.perPage - 1) / p.perPage
	switch {
	case more:
		p.offset, p.lastKey = end, got.rows[len(got.rows)-1].key
	case p.moved && p.pass+1 < maxPasses:
		p.pass, p.offset, p.moved = p.pass+1, 0, false
	default:
		result.Last = true
	}
	return result, nil
}

// drain reads all pages of a list that is not cached. It returns nothing if a page
// fails.
func drain[T any](ctx context.Context, next func(context.Context) (listcache.Page[T], error)) (l Listing[T], err error) {
	for {
		page, err := next(ctx)
		if err != nil {
			return Listing[T]{}, err
		}
		l.Items = append(l.Items, page.Items...)
		l.Malformed += page.Malformed
		if page.Last {
			return l, nil
		}
	}
}
