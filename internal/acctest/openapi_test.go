package acctest

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// An undocumented status is a violation, unless the version does not serve the route
// or the test injected the fault.
func TestCheck_UndocumentedStatus_IsAViolation(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(`{
  "openapi": "3.0.0", "info": {"title": "test", "version": "1"},
  "paths": {
    "/v1/k8s/apps": {"get": {"responses": {"200": {"description": "the applications"}}}},
    "/api/v1/clusters": {"get": {"responses": {"200": {"description": "the clusters"}}}},
    "/api/v1/apps": {"get": {"responses": {"200": {"description": "the applications"}, "404": {"description": "none"}}}}
  }
}`))
	if err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	const version = "2.24" // does not serve /v1/k8s/apps
	for name, c := range map[string]struct {
		path      string
		log       mockserver.LoggedRequest
		status    int
		violation bool
	}{
		"ServedRoute":          {"/api/v1/clusters", mockserver.LoggedRequest{Route: "/api/v1/clusters"}, 404, true},
		"ServedRouteWithFault": {"/api/v1/clusters", mockserver.LoggedRequest{Route: "/api/v1/clusters", Fault: "status"}, 404, false},
		"RouteOfOtherVersion":  {"/v1/k8s/apps", mockserver.LoggedRequest{Route: "/v1/k8s/apps"}, 404, false},
		"RouteOfNoVersion":     {"/api/v9/apps", mockserver.LoggedRequest{Route: "unmatched"}, 404, false},
		"NoRouteWithFault":     {"/api/v9/apps", mockserver.LoggedRequest{Route: "unmatched", Fault: "status"}, 403, false},
		"NoRouteForbidden":     {"/api/v9/apps", mockserver.LoggedRequest{Route: "unmatched"}, 403, true},
		"NoRouteWithSuccess":   {"/api/v9/apps", mockserver.LoggedRequest{Route: "unmatched"}, 200, true},
		"DocumentedNotFound":   {"/api/v1/apps", mockserver.LoggedRequest{Route: "/api/v1/clusters"}, 404, false},
		"RequestNotInLog":      {"/api/v1/clusters", mockserver.LoggedRequest{Path: "/elsewhere"}, 404, true},
		"Forbidden":            {"/api/v1/clusters", mockserver.LoggedRequest{Route: "/api/v1/clusters"}, 403, true},
		"ForbiddenByFault":     {"/api/v1/clusters", mockserver.LoggedRequest{Route: "/api/v1/clusters", Fault: "status"}, 403, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.log.Method = http.MethodGet
			if c.log.Path == "" {
				c.log.Path = c.path
			}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, c.path, http.NoBody)
			got := &recorder{ResponseWriter: httptest.NewRecorder()}
			got.WriteHeader(c.status)
			err := check(router, r, got, func() exemption { return exemptionOf(version, []mockserver.LoggedRequest{c.log}, r) })
			if (err != nil) != c.violation {
				t.Errorf("got %v, want a violation: %t", err, c.violation)
			}
		})
	}
}
