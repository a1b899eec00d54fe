package runai

import (
	"context"
	"iter"
)

// Pages returns the active rules that the caller may see, oldest first, page by
// page: each page is requested when the loop reaches it. The loop ends after an error.
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
