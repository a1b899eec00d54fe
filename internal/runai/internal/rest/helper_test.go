package rest

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails the package if a test leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const planted = "geheim-0815-planted"

// fixedToken is a source of one token, which is what it says.
type fixedToken string

func (f fixedToken) Token(context.Context) (Secret, error) { return NewSecret(string(f)), nil }
func (f fixedToken) Invalidate(Secret) bool                { return false }
func (f fixedToken) Describe() string                      { return ` as "ci"` }

// newTestClient returns a client whose requests carry a token.
func newTestClient(t *testing.T, change func(*Config)) *Client {
	t.Helper()
	cfg := Config{BaseURL: &url.URL{Scheme: "https", Host: "acme.example"}}
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c.WithTokenSource(fixedToken("token-0815"))
}

func get(path string) Request {
	return Request{Operation: "get " + path, Rule: Repeatable, Method: http.MethodGet, Path: path}
}

// respond is a handler with one JSON response.
func respond(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// pipeListener is a network within a process, so that a test can have a clock of
// its own (testing/synctest).
type pipeListener struct {
	connections chan net.Conn
	closed      chan struct{}
	dials       atomic.Int32
}

func newPipeListener() *pipeListener {
	return &pipeListener{connections: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	l.dials.Add(1)
	client, server := net.Pipe()
	select {
	case l.connections <- server:
		return client, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.connections:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	close(l.closed)
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// startInBubble starts a server and returns a client of it, for a test within
// testing/synctest.
func startInBubble(t *testing.T, handler http.Handler, change func(*Config)) (*Client, *pipeListener) {
	t.Helper()
	network := newPipeListener()
	server := &http.Server{Handler: handler}
	go func() { _ = server.Serve(network) }()
	c := newTestClient(t, func(cfg *Config) {
		cfg.BaseURL, cfg.MaxRetries = &url.URL{Scheme: "http", Host: "localhost"}, 4
		if change != nil {
			change(cfg)
		}
	})
	c.transport.DialContext = network.dial
	t.Cleanup(func() {
		c.transport.CloseIdleConnections()
		_ = server.Close()
	})
	return c, network
}
