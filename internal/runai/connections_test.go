package runai

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

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

// A connection is kept for the next request, and as many as there are requests
// at a time, however many the CLI is told to run.
func TestTransport_ConnectionsAreKept(t *testing.T) {
	t.Parallel()
	const parallel = 50
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int32
		c, network := startInBubble(t, func(mock http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				time.Sleep(time.Second) // of the test's own clock
				mock.ServeHTTP(w, r)
			})
		})
		if err := c.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		for round := range 3 {
			var deletions sync.WaitGroup
			for i := range parallel {
				deletions.Go(func() {
					if err := c.AccessRules.Delete(t.Context(), int64(1000*round+i+10), RuleKey{}); err != nil {
						t.Error(err)
					}
				})
			}
			deletions.Wait()
		}
		if n := requests.Load(); n < 3*parallel {
			t.Errorf("%d requests", n)
		}
		if n := network.dials.Load(); n != parallel {
			t.Errorf("%d connections for %d requests at a time", n, parallel)
		}
	})
}

// The network swallows what is sent, as a firewall does that has forgotten the
// connection. Its death is found by a ping, before the attempt is out of time, and
// the request is repeated on another connection.
func TestTransport_HTTP2_ASilentConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	authority := httptest.NewTLSServer(http.NotFoundHandler())
	certificates := authority.TLS.Certificates
	authority.Close()
	synctest.Test(t, func(t *testing.T) {
		mock, err := mockserver.New(mockserver.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var old atomic.Int32 // requests by HTTP/1
		network := newPipeListener()
		server := &http.Server{
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.ProtoMajor < 2 {
					old.Add(1)
				}
				mock.ServeHTTP(w, r)
			}),
			TLSConfig: &tls.Config{Certificates: certificates},
		}
		go func() { _ = server.ServeTLS(network, "", "") }()
		c := newTestClient(t, func(cfg *Config) {
			cfg.BaseURL, cfg.ClientID, cfg.ClientSecret = "https://localhost", "terraform", NewSecret("terraform-secret")
			cfg.Version, cfg.InsecureSkipVerify, cfg.MaxRetries = Version{2, 24}, true, 1
		})
		var first *silent
		c.base.DialContext = func(ctx context.Context, name, address string) (net.Conn, error) {
			conn, err := network.dial(ctx, name, address)
			if first == nil && err == nil {
				first = &silent{Conn: conn}
				conn = first
			}
			return conn, err
		}
		if _, err := c.Roles.List(t.Context()); err != nil {
			t.Fatal(err)
		}
		first.dead.Store(true)
		begin := time.Now()
		if _, err := c.Applications.List(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took < 10*time.Second || took >= c.requestTimeout {
			t.Errorf("it took %s, want less than the %s of an attempt", took, c.requestTimeout)
		}
		if old.Load() != 0 || network.dials.Load() != 2 {
			t.Errorf("%d requests by HTTP/1, %d connections", old.Load(), network.dials.Load())
		}
		c.base.CloseIdleConnections()
		_ = first.Close()
		_ = server.Close()
		if err := mock.Close(); err != nil {
			t.Error(err)
		}
	})
}

// silent is a connection that may lose all that is written to it.
type silent struct {
	net.Conn
	dead atomic.Bool
}

func (s *silent) Write(b []byte) (int, error) {
	if s.dead.Load() {
		return len(b), nil
	}
	return s.Conn.Write(b)
}

// Lists are asked for in compressed form. One that breaks off is a failed
// attempt, wherever it breaks off, and is fetched again.
func TestTransport_CompressedLists(t *testing.T) {
	t.Parallel()
	for _, cut := range []struct {
		name string
		keep func(compressed int) int
	}{
		{"whole", func(n int) int { return n }},
		{"without its check sum", func(n int) int { return n - 8 }},
		{"without the last byte", func(n int) int { return n - 1 }},
		{"half", func(n int) int { return n / 2 }},
		{"within the header", func(int) int { return 5 }},
		{"empty", func(int) int { return 0 }},
	} {
		t.Run(cut.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var lists atomic.Int32
				c, _ := startInBubble(t, func(mock http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if r.Method != http.MethodGet || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
							if r.Method == http.MethodGet {
								t.Errorf("Accept-Encoding: %q", r.Header.Get("Accept-Encoding"))
							}
							mock.ServeHTTP(w, r)
							return
						}
						plain := httptest.NewRecorder()
						mock.ServeHTTP(plain, r)
						var compressed bytes.Buffer
						z := gzip.NewWriter(&compressed)
						_, _ = z.Write(plain.Body.Bytes())
						_ = z.Close()
						body := compressed.Bytes()
						if lists.Add(1) == 1 {
							body = body[:cut.keep(len(body))]
						}
						w.Header().Set("Content-Type", plain.Header().Get("Content-Type"))
						w.Header().Set("Content-Encoding", "gzip")
						// A proxy has measured what it got, so that the length
						// of the response does not tell.
						w.Header().Set("Content-Length", strconv.Itoa(len(body)))
						w.WriteHeader(plain.Code)
						_, _ = w.Write(body)
					})
				})
				apps, err := c.Applications.List(t.Context())
				if err != nil || len(apps) != 300 {
					t.Fatalf("%d applications, %v", len(apps), err)
				}
				want := int32(2)
				if cut.name == "whole" {
					want = 1
				}
				if lists.Load() != want {
					t.Errorf("%d requests, want %d", lists.Load(), want)
				}
			})
		})
	}
}

// startInBubble starts a mock control plane with 300 applications and a client of
// it, for a test within testing/synctest.
func startInBubble(t *testing.T, front func(mock http.Handler) http.Handler) (*Client, *pipeListener) {
	t.Helper()
	mock, err := mockserver.New(mockserver.Options{Applications: 300})
	if err != nil {
		t.Fatal(err)
	}
	network := newPipeListener()
	server := &http.Server{Handler: front(mock)}
	go func() { _ = server.Serve(network) }()
	c := newTestClient(t, func(cfg *Config) {
		cfg.BaseURL, cfg.ClientID, cfg.ClientSecret = "http://localhost", "terraform", NewSecret("terraform-secret")
		cfg.Version, cfg.MaxRetries = Version{2, 24}, 4
	})
	c.base.DialContext = network.dial
	t.Cleanup(func() {
		c.base.CloseIdleConnections()
		_ = server.Close()
		if err := mock.Close(); err != nil {
			t.Error(err)
		}
	})
	return c, network
}
