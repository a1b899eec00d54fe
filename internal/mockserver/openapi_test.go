package mockserver_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// documents are the published OpenAPI documents by version; nil where none was published.
var documents sync.Map // string -> func() (*published, error)

const openAPIVariable = "RUNAI_OPENAPI_DIR"

// published is the OpenAPI document of a version.
type published struct {
	doc    *openapi3.T
	router routers.Router
}

// document loads runai-VERSION.json from the folder that RUNAI_OPENAPI_DIR names. It returns nil if there is none.
func document(version string) (*published, error) {
	load, _ := documents.LoadOrStore(version, sync.OnceValues(func() (*published, error) {
		folder := os.Getenv(openAPIVariable)
		if folder == "" {
			return nil, nil
		}
		doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(folder, "runai-"+version+".json"))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		router, err := gorillamux.NewRouter(doc)
		return &published{doc, router}, err
	}))
	return load.(func() (*published, error))()
}

var variablePart = regexp.MustCompile(`\{[^{}/]*\}`)

// routeOf returns the method and the path of an operation, with {id} for the variable part.
func routeOf(method, path string) string {
	return method + " " + variablePart.ReplaceAllString(path, "{id}")
}

// checkAgainstDocument validates a request, unless it was refused, and its response against the published document of the
// version. It returns the route of a successful one that was validated. It skips paths and statuses that the document does
// not have.
func checkAgainstDocument(version string, request *http.Request, body []byte, got response) (validated string, err error) {
	published, err := document(version)
	if published == nil || err != nil {
		return "", err
	}
	route, parameters, err := published.router.FindRoute(request)
	if err != nil {
		return "", nil //nolint:nilerr // the document was trimmed to the paths that matter
	}
	again := request.Clone(request.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	input := &openapi3filter.RequestValidationInput{
		Request: again, PathParams: parameters, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if got.status < 400 {
		if err := openapi3filter.ValidateRequest(again.Context(), input); err != nil {
			return "", fmt.Errorf("request %s %s is not valid in %s: %w", request.Method, request.URL, version, err)
		}
	}
	err = openapi3filter.ValidateResponse(again.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: got.status, Header: got.header,
		Body: io.NopCloser(bytes.NewReader(got.body)),
	})
	if err != nil {
		return "", fmt.Errorf("response %d to %s %s is not valid in %s: %w", got.status, request.Method, request.URL, version, err)
	}
	if got.status >= 300 || route.Operation.Responses.Status(got.status) == nil {
		return "", nil
	}
	return routeOf(route.Method, route.Path), nil
}

// TestDocuments_Check_FindsViolations shows that the check above can fail.
func TestDocuments_Check_FindsViolations(t *testing.T) {
	t.Parallel()
	if os.Getenv(openAPIVariable) == "" {
		t.Skipf("%s does not name the published documents", openAPIVariable)
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
