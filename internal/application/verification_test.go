package application_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// signIns returns the number of sign-ins since the last ResetRequests, including that
// of the provider, one in each run.
func signIns(cp *acctest.ControlPlane) int { return cp.Calls(acctest.GetToken) }

// accepted returns the number of accepted sign-ins: older control planes refuse the first grant of each.
func accepted(cp *acctest.ControlPlane) (n int) {
	for _, r := range cp.Log() {
		if strings.HasSuffix(r.Route, "/token") && r.Status == http.StatusOK {
			n++
		}
	}
	return n
}

func (s sealedRun) status() string {
	s.t.Helper()
	return fmt.Sprint(s.attribute("client_secret_status"))
}

const (
	report     = `verify_client_secret = "report"`
	regenerate = `verify_client_secret = "regenerate"`
)

func TestAccApplication_Verify_Off(t *testing.T) {
	t.Parallel()
	for _, arguments := range []string{"", `verify_client_secret = "off"`} {
		t.Run(arguments, func(t *testing.T) {
			t.Parallel()
			s := newSealedRun(t)
			s.write("", "", "")
			s.Plan()
			own := signIns(s.ControlPlane) // of the provider itself
			s.apply("", arguments, "")
			s.RegenerateSecret("ci-pipeline") // by another principal
			s.ResetRequests()
			if r := s.Plan(); r.Code != 0 || signIns(s.ControlPlane) != own {
				t.Errorf("exit code %d, %d sign-ins: %s", r.Code, signIns(s.ControlPlane), r.Output)
			}
			if s.status() != "<nil>" {
				t.Errorf("status %s", s.status())
			}
			s.end()
		})
	}
}

func TestAccApplication_Verify_Report(t *testing.T) {
	t.Parallel()
	s := newSealedRun(t)
	s.write("", report, "")
	s.Plan()
	own := signIns(s.ControlPlane) // of the provider itself
	s.apply("", report, "")
	if s.status() != "valid" {
		t.Errorf("status %s after a create", s.status())
	}
	s.ResetRequests()
	if r := s.Plan(); r.Code != 0 || signIns(s.ControlPlane) != own+1 {
		t.Errorf("exit code %d, %d sign-ins, want the provider's own and one more: %s", r.Code, signIns(s.ControlPlane), r.Output)
	}

	s.RegenerateSecret("ci-pipeline") // by another principal
	secret := s.attribute("client_secret")
	s.ResetRequests()
	r := s.MustApply("-refresh-only")
	if s.status() != "revoked" || !r.Contains("it was regenerated elsewhere") {
		t.Errorf("status %s: %s", s.status(), r.Output)
	}
	if s.attribute("client_secret") != secret || s.Calls(acctest.RegenerateSecret) != 0 {
		t.Error("the secret was removed or regenerated")
	}
	s.Plan().Expect(t, 0)
	// New keepers regenerate the secret, and the status is valid again.
	s.apply("", report+"\n"+keeper1, "")
	if s.status() != "valid" {
		t.Errorf("status %s after a regeneration", s.status())
	}
	s.end()
}

func TestAccApplication_Verify_Regenerate(t *testing.T) {
	t.Parallel()
	s := newSealedRun(t)
	s.apply("", regenerate, "")
	s.RegenerateSecret("ci-pipeline")
	s.Plan().Expect(t, 2, "Revoked Client Secret Is Regenerated", "1 -> 2")
	s.ResetRequests()
	s.MustApply()
	secret, _ := s.attribute("client_secret").(string)
	if s.Calls(acctest.RegenerateSecret) != 1 || !s.SignsIn("ci-pipeline", secret) || s.status() != "valid" {
		t.Errorf("%d regenerations, status %s", s.Calls(acctest.RegenerateSecret), s.status())
	}
	s.Plan().Expect(t, 0)
	s.end()
}

// A refresh reads the state and not the configuration, so the apply signs in itself.
func TestAccApplication_Verify_TurnedOn(t *testing.T) {
	t.Parallel()
	for want, revoke := range map[string]bool{"valid": false, "revoked": true} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			s := newSealedRun(t)
			s.apply("", "", "")
			if revoke {
				s.RegenerateSecret("ci-pipeline")
			}
			s.apply("", report, "")
			if s.status() != want {
				t.Errorf("status %s", s.status())
			}
			s.apply("", "", "")
			if s.status() != "<nil>" {
				t.Errorf("status %s when turned off", s.status())
			}
			s.end()
		})
	}
}

// Only the control plane's own refusal of the credentials of an enabled application
// changes the status.
func TestAccApplication_Verify_Inconclusive(t *testing.T) {
	t.Parallel()
	for name, disturb := range map[string]func(s sealedRun){
		// The provider has signed in before, so its sign-in is not affected.
		"Unavailable": func(s sealedRun) {
			s.OnCall(acctest.ListApplications, func() { s.InjectFaultWith(acctest.GetToken, "status", 503, -1) })
		},
		"IdentityProviderRefusesAll": func(s sealedRun) {
			s.OnCall(acctest.ListApplications, func() { s.RefuseSignIns(true) })
		},
		"Disabled": func(s sealedRun) { s.SetApplicationEnabled("ci-pipeline", false) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSealedRun(t)
			s.apply("", regenerate, "")
			s.RegenerateSecret("ci-pipeline")
			disturb(s)
			s.Plan().ExpectNot(t, "client_secret_version")
			// Control: otherwise the secret is reported as revoked.
			s.OnRequest(func(string, string) {})
			s.ClearFaults()
			s.RefuseSignIns(false)
			s.SetApplicationEnabled("ci-pipeline", true)
			if r := s.Plan(); !strings.Contains(r.Output, "client_secret_version") {
				t.Errorf("no rotation is planned: %s", r.Output)
			}
			s.end()
		})
	}
}

// The plan warns at the argument that causes the regeneration.
func TestApplication_Verify_Regeneration_Warns(t *testing.T) {
	t.Parallel()
	keepers := map[string]any{"v": "1"}
	for _, c := range []struct {
		name      string
		arguments acctest.Arguments
		attribute string
		want      string
	}{
		{"on", acctest.Arguments{"verify_client_secret": "regenerate", "keepers": keepers}, "verify_client_secret", "It is regenerated again"},
		{"unknown", acctest.Arguments{"verify_client_secret": acctest.Unknown, "keepers": keepers}, "verify_client_secret", `If verify_client_secret, which is known only while applying, is "regenerate", it is regenerated again`},
		{"unknown, with changed keepers", acctest.Arguments{"verify_client_secret": acctest.Unknown, "keepers": map[string]any{"v": "2"}}, "keepers", "Changed keepers regenerate"},
		{"unknown, with unknown keepers", acctest.Arguments{"verify_client_secret": acctest.Unknown, "keepers": map[string]any{"v": acctest.Unknown}}, "keepers", "Changed keepers may regenerate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			app := cp.Instance(t, "runai_application")
			app.MustApply(acctest.Arguments{"name": "ci", "verify_client_secret": "report", "keepers": keepers})
			cp.RegenerateSecret("ci") // by another principal
			c.arguments["name"] = "ci"
			diags := app.Plan(c.arguments).Diagnostics
			diags.ExpectWarningAt(t, c.attribute, c.want)
			if len(diags) != 2 { // the other: the refresh found the secret revoked
				t.Errorf("%d diagnostics:%s", len(diags), diags)
			}
		})
	}
}

func TestAccApplication_Guard_InUse_Refused(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	s := sealedRun{cp, cp.CLI(t), t}
	const guard = "rotate_only_if_unused_for = \"24h\"\n  "
	s.apply("", guard+keeper1, "")
	if cp.Version == "2.17" {
		s.refuse("this control plane does not report last logins", "", guard+keeper2, "")
		s.write("", guard+keeper1, "") // a destroy plans the configuration first
		s.end()
		return
	}
	// An application that was never used counts as unused. The regeneration is not proven by a sign-in.
	before := accepted(cp)
	s.apply("", guard+keeper2, "")
	if n := accepted(cp) - before; n > 2 { // the plan's and the apply's own
		t.Errorf("%d sign-ins", n)
	}

	now := time.Now().UTC().Truncate(time.Second)
	s.SetLastLogin("ci-pipeline", now.Add(-23*time.Hour))
	s.write("", guard+keeper1, "")
	s.ResetRequests()
	s.Plan().ExpectError(t, "it last signed in at "+now.Add(-23*time.Hour).Format(time.RFC3339))
	acctest.Expect(t, s.ExpectMutations(0))
	// The apply checks again: the application is used between the plan and the apply.
	s.SetLastLogin("ci-pipeline", now.Add(-25*time.Hour))
	s.CLI.Run("plan", "-input=false", "-no-color", "-out=plan.bin").Expect(t, 0)
	s.SetLastLogin("ci-pipeline", now)
	s.CLI.Run("apply", "-input=false", "-no-color", "plan.bin").ExpectError(t, "Client Secret Is in Use")
	acctest.Expect(t, s.ExpectCalls(acctest.RegenerateSecret, 0))
	// Control: an unused application is rotated.
	s.SetLastLogin("ci-pipeline", now.Add(-25*time.Hour))
	s.MustApply()
	acctest.Expect(t, s.ExpectCalls(acctest.RegenerateSecret, 1))
	s.end()
}

// Each condition under which an application counts as used, in the plan and in the
// apply.
func TestApplication_Guard_UseUnknown_Refused(t *testing.T) {
	t.Parallel()
	const attribute = "rotate_only_if_unused_for"
	for name, c := range map[string]struct {
		version string
		// arrange changes the control plane, or a response to the plan or the apply.
		arrange func(cp *acctest.ControlPlane)
		rewrite func(header http.Header, body []byte) []byte
		want    string // "": the secret is regenerated
	}{
		"never used":     {want: ""},
		"used before":    {arrange: lastLogin(25 * time.Hour), want: ""},
		"used within it": {arrange: lastLogin(23 * time.Hour), want: "it last signed in at "},
		"used just now":  {arrange: lastLogin(-time.Minute), want: ", 0s ago"}, // clocks may differ a little
		"no last logins": {version: "2.17", want: "this control plane does not report last logins"},
		"403":            {arrange: readFails(403), want: "its last login could not be read: could not read application \"ci\" (ID "},
		"503":            {arrange: readFails(503), want: "its last login could not be read: could not read application \"ci\" (ID "},
		"a date that is none": {
			rewrite: func(_ http.Header, body []byte) []byte {
				return bytes.ReplaceAll(body, []byte(`"lastLogin":null`), []byte(`"lastLogin":"yesterday"`))
			},
			want: "its last login could not be read: ",
		},
		"no time of the control plane": {
			arrange: lastLogin(25 * time.Hour),
			rewrite: func(header http.Header, body []byte) []byte {
				header.Del("Date")
				return body
			},
			want: "the control plane does not return its time",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: cmp.Or(c.version, "2.24")})
			rewriting := rewriteResponses(t, cp, c.rewrite)
			app := cp.Instance(t, "runai_application")
			arguments := func(guard any, keepers string) acctest.Arguments {
				return acctest.Arguments{"name": "ci", attribute: guard, "keepers": map[string]any{"v": keepers}}
			}
			app.MustApply(arguments("24h", "1"))
			// A duration that is unknown in the plan is checked by the apply.
			if diags := app.Plan(arguments(acctest.Unknown, "2")).Diagnostics; diags.HasError() {
				t.Error(diags)
			}
			approved := app.Plan(arguments("24h", "2"))
			rewriting.Store(true)
			if c.arrange != nil {
				c.arrange(cp)
			}
			planned := app.PlanWithoutRefresh(arguments("24h", "2")).Diagnostics
			if c.want == "" {
				if diags := app.Apply(approved); planned.HasError() || diags.HasError() || cp.Calls(acctest.RegenerateSecret) != 1 {
					t.Errorf("%s%s", planned, diags)
				}
				return
			}
			planned.ExpectErrorAt(t, attribute, c.want)
			if c.version == "" { // otherwise it was refused before
				app.Apply(approved).ExpectErrorAt(t, attribute, c.want)
			}
			acctest.Expect(t, cp.ExpectCalls(acctest.RegenerateSecret, 0))
		})
	}
	t.Run("the provider's own application", func(t *testing.T) {
		t.Parallel()
		cp := acctest.NewWith(t, mockserver.Options{Version: "2.24"})
		p := cp.ProtocolWith(t, acctest.Arguments{
			"base_url": cp.URL, "client_id": "terraform", "client_secret": "terraform-secret", "allow_self_lockout": true,
		})
		cp.SetLastLogin("terraform", time.Time{})
		own := p.Import("runai_application", "terraform")
		own.PlanWithoutRefresh(acctest.Arguments{"name": "terraform", attribute: "24h", "keepers": map[string]any{"v": "1"}}).
			Diagnostics.ExpectErrorAt(t, attribute, "the provider itself signs in with it")
	})
}

// A refresh warns of a revoked secret in the mode report alone: in the mode regenerate
// the plan warns.
func TestApplication_Verify_Refresh_Warns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode    string
		revoked bool
		warning string // "": none
	}{
		{"report", true, "Client Secret Is Revoked"},
		{"report", false, ""},
		{"regenerate", true, ""},
	} {
		t.Run(fmt.Sprintf("%s/%t", c.mode, c.revoked), func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			app := cp.Instance(t, "runai_application")
			app.MustApply(acctest.Arguments{"name": "ci", "verify_client_secret": c.mode})
			if c.revoked {
				cp.RegenerateSecret("ci")
			}
			diags := app.Refresh()
			if (c.warning == "") != (len(diags) == 0) {
				t.Errorf("want %q:%s", c.warning, diags)
			}
			if c.warning != "" {
				diags.ExpectWarningAt(t, "client_secret_status", c.warning)
			}
			if status := app.Attributes()["client_secret_status"]; (status == "revoked") != c.revoked {
				t.Errorf("client_secret_status is %v", status)
			}
		})
	}
}

// lastLogin sets the last login of the application to a time ago.
func lastLogin(ago time.Duration) func(*acctest.ControlPlane) {
	return func(cp *acctest.ControlPlane) { cp.SetLastLogin("ci", time.Now().Add(-ago)) }
}

// readFails makes every read of an application fail.
func readFails(status int) func(*acctest.ControlPlane) {
	return func(cp *acctest.ControlPlane) { cp.InjectFaultWith(acctest.ReadApplication, "status", status, -1) }
}

// An application whose last login is exactly as long ago as the guard requires counts
// as unused. Client and control plane have the same clock, which does not advance.
func TestApplication_Guard_Boundary(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.24", Now: clock})
	cp.Tune(func(cfg *runai.Config) { cfg.Now = clock })
	app := cp.Instance(t, "runai_application")
	arguments := func(keepers string) acctest.Arguments {
		return acctest.Arguments{"name": "ci", "rotate_only_if_unused_for": "24h", "keepers": map[string]any{"v": keepers}}
	}
	app.MustApply(arguments("1"))
	cp.SetLastLogin("ci", now.Add(time.Second-24*time.Hour))
	app.Plan(arguments("2")).Diagnostics.ExpectErrorAt(t, "rotate_only_if_unused_for", "23h59m59s ago")
	cp.SetLastLogin("ci", now.Add(-24*time.Hour))
	app.MustApply(arguments("2"))
}

// rewriteResponses puts a proxy in front of a control plane. It rewrites the responses
// once the returned flag is set.
func rewriteResponses(t *testing.T, cp *acctest.ControlPlane, rewrite func(http.Header, []byte) []byte) *atomic.Bool {
	t.Helper()
	on := &atomic.Bool{}
	if rewrite == nil {
		return on
	}
	target, err := url.Parse(cp.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(resp *http.Response) error {
		if !on.Load() {
			return nil
		}
		body, err := io.ReadAll(resp.Body)
		body = rewrite(resp.Header, body)
		resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		resp.Header.Set("Content-Length", strconv.Itoa(len(body)))
		return err
	}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil // the mock's, or none
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	cp.Tune(func(cfg *runai.Config) { cfg.BaseURL = front.URL })
	return on
}

// A regeneration with an unclear outcome is proven by a sign-in, unless that would
// count as use. The same holds for the regeneration of a recovered create.
func TestApplication_Guard_UnclearRegeneration_IsNotProvenBySignIn(t *testing.T) {
	t.Parallel()
	for guard, want := range map[any]int{nil: 2, "24h": 1} { // one is the provider's own
		cp := acctest.NewWith(t, mockserver.Options{Version: "2.24"})
		app := cp.Instance(t, "runai_application")
		apply := func(keepers string) {
			t.Helper()
			plan := app.Plan(acctest.Arguments{"name": "ci", "rotate_only_if_unused_for": guard, "keepers": map[string]any{"v": keepers}})
			cp.InjectFault(acctest.CreateApplication, "drop-after", 1)
			cp.InjectFaultWith(acctest.RegenerateSecret, "status", 504, 1)
			cp.ResetRequests()
			if diags := app.Apply(plan); diags.HasError() {
				t.Fatal(diags)
			}
			if regenerated, signedIn := cp.Calls(acctest.RegenerateSecret), cp.Calls(acctest.GetToken); regenerated != 2 || signedIn != want {
				t.Errorf("rotate_only_if_unused_for %v: %d regenerations and %d sign-ins, want 2 and %d", guard, regenerated, signedIn, want)
			}
			cp.ClearFaults()
			cp.SetLastLogin("ci", time.Time{}) // of the proof
		}
		apply("1")
		apply("2")
	}
}

// Times are compared with the clock of the control plane, not with the local one.
func TestAccApplication_Guard_UsesControlPlaneClock(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{ClockSkew: 48 * time.Hour})
	if cp.Version == "2.17" {
		t.Skip("2.17 does not report last logins")
	}
	s := sealedRun{cp, cp.CLI(t), t}
	const guard = "rotate_only_if_unused_for = \"24h\"\n  "
	s.apply("", guard+keeper1, "")
	s.SetLastLogin("ci-pipeline", time.Now()) // two days ago by the Date of its responses
	s.apply("", guard+keeper2, "")
	s.end()
}

func TestAccApplication_Guard_ConflictsWithVerification(t *testing.T) {
	t.Parallel()
	s := newSealedRun(t)
	s.write("", report+"\n  rotate_only_if_unused_for = \"1h\"", "")
	s.CLI.Run("validate", "-no-color").ExpectError(t, "would count as use")
	for _, bad := range []string{"0s", "-1h", "1 day"} {
		s.write("", fmt.Sprintf("rotate_only_if_unused_for = %q", bad), "")
		s.CLI.Run("validate", "-no-color").ExpectError(t, "must be a positive duration")
	}
}
