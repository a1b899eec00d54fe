package provider_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// failedRequest provokes the failure in a row of the table of failed requests.
type failedRequest struct {
	// faults are injected one at a time, each into all requests of the operation. The
	// provider has signed in before.
	faults []mockserver.Fault
	// prepare runs before the operation.
	prepare func(cp *acctest.ControlPlane)
	// config changes the configuration of the client.
	config func(*runai.Config)
	// timeouts are the timeouts of the application.
	timeouts map[string]any
	// operation fails; unless set, it is the refresh of an application.
	operation func(t *testing.T, cp *acctest.ControlPlane) acctest.Diagnostics
	// want is the text of the diagnostic, in the words of the row.
	want []string
	// retried reports whether the error has the number of attempts.
	retried bool
	// removes reports whether the refresh removes the application from the state.
	removes bool
}

// createTaken creates an application whose name exists.
func createTaken(t *testing.T, cp *acctest.ControlPlane) acctest.Diagnostics {
	t.Helper()
	app := cp.Instance(t, "runai_application")
	return app.Apply(app.Plan(acctest.Arguments{"name": "ci-pipeline"}))
}

var failedRequests = map[string]failedRequest{
	"401": {
		faults:  []mockserver.Fault{{Method: http.MethodGet, Kind: "status", Status: http.StatusUnauthorized}},
		want:    []string{"responded with 401", `as "terraform", tenant 1001`, "Check that the credentials belong to this control plane"},
		retried: true, // with another token
	},
	"403": {
		faults: []mockserver.Fault{{Kind: "status", Status: http.StatusForbidden}},
		want:   []string{"responded with 403", "Check that the credentials", "have a role that permits this"},
	},
	"404 in the API's own words": {
		prepare: func(cp *acctest.ControlPlane) { cp.DeleteApplication("ci-pipeline") },
		want:    []string{"Application Removed From State", "no longer exists"},
		removes: true,
	},
	"404, or any other status, not in the form of the API": {
		faults: []mockserver.Fault{
			{Kind: "html", Status: http.StatusNotFound}, {Kind: "html", Status: http.StatusForbidden}, {Kind: "html", Status: http.StatusOK},
		},
		want: []string{"heck base_url"}, // the text depends on the route
	},
	"409": {
		operation: createTaken,
		want:      []string{"already exists", "The possible causes, and what to do:", "import {"},
	},
	"429": {
		faults: []mockserver.Fault{{Kind: "status", Status: http.StatusTooManyRequests, RetryAfter: "300"}},
		want:   []string{"responded with 429", "requested a delay of 5m0s"},
	},
	"500": {
		faults: []mockserver.Fault{{Kind: "status", Status: http.StatusInternalServerError}},
		want:   []string{"responded with 500"},
	},
	"408, 502, 503, 504": {
		faults: []mockserver.Fault{
			{Kind: "html", Status: http.StatusRequestTimeout},
			{Kind: "html", Status: http.StatusBadGateway},
			{Kind: "status", Status: http.StatusServiceUnavailable},
			{Kind: "status", Status: http.StatusGatewayTimeout},
		},
		want:    []string{"responded with "},
		retried: true,
	},
	"no response within `request_timeout`": {
		faults:  []mockserver.Fault{{Kind: "slow"}},
		config:  func(c *runai.Config) { c.RequestTimeout = 20 * time.Millisecond },
		want:    []string{"no response within the timeout per attempt (request_timeout)"},
		retried: true,
	},
	"the operation exceeded `timeouts`": {
		faults:   []mockserver.Fault{{Kind: "slow"}},
		config:   func(c *runai.Config) { c.RequestTimeout, c.MaxRetries = 20*time.Millisecond, 1000 },
		timeouts: map[string]any{"read": "200ms"},
		want:     []string{"The operation exceeded timeouts.read, which is 200ms.", "A refresh uses the value in the state"},
	},
}

// The table of failed requests matches the provider: each row is provoked, the
// diagnostic has the words of the row, and only the row that says so removes the object
// from the state.
func TestTroubleshooting_RequestsThatFail(t *testing.T) {
	t.Parallel()
	page, _ := read(t, troubleshooting)
	_, table, ok := strings.Cut(page, "\n## Requests that fail\n")
	if !ok {
		t.Fatal("the page has no such table")
	}
	table, _, _ = strings.Cut(table, "\n## ")
	rows := map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^\| ([^|]+) \| ([^|]+ \| [^|]+) \|$`).FindAllStringSubmatch(table, -1)[1:] {
		rows[row[1]] = row[2]
		if _, ok := failedRequests[row[1]]; !ok {
			t.Errorf("no test provokes %q", row[1])
		}
	}
	for response, c := range failedRequests {
		t.Run(response, func(t *testing.T) {
			t.Parallel()
			row, ok := rows[response]
			if !ok {
				t.Fatal("the table has no such row")
			}
			if says := strings.Contains(row, "removes it from the state"); says != c.removes {
				t.Errorf("the row says that the object is removed from the state: %t, want %t", says, c.removes)
			}
			faults := c.faults
			if faults == nil {
				faults = []mockserver.Fault{{}}
			}
			for _, fault := range faults {
				c.check(t, row, fault)
			}
		})
	}
}

// quotes are words of the rows that the diagnostics have as well.
var quotes = []string{"tenant", "role", "request_timeout", "causes"}

func (c failedRequest) check(t *testing.T, row string, fault mockserver.Fault) {
	t.Helper()
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.24"})
	if c.config != nil {
		cp.Tune(c.config)
	}
	app := cp.Instance(t, "runai_application")
	arguments := acctest.Arguments{"name": "ci-pipeline"}
	if c.timeouts != nil {
		arguments["timeouts"] = c.timeouts
	}
	app.MustApply(arguments)
	app.In(cp.Protocol(t)) // which has signed in
	if c.prepare != nil {
		c.prepare(cp)
	}
	if fault.Kind != "" {
		fault.Count = -1
		cp.ArmFault(fault)
	}
	var diags acctest.Diagnostics
	if c.operation != nil {
		diags = c.operation(t, cp)
	} else {
		diags = app.Refresh()
	}
	text := diags.String()
	for _, want := range c.want {
		if !strings.Contains(text, want) {
			t.Errorf("%v: no diagnostic contains %q:%s", fault, want, diags)
		}
	}
	for _, word := range quotes {
		if strings.Contains(row, word) && !strings.Contains(text, word) {
			t.Errorf("%v: the diagnostic lacks %s of the row:%s", fault, word, diags)
		}
	}
	if attempts := regexp.MustCompile(`\(\d+ attempts\)`).MatchString(text); attempts != c.retried {
		t.Errorf("%v: the error has the number of attempts: %t, want %t:%s", fault, attempts, c.retried, diags)
	}
	if inState := app.Identity() != ""; inState == c.removes {
		t.Errorf("%v: the application is in the state: %t", fault, inState)
	}
}
