package runai_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// operation is one call of the client, and the route that is counted.
type operation struct {
	name, method, route string
	class               string // the column of the table
	version             string // of the control plane; default 2.24
	do                  func(ctx context.Context, w *fixture, app mockserver.Application, ruleID int64) error
}

// errorOf returns the error of a call alone.
func errorOf[T any](_ T, err error) error { return err }

var operations = []operation{
	{"read application", "GET", account, "repeatable", "", func(ctx context.Context, w *fixture, app mockserver.Application, _ int64) error {
		return errorOf(w.client.Applications.Get(ctx, ref(app)))
	}},
	{"list applications", "GET", accounts, "repeatable", "", func(ctx context.Context, w *fixture, _ mockserver.Application, _ int64) error {
		return errorOf(w.client.Applications.List(ctx))
	}},
	{"enable", "PATCH", account, "repeatable", "", func(ctx context.Context, w *fixture, app mockserver.Application, _ int64) error {
		return w.client.Applications.SetEnabled(ctx, byID(app.ID), false)
	}},
	{"revoke, legacy", "PUT", legacyApp, "repeatable", "2.17", func(ctx context.Context, w *fixture, app mockserver.Application, _ int64) error {
		return w.client.Applications.SetEnabled(ctx, byID(app.ID), false)
	}},
	{"delete application", "DELETE", account, "repeatable", "", func(ctx context.Context, w *fixture, app mockserver.Application, _ int64) error {
		return w.client.Applications.Delete(ctx, byID(app.ID))
	}},
	{"create application", "POST", accounts, "create", "", func(ctx context.Context, w *fixture, _ mockserver.Application, _ int64) error {
		return errorOf(w.client.Applications.Create(ctx, "new"))
	}},
	{"regenerate", "POST", accountSecret, "regenerate", "", func(ctx context.Context, w *fixture, app mockserver.Application, _ int64) error {
		return errorOf(regenerate(ctx, w.client, app.ID))
	}},
	{"read access rule", "GET", rule, "repeatable", "", func(ctx context.Context, w *fixture, _ mockserver.Application, id int64) error {
		return errorOf(w.client.AccessRules.Get(ctx, id))
	}},
	{"list access rules", "GET", rules, "repeatable", "", func(ctx context.Context, w *fixture, _ mockserver.Application, _ int64) error {
		return errorOf(w.client.AccessRules.List(ctx))
	}},
	{"delete access rule", "DELETE", rule, "repeatable", "", func(ctx context.Context, w *fixture, _ mockserver.Application, id int64) error {
		return w.client.AccessRules.Delete(ctx, id, runai.RuleKey{})
	}},
	{"create access rule", "POST", rules, "create", "", func(ctx context.Context, w *fixture, _ mockserver.Application, _ int64) error {
		return errorOf(w.client.AccessRules.Create(ctx, w.ruleKey("new"), ""))
	}},
	{"sign in", "POST", tokenV2, "token", "", func(ctx context.Context, w *fixture, _ mockserver.Application, _ int64) error {
		return w.newClient().Connect(ctx)
	}},
	{"list roles", "GET", "/api/v2/authorization/roles", "probing", "3.0", func(ctx context.Context, w *fixture, _ mockserver.Application, _ int64) error {
		return errorOf(w.client.Roles.List(ctx))
	}},
	{"list clusters", "GET", "/api/v1/clusters", "repeatable", "", func(ctx context.Context, w *fixture, _ mockserver.Application, _ int64) error {
		return errorOf(w.client.Clusters.List(ctx))
	}},
	{"list projects", "GET", "/api/v1/org-unit/projects", "repeatable", "", func(ctx context.Context, w *fixture, _ mockserver.Application, _ int64) error {
		return errorOf(w.client.Projects.List(ctx, runai.OrgUnitFilter{}))
	}},
}

// The retry table of retry.go, row by row: an outcome that never changes, and the number
// of requests of each kind of call, three at most. A create that its first request has
// done is not sent again.
var retryTable = []struct {
	outcome string
	fault   mockserver.Fault
	tries   map[string]int
}{
	{"429", mockserver.Fault{Kind: "status", Status: 429}, row(3, 3, 3, 3, 3)},
	{"408", mockserver.Fault{Kind: "status", Status: 408}, row(3, 3, 3, 3, 3)},
	{"502", mockserver.Fault{Kind: "status", Status: 502}, row(3, 3, 3, 3, 3)},
	{"503", mockserver.Fault{Kind: "status", Status: 503}, row(3, 3, 3, 3, 3)},
	{"504", mockserver.Fault{Kind: "status", Status: 504}, row(3, 3, 3, 3, 3)},
	{"502 page", mockserver.Fault{Kind: "html", Status: 502}, row(3, 3, 3, 3, 3)},
	{"200 page", mockserver.Fault{Kind: "html", Status: 200}, row(3, 3, 3, 1, 1)},
	{"lost before", mockserver.Fault{Kind: "drop-before"}, row(3, 3, 3, 3, 3)},
	{"lost after", mockserver.Fault{Kind: "drop-after"}, row(3, 1, 3, 3, 3)},
	{"cut", mockserver.Fault{Kind: "truncate"}, row(3, 1, 3, 3, 3)},
	{"500", mockserver.Fault{Kind: "status", Status: 500}, row(1, 3, 1, 1, 1)},
	{"501", mockserver.Fault{Kind: "status", Status: 501}, row(1, 1, 1, 1, 1)},
	{"400", mockserver.Fault{Kind: "status", Status: 400}, row(1, 1, 1, 1, 1)},
	{"401", mockserver.Fault{Kind: "status", Status: 401}, row(2, 2, 2, 1, 2)},
	{"403", mockserver.Fault{Kind: "status", Status: 403}, row(1, 1, 1, 1, 1)},
	{"404", mockserver.Fault{Kind: "status", Status: 404}, row(1, 1, 1, 1, 1)},
	{"405", mockserver.Fault{Kind: "status", Status: 405}, row(1, 1, 1, 1, 1)},
	{"409", mockserver.Fault{Kind: "status", Status: 409}, row(1, 1, 1, 1, 1)},
	{"422", mockserver.Fault{Kind: "status", Status: 422}, row(1, 1, 1, 1, 1)},
	{"302", mockserver.Fault{Kind: "html", Status: 302}, row(1, 1, 1, 1, 1)},
}

func row(repeatable, create, regenerate, token, probing int) map[string]int {
	return map[string]int{"repeatable": repeatable, "create": create, "regenerate": regenerate, "token": token, "probing": probing}
}

func TestRetry_Table(t *testing.T) {
	t.Parallel()
	for _, op := range operations {
		for _, line := range retryTable {
			t.Run(op.name+"/"+line.outcome, func(t *testing.T) {
				t.Parallel()
				w := start(t, fixtureOptions{
					mock: mockserver.Options{Version: op.version, AccessRules: 3}, client: withVersion(t, cmp.Or(op.version, "2.24")), closeEach: true,
				}).ready()
				app := w.seed("ci")[0]
				ruleID := int64(w.State().AccessRules[1].ID)
				fault := line.fault
				fault.Method, fault.Path, fault.Count = op.method, op.route, -1
				w.arm(fault)
				err := op.do(t.Context(), w, app, ruleID)
				want := line.tries[op.class]
				if op.class == "create" {
					if got := w.Count(op.method, op.route); got != want {
						t.Errorf("%d creates, want %d (%v): %v", got, want, err, w.Requests())
					}
					return
				}
				w.WantCount(op.method, op.route, want)
				// The error has the last response, and not "giving up".
				notFound := op.method == "DELETE" && line.outcome == "404"
				stillListed := op.method == "GET" && strings.HasPrefix(op.name, "read") && line.outcome == "404"
				if otherGrant := op.class == "token" && slices.Contains([]string{"200 page", "404", "405", "400"}, line.outcome); !notFound && !stillListed && !otherGrant && op.class != "probing" {
					if err == nil {
						t.Fatal("no error")
					}
					if line.fault.Status != 0 && !strings.Contains(err.Error(), fmt.Sprintf("responded with %d", line.fault.Status)) {
						t.Errorf("%q does not name the status", err)
					}
					absent := strings.HasPrefix(op.name, "list") && line.outcome == "200 page" // reported as a path that is not supported
					if want > 1 && !absent && op.class != "token" && line.outcome != "401" && !strings.Contains(err.Error(), fmt.Sprintf("(%d attempts)", want)) {
						t.Errorf("%q does not count the attempts", err)
					}
				}
				// Control: without the fault one more request succeeds.
				w.ClearFaults()
				w.ResetRequests()
				w.clock.Advance(runai.SnapshotAge)
				if err := op.do(t.Context(), w, app, ruleID); err != nil && !errors.Is(err, runai.ErrNotFound) {
					t.Errorf("without the fault: %v", err)
				}
				if n := w.Count(op.method, op.route); n == 0 {
					t.Error("the counter does not move")
				}
			})
		}
	}
}

// After an attempt timeout, reads are retried and a create is looked up. A
// regeneration has no attempt timeout, since an abandoned one can finish late and
// revoke a newer secret.
func TestRetry_SlowResponses(t *testing.T) {
	t.Parallel()
	for _, line := range []struct {
		op      string
		tries   int
		succeed bool
	}{
		{"read application", 3, false},
		{"delete application", 3, false},
		{"create application", 1, true},
		{"create access rule", 1, true},
		{"regenerate", 1, true},
	} {
		t.Run(line.op, func(t *testing.T) {
			t.Parallel()
			var op operation
			for _, o := range operations {
				if o.name == line.op {
					op = o
				}
			}
			w := start(t, fixtureOptions{
				mock: mockserver.Options{AccessRules: 3}, closeEach: true,
				client: func(c *runai.Config) {
					withVersion(t, "2.24")(c)
					c.RequestTimeout = 600 * time.Millisecond
				},
			}).ready()
			app := w.seed("ci")[0]
			w.arm(mockserver.Fault{Method: op.method, Path: op.route, Kind: "slow", Count: -1, DelayMS: 1500})
			err := op.do(t.Context(), w, app, 2)
			w.WantCount(op.method, op.route, line.tries)
			if (err == nil) != line.succeed {
				t.Errorf("error %v", err)
			}
			if err != nil && (!errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "request_timeout")) {
				t.Errorf("error %q, want the name of the exceeded timeout", err)
			}
		})
	}
}

func TestRetry_Success_IsNoError(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"drop-before", "drop-after", "truncate", "html", "status"} {
		for _, op := range operations {
			t.Run(kind+"/"+op.name, func(t *testing.T) {
				t.Parallel()
				w := start(t, fixtureOptions{
					mock: mockserver.Options{Version: op.version, AccessRules: 3}, client: withVersion(t, cmp.Or(op.version, "2.24")), closeEach: true,
				}).ready()
				app := w.seed("ci")[0]
				w.arm(mockserver.Fault{Method: op.method, Path: op.route, Kind: kind, Count: testMaxRetries})
				if err := op.do(t.Context(), w, app, 2); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestRetry_CanceledWait_EndsImmediately(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{client: withVersion(t, "2.24")}).ready()
	w.arm(mockserver.Fault{Method: "DELETE", Path: rule, Kind: "status", Status: 503, RetryAfter: "20", Count: -1})
	ctx, cancel := cancelableContext(t)
	w.OnRequest(func(method, _ string) {
		if method == "DELETE" {
			cancel()
		}
	})
	err := w.client.AccessRules.Delete(ctx, 1, runai.RuleKey{})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "The run was canceled.") {
		t.Errorf("error %v", err)
	}
	w.WantCount("DELETE", rule, 1)
	// A canceled caller sends no more requests.
	if err := w.client.AccessRules.Delete(ctx, 1, runai.RuleKey{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	w.WantCount("DELETE", rule, 1)
}

func TestRetry_ResponseSize_IsLimited(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("reads 64 MiB")
	}
	var n atomic.Int32
	w := start(t, fixtureOptions{
		client: func(c *runai.Config) { withVersion(t, "2.24")(c); c.MaxRetries = 0 },
		front: on("GET", rules, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			n.Add(1)
			w.Header().Set("Content-Type", "application/json")
			chunk := []byte(strings.Repeat(" ", 1<<20))
			for range 64 + 8 {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		})),
	})
	_, err := w.client.AccessRules.List(t.Context())
	if err == nil || !strings.Contains(err.Error(), "longer than 64 MiB") {
		t.Errorf("error %v", err)
	}
	if n.Load() != 1 {
		t.Errorf("%d requests", n.Load())
	}
}

func TestRetry_Log_HasEachAttemptAndNoSecret(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var lines []string
	w := start(t, fixtureOptions{client: func(c *runai.Config) {
		withVersion(t, "2.24")(c)
		c.Log = func(_ context.Context, message string, fields map[string]any) {
			mu.Lock()
			defer mu.Unlock()
			lines = append(lines, fmt.Sprint(message, fields))
			for name := range fields {
				switch name {
				case "method", "path", "attempt", "duration_ms", "status", "error":
				default:
					t.Errorf("field %q", name)
				}
			}
		}
	}, closeEach: true})
	w.arm(
		mockserver.Fault{Method: "POST", Path: accounts, Kind: "truncate"},
		mockserver.Fault{Method: "POST", Path: accountSecret, Kind: "html", Count: 1},
	)
	created, err := w.client.Applications.Create(t.Context(), "ci")
	if err != nil || !w.SignsIn("ci", created.Secret.Reveal()) {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(lines) != w.total() {
		t.Errorf("%d lines for %d requests", len(lines), w.total())
	}
	text := strings.Join(lines, "\n")
	if found := w.leaks(text); len(found) > 0 {
		t.Errorf("the log holds %d secrets:\n%s", len(found), text)
	}
	if found := w.leaks(text + created.Secret.Reveal()); len(found) != 1 { // the control
		t.Error("the search finds nothing")
	}
}
