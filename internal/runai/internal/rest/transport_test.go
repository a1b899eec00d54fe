package rest

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// ProxyFromEnvironment reads the environment once for each process, so the test
// checks that it is called.
func TestTransport_Proxy_FromEnvironment(t *testing.T) {
	t.Parallel()
	c := newTestClient(t, nil)
	if c.transport.Proxy == nil || reflect.ValueOf(c.transport.Proxy).Pointer() != reflect.ValueOf(http.ProxyFromEnvironment).Pointer() {
		t.Error("HTTPS_PROXY is not honored")
	}
	// And a configured proxy is used.
	called := false
	c = newTestClient(t, func(cfg *Config) { cfg.RetryWait = time.Microsecond })
	c.transport.Proxy = func(*http.Request) (*url.URL, error) {
		called = true
		return nil, &url.Error{Op: "parse", URL: "http://user:geheim%zz@proxy:3128", Err: url.EscapeError("%zz")}
	}
	err := c.Send(t.Context(), get("/objects"), nil)
	if !called || err == nil {
		t.Fatalf("error %v", err)
	}
	wantClean(t, redactPatterns(unwrapURLError(err).Error()))
}

func TestTransport_Settings(t *testing.T) {
	t.Parallel()
	c := newTestClient(t, nil)
	config := c.transport.TLSClientConfig
	if config.MinVersion != tls.VersionTLS12 || config.InsecureSkipVerify || config.RootCAs != nil {
		t.Errorf("%+v", config)
	}
	if c.transport.DisableKeepAlives || c.transport.MaxIdleConnsPerHost < 10 {
		t.Error("connections are not reused by ten concurrent callers")
	}
	if c.transport.TLSHandshakeTimeout == 0 || c.transport.TLSHandshakeTimeout > 30*time.Second {
		t.Errorf("a handshake may take %v", c.transport.TLSHandshakeTimeout)
	}
	if !newTestClient(t, func(c *Config) { c.InsecureSkipVerify = true }).transport.TLSClientConfig.InsecureSkipVerify {
		t.Error("verification cannot be turned off")
	}
	one, other := newTestClient(t, nil), newTestClient(t, nil)
	if one.transport == other.transport {
		t.Error("two clients share a transport")
	}
}

// Connections are reused, as many as there are concurrent requests, whatever the
// parallelism of the CLI.
func TestTransport_Connections_AreReused(t *testing.T) {
	t.Parallel()
	const parallel = 50
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int32
		c, network := startInBubble(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			requests.Add(1)
			time.Sleep(time.Second) // of the test's own clock
			w.WriteHeader(http.StatusNoContent)
		}), nil)
		for range 3 {
			var deletions sync.WaitGroup
			for range parallel {
				deletions.Go(func() {
					if err := c.Send(t.Context(), Request{Operation: "delete it", Rule: Repeatable, Method: http.MethodDelete, Path: "/objects/1"}, nil); err != nil {
						t.Error(err)
					}
				})
			}
			deletions.Wait()
		}
		if n := requests.Load(); n != 3*parallel {
			t.Errorf("%d requests", n)
		}
		if n := network.dials.Load(); n != parallel {
			t.Errorf("%d connections for %d requests at a time", n, parallel)
		}
	})
}

// The network drops packets silently, like a firewall that lost its state. A ping
// detects that before the attempt times out, and the request is repeated on another
// connection.
func TestTransport_HTTP2_SilentConnection_IsReplaced(t *testing.T) {
	t.Parallel()
	authority := httptest.NewTLSServer(http.NotFoundHandler())
	certificates := authority.TLS.Certificates
	authority.Close()
	synctest.Test(t, func(t *testing.T) {
		var old atomic.Int32 // requests by HTTP/1
		network := newPipeListener()
		server := &http.Server{
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.ProtoMajor < 2 {
					old.Add(1)
				}
				respond(http.StatusOK, `[]`)(w, r)
			}),
			TLSConfig: &tls.Config{Certificates: certificates},
		}
		go func() { _ = server.ServeTLS(network, "", "") }()
		c := newTestClient(t, func(cfg *Config) {
			cfg.BaseURL, cfg.InsecureSkipVerify, cfg.MaxRetries = &url.URL{Scheme: "https", Host: "localhost"}, true, 1
		})
		var first *silent
		c.transport.DialContext = func(ctx context.Context, name, address string) (net.Conn, error) {
			conn, err := network.dial(ctx, name, address)
			if first == nil && err == nil {
				first = &silent{Conn: conn}
				conn = first
			}
			return conn, err
		}
		if err := c.Send(t.Context(), get("/objects"), nil); err != nil {
			t.Fatal(err)
		}
		first.dead.Store(true)
		begin := time.Now()
		if err := c.Send(t.Context(), get("/objects"), nil); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took < 10*time.Second || took >= c.Config.RequestTimeout {
			t.Errorf("it took %s, want less than the %s of an attempt", took, c.Config.RequestTimeout)
		}
		if old.Load() != 0 || network.dials.Load() != 2 {
			t.Errorf("%d requests by HTTP/1, %d connections", old.Load(), network.dials.Load())
		}
		c.transport.CloseIdleConnections()
		_ = first.Close()
		_ = server.Close()
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

// Lists are requested in compressed form. One that breaks off, at any point, is a
// failed attempt and requested again.
func TestTransport_CompressedLists(t *testing.T) {
	t.Parallel()
	plain, err := json.Marshal(make([]int, 1000))
	if err != nil {
		t.Fatal(err)
	}
	var compressed bytes.Buffer
	z := gzip.NewWriter(&compressed)
	_, _ = z.Write(plain)
	_ = z.Close()
	for _, cut := range []struct {
		name     string
		keep     func(compressed int) int
		requests int32
	}{
		{"whole", func(n int) int { return n }, 1},
		{"without its check sum", func(n int) int { return n - 8 }, 2},
		{"without the last byte", func(n int) int { return n - 1 }, 2},
		{"half", func(n int) int { return n / 2 }, 2},
		{"within the header", func(int) int { return 5 }, 2},
		{"empty", func(int) int { return 0 }, 2},
	} {
		t.Run(cut.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var requests atomic.Int32
				c, _ := startInBubble(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
						t.Errorf("Accept-Encoding: %q", r.Header.Get("Accept-Encoding"))
					}
					body := compressed.Bytes()
					if requests.Add(1) == 1 {
						body = body[:cut.keep(len(body))]
					}
					w.Header().Set("Content-Type", "application/json")
					w.Header().Set("Content-Encoding", "gzip")
					// Like a proxy, the length of the response is that of the
					// compressed body.
					w.Header().Set("Content-Length", strconv.Itoa(len(body)))
					_, _ = w.Write(body)
				}), nil)
				var list []int
				if err := c.Send(t.Context(), get("/objects"), &list); err != nil || len(list) != 1000 {
					t.Fatalf("%d entries, %v", len(list), err)
				}
				if requests.Load() != cut.requests {
					t.Errorf("%d requests, want %d", requests.Load(), cut.requests)
				}
			})
		})
	}
}
