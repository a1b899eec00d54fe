// Package mocktest starts a mock control plane for the length of a test.
package mocktest

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// Options are those of a mock and of the server that it listens with.
type Options struct {
	mockserver.Options
	// Wrap returns the handler that receives the requests; nil: the mock does.
	Wrap func(mock *mockserver.Server) http.Handler
	// Listen starts the server; nil: it listens with plain HTTP.
	Listen func(*httptest.Server)
}

// Mock is a mock that listens.
type Mock struct {
	*mockserver.Server
	// HTTP is the server that it listens with.
	HTTP *httptest.Server

	t    testing.TB
	once sync.Once
}

// Start starts a mock, and stops it at the end of the test.
func Start(t testing.TB, o Options) *Mock {
	t.Helper()
	mock, err := mockserver.New(o.Options)
	if err != nil {
		t.Fatal(err)
	}
	var handler http.Handler = mock
	if o.Wrap != nil {
		handler = o.Wrap(mock)
	}
	m := &Mock{Server: mock, HTTP: httptest.NewUnstartedServer(handler), t: t}
	m.HTTP.Config.ErrorLog = log.New(io.Discard, "", 0) // faults abort responses
	if o.Listen != nil {
		o.Listen(m.HTTP)
	} else {
		m.HTTP.Start()
	}
	t.Cleanup(m.Stop)
	return m
}

// Stop stops the mock before the test ends.
func (m *Mock) Stop() {
	m.once.Do(func() {
		if err := m.Close(); err != nil { // first: it releases held responses
			m.t.Error(err)
		}
		m.HTTP.Close()
	})
}

// WantCount fails the test unless this many requests of a route have arrived.
func (m *Mock) WantCount(method, route string, want int) {
	m.t.Helper()
	if got := m.Count(method, route); got != want {
		m.t.Errorf("%s %s: %d requests, want %d (all: %v)", method, route, got, want, m.Requests())
	}
}

// ApplicationsNamed returns the applications of a name, of which the API permits one.
func (m *Mock) ApplicationsNamed(name string) (found []mockserver.Application) {
	for _, app := range m.State().Applications {
		if app.Name == name {
			found = append(found, app)
		}
	}
	return found
}

// Clock is a clock that stands still until it is advanced.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that shows noon of 1 March 2026, UTC.
func NewClock() *Clock { return &Clock{now: time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)} }

// Now returns the time of the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
