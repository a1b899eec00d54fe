package mockserver_test

import (
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

func TestUnknownPath_Responses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		response  mockserver.UnknownPath
		afterAuth bool
		status    int
		mediaType string
		anonymous int // the status without a token
	}{
		{"", false, 404, "application/json", 404},
		{mockserver.UnknownPathNotFound, false, 404, "application/json", 404},
		{mockserver.UnknownPathNotFound, true, 404, "application/json", 401},
		{mockserver.UnknownPathUnauthorized, false, 401, "text/plain", 401},
		{mockserver.UnknownPathUnauthorized, true, 401, "text/plain", 401},
		{mockserver.UnknownPathWebPage, false, 200, "text/html", 200},
		{mockserver.UnknownPathWebPage, true, 200, "text/html", 401},
	} {
		c := start(t, mockserver.Options{
			Version: "2.22", UnknownPath: test.response, UnknownPathAfterAuth: test.afterAuth,
		})
		for _, path := range []string{"/api/v1/service-accounts", "/nonsense"} {
			got := c.want(test.status, "GET", path, nil)
			if mediaType := got.header.Get("Content-Type"); !strings.HasPrefix(mediaType, test.mediaType) {
				t.Errorf("%+v: %s is %s", test, path, mediaType)
			}
			without := c.anonymous().want(test.anonymous, "GET", path, nil)
			if test.afterAuth {
				without.wantError(401, "a bearer token is required")
			}
		}
		// Paths that the version serves, with any method, are not affected.
		c.want(200, "GET", "/api/v1/apps", nil)
		c.do("PUT", "/api/v1/apps", nil).wantError(405, "GET, POST")
		c.do("GET", "/api/v1/apps/other", nil).wantError(404, "application other")
	}
}

// A token endpoint that the version does not serve is an unknown path.
func TestUnknownPath_TokenEndpoint(t *testing.T) {
	t.Parallel()
	c := start(t, mockserver.Options{Version: "2.22", UnknownPath: mockserver.UnknownPathUnauthorized}).anonymous()
	got := c.want(401, "POST", "/api/v2/token", url.Values{"grant_type": {"client_credentials"}})
	if strings.Contains(string(got.body), "{") {
		t.Errorf("the gateway's 401 has the API's error form: %s", got.body)
	}
	if c.Count("POST", "/api/v2/token") != 1 {
		t.Errorf("counts %v", c.Requests())
	}
}

func TestNew_InvalidUnknownPath_ListsValidValues(t *testing.T) {
	t.Parallel()
	_, err := mockserver.New(mockserver.Options{UnknownPath: "nonsense"})
	if !errors.Is(err, mockserver.ErrInvalidOption) || !strings.Contains(err.Error(), "not-found, unauthorized, web-page") {
		t.Errorf("error %v", err)
	}
}

func TestMaxInFlight_Exceeded_Refused(t *testing.T) {
	t.Parallel()
	c := start(t, mockserver.Options{MaxInFlight: 2})
	arrived, release := make(chan struct{}), make(chan struct{})
	c.OnRequest(func(_, route string) {
		if route == "/api/v1/clusters" {
			arrived <- struct{}{}
			<-release
		}
	})
	var held sync.WaitGroup
	for range 2 {
		held.Go(func() { c.want(200, "GET", "/api/v1/clusters", nil) })
		<-arrived
	}
	c.do("POST", c.accounts(), map[string]string{"name": "ci"}).wantError(429, "Too Many Requests")
	if c.hasApplication("ci") {
		t.Error("the refused request took effect")
	}
	close(release)
	held.Wait()
	c.create("ci")
	if peak := c.PeakInFlight(); peak != 3 {
		t.Errorf("peak %d", peak)
	}
	c.ResetRequests()
	c.want(200, "GET", c.accounts(), nil)
	if peak := c.PeakInFlight(); peak != 1 {
		t.Errorf("peak after the reset %d", peak)
	}
}
