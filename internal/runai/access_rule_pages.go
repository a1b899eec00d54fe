package runai

import (
	"context"
	"iter"
)

// Pages yields the pages of the active rules that are visible to the caller, oldest
// first. It requests each page when the loop reaches it. The loop ends after an error.
func (r *AccessRules) Pages(ctx context.Context) iter.Seq2[Listing[AccessRule], error] {
	return func(yield func(Listing[AccessRule], error) bool) {
		next := r.pages(nil)
		for {
			page, err := next(ctx)
			if !yield(page.Listing, err) || err != nil || page.Last {
				return
			}
		}
	}
}
