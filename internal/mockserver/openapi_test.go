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
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// documents are the published OpenAPI documents by version; nil where none was published.
var documents sync.Map // string -> func() (routers.Router, error)

// document loads runai-VERSION.json out of the folder that RUNAI_OPENAPI_DIR names.
func document(version string) (routers.Router, error) {
	load, _ := documents.LoadOrStore(version, sync.OnceValues(func() (routers.Router, error) {
		folder := os.Getenv("RUNAI_OPENAPI_DIR")
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
		return gorillamux.NewRouter(doc)
	}))
	return load.(func() (routers.Router, error))()
}

// checkAgainstDocument holds an exchange against the published document of its version: the answer, and the request if it
// was not refused. Paths and statuses that the document does not have are passed over.
func checkAgainstDocument(version string, request *http.Request, body []byte, got response) error {
	router, err := document(version)
	if router == nil || err != nil {
		return err
	}
	route, parameters, err := router.FindRoute(request)
	if err != nil {
		return nil //nolint:nilerr // the document was trimmed to the paths that matter
	}
	again := request.Clone(request.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	input := &openapi3filter.RequestValidationInput{
		Request: again, PathParams: parameters, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if got.status < 400 {
		if err := openapi3filter.ValidateRequest(again.Context(), input); err != nil {
			return fmt.Errorf("request %s %s is not valid in %s: %w", request.Method, request.URL, version, err)
		}
	}
	err = openapi3filter.ValidateResponse(again.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: got.status, Header: got.header,
		Body: io.NopCloser(bytes.NewReader(got.body)),
	})
	if err != nil {
		return fmt.Errorf("answer %d to %s %s is not valid in %s: %w", got.status, request.Method, request.URL, version, err)
	}
	return nil
}

// TestDocuments_CheckFindsWhatIsWrong shows that the check above can fail.
func TestDocuments_CheckFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	if os.Getenv("RUNAI_OPENAPI_DIR") == "" {
		return // nothing is checked, so there is nothing to find
	}
	request := httptest.NewRequest("POST", "/api/v1/apps", nil)
	request.Header.Set("Content-Type", "application/json")
	header := http.Header{"Content-Type": {"application/json"}}
	for name, exchange := range map[string]struct{ request, answer string }{
		"request": {`{"title":"ci"}`, `{"id":"1","name":"ci","secret":"s"}`},
		"answer":  {`{"name":"ci"}`, `{"id":"1","name":"ci"}`},
	} {
		got := response{status: 201, header: header, body: []byte(exchange.answer)}
		if err := checkAgainstDocument("2.24", request, []byte(exchange.request), got); err == nil {
			t.Errorf("a bad %s was not found", name)
		}
	}
}
