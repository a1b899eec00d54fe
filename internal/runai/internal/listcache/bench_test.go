package listcache_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
)

// Tenants of 10,000 applications and of 50,000 rules.
var tenants = []int{10_000, 50_000}

// wide is as large as an access rule.
type wide struct {
	object
	_ [20]int64
}

func loaded(b *testing.B, n int) *listcache.Cache[wide] {
	b.Helper()
	items := make([]wide, n)
	for i := range items {
		items[i] = wide{object: object{id: strconv.Itoa(i), name: fmt.Sprintf("name-%d", i)}}
	}
	now := time.Now()
	const perPage = 500
	cache := listcache.New(listcache.Source[wide]{
		Key:   func(o wide) string { return o.id },
		Names: func(o wide) []string { return []string{o.name} },
		Pages: func() func(context.Context) (listcache.Page[wide], error) {
			offset := 0
			return func(context.Context) (listcache.Page[wide], error) {
				end := min(offset+perPage, n)
				page := listcache.Page[wide]{Pages: n / perPage, Last: end == n}
				page.Items, offset = items[offset:end], end
				return page, nil
			}
		},
		NotFound: errNotFound, Forbidden: errForbidden,
		Now: func() time.Time { return now },
	})
	if _, err := cache.List(b.Context(), listcache.Recent); err != nil {
		b.Fatal(err)
	}
	return cache
}

// BenchmarkLoad takes a whole list in, page by page, without requests.
func BenchmarkLoad(b *testing.B) {
	for _, n := range tenants {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				loaded(b, n)
			}
		})
	}
}

// BenchmarkGet serves one object from a list.
func BenchmarkGet(b *testing.B) {
	for _, n := range tenants {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			cache := loaded(b, n)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := cache.Get(b.Context(), strconv.Itoa(i%n)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkLookup looks a name up as a create does, with own writes in between.
func BenchmarkLookup(b *testing.B) {
	for _, n := range tenants {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			cache := loaded(b, n)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := cache.Lookup(b.Context(), "name-"+strconv.Itoa(i%n), listcache.Recent, nil); err != nil {
					b.Fatal(err)
				}
				cache.Invalidate(strconv.Itoa(n + i%1000))
			}
		})
	}
}
