package mockserver_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver/openapi"
)

var variablePart = regexp.MustCompile(`\{[^{}/]*\}`)

// routeOf returns the method and the path of an operation, with {id} for the variable part.
func routeOf(method, path string) string {
	return method + " " + variablePart.ReplaceAllString(path, "{id}")
}

// checkAgainstDocument validates a request, unless it was refused, and its response against the published document of the
// version. It returns the route of a successful one that was validated. It skips paths and statuses that the document does
// not have.
func checkAgainstDocument(version string, request *http.Request, body []byte, got response) (validated string, err error) {
	document, err := openapi.Load(version)
	if document == nil || err != nil {
		return "", err
	}
	route, parameters, err := document.FindRoute(request)
	if err != nil {
		return "", nil //nolint:nilerr // the document was trimmed to the paths that matter
	}
	again := request.Clone(request.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	if err := openapi.Validate(again, route, parameters, got.status, got.header, got.body); err != nil {
		return "", fmt.Errorf("%s %s is not valid in %s: %w", request.Method, request.URL, version, err)
	}
	if got.status >= 300 || route.Operation.Responses.Status(got.status) == nil {
		return "", nil
	}
	return routeOf(route.Method, route.Path), nil
}

// TestDocuments_Check_FindsViolations shows that the check above can fail.
func TestDocuments_Check_FindsViolations(t *testing.T) {
	t.Parallel()
	if os.Getenv(openapi.Variable) == "" {
		t.Skipf("%s does not name the published documents", openapi.Variable)
	}
	request := httptest.NewRequest("POST", "/api/v1/apps", nil)
	request.Header.Set("Content-Type", "application/json")
	header := http.Header{"Content-Type": {"application/json"}}
	for name, exchange := range map[string]struct{ request, response string }{
		"request":  {`{"title":"ci"}`, `{"id":"1","name":"ci","secret":"s"}`},
		"response": {`{"name":"ci"}`, `{"id":"1","name":"ci"}`},
	} {
		got := response{status: 201, header: header, body: []byte(exchange.response)}
		if _, err := checkAgainstDocument("2.24", request, []byte(exchange.request), got); err == nil {
			t.Errorf("an invalid %s was accepted", name)
		}
	}
}
