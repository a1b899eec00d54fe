package mockserver_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// arm injects a valid fault.
func (c *control) arm(f mockserver.Fault) {
	c.t.Helper()
	if err := c.Arm(f); err != nil {
		c.t.Fatal(err)
	}
}

func (c *control) hasApplication(name string) bool {
	return slices.ContainsFunc(c.State().Applications, func(a mockserver.Application) bool { return a.Name == name })
}

// lastLogged returns the newest entry of the request log.
func (c *control) lastLogged() mockserver.LoggedRequest {
	log := c.Log()
	return log[len(log)-1]
}

func TestFault_Status(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	c.arm(mockserver.Fault{Method: "POST", Path: "/api/v1/service-accounts", Kind: "status", RetryAfter: "7"})
	c.arm(mockserver.Fault{Kind: "status", Status: 429})

	got := c.do("POST", c.accounts(), map[string]string{"name": "ci"})
	got.wantError(503, "Please try again in few minutes.")
	if after := got.header.Get("Retry-After"); after != "7" {
		t.Errorf("Retry-After %q", after)
	}
	if c.hasApplication("ci") {
		t.Error("the request took effect")
	}
	if entry := c.lastLogged(); entry.Fault != "status" || entry.Status != 503 {
		t.Errorf("logged %+v", entry)
	}
	c.do("GET", c.accounts(), nil).wantError(429, "Too Many Requests")
	c.create("ci")
}

func TestFault_Status_HasErrorFormOfRoute(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	form := url.Values{"grant_type": {"client_credentials"}}
	c.arm(mockserver.Fault{Path: "/api/v2/token", Kind: "status", Status: 401})
	c.arm(mockserver.Fault{Path: "/api/v2/token", Kind: "status", Status: 500})
	if got := c.want(401, "POST", "/api/v2/token", form); got.object()["error"] != "invalid_client" {
		t.Errorf("401 is %s", got.body)
	}
	c.do("POST", "/api/v2/token", form).wantError(500, "Something went wrong.")
	c.arm(mockserver.Fault{Path: "/api/v2/token", Kind: "status", Status: 400, OAuthError: "unauthorized_client"})
	if got := c.want(400, "POST", "/api/v2/token", form); got.object()["error"] != "unauthorized_client" {
		t.Errorf("400 is %s", got.body)
	}
}

func TestFault_DropBeforeAndDropAfter(t *testing.T) {
	t.Parallel()
	for kind, done := range map[string]bool{"drop-before": false, "drop-after": true} {
		c := startVersion(t, "2.24")
		c.arm(mockserver.Fault{Kind: kind})
		if got, err := c.send("POST", c.accounts(), map[string]string{"name": "ci"}); err == nil {
			t.Errorf("%s: response %d %s", kind, got.status, got.body)
		}
		if c.hasApplication("ci") != done {
			t.Errorf("%s: the request took effect: %t", kind, !done)
		}
		if entry := c.lastLogged(); entry.Fault != kind || entry.Status != 0 {
			t.Errorf("logged %+v", entry)
		}
		c.want(200, "GET", c.accounts(), nil)
	}
}

func TestFault_Truncate_SendsHalfTheBody(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	c.arm(mockserver.Fault{Method: "POST", Kind: "truncate"})
	got, err := c.send("POST", c.accounts(), map[string]string{"name": "ci"})
	if !errors.Is(err, io.ErrUnexpectedEOF) || got.status != 201 || len(got.body) == 0 {
		t.Errorf("%d %q, error %v", got.status, got.body, err)
	}
	if !c.hasApplication("ci") {
		t.Error("the request did not take effect")
	}
	if length := got.header.Get("Content-Length"); length == "" || len(got.body)*2 > 1+atoi(t, length) {
		t.Errorf("%d bytes of %s", len(got.body), length)
	}

	c.arm(mockserver.Fault{Method: "PATCH", Kind: "truncate"}) // a response without a body is dropped
	id := c.State().Applications[1].ID
	if _, err := c.send("PATCH", c.accounts()+"/"+id, map[string]bool{"enabled": false}); err == nil {
		t.Error("an empty response was received")
	}
	if c.State().Applications[1].Enabled {
		t.Error("the request did not take effect")
	}
}

func TestFault_HTML(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.22")
	c.arm(mockserver.Fault{Path: "/api/v1/apps", Kind: "html"})
	c.arm(mockserver.Fault{Path: "/api/v1/service-accounts", Kind: "html", Status: 200}) // a gateway that responds to every path
	for path, status := range map[string]int{"/api/v1/apps": 502, "/api/v1/service-accounts": 200} {
		got := c.want(status, "GET", path, nil)
		if mediaType := got.header.Get("Content-Type"); !strings.HasPrefix(mediaType, "text/html") ||
			!strings.Contains(string(got.body), "<html>") {
			t.Errorf("%s: %s %s", path, mediaType, got.body)
		}
	}
}

func TestFault_Slow_TakesEffectAfterClientTimeout(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	c.arm(mockserver.Fault{Method: "POST", Kind: "slow"})
	ctx, hangUp := context.WithCancel(t.Context())
	arrived := make(chan struct{})
	c.OnRequest(func(string, string) { close(arrived) })
	request, err := http.NewRequestWithContext(ctx, "POST", c.url+c.accounts(), strings.NewReader(`{"name":"ci"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Content-Type", "application/json")
	failed := make(chan error)
	go func() {
		resp, err := c.client.Do(request)
		if err == nil {
			resp.Body.Close()
		}
		failed <- err
	}()
	<-arrived
	for !c.hasApplication("ci") { // immediately, while the client still waits
		select {
		case err := <-failed:
			t.Fatalf("response: %v", err)
		default:
		}
	}
	hangUp()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestFault_Slow_RespondsAfterDelay(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	c.arm(mockserver.Fault{Kind: "slow", DelayMS: 30})
	began := time.Now()
	c.want(200, "GET", c.accounts(), nil)
	if took := time.Since(began); took < 30*time.Millisecond {
		t.Errorf("responded after %s", took)
	}
}

func TestFault_Close_ReleasesSlowResponses(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	c.arm(mockserver.Fault{Kind: "slow"})
	c.OnRequest(func(string, string) { _ = c.Close() })
	c.want(200, "GET", c.accounts(), nil)
}

func TestFault_StaleList(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	stale := mockserver.Fault{Kind: "stale-list"}
	list := func() []string { return names(c.want(200, "GET", c.accounts(), nil).array(), "name") }

	c.create("first")
	c.arm(stale)
	c.create("second") // a POST is no list, the fault waits
	c.create("third")
	if got := list(); !slices.Equal(got, []string{"terraform", "first"}) {
		t.Errorf("without what came after the fault: %v", got)
	}
	c.arm(stale)
	if got := list(); !slices.Equal(got, []string{"terraform", "first", "second"}) {
		t.Errorf("without the newest: %v", got)
	}
	if got := list(); len(got) != 4 {
		t.Errorf("without a fault: %v", got)
	}

	c.arm(stale)
	c.want(201, "POST", rulesPath, c.rule("ci", 5))
	got := c.want(200, "GET", rulesPath, nil).object()
	if got["totalRecords"] != 1.0 || got["displayRecords"] != 1.0 {
		t.Errorf("totals of a stale page: %v", got)
	}
	c.arm(stale)
	if roles := c.roles(""); len(roles) != len(c.Roles())-1 {
		t.Errorf("%d stale roles of %d", len(roles), len(c.Roles()))
	}
}

func TestFault_QueueAndCount(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	c.arm(mockserver.Fault{Method: "DELETE", Kind: "status", Status: 500})
	c.arm(mockserver.Fault{Method: "GET", Kind: "status", Status: 501, Count: 2})
	c.arm(mockserver.Fault{Kind: "status", Status: 502, Count: -1})
	for i, want := range []int{501, 501, 502, 502} {
		if got := c.do("GET", c.accounts(), nil); got.status != want {
			t.Errorf("request %d: %d, want %d", i, got.status, want)
		}
	}
	c.want(500, "DELETE", c.accounts()+"/x", nil)
	c.want(502, "DELETE", c.accounts()+"/x", nil)
	c.ClearFaults()
	c.want(200, "GET", c.accounts(), nil)
}

func TestFault_PathWithAnyPlaceholder(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	id, _ := c.create("ci")
	for _, path := range []string{
		"/api/v1/service-accounts/{id}/secret",
		"/api/v1/service-accounts/{serviceAccountId}/secret",
		"/api/v1/service-accounts/" + id + "/secret",
		"*",
		"",
	} {
		c.arm(mockserver.Fault{Method: "*", Path: path, Kind: "status"})
		c.want(503, "POST", c.accounts()+"/"+id+"/secret", nil)
	}
	c.arm(mockserver.Fault{Path: "/api/v1/service-accounts/" + id, Kind: "status"})
	c.want(200, "GET", c.accounts(), nil)
	c.want(404, "GET", c.accounts()+"/other", nil)
	c.want(503, "GET", c.accounts()+"/"+id, nil)
}

func TestFault_Invalid_Refused(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	for name, fault := range map[string]mockserver.Fault{
		"kind":         {Kind: "earthquake"},
		"no kind":      {},
		"path":         {Kind: "status", Path: "/api/v1/nonsense"},
		"method":       {Kind: "status", Method: "PUT", Path: "/api/v1/apps"},
		"stale object": {Kind: "stale-list", Path: "/api/v1/apps/{id}"},
		"count":        {Kind: "status", Count: -2},
		"status":       {Kind: "status", Status: 99},
		"delay":        {Kind: "slow", DelayMS: -1},
	} {
		if err := c.Arm(fault); err == nil {
			t.Errorf("%s: armed", name)
		}
	}
}
