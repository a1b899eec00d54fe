package conform

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver/mocktest"
)

// plane is a control plane for a test: a mock, optionally behind a handler that changes its behavior.
type plane struct {
	mock    *mockserver.Server
	options Options
	seeded  int // applications that it begins with
}

type wrapper func(mock *mockserver.Server, next http.Handler) http.Handler

func startPlane(t *testing.T, mockOptions mockserver.Options, wrap wrapper) plane {
	t.Helper()
	clock := newClock(time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC))
	if mockOptions.ClientID == "" {
		mockOptions.ClientID, mockOptions.ClientSecret = "conformer", "conformer-secret"
	}
	mockOptions.Now = clock.now
	started := mocktest.Start(t, mocktest.Options{Options: mockOptions, Wrap: func(mock *mockserver.Server) http.Handler {
		plantRules(mock, mockOptions.Version)
		if wrap == nil {
			return mock
		}
		return wrap(mock, mock)
	}})
	mock := started.Server
	return plane{seeded: len(mock.State().Applications), mock: mock, options: Options{
		Target:  Target{BaseURL: started.HTTP.URL, ClientID: mockOptions.ClientID, ClientSecret: mockOptions.ClientSecret},
		Version: mockOptions.Version, Now: clock.now, Wait: clock.wait,
	}}
}

// run probes the control plane.
func (p plane) run(t *testing.T) *Report {
	t.Helper()
	report, err := Run(t.Context(), p.options)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// remaining returns the names of the applications, and the subjects of the active rules that were not planted.
func (p plane) remaining() (names, subjects []string) {
	state := p.mock.State()
	for _, app := range state.Applications {
		names = append(names, app.Name)
	}
	for _, rule := range state.AccessRules {
		if rule.DeletedAt == nil && rule.CreatedBy != reader {
			subjects = append(subjects, rule.SubjectID)
		}
	}
	return names, subjects
}

// mustBeClean checks that the control plane has only its seeded applications and rule.
func (p plane) mustBeClean(t *testing.T) {
	t.Helper()
	if names, subjects := p.remaining(); len(names) != p.seeded || len(subjects) != 1 {
		t.Errorf("remaining: applications %v, rules of %v", names[min(p.seeded, len(names)):], subjects)
	}
}

// result returns the result of a probe.
func (r *Report) result(t *testing.T, name string) Result {
	t.Helper()
	for _, result := range r.Results {
		if result.Probe == name {
			return result
		}
	}
	t.Fatalf("no probe %s", name)
	return Result{}
}

// exchange is a request with its response, which a seeded difference may change.
type exchange struct {
	*http.Request
	sent   []byte // the body of the request
	status int
	body   any
	header http.Header
}

// rewrite changes the responses to requests of a method to paths with a prefix.
func rewrite(method, path string, change func(*exchange)) wrapper {
	return func(_ *mockserver.Server, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != method || !strings.HasPrefix(r.URL.Path, path) {
				next.ServeHTTP(w, r)
				return
			}
			sent, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(sent))
			recorder := httptest.NewRecorder()
			next.ServeHTTP(recorder, r)
			e := &exchange{Request: r, sent: sent, status: recorder.Code, header: recorder.Header()}
			_ = json.Unmarshal(recorder.Body.Bytes(), &e.body) // some have none
			change(e)
			respond(w, e.status, e.header, e.body)
		})
	}
}

// respond writes a body: a string unchanged, anything else as JSON.
func respond(w http.ResponseWriter, status int, header http.Header, body any) {
	var content []byte
	switch b := body.(type) {
	case nil:
	case string:
		content = []byte(b)
		header.Set("Content-Type", "text/plain")
	default:
		content, _ = json.Marshal(b)
		header.Set("Content-Type", "application/json")
	}
	maps.Copy(w.Header(), header)
	if status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	}
	w.WriteHeader(status)
	_, _ = w.Write(content)
}

// edit changes requests before the mock receives them.
func edit(change func(mock *mockserver.Server, r *http.Request)) wrapper {
	return func(mock *mockserver.Server, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			change(mock, r)
			next.ServeHTTP(w, r)
		})
	}
}

// without removes a parameter from the queries of a path.
func without(path, parameter string) wrapper {
	return edit(func(_ *mockserver.Server, r *http.Request) {
		if q := r.URL.Query(); r.URL.Path == path {
			q.Del(parameter)
			r.URL.RawQuery = q.Encode()
		}
	})
}

// absent removes a path and all paths below it from the API.
func absent(path string) wrapper {
	return edit(func(_ *mockserver.Server, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, path) {
			r.URL.Path, r.URL.RawPath = unknownPath, ""
		}
	})
}

func object(v any) map[string]any {
	o, _ := v.(map[string]any)
	return o
}

// eachObject calls a function for a body, or for the objects in it.
func eachObject(body any, member string, change func(map[string]any)) {
	if member != "" {
		body = object(body)[member]
	}
	if list, ok := body.([]any); ok {
		for _, item := range list {
			change(object(item))
		}
		return
	}
	if o := object(body); o != nil {
		change(o)
	}
}
