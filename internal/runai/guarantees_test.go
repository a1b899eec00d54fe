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
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// settling is a client whose waits move the clock that it shares with the mock,
// so that late effects come when they are due and no test takes the time.
func settling(w **world, waits *[]time.Duration) func(*runai.Config) {
	var mu sync.Mutex
	return func(c *runai.Config) {
		c.SettleTime = 10 * time.Second
		c.Sleep = func(ctx context.Context, d time.Duration) error {
			mu.Lock()
			defer mu.Unlock()
			*waits = append(*waits, d)
			(*w).clock.advance(d)
			return ctx.Err()
		}
	}
}

// startSettling starts a mock of 2.24 and a client whose waits move the clock.
func startSettling(t *testing.T, s setting) (*world, *[]time.Duration) {
	t.Helper()
	var w *world
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
func (w *world) onNth(method, route string, n int32, f func()) {
	var seen atomic.Int32
	w.OnRequest(func(m, r string) {
		if m == method && r == route && seen.Add(1) == n {
			f()
		}
	})
}

// A create whose token could not be obtained was not sent (issue 9, point 1.1).
func TestCreate_WithoutATokenNothingWasSent(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		refused bool // the create itself is refused with a 401 first
	}{{"the token has expired", false}, {"the create is refused with a 401", true}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w, _ := startSettling(t, setting{})
			if row.refused {
				w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "status", Status: 401})
			} else {
				w.clock.advance(2 * time.Hour)
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
				t.Errorf("%v does not say that the sign-in failed", err)
			}
			w.wantCount("POST", accounts, map[bool]int{true: 1, false: 0}[row.refused])
			if got := w.named("ci"); len(got) != 0 {
				t.Errorf("the control plane has %v", got)
			}
		})
	}
}

// An earlier unclear attempt stays unclear when a later one gets no token.
func TestCreate_AnUnclearAttemptStaysUnclearWithoutAToken(t *testing.T) {
	t.Parallel()
	w, _ := startSettling(t, setting{})
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
	w.clock.advance(time.Minute)
	if app, err := w.newClient().Applications.ResolvePending(t.Context(), "ci", unknown.Pending); err != nil || app.ID != w.named("ci")[0].ID {
		t.Errorf("resolved to %v, %v", app.ID, err)
	}
}

// The next run begins while the create of the last one can still take effect:
// absence proves nothing yet.
func TestResolvePending_WaitsForWhatCanStillTakeEffect(t *testing.T) {
	t.Parallel()
	w, waits := startSettling(t, setting{})
	w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "late", Status: 504, DelayMS: 8000, Count: 1})
	w.onNth("POST", accounts, 1, func() {
		w.arm(mockserver.Fault{Method: "GET", Path: accounts, Kind: "status", Status: 500, Count: -1})
	})
	_, err := w.client.Applications.Create(t.Context(), "ci")
	var unknown *runai.UnknownOutcomeError
	if !errors.As(err, &unknown) || len(w.named("ci")) != 0 {
		t.Fatalf("error %v, want an UnknownOutcomeError and no application yet", err)
	}
	w.ClearFaults()
	*waits = nil
	app, err := w.newClient().Applications.ResolvePending(t.Context(), "ci", unknown.Pending)
	if err != nil || app.Name != "ci" {
		t.Errorf("resolved to %v, %v", app.Name, err)
	}
	if len(*waits) != 1 || (*waits)[0] > 10*time.Second {
		t.Errorf("waited %v, want once, for the settle time at most", *waits)
	}
	w.clock.advance(time.Hour)
	*waits = nil
	if _, err := w.newClient().Applications.ResolvePending(t.Context(), "gone", unknown.Pending); !errors.Is(err, runai.ErrNotFound) || len(*waits) != 0 {
		t.Errorf("error %v after waits of %v, want ErrNotFound immediately when no attempt can take effect any more", err, *waits)
	}
}

// Nothing was done by the first attempt; before the second one, another pipeline
// with the same credentials creates the name: it is not ours, whatever createdBy
// says (issue 9, point 1.3).
func TestCreate_AConflictAfterTheSettleTimeBelongsToAnother(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"status", "drop-before"} {
		for _, creator := range []string{ownClientID, ""} {
			t.Run(kind+"/"+creator, func(t *testing.T) {
				t.Parallel()
				w, waits := startSettling(t, setting{})
				w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: kind, Status: 503})
				w.onNth("POST", accounts, 2, func() { w.CreateApplication("ci", creator) })
				_, err := w.client.Applications.Create(t.Context(), "ci")
				w.wantUntouched("ci", err)
				w.wantCount("POST", accounts, 2)
				if len(*waits) != 1 || (*waits)[0] < 10*time.Second {
					t.Errorf("waited %v, want once for the settle time", *waits)
				}
			})
		}
	}
}

// A create that takes effect late is found before it is sent again.
func TestCreate_ALateEffectIsWaitedFor(t *testing.T) {
	t.Parallel()
	for _, status := range []int{504, 0} {
		w, _ := startSettling(t, setting{})
		w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "late", Status: status, DelayMS: 8000},
			mockserver.Fault{Method: "POST", Path: rules, Kind: "late", Status: status, DelayMS: 8000})
		created, err := w.client.Applications.Create(t.Context(), "ci")
		if err != nil {
			t.Fatal(err)
		}
		w.wantPromise("ci", created, err)
		w.wantCount("POST", accounts, 1)
		if !created.Recovered {
			t.Error("the recovery is not reported")
		}
		rule, err := w.client.AccessRules.Create(t.Context(), w.tuple("ci"), "")
		if err != nil || !rule.Recovered || len(w.living("ci")) != 1 {
			t.Errorf("rule %v, %v", rule, err)
		}
		all, err := w.client.AccessRules.List(t.Context())
		if err != nil || len(all) == 0 || all[len(all)-1].ID != rule.ID {
			t.Errorf("the list lacks the recovered rule: %v, %v", all, err)
		}
	}
}

// A list that is behind hides what an unclear attempt has created, even after the
// settle time; the conflict of the second attempt and the window show it.
func TestCreate_AStaleListAfterTheSettleTimeOrphansNothing(t *testing.T) {
	t.Parallel()
	w, _ := startSettling(t, setting{})
	w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "drop-after"},
		mockserver.Fault{Method: "GET", Path: accounts, Kind: "stale-list", Count: 3})
	created, err := w.client.Applications.Create(t.Context(), "ci")
	if err != nil {
		t.Fatal(err)
	}
	w.wantPromise("ci", created, err)
	w.wantCount("POST", accounts, 2)
}

// The Date of a response and createdAt come from two clocks (issue 9, point 1.5).
func TestCreate_IsRecoveredAlthoughTheClocksDiffer(t *testing.T) {
	t.Parallel()
	for _, skew := range []time.Duration{0, time.Second, 30 * time.Second, 59 * time.Second, -time.Second, -14 * time.Second} {
		t.Run(skew.String(), func(t *testing.T) {
			t.Parallel()
			w, _ := startSettling(t, setting{mock: mockserver.Options{ClockSkew: skew}})
			w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: "drop-after"})
			created, err := w.client.Applications.Create(t.Context(), "ci")
			if err != nil {
				t.Fatal(err)
			}
			w.wantPromise("ci", created, err)
		})
	}
}

// A proxy whose clock is ten minutes ahead says nothing about the control plane's.
func TestClock_IsNotLearnedFromGateways(t *testing.T) {
	t.Parallel()
	for _, body := range []struct{ contentType, text string }{
		{"text/html", "<html>502</html>"},
		{"application/json", `{"message":"bad gateway"}`}, // without the API's code
	} {
		var once sync.Once
		w, _ := startSettling(t, setting{front: func(mock http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				gateway := false
				if r.Method == "GET" && r.URL.Path == rules {
					once.Do(func() { gateway = true })
				}
				if gateway {
					w.Header().Set("Date", newClock().Now().Add(10*time.Minute).Format(http.TimeFormat))
					answers(502, body.contentType, body.text)(w, r)
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

// A regeneration that takes effect late would revoke the secret of its own retry
// (issue 9, point 1.4).
func TestRegenerate_ALateEffectDoesNotRevokeTheSecret(t *testing.T) {
	t.Parallel()
	for _, status := range []int{504, 0} {
		w, waits := startSettling(t, setting{})
		app := w.seed("ci")[0]
		w.arm(mockserver.Fault{Method: "POST", Path: accountSecret, Kind: "late", Status: status, DelayMS: 8000})
		got, err := w.client.Applications.RegenerateSecret(t.Context(), app.ID, runai.RegenerateOptions{ClientID: "ci", Enabled: true})
		if err != nil {
			t.Fatal(err)
		}
		w.ReleaseLate()
		if !w.IsSecretOf("ci", got.Secret.Reveal()) || len(got.Warnings) != 0 {
			t.Errorf("the secret is not the current one; warnings %v", got.Warnings)
		}
		w.wantCount("POST", accountSecret, 2)
		w.wantCount("POST", tokenV2, 1) // the proof
		if len(*waits) == 0 || (*waits)[0] < 10*time.Second {
			t.Errorf("waited %v, want the settle time", *waits)
		}
	}
}

// One that is later than the settle time is detected by the proof.
func TestRegenerate_ARefusedSecretIsRegeneratedOnceMore(t *testing.T) {
	t.Parallel()
	w, _ := startSettling(t, setting{})
	app := w.seed("ci")[0]
	w.arm(mockserver.Fault{Method: "POST", Path: accountSecret, Kind: "late", Status: 504, DelayMS: 3_600_000})
	w.onNth("POST", tokenV2, 1, func() { w.ReleaseLate() })
	got, err := w.client.Applications.RegenerateSecret(t.Context(), app.ID, runai.RegenerateOptions{ClientID: "ci", Enabled: true})
	if err != nil {
		t.Fatal(err)
	}
	if !w.IsSecretOf("ci", got.Secret.Reveal()) || len(got.Warnings) != 0 {
		t.Errorf("the secret is not the current one; warnings %v", got.Warnings)
	}
	w.wantCount("POST", accountSecret, 3)
}

// The proof never fails a rotation: whatever comes of it, the last secret stays,
// and a warning says what is in doubt.
func TestRegenerate_TheProofKeepsTheSecret(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		fault   mockserver.Fault
		options runai.RegenerateOptions
		// regenerations after the lost one, and sign-ins
		issued, signIns int
		warns           string
	}{
		{"accepted", mockserver.Fault{}, runai.RegenerateOptions{Enabled: true}, 1, 1, ""},
		{"503", mockserver.Fault{Kind: "status", Status: 503, Count: -1}, runai.RegenerateOptions{Enabled: true}, 1, 1, "could not be verified"},
		{"429", mockserver.Fault{Kind: "status", Status: 429, Count: -1}, runai.RegenerateOptions{Enabled: true}, 1, 1, "could not be verified"},
		{"refused for good", mockserver.Fault{Kind: "status", Status: 401, Count: -1}, runai.RegenerateOptions{Enabled: true}, 2, 10, "refuses the new secret"},
		{"a moment to propagate", mockserver.Fault{Kind: "status", Status: 401, Count: 2}, runai.RegenerateOptions{Enabled: true}, 1, 3, ""},
		{"disabled", mockserver.Fault{}, runai.RegenerateOptions{}, 1, 0, ""},
		{"a sign-in would count as use", mockserver.Fault{}, runai.RegenerateOptions{Enabled: true, NoProof: true}, 1, 0, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w, _ := startSettling(t, setting{})
			app := w.seed("ci")[0]
			w.arm(mockserver.Fault{Method: "POST", Path: accountSecret, Kind: "drop-before"})
			if row.fault.Kind != "" {
				row.fault.Method, row.fault.Path = "POST", tokenV2
				w.arm(row.fault)
			}
			row.options.ClientID = "ci"
			got, err := w.client.Applications.RegenerateSecret(t.Context(), app.ID, row.options)
			if err != nil {
				t.Fatal(err)
			}
			if !w.IsSecretOf("ci", got.Secret.Reveal()) {
				t.Error("the secret is not the current one")
			}
			w.wantCount("POST", accountSecret, 1+row.issued)
			w.wantCount("POST", tokenV2, row.signIns)
			if warnings := strings.Join(got.Warnings, "; "); (row.warns == "") != (warnings == "") || !strings.Contains(warnings, row.warns) {
				t.Errorf("warnings %q, want %q", warnings, row.warns)
			}
			if leaked := w.leaks(strings.Join(got.Warnings, "")); len(leaked) > 0 {
				t.Error("a warning shows a secret")
			}
		})
	}
}

// A timeout shorter than the settle time ends the wait with a warning and not
// with a lost secret.
func TestRegenerate_ATimeoutShorterThanTheSettleTimeWarns(t *testing.T) {
	t.Parallel()
	w := start(t, setting{client: func(c *runai.Config) {
		withVersion(t, "2.24")(c)
		c.SettleTime = time.Hour
	}}).ready()
	app := w.seed("ci")[0]
	w.arm(mockserver.Fault{Method: "POST", Path: accountSecret, Kind: "status", Status: 504})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	got, err := w.client.Applications.RegenerateSecret(ctx, app.ID, runai.RegenerateOptions{ClientID: "ci", Enabled: true})
	if err != nil {
		t.Fatal(err)
	}
	if !w.IsSecretOf("ci", got.Secret.Reveal()) || len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], "timed out") {
		t.Errorf("warnings %v", got.Warnings)
	}
	w.wantCount("POST", accountSecret, 2)
}

// A Retry-After longer than two minutes, or than the operation, is final at once,
// whatever the operation (issue 9, point 1.6).
func TestRetryAfter_ThatIsTooLongIsFinal(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		header mockserver.RetryAfter
		says   string
	}{{"86400", "24h0m0s"}, {"121", "2m1s"}} {
		w, waits := startSettling(t, setting{})
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
				t.Errorf("%v does not say how long: %s", err, row.says)
			}
		}
		w.wantCount("POST", accounts, 1)
		w.wantCount("POST", accountSecret, 1)
		w.wantCount("GET", rules, 1)
		if len(*waits) != 0 {
			t.Errorf("waited %v", *waits)
		}
	}
}

// Responses are decoded into a fresh value for each attempt: one that could not be
// decoded leaves nothing behind in the next one (issue 9, point 1.10).
func TestDecode_AnEarlierResponseLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	var served atomic.Int32
	w := start(t, setting{client: withVersion(t, "2.24"), front: on("GET", accounts+"/1", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if served.Add(1) == 1 {
			answers(200, "application/json", `{"id":"1","name":"a","clientId":"c","createdBy":"bob","enabled":"no"}`)(w, r)
			return
		}
		answers(200, "application/json", `{"id":"1","name":"a"}`)(w, r)
	}))})
	app, err := w.client.Applications.Read(t.Context(), "1")
	if err != nil || served.Load() != 2 || app.ClientID != "a" || app.CreatedBy != "" || !app.Enabled {
		t.Errorf("%+v after %d responses, %v", app, served.Load(), err)
	}
}

// A list that cannot be read says nothing about subjects: an error, and not
// another subject, which would replace the rule (issue 9, point 1.8).
func TestSameSubject_AnErrorIsNoDifference(t *testing.T) {
	t.Parallel()
	for _, status := range []int{403, 503} {
		w, _ := startSettling(t, setting{})
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
