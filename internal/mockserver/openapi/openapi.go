// Package openapi validates exchanges with a control plane against the published
// documents.
package openapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// Variable names the folder with the published documents, runai-VERSION.json.
const Variable = "RUNAI_OPENAPI_DIR"

// Document is the published document of a version.
type Document struct {
	*openapi3.T
	routers.Router
}

var documents sync.Map // version -> func() (*Document, error)

// Load returns the document of a version; nil if there is none.
func Load(version string) (*Document, error) {
	load, _ := documents.LoadOrStore(version, sync.OnceValues(func() (*Document, error) {
		folder := os.Getenv(Variable)
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
		return &Document{doc, router}, err
	}))
	return load.(func() (*Document, error))() //nolint:forcetypeassert // nothing else is stored
}

// Validate validates the response to a request, and the request unless it was refused.
// The request has its body again, and the route that a document has for it.
func Validate(r *http.Request, route *routers.Route, parameters map[string]string, status int, header http.Header, body []byte) error {
	input := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: parameters, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if status < 400 {
		if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
			return fmt.Errorf("request: %w", err)
		}
	}
	err := openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: status, Header: header, Body: io.NopCloser(bytes.NewReader(body)),
	})
	if err != nil {
		return fmt.Errorf("response %d: %w", status, err)
	}
	return nil
}
