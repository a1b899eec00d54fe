package runai_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver/mocktest"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// settling is a client whose waits move the clock that it shares with the mock,
// so that late effects come when they are due and no test takes the time.
func settling(w **fixture, waits *[]time.Duration) func(*runai.Config) {
	var mu sync.Mutex
	return func(c *runai.Config) {
		c.SettleTime = 10 * time.Second
		c.Sleep = func(ctx context.Context, d time.Duration) error {
			mu.Lock()
			defer mu.Unlock()
			*waits = append(*waits, d)
			(*w).clock.Advance(d)
			return ctx.Err()
		}
	}
}

// startSettling starts a mock of 2.24 and a client whose waits move the clock.
func startSettling(t *testing.T, s fixtureOptions) (*fixture, *[]time.Duration) {
	t.Helper()
	var w *fixture
	waits := new([]time.Duration)
	tune := s.client
	s.client = func(c *runai.Config) {
		withVersion(t, "2.24")(c)
		settling(&w, waits)(c)
		if tune != nil {
			tune(c)
		}
	}
	w = start(t, s)
	return w.ready(), waits
}

// onNth calls f before the nth request of a route is handled.
func (w *fixture) onNth(method, route string, n int32, f func()) {
	var seen atomic.Int32
	w.OnRequest(func(m, r string) {
		if m == method && r == route && seen.Add(1) == n {
			f()
		}
	})
}

// Without a token, a create is not sent (issue 9, point 1.1).
func TestCreate_NoToken_OutcomeIsKnown(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		refused bool // the create itself is refused with a 401 first
	}{{"the token has expired", false}, {"the create is refused with a 401", true}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w, _ := startSettling(t, fixtureOptions{})
			if row.refused {
				w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "status", Status: 401})
			} else {
				w.clock.Advance(2 * time.Hour)
			}
			w.arm(mockserver.Fault{Method: "POST", Path: tokenV2, Kind: "status", Status: 503, Count: -1})
			if !row.refused {
				// The lookup before the create finds its list in the snapshot.
				w.client = w.newClient()
			}
			created, err := w.client.Applications.Create(t.Context(), "ci")
			var unknown *runai.UnknownOutcomeError
			if err == nil || errors.As(err, &unknown) || errors.Is(err, runai.ErrUnclear) || created.ID != "" {
				t.Fatalf("created %v, error %v, want an error that is not unclear", created.ID, err)
			}
			if !strings.Contains(err.Error(), "sign in") {
				t.Errorf("error %v, want that the sign-in failed", err)
			}
			w.WantCount("POST", accounts, map[bool]int{true: 1, false: 0}[row.refused])
			if got := w.ApplicationsNamed("ci"); len(got) != 0 {
				t.Errorf("the control plane has %v", got)
			}
		})
	}
}

// An earlier unclear attempt stays unclear when a later one gets no token.
func TestCreate_UnclearThenNoToken_StaysUnclear(t *testing.T) {
	t.Parallel()
	w, _ := startSettling(t, fixtureOptions{})
	if _, err := w.client.Applications.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.arm(
		mockserver.Fault{Method: "POST", Path: accounts, Kind: "drop-after", Count: 1},
		mockserver.Fault{Method: "GET", Path: accounts, Kind: "status", Status: 401, Count: -1},
		mockserver.Fault{Method: "POST", Path: tokenV2, Kind: "status", Status: 503, Count: -1},
	)
	_, err := w.client.Applications.Create(t.Context(), "ci")
	var unknown *runai.UnknownOutcomeError
	if !errors.As(err, &unknown) {
		t.Fatalf("error %v, want an UnknownOutcomeError", err)
	}
	w.ClearFaults()
	w.clock.Advance(time.Minute)
	if app, err := w.newClient().Applications.ResolvePending(t.Context(), "ci", unknown.Pending); err != nil || app.ID != w.ApplicationsNamed("ci")[0].ID {
		t.Errorf("resolved to %v, %v", app.ID, err)
	}
}

// The first attempt has no effect. Before the second one, another pipeline with the
// same credentials creates the name. That object is not adopted, whatever its
// createdBy (issue 9, point 1.3).
func TestCreate_ConflictAfterSettleTime_IsOfAnother(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"status", "drop-before"} {
		for _, creator := range []string{ownClientID, ""} {
			t.Run(kind+"/"+creator, func(t *testing.T) {
				t.Parallel()
				w, waits := startSettling(t, fixtureOptions{})
				w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: kind, Status: 503})
				w.onNth("POST", accounts, 2, func() { w.CreateApplication("ci", creator) })
				_, err := w.client.Applications.Create(t.Context(), "ci")
				w.wantUntouched("ci", err)
				w.WantCount("POST", accounts, 2)
				if len(*waits) != 1 || (*waits)[0] < 10*time.Second {
					t.Errorf("waited %v, want once for the settle time", *waits)
				}
			})
		}
	}
}

// A create that takes effect late is found before it is sent again.
func TestCreate_LateEffect_IsFound(t *testing.T) {
	t.Parallel()
	for _, status := range []int{504, 0} {
		w, _ := startSettling(t, fixtureOptions{})
		w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "late", Status: status, DelayMS: 8000},
			mockserver.Fault{Method: "POST", Path: rules, Kind: "late", Status: status, DelayMS: 8000})
		created, err := w.client.Applications.Create(t.Context(), "ci")
		if err != nil {
			t.Fatal(err)
		}
		w.wantCreatedOnce("ci", created, err)
		w.WantCount("POST", accounts, 1)
		if !created.Recovered {
			t.Error("the recovery is not reported")
		}
		rule, err := w.client.AccessRules.Create(t.Context(), w.ruleKey("ci"), "")
		if err != nil || !rule.Recovered || len(w.activeRules("ci")) != 1 {
			t.Errorf("rule %v, %v", rule, err)
		}
		all, err := w.client.AccessRules.List(t.Context())
		if err != nil || len(all) == 0 || all[len(all)-1].ID != rule.ID {
			t.Errorf("the list lacks the recovered rule: %v, %v", all, err)
		}
	}
}

// A stale list hides the object of an unclear attempt, even after the settle time. The
// conflict of the second attempt and the creation window identify it.
func TestCreate_StaleListAfterSettleTime_IsRecovered(t *testing.T) {
	t.Parallel()
	w, _ := startSettling(t, fixtureOptions{})
	w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "drop-after"},
		mockserver.Fault{Method: "GET", Path: accounts, Kind: "stale-list", Count: 3})
	created, err := w.client.Applications.Create(t.Context(), "ci")
	if err != nil {
		t.Fatal(err)
	}
	w.wantCreatedOnce("ci", created, err)
	w.WantCount("POST", accounts, 2)
}

// The Date header and createdAt come from different clocks (issue 9, point 1.5).
func TestCreate_ClockSkew_IsRecovered(t *testing.T) {
	t.Parallel()
	for _, skew := range []time.Duration{0, time.Second, 30 * time.Second, 59 * time.Second, -time.Second, -14 * time.Second} {
		t.Run(skew.String(), func(t *testing.T) {
			t.Parallel()
			w, _ := startSettling(t, fixtureOptions{mock: mockserver.Options{ClockSkew: skew}})
			w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "drop-after"})
			created, err := w.client.Applications.Create(t.Context(), "ci")
			if err != nil {
				t.Fatal(err)
			}
			w.wantCreatedOnce("ci", created, err)
		})
	}
}

// The clock of a proxy, ten minutes ahead, is not used as that of the control plane.
func TestClock_IgnoresGateways(t *testing.T) {
	t.Parallel()
	for _, body := range []struct{ contentType, text string }{
		{"text/html", "<html>502</html>"},
		{"application/json", `{"message":"bad gateway"}`}, // without the API's code
	} {
		var once sync.Once
		w, _ := startSettling(t, fixtureOptions{front: func(mock http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				gateway := false
				if r.Method == "GET" && r.URL.Path == rules {
					once.Do(func() { gateway = true })
				}
				if gateway {
					w.Header().Set("Date", mocktest.NewClock().Now().Add(10*time.Minute).Format(http.TimeFormat))
					respond(502, body.contentType, body.text)(w, r)
					return
				}
				mock.ServeHTTP(w, r)
			})
		}})
		if _, err := w.client.AccessRules.List(t.Context()); err != nil {
			t.Fatal(err)
		}
		if now, known := w.client.ServerTime(); !known || now.Sub(w.clock.Now()) > time.Minute {
			t.Errorf("the control plane's clock is %v, the mock's %v", now, w.clock.Now())
		}
	}
}

// A Retry-After longer than two minutes or than the timeout ends every operation
// immediately (issue 9, point 1.6).
func TestRetryAfter_TooLong_IsFinal(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		header mockserver.RetryAfter
		says   string
	}{{"86400", "24h0m0s"}, {"121", "2m1s"}} {
		w, waits := startSettling(t, fixtureOptions{})
		for _, route := range []string{accounts, accountSecret} {
			w.arm(mockserver.Fault{Method: "POST", Path: route, Kind: "status", Status: 429, RetryAfter: row.header, Count: -1})
		}
		w.arm(mockserver.Fault{Method: "GET", Path: rules, Kind: "status", Status: 503, RetryAfter: row.header, Count: -1})
		app := w.seed("ci")[0]
		_, createErr := w.client.Applications.Create(t.Context(), "cd")
		_, regenerateErr := w.client.Applications.RegenerateSecret(t.Context(), app.ID, runai.RegenerateOptions{})
		_, listErr := w.client.AccessRules.ListWithDeleted(t.Context())
		for _, err := range []error{createErr, regenerateErr, listErr} {
			if err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("error %v, want the wait %s in it", err, row.says)
			}
		}
		w.WantCount("POST", accounts, 1)
		w.WantCount("POST", accountSecret, 1)
		w.WantCount("GET", rules, 1)
		if len(*waits) != 0 {
			t.Errorf("waited %v", *waits)
		}
	}
}

// Each attempt decodes into a fresh value, so a response that could not be decoded
// leaves no fields in the next one (issue 9, point 1.10).
func TestDecode_EachAttempt_UsesFreshValue(t *testing.T) {
	t.Parallel()
	var served atomic.Int32
	w := start(t, fixtureOptions{client: withVersion(t, "2.24"), front: on("GET", accounts+"/1", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if served.Add(1) == 1 {
			respond(200, "application/json", `{"id":"1","name":"a","clientId":"c","createdBy":"bob","enabled":"no"}`)(w, r)
			return
		}
		respond(200, "application/json", `{"id":"1","name":"a"}`)(w, r)
	}))})
	app, err := w.client.Applications.Read(t.Context(), "1")
	if err != nil || served.Load() != 2 || app.ClientID != "a" || app.CreatedBy != "" || !app.Enabled {
		t.Errorf("%+v after %d responses, %v", app, served.Load(), err)
	}
}

// If the list cannot be read, the comparison of two subjects is an error. Reporting
// them as different would replace the rule (issue 9, point 1.8).
func TestSameSubject_ListError_IsAnError(t *testing.T) {
	t.Parallel()
	for _, status := range []int{403, 503} {
		w, _ := startSettling(t, fixtureOptions{})
		app := w.seed("ci")[0]
		w.arm(mockserver.Fault{Method: "GET", Path: accounts, Kind: "status", Status: status, Count: -1})
		if same, err := w.client.AccessRules.SameSubject(t.Context(), runai.SubjectApp, app.ID, "ci"); err == nil {
			t.Errorf("%d: same is %t without an error", status, same)
		}
		w.ClearFaults()
		if same, err := w.newClient().AccessRules.SameSubject(t.Context(), runai.SubjectApp, app.ID, "ci"); err != nil || !same { // the control
			t.Errorf("same is %t, %v", same, err)
		}
	}
}
