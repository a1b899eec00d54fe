package runai_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver/mocktest"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// ruleServer serves n rules, those of some IDs excepted, page by page as the API
// does, and counts the requests. It is faster than the mock with many rules.
type ruleServer struct {
	ids      []int
	deleted  map[int]bool
	requests atomic.Int32
}

func newRuleServer(n int, deleted map[int]bool) *ruleServer {
	s := &ruleServer{deleted: deleted}
	for id := 1; id <= n; id++ {
		if !deleted[id] {
			s.ids = append(s.ids, id)
		}
	}
	return s
}

func (s *ruleServer) rule(id int) map[string]any {
	return map[string]any{"id": id, "subjectId": fmt.Sprintf("app-%d", id), "subjectType": "app", "roleId": 1, "scopeType": "tenant", "scopeId": "1001"}
}

func (s *ruleServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.requests.Add(1)
	w.Header().Set("Content-Type", "application/json")
	if key, ok := strings.CutPrefix(r.URL.Path, rules+"/"); ok {
		id, err := strconv.Atoi(key)
		if err == nil && !s.deleted[id] {
			_ = json.NewEncoder(w).Encode(s.rule(id))
			return
		}
		w.WriteHeader(http.StatusNotFound)
		_ = json.NewEncoder(w).Encode(map[string]any{"code": 404, "message": "Resource id not found."})
		return
	}
	offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	from := min(offset, len(s.ids))
	served := []map[string]any{}
	for _, id := range s.ids[from:min(from+limit, len(s.ids))] {
		served = append(served, s.rule(id))
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"totalRecords": len(s.ids), "accessRules": served})
}

// readRules reads k rules, spread over the n of a tenant, in a run of its own, and
// returns how many requests that took. The first of them are deleted.
func readRules(t *testing.T, n, k, deleted, parallelism int) int {
	t.Helper()
	ids := make([]int, k)
	missing := map[int]bool{}
	for i := range ids {
		ids[i] = n - i*n/k // the youngest first: they are on the last page
		missing[ids[i]] = i < deleted
	}
	handler := newRuleServer(n, missing)
	server := httptest.NewServer(handler)
	defer server.Close()
	client, err := runai.New(runai.Config{BaseURL: server.URL, AccessToken: runai.NewSecret("token"), Version: version(t, "2.24"), Now: mocktest.NewClock().Now})
	if err != nil {
		t.Fatal(err)
	}
	next := make(chan int)
	var readers sync.WaitGroup
	for range parallelism {
		readers.Go(func() {
			for id := range next {
				rule, err := client.AccessRules.Get(t.Context(), int64(id))
				if missing[id] != errors.Is(err, runai.ErrNotFound) || !missing[id] && (err != nil || rule.ID != int64(id)) {
					t.Errorf("%d: %v, %v", id, rule, err)
				}
			}
		})
	}
	for _, id := range ids {
		next <- id
	}
	close(next)
	readers.Wait()
	return int(handler.requests.Load())
}

// TestGet_RequestsByTenantAndState prints the table of DESIGN.md, and checks the bounds
// that it illustrates: k + 1 requests for k rules while k is less than the pages of the
// list, twice the pages and one at most, one more for each deleted rule.
func TestGet_RequestsByTenantAndState(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	out := tabwriter.NewWriter(&table, 0, 0, 1, ' ', tabwriter.AlignRight|tabwriter.Debug)
	row := func(cells ...any) {
		for _, cell := range cells {
			fmt.Fprintf(out, "%v\t", cell)
		}
		fmt.Fprintln(out)
	}
	row("objects", "deleted", "single reads", "10 rules", "1,000", "10,000", "50,000")
	for _, state := range []struct{ objects, deleted int }{{1, 0}, {1, 1}, {4, 0}, {4, 1}, {8, 0}, {8, 1}, {100, 0}, {100, 1}, {100, 10}, {1000, 0}, {1000, 10}} {
		cells := []any{state.objects, state.deleted, state.objects}
		for _, n := range []int{10, 1000, 10_000, 50_000} {
			if n < state.objects {
				cells = append(cells, "-")
				continue
			}
			pages := (n + runai.PageSize - 1) / runai.PageSize
			bound := 2*pages + 1
			if state.objects < pages {
				bound = state.objects + 1
			}
			var cost [2]int
			for i, parallelism := range []int{1, 10} {
				cost[i] = readRules(t, n, state.objects, state.deleted, parallelism)
				if cost[i] > bound+state.deleted {
					t.Errorf("%d of %d rules, %d deleted, %d at a time: %d requests, want %d at most", state.objects, n, state.deleted, parallelism, cost[i], bound+state.deleted)
				}
			}
			cell := strconv.Itoa(cost[0])
			if cost[0] != cost[1] {
				cell = fmt.Sprintf("%d to %d", min(cost[0], cost[1]), max(cost[0], cost[1]))
			}
			cells = append(cells, cell)
		}
		row(cells...)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + table.String())
}
