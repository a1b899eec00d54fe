package runai_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

func TestRegenerate_LostResponse_IsRetried(t *testing.T) {
	t.Parallel()
	for _, fault := range createFaults {
		for _, often := range howOften[:2] {
			t.Run(fmt.Sprintf("%s %d/%s", fault.Kind, fault.Status, often.name), func(t *testing.T) {
				t.Parallel()
				w := start(t, fixtureOptions{}).ready()
				app := w.seed("ci")[0]
				fault := fault
				if fault.Kind == "slow" {
					fault.DelayMS = 100
				}
				fault.Method, fault.Path, fault.Count = "POST", accountSecret, often.count
				w.arm(fault)
				secret, err := regenerate(t.Context(), w.client, app.ID)
				if fault.Status == 500 || fault.Status == 401 && often.count == 2 {
					if err == nil {
						t.Error("no error")
					}
					return
				}
				if err != nil || !w.SignsIn("ci", secret.Reveal()) {
					t.Errorf("error %v, or the secret is not the current one", err)
				}
			})
		}
	}
}

// Two concurrent rotations of one application send one request each. The later one
// returns the current secret.
func TestRegenerate_Concurrent_OneAtATime(t *testing.T) {
	t.Parallel()
	var inFlight atomic.Int32
	w := start(t, fixtureOptions{front: func(mock http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/secret") {
				if n := inFlight.Add(1); n > 1 {
					t.Errorf("%d regenerations at the same time", n)
				}
				defer inFlight.Add(-1)
			}
			mock.ServeHTTP(w, r)
		})
	}}).ready()
	app := w.seed("ci")[0]
	// Long enough that two would overlap.
	w.arm(mockserver.Fault{Method: "POST", Path: accountSecret, Kind: "slow", DelayMS: 10, Count: -1})
	secrets := make([]runai.Secret, 8)
	parallel(len(secrets), func(i int) {
		s, err := regenerate(t.Context(), w.client, app.ID)
		if err != nil {
			t.Error(err)
		}
		secrets[i] = s
	})
	current := 0
	for _, s := range secrets {
		if w.SignsIn("ci", s.Reveal()) {
			current++
		}
	}
	if current != 1 {
		t.Errorf("%d of the secrets are current, want one", current)
	}
	w.WantCount("POST", accountSecret, len(secrets))
}

func TestRegenerate_NotFound_IsAnError(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{}).ready()
	if _, err := regenerate(t.Context(), w.client, "no-such-id"); !errors.Is(err, runai.ErrNotFound) {
		t.Errorf("error %v", err)
	}
	if err := w.client.Applications.SetEnabled(t.Context(), byID("no-such-id"), true); !errors.Is(err, runai.ErrNotFound) {
		t.Errorf("error %v", err)
	}
}

// A regeneration that takes effect late would revoke the secret of its retry.
func TestRegenerate_LateEffect_DoesNotRevokeSecret(t *testing.T) {
	t.Parallel()
	for _, status := range []int{504, 0} {
		w, waits := startSettling(t, fixtureOptions{})
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
		w.WantCount("POST", accountSecret, 2)
		w.WantCount("POST", tokenV2, 1) // the proof
		if len(*waits) == 0 || (*waits)[0] < 10*time.Second {
			t.Errorf("waited %v, want the settle time", *waits)
		}
	}
}

// The proof detects one that takes effect after the settle time.
func TestRegenerate_SecretRefused_IsRegeneratedOnceMore(t *testing.T) {
	t.Parallel()
	w, _ := startSettling(t, fixtureOptions{})
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
	w.WantCount("POST", accountSecret, 3)
}

// A failed proof does not fail the rotation: the last secret is kept, and a warning
// states what is uncertain.
func TestRegenerate_ProofFails_KeepsSecret(t *testing.T) {
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
			w, _ := startSettling(t, fixtureOptions{})
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
			w.WantCount("POST", accountSecret, 1+row.issued)
			w.WantCount("POST", tokenV2, row.signIns)
			if warnings := strings.Join(got.Warnings, "; "); (row.warns == "") != (warnings == "") || !strings.Contains(warnings, row.warns) {
				t.Errorf("warnings %q, want %q", warnings, row.warns)
			}
			if leaked := w.leaks(strings.Join(got.Warnings, "")); len(leaked) > 0 {
				t.Error("a warning shows a secret")
			}
		})
	}
}

// The number of sign-ins is bounded too, should the clock stand still.
func TestRegenerate_ClockStands_SignInsEnd(t *testing.T) {
	t.Parallel()
	w, _ := startSettling(t, fixtureOptions{client: func(c *runai.Config) {
		c.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	}})
	app := w.seed("ci")[0]
	w.arm(
		mockserver.Fault{Method: "POST", Path: accountSecret, Kind: "drop-before"},
		mockserver.Fault{Method: "POST", Path: tokenV2, Kind: "status", Status: 401, Count: -1},
	)
	got, err := w.client.Applications.RegenerateSecret(t.Context(), app.ID, runai.RegenerateOptions{ClientID: "ci", Enabled: true})
	if err != nil || len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], "refuses the new secret") {
		t.Errorf("warnings %q, %v", got.Warnings, err)
	}
	w.WantCount("POST", accountSecret, 3)
	w.WantCount("POST", tokenV2, 10)
}

// A timeout shorter than the settle time ends the wait with a warning. The secret is
// kept.
func TestRegenerate_TimeoutBeforeSettleTime_Warns(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{client: func(c *runai.Config) {
		withVersion(t, "2.24")(c)
		c.SettleTime = time.Hour
	}}).ready()
	app := w.seed("ci")[0]
	w.arm(mockserver.Fault{Method: "POST", Path: accountSecret, Kind: "status", Status: 504})
	ctx, expire := expiringContext(t)
	w.OnRequest(func(method, route string) {
		if method == "POST" && route == accountSecret {
			expire()
		}
	})
	got, err := w.client.Applications.RegenerateSecret(ctx, app.ID, runai.RegenerateOptions{ClientID: "ci", Enabled: true})
	if err != nil {
		t.Fatal(err)
	}
	if !w.IsSecretOf("ci", got.Secret.Reveal()) || len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], "timed out") {
		t.Errorf("warnings %v", got.Warnings)
	}
	w.WantCount("POST", accountSecret, 2)
}
