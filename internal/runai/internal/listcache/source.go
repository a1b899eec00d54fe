package listcache

import (
	"context"
	"time"
)

// Source is the origin of the objects of a Cache. Names and Read may be nil.
type Source[T any] struct {
	Key   func(T) string                                   // identifies an object
	Names func(T) []string                                 // what else it is looked up by
	Pages func() func(context.Context) (Page[T], error)    // begins a list; the result requests the next page
	Read  func(ctx context.Context, key string) (T, error) // requests one object
	Now   func() time.Time

	NotFound, Forbidden error // what errors of Pages and Read are compared with
}

// Listing is a list, or a part of one. Items are shared: do not modify them.
type Listing[T any] struct {
	Items     []T
	Truncated bool // the list may be cut: what is not in it may exist
	Malformed int  // entries that could not be decoded and are not in Items
}

// Page is one page of a list. A list in one response counts as the Pages it would
// be cut into, since it costs as much.
type Page[T any] struct {
	Listing[T]
	Pages int // of the whole list, as far as this page shows
	Last  bool
}

// Consistency is the required freshness of a list.
type Consistency int

// The values of Consistency.
const (
	Recent      Consistency = iota // at most [MaxAge] old; own writes since may be missing
	AfterWrites                    // at most [MaxAge] old, with all own writes
	Fresh                          // requested after the call
)
