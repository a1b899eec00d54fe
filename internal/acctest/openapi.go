package acctest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/routers"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver/openapi"
)

// validated checks every request and response against the document of the version, and
// fails the test on a violation.
func validated(t testing.TB, version string, next *mockserver.Server) http.Handler {
	t.Helper()
	document, err := openapi.Load(version)
	if err != nil {
		t.Fatal(err)
	}
	if document == nil {
		return next
	}
	var mu sync.Mutex
	var violations []string
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		for _, v := range violations {
			t.Errorf("not valid in runai-%s.json: %s", version, v)
		}
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		recorder := &recorder{ResponseWriter: w}
		next.ServeHTTP(recorder, r)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if next.ServesMalformed() {
			return // no document allows what the test has planted
		}
		if err := check(document, r, recorder, func() exemption { return exemptionOf(version, next.Log(), r) }); err != nil {
			mu.Lock()
			defer mu.Unlock()
			violations = append(violations, fmt.Sprintf("%s %s: %s", r.Method, r.URL, err))
		}
	})
}

// check validates one request and its response. It skips responses that are not of the
// API: those of a fault or of a gateway, and those that are exempt.
func check(router routers.Router, r *http.Request, got *recorder, exempt func() exemption) error {
	if got.hijacked || got.status == 0 || got.body.Len() > 0 && !strings.HasPrefix(got.Header().Get("Content-Type"), "application/json") {
		return nil
	}
	route, parameters, err := router.FindRoute(r)
	if err != nil {
		missing := got.status == http.StatusNotFound || got.status == http.StatusMethodNotAllowed
		if e := exempt(); e == faulted || e == notServed && missing {
			return nil
		}
		if strings.HasPrefix(r.URL.Path, "/api/v2/authorization/roles") {
			return nil // served by 2.24 as released; the document is a snapshot from before (API.md section 7)
		}
		return fmt.Errorf("the response is %d, and the path is in no document", got.status)
	}
	if route.Operation.Responses.Status(got.status) == nil && !undocumented[got.status] {
		if exempt() != none {
			return nil
		}
		return fmt.Errorf("status %d is not documented", got.status)
	}
	return openapi.Validate(r, route, parameters, got.status, got.Header(), got.body.Bytes())
}

// exemption is why a response need not be in the documents.
type exemption int

const (
	none      exemption = iota
	faulted             // it is that of an injected fault
	notServed           // the version does not serve the route
)

// exemptionOf returns the exemption of the last request with this method and path.
func exemptionOf(version string, log []mockserver.LoggedRequest, r *http.Request) exemption {
	for _, logged := range slices.Backward(log) {
		if logged.Method != r.Method || logged.Path != r.URL.Path {
			continue
		}
		served := slices.ContainsFunc(mockserver.Routes(), func(route mockserver.Route) bool {
			return route.Method == logged.Method && route.Pattern == logged.Route && slices.Contains(route.Versions, version)
		})
		switch {
		case logged.Fault != "":
			return faulted
		case !served:
			return notServed
		}
		return none
	}
	return none
}

// undocumented has the statuses that control planes return but no document lists: a
// 409 for a rule that exists, a 429 and a 5xx of a gateway, a 401 for wrong
// credentials, and a 400 for a list (API.md sections 4.6, 6.1 and 10.4).
var undocumented = map[int]bool{
	http.StatusBadRequest: true, http.StatusUnauthorized: true, http.StatusConflict: true, http.StatusTooManyRequests: true,
	http.StatusBadGateway: true, http.StatusServiceUnavailable: true, http.StatusGatewayTimeout: true, http.StatusNotImplemented: true,
}

// recorder keeps a copy of a response.
type recorder struct {
	http.ResponseWriter
	status   int
	body     bytes.Buffer
	hijacked bool
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	r.body.Write(p)
	return r.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController hijack the connection, as faults do. The response
// is then not one of the API.
func (r *recorder) Unwrap() http.ResponseWriter {
	r.hijacked = true
	return r.ResponseWriter
}
