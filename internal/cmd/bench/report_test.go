package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/cmd/bench/usage"
)

// measured returns a result of so many seconds, and of so many requests for
// applications and as many for access rules.
func measured(phase string, objects int, contestant string, wall float64, n int) result {
	return result{phase, objects, contestant, measurement{
		Wall: time.Duration(wall * float64(time.Second)), Requests: requests{Applications: n, AccessRules: n},
		Provider: usage.Usage{CPU: time.Second, Peak: 30 << 20}, CLI: usage.Usage{CPU: 2 * time.Second, Peak: 90 << 20},
	}}
}

// atTheLimits returns a report in which each limit is just kept.
func atTheLimits() *report {
	r := &report{
		Command: "go run ./internal/cmd/bench", CLI: "Terraform 1.11.4", Platform: "linux/amd64", CPUs: 2, ControlPlane: "2.24",
		Latency: 100 * time.Millisecond, Parallelism: 10, Runs: 3,
		Programs: []program{{nameRunai, 19 << 20, 70 * time.Millisecond}},
		Results: []result{
			measured(phasePlan, 100, nameRunai, 0.5, 1),
			measured(phasePlan, 1000, nameFloor, 5.95, 0),
			measured(phasePlan, 1000, nameQuietFloor, 5, 0),
			measured(phasePlan, 1000, nameRunai, 5.95, 5),
			measured(phaseCreate, 1000, nameFloor, 10, 0),
			measured(phaseCreate, 1000, nameRunai, 33, 1010),
			measured(phaseDestroy, 1000, nameFloor, 20, 0),
			measured(phaseDestroy, 1000, nameRunai, 44, 1010),
			measured(phaseThrottled, 2000, nameLowParallelism, 10, 0),
			measured(phaseThrottled, 2000, nameRunai, 13, 0),
		},
	}
	r.Limits = r.limits()
	return r
}

func TestReport_Limits(t *testing.T) {
	t.Parallel()
	if r := atTheLimits(); len(r.Limits) != 11 || len(r.exceeded()) != 0 {
		t.Fatalf("%d limits, exceeded: %v", len(r.Limits), r.exceeded())
	}
	for _, c := range []struct {
		phase, contestant string
		objects           int
		change            func(*measurement)
		exceeded          []string
	}{
		{phasePlan, nameRunai, 1000, func(m *measurement) { m.Requests.Others++ }, []string{"plan: requests besides the token"}},
		{phasePlan, nameRunai, 1000, func(m *measurement) { m.Requests.Tokens += 5 }, nil},
		{phasePlan, nameFloor, 1000, func(m *measurement) { m.Wall -= time.Second }, []string{"plan: 1.0 x plugin floor"}},
		{phasePlan, nameQuietFloor, 1000, func(m *measurement) { m.Wall -= time.Second }, []string{"plan: 1.15 x plugin floor without logging + 2 x latency"}},
		{phasePlan, nameRunai, 100, func(m *measurement) { m.Wall -= 100 * time.Millisecond }, []string{"plan: 1.2 x the time for each object at 100"}},
		{phaseCreate, nameRunai, 1000, func(m *measurement) { m.Requests.Applications++ }, []string{"create: requests for each application"}},
		{phaseCreate, nameRunai, 1000, func(m *measurement) { m.Requests.AccessRules++ }, []string{"create: requests for each access rule"}},
		{phaseCreate, nameRunai, 1000, func(m *measurement) { m.Requests.Others++ }, nil},
		{phaseDestroy, nameRunai, 1000, func(m *measurement) { m.Requests.Applications++ }, []string{"destroy: requests for each application"}},
		{phaseDestroy, nameRunai, 1000, func(m *measurement) { m.Requests.AccessRules++ }, []string{"destroy: requests for each access rule"}},
		{phaseCreate, nameFloor, 1000, func(m *measurement) { m.Wall -= time.Second }, []string{"create: 1.1 x (objects x latency / parallelism + plugin floor)"}},
		{phaseDestroy, nameRunai, 1000, func(m *measurement) { m.Wall += time.Second }, []string{"destroy: 1.1 x (objects x latency / parallelism + plugin floor)"}},
		{phaseThrottled, nameRunai, 2000, func(m *measurement) { m.Wall += time.Second }, []string{"throttled: 1.3 x runai, -parallelism=5"}},
		{phaseThrottled, nameLowParallelism, 2000, func(m *measurement) { m.Wall -= time.Second }, []string{"throttled: 1.3 x runai, -parallelism=5"}},
	} {
		t.Run(c.phase+" "+c.contestant+" "+strings.Join(c.exceeded, ","), func(t *testing.T) {
			t.Parallel()
			r := atTheLimits()
			for i := range r.Results {
				if m := &r.Results[i]; m.Phase == c.phase && m.Contestant == c.contestant && m.Objects == c.objects {
					c.change(&m.measurement)
				}
			}
			r.Limits = r.limits()
			var names []string
			for _, l := range r.exceeded() {
				names = append(names, l.Name)
			}
			if strings.Join(names, ",") != strings.Join(c.exceeded, ",") {
				t.Errorf("exceeded: %q, want %q", names, c.exceeded)
			}
			if shown := strings.Count(r.table(), "EXCEEDED"); shown != len(c.exceeded) {
				t.Errorf("%d limits are marked", shown)
			}
		})
	}
}

func TestReport_Table(t *testing.T) {
	t.Parallel()
	table := atTheLimits().table()
	for _, line := range []string{
		"go run ./internal/cmd/bench\n",
		"Terraform 1.11.4 on linux/amd64 with 2 CPUs; control plane 2.24, 100ms latency; parallelism 10; medians of 3 runs.\n",
		"\nplan           100  runai                       0.50         2      1.00        30    2.00    90\n",
		"\nplan          1000  plugin floor                5.95         0      1.00        30    2.00    90\n",
		"\n                    runai                       5.95        10      1.00        30    2.00    90\n",
		"Throttled: creation of applications alone, on a control plane that responds with 429 above 5 requests in flight,\n",
		"\nthrottled     2000  runai, -parallelism=5      10.00         0      1.00        30    2.00    90\n",
		"\nrunai          19.0                  70\n",
	} {
		if !strings.Contains(table, line) {
			t.Errorf("%q is missing in\n%s", line, table)
		}
	}
}

func TestReport_UnknownPeak(t *testing.T) {
	t.Parallel()
	r := &report{Results: []result{measured(phasePlan, 100, nameRunai, 0.5, 1)}}
	r.Results[0].CLI.Peak = 0
	const line = "\nplan      100  runai    0.50         2      1.00        30    2.00     -\n"
	if table := r.table(); !strings.Contains(table, line) {
		t.Errorf("%q is missing in\n%s", line, table)
	}
	var text bytes.Buffer
	if err := r.encode(&text); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(text.String(), "peak_bytes"); n != 1 {
		t.Errorf("%d peaks in\n%s", n, &text)
	}
}

func TestReport_JSON(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	if err := atTheLimits().encode(&text); err != nil {
		t.Fatal(err)
	}
	var decoded struct {
		Latency float64 `json:"latency_s"`
		Results []struct {
			Phase    string  `json:"phase"`
			Objects  int     `json:"objects"`
			Wall     float64 `json:"wall_s"`
			Requests int     `json:"requests"`
			Rules    int     `json:"access_rule_requests"`
			Provider struct {
				CPU  float64 `json:"cpu_s"`
				Peak int64   `json:"peak_bytes"`
			} `json:"provider"`
			CLI struct {
				Peak int64 `json:"peak_bytes"`
			} `json:"cli"`
		} `json:"results"`
		Limits []limit `json:"limits"`
	}
	if err := json.Unmarshal(text.Bytes(), &decoded); err != nil {
		t.Fatal(err)
	}
	if len(decoded.Results) != 10 || len(decoded.Limits) != 11 || decoded.Latency != 0.1 {
		t.Fatalf("%+v", decoded)
	}
	if first := decoded.Results[0]; first.Phase != "plan" || first.Objects != 100 || first.Wall != 0.5 || first.Requests != 2 || first.Rules != 1 ||
		first.Provider.CPU != 1 || first.Provider.Peak != 30<<20 || first.CLI.Peak != 90<<20 {
		t.Errorf("%+v", first)
	}
}

func TestMedian_OfEachMeasurement(t *testing.T) {
	t.Parallel()
	m := median([]measurement{
		{Wall: 3, Requests: requests{1, 2, 3, 4}, CLI: usage.Usage{CPU: 5, Peak: 7}},
		{Wall: 1, Requests: requests{3, 1, 2, 5}, CLI: usage.Usage{CPU: 4, Peak: 8}},
		{Wall: 2, Requests: requests{2, 3, 1, 6}, CLI: usage.Usage{CPU: 6, Peak: 9}},
	})
	if want := (measurement{Wall: 2, Requests: requests{2, 2, 2, 5}, CLI: usage.Usage{CPU: 5, Peak: 8}}); m != want {
		t.Errorf("%+v, want %+v", m, want)
	}
}

func TestCountRequests(t *testing.T) {
	t.Parallel()
	got := countRequests(map[string]int{
		"POST /api/v1/token": 1, "POST /api/v2/token": 2, "POST /v1/k8s/auth/oauth/apptoken": 4,
		"GET /v1/k8s/apps": 1, "POST /api/v1/apps": 2, "PATCH /api/v1/service-accounts/{id}": 4,
		"GET /api/v1/authorization/access-rules": 1, "DELETE /api/v1/authorization/access-rules/{id}": 2,
		"GET /api/v2/authorization/roles": 1,
	})
	if want := (requests{Tokens: 7, Applications: 7, AccessRules: 3, Others: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if n := got.withoutTokens(); n != 11 {
		t.Errorf("%d requests besides the tokens", n)
	}
}

func TestPeakOfCLI(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ largest, provider, watched, want int64 }{
		{largest: 90, provider: 0, watched: 89, want: 90},
		{largest: 90, provider: 30, watched: 0, want: 90},
		{largest: 90, provider: 90, watched: 80, want: 80},
		{largest: 90, provider: 90, watched: 0, want: 0},
	} {
		if got := peakOfCLI(c.largest, c.provider, c.watched); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

func TestPublished_WithoutThisMachine(t *testing.T) {
	t.Parallel()
	args := []string{
		"-cli", "/home/jane/bin/terraform", "-sizes", "10", "-json=/tmp/r.json", "--table", "/tmp/t.txt", "-keep", "-check", "-runs=1",
		"-peer", "/home/jane/bin/terraform-provider-restapi",
	}
	if got := strings.Join(published(args), " "); got != "-sizes 10 -runs=1 -peer terraform-provider-restapi" {
		t.Errorf("%q", got)
	}
}
