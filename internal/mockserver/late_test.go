package mockserver_test

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver/mocktest"
)

// startWithClock starts a mock with a clock that the test advances.
func startWithClock(t *testing.T) (*control, *mocktest.Clock) {
	t.Helper()
	clock := mocktest.NewClock()
	return start(t, mockserver.Options{Now: clock.Now}), clock
}

func TestLate_RespondsImmediately_TakesEffectAfterDelay(t *testing.T) {
	t.Parallel()
	c, clock := startWithClock(t)
	c.arm(mockserver.Fault{Method: "POST", Path: c.accounts(), Kind: "late", Status: 504, RetryAfter: "3", DelayMS: 7000})

	got := c.do("POST", c.accounts(), map[string]string{"name": "ci"})
	got.wantError(504, "Gateway Timeout")
	if got.header.Get("Retry-After") != "3" {
		t.Errorf("header %v", got.header)
	}
	if entry := c.lastLogged(); entry.Fault != "late" || entry.Status != 504 {
		t.Errorf("logged %+v", entry)
	}
	clock.Advance(7*time.Second - time.Millisecond)
	if c.hasApplication("ci") || c.PendingLate() != 1 {
		t.Error("the request took effect early")
	}
	clock.Advance(time.Second)
	list := c.want(200, "GET", c.accounts(), nil).array()
	if len(list) != 2 || list[1]["name"] != "ci" || c.PendingLate() != 0 {
		t.Fatalf("the request has not taken effect: %v", list)
	}
	if at := list[1]["createdAt"]; at != "2026-03-01T12:00:07.000Z" {
		t.Errorf("created at %v, not when it took effect", at)
	}
}

func TestLate_NoStatus_DropsConnection(t *testing.T) {
	t.Parallel()
	c, clock := startWithClock(t)
	c.arm(mockserver.Fault{Method: "POST", Kind: "late", DelayMS: 1000})
	if got, err := c.send("POST", c.accounts(), map[string]string{"name": "ci"}); err == nil {
		t.Errorf("response %d %s", got.status, got.body)
	}
	if entry := c.lastLogged(); entry.Fault != "late" || entry.Status != 0 {
		t.Errorf("logged %+v", entry)
	}
	if c.hasApplication("ci") {
		t.Error("the request took effect early")
	}
	clock.Advance(time.Second)
	if !c.hasApplication("ci") {
		t.Error("the request has not taken effect")
	}
}

func TestLate_RealClock(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	c.arm(mockserver.Fault{Method: "POST", Kind: "late", Status: 504, DelayMS: 40})
	sent := time.Now()
	c.want(504, "POST", c.accounts(), map[string]string{"name": "ci"})
	for !c.hasApplication("ci") {
		runtime.Gosched()
	}
	if took := time.Since(sent); took < 40*time.Millisecond {
		t.Errorf("the request took effect after %s", took)
	}
}

func TestLate_ReleasedByTest(t *testing.T) {
	t.Parallel()
	c, _ := startWithClock(t)
	c.arm(mockserver.Fault{Method: "POST", Kind: "late", Status: 502, DelayMS: 3_600_000, Count: 2})
	c.want(502, "POST", c.accounts(), map[string]string{"name": "first"})
	c.want(502, "POST", c.accounts(), map[string]string{"name": "second"})
	if n := c.ReleaseLate(); n != 2 {
		t.Errorf("released %d", n)
	}
	got := names(c.want(200, "GET", c.accounts(), nil).array(), "name")
	if !slices.Equal(got, []string{"terraform", "first", "second"}) {
		t.Errorf("applications %v", got)
	}
	if n := c.ReleaseLate(); n != 0 {
		t.Errorf("released %d again", n)
	}
}

func TestLate_OrderOfDueTimes(t *testing.T) {
	t.Parallel()
	c, clock := startWithClock(t)
	for name, delay := range map[string]int{"third": 3000, "first": 1000, "second": 2000} {
		c.arm(mockserver.Fault{Method: "POST", Kind: "late", Status: 504, DelayMS: delay})
		c.want(504, "POST", c.accounts(), map[string]string{"name": name})
	}
	clock.Advance(time.Minute)
	got := names(c.want(200, "GET", c.accounts(), nil).array(), "name")
	if !slices.Equal(got, []string{"terraform", "first", "second", "third"}) {
		t.Errorf("applications %v", got)
	}
}

// A regeneration that takes effect late revokes the secret that the client received from its retry.
func TestLate_Regeneration_RevokesNewerSecret(t *testing.T) {
	t.Parallel()
	c, clock := startWithClock(t)
	id, _ := c.create("ci")
	secretOf := c.accounts() + "/" + id + "/secret"
	c.arm(mockserver.Fault{Path: secretOf, Kind: "late", Status: 504, DelayMS: 5000})
	c.want(504, "POST", secretOf, nil)
	secret := c.want(200, "POST", secretOf, nil).object()["clientSecret"].(string)
	if !c.SignsIn("ci", secret) {
		t.Error("the newer secret is refused before the late request takes effect")
	}
	clock.Advance(5 * time.Second)
	if c.SignsIn("ci", secret) {
		t.Error("the newer secret is still accepted")
	}
	if issued := c.State().Applications[1].SecretsIssued; issued != 3 {
		t.Errorf("%d secrets issued", issued)
	}
}

func TestLate_Invalid_RefusedWhenDue(t *testing.T) {
	t.Parallel()
	c, clock := startWithClock(t)
	c.arm(mockserver.Fault{Method: "POST", Kind: "late", Status: 504, DelayMS: 5000})
	c.want(504, "POST", c.accounts(), map[string]string{"name": "ci"})
	c.CreateApplication("ci", "jane@acme.example")
	clock.Advance(time.Minute)
	apps := c.State().Applications
	if len(apps) != 2 || apps[1].CreatedBy != "jane@acme.example" {
		t.Errorf("applications %+v", apps)
	}
}

// The token is checked when the request arrives, not when it takes effect.
func TestLate_Authorization(t *testing.T) {
	t.Parallel()
	c, clock := startWithClock(t)
	c.arm(mockserver.Fault{Method: "POST", Kind: "late", Status: 504, DelayMS: 7_200_000, Count: 2})
	c.anonymous().want(504, "POST", c.accounts(), map[string]string{"name": "anonymous"})
	c.want(504, "POST", c.accounts(), map[string]string{"name": "ci"})
	clock.Advance(3 * time.Hour) // the token has expired
	c.want(401, "GET", c.accounts(), nil)
	if c.hasApplication("anonymous") || !c.hasApplication("ci") {
		t.Errorf("applications %+v", c.State().Applications)
	}
}

func TestLate_Close_DiscardsPending(t *testing.T) {
	t.Parallel()
	c, clock := startWithClock(t)
	c.arm(mockserver.Fault{Method: "POST", Kind: "late", Status: 504, DelayMS: 1000})
	c.arm(mockserver.Fault{Method: "POST", Kind: "late", Status: 504, DelayMS: 60_000})
	c.want(504, "POST", c.accounts(), map[string]string{"name": "due"})
	c.want(504, "POST", c.accounts(), map[string]string{"name": "not-due"})
	clock.Advance(time.Second)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Hour)
	if !c.hasApplication("due") || c.hasApplication("not-due") || c.ReleaseLate() != 0 {
		t.Errorf("applications %+v", c.State().Applications)
	}
}

func TestClockSkew_Date_RunsAheadOfData(t *testing.T) {
	t.Parallel()
	for skew, date := range map[time.Duration]string{
		90 * time.Second: "Sun, 01 Mar 2026 12:01:30 GMT",
		-time.Hour:       "Sun, 01 Mar 2026 11:00:00 GMT",
	} {
		c := start(t, mockserver.Options{Now: mocktest.NewClock().Now, ClockSkew: skew})
		c.create("ci")
		got := c.do("GET", c.accounts(), nil)
		if got.header.Get("Date") != date || got.array()[1]["createdAt"] != "2026-03-01T12:00:00.000Z" {
			t.Errorf("skew %s: Date %s, body %s", skew, got.header.Get("Date"), got.body)
		}
	}
}

func TestClockSkew_GatewayOnly(t *testing.T) {
	t.Parallel()
	c, _ := startWithClock(t)
	c.arm(mockserver.Fault{Kind: "html", ClockSkewMS: 600_000})
	if date := c.want(502, "GET", c.accounts(), nil).header.Get("Date"); date != "Sun, 01 Mar 2026 12:10:00 GMT" {
		t.Errorf("the gateway's Date is %s", date)
	}
	if date := c.want(200, "GET", c.accounts(), nil).header.Get("Date"); date != "Sun, 01 Mar 2026 12:00:00 GMT" {
		t.Errorf("the control plane's Date is %s", date)
	}
}

func TestListLimit_OmitsNewest_From224(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]int{"2.22": 7, "2.24": 5, "3.0": 5} {
		c := start(t, mockserver.Options{Version: version, ListLimit: 5, Applications: 7})
		if got := c.want(200, "GET", c.accounts(), nil).array(); len(got) != want || got[0]["name"] != "terraform" {
			t.Errorf("%s: %d applications, want %d", version, len(got), want)
		}
		last := c.State().Applications[6]
		c.want(200, "GET", c.accounts()+"/"+last.ID, nil) // what the list lacks is there
	}
	c := start(t, mockserver.Options{Applications: 1001})
	if got := c.want(200, "GET", c.accounts(), nil).array(); len(got) != 1001 {
		t.Errorf("%d applications without a limit", len(got))
	}
}

func TestMalformed_ServedUntilRepaired(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.17", "2.24"} {
		c := startVersion(t, version)
		member := map[string]string{"2.17": "createdAt", "2.24": "lastLogin"}[version]
		id, _ := c.create("ci")
		before := c.want(200, "GET", c.accounts()+"/"+id, nil).object()[member]
		c.MalformApplication("ci", member, "2026-03-01T12:00:00")
		rule := c.CreateAccessRule(mockserver.AccessRule{
			SubjectID: "ci", SubjectType: "app", RoleID: 5, ScopeType: "tenant", ScopeID: c.TenantID(),
		})
		c.MalformAccessRule(rule.ID, "roleId", []int{5})
		if !c.ServesMalformed() {
			t.Error("ServesMalformed is false")
		}

		apps := c.want(200, "GET", c.accounts(), nil).array()
		if apps[0][member] == "2026-03-01T12:00:00" || apps[1][member] != "2026-03-01T12:00:00" || apps[1]["name"] != "ci" {
			t.Errorf("%s: list %v", version, apps)
		}
		if app := c.want(200, "GET", c.accounts()+"/"+id, nil).object(); app[member] != "2026-03-01T12:00:00" {
			t.Errorf("%s: %v", version, app)
		}
		rules := c.want(200, "GET", rulesPath, nil).object()["accessRules"].([]any)
		if _, number := rules[0].(map[string]any)["roleId"].(float64); !number {
			t.Errorf("%s: another rule is malformed: %v", version, rules[0])
		}
		if _, array := rules[1].(map[string]any)["roleId"].([]any); !array {
			t.Errorf("%s: rule %v", version, rules[1])
		}

		c.MalformApplication("ci", member, nil)
		c.MalformAccessRule(rule.ID, "roleId", nil)
		if app := c.want(200, "GET", c.accounts()+"/"+id, nil).object(); app[member] != before || c.ServesMalformed() {
			t.Errorf("%s: repaired %v", version, app)
		}
	}
}
