package runai_test

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// listenTLS starts a server with HTTP/2, or with one version of TLS alone.
func listenTLS(versions ...uint16) func(*httptest.Server) {
	return func(s *httptest.Server) {
		s.TLS = &tls.Config{MinVersion: tls.VersionTLS10}
		if len(versions) == 1 {
			s.TLS.MaxVersion = versions[0]
		}
		s.EnableHTTP2 = len(versions) == 0
		s.StartTLS()
	}
}

func certificatePEM(s *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

func TestTLS_PrivateCA(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{listen: listenTLS()})
	// Without the CA, the connection is refused immediately, before a request is sent,
	// with advice.
	for range 2 {
		err := w.client.Connect(t.Context())
		if !errors.Is(err, runai.ErrCertificate) || errors.Is(err, runai.ErrUnreachable) || errors.Is(err, runai.ErrUnclear) {
			t.Fatalf("error %v, want ErrCertificate", err)
		}
		if !strings.Contains(err.Error(), "ca_cert_file") || strings.Contains(err.Error(), "attempts") {
			t.Errorf("error %v", err)
		}
	}
	w.WantCount("POST", tokenV2, 0)

	w.config.CACertPEM = certificatePEM(w.HTTP)
	if err := w.newClient().Connect(t.Context()); err != nil {
		t.Error(err)
	}
	w.WantCount("POST", tokenV2, 1)

	w.config.CACertPEM, w.config.InsecureSkipVerify = nil, true
	if err := w.newClient().Connect(t.Context()); err != nil {
		t.Error(err)
	}
	w.WantCount("POST", tokenV2, 2)

	// The CA is right, the name is not.
	w.config.CACertPEM, w.config.InsecureSkipVerify = certificatePEM(w.HTTP), false
	w.config.BaseURL = strings.Replace(w.HTTP.URL, "127.0.0.1", "localhost", 1)
	if err := w.newClient().Connect(t.Context()); !errors.Is(err, runai.ErrCertificate) {
		t.Errorf("error %v, want ErrCertificate", err)
	}
	w.WantCount("POST", tokenV2, 2)
}

func TestTLS_InvalidCACertificate_IsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"no pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		_, err := runai.New(runai.Config{BaseURL: "https://acme.example", ClientID: "ci", ClientSecret: runai.NewSecret("ci-secret"), CACertPEM: []byte(text)})
		if err == nil || !strings.Contains(err.Error(), "PEM") || runai.IsCertificatePEM([]byte(text)) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestTLS_OldVersion_IsRefusedImmediately(t *testing.T) {
	t.Parallel()
	for version, accepted := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			t.Parallel()
			w := start(t, fixtureOptions{listen: listenTLS(version)})
			w.config.CACertPEM = certificatePEM(w.HTTP)
			err := w.newClient().Connect(t.Context())
			if (err == nil) != accepted {
				t.Fatalf("error %v", err)
			}
			if accepted {
				return
			}
			if !strings.Contains(err.Error(), "protocol version") || strings.Contains(err.Error(), "attempts") || errors.Is(err, runai.ErrUnreachable) {
				t.Errorf("error %v, want a final one that names the protocol version", err)
			}
			w.WantCount("POST", tokenV2, 0)
		})
	}
}

func TestTLS_PlainHTTPServer_IsFinal(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{})
	w.config.BaseURL = strings.Replace(w.HTTP.URL, "http:", "https:", 1)
	err := w.newClient().Connect(t.Context())
	if err == nil || strings.Contains(err.Error(), "attempts") || !strings.Contains(err.Error(), "base_url") {
		t.Errorf("error %v", err)
	}
}

// The guarantees hold over HTTP/2 as well.
func TestTLS_CreateOverHTTP2(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"", "drop-before", "drop-after", "truncate", "html"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var protoMajor atomic.Int32
			w := start(t, fixtureOptions{listen: listenTLS(), front: func(mock http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					protoMajor.Store(max(protoMajor.Load(), int32(r.ProtoMajor)))
					mock.ServeHTTP(w, r)
				})
			}})
			w.config.CACertPEM = certificatePEM(w.HTTP)
			w.client = w.newClient()
			w.ready()
			if kind != "" {
				w.arm(mockserver.Fault{Method: "POST", Path: accounts, Kind: kind})
			}
			created, err := w.client.Applications.Create(t.Context(), "ci")
			if err != nil {
				t.Fatal(err)
			}
			w.wantCreatedOnce("ci", created, err)
			if protoMajor.Load() != 2 {
				t.Error("it was not HTTP/2")
			}
		})
	}
}

func TestBaseURL(t *testing.T) {
	t.Parallel()
	for s, accepted := range map[string]bool{
		"https://acme.run.ai":          true,
		"https://acme.run.ai/":         true,
		" https://acme.run.ai/path// ": true,
		"https://10.0.0.1:8443":        true,
		"http://localhost:8080":        true,
		"http://127.0.0.1":             true,
		"http://127.9.9.9:1":           true,
		"http://[::1]:8080":            true,

		"http://acme.run.ai":                  false,
		"http://10.0.0.1":                     false,
		"http://0.0.0.0":                      false,
		"http://localhost.evil.example":       false,
		"http://127.0.0.1.evil.example":       false,
		"http://localhost@evil.example":       false,
		"https://ci:geheim@acme.run.ai":       false,
		"https://acme.run.ai?x=geheim":        false,
		"https://acme.run.ai#geheim":          false,
		"acme.run.ai":                         false,
		"ftp://acme.run.ai":                   false,
		"https://":                            false,
		"https:///path":                       false,
		"":                                    false,
		"://":                                 false,
		"https://ci:gehe%zzim@acme.run.ai":    false,
		"https://acme.run.ai\x00":             false,
		"javascript:alert(1)//secret=geheim ": false,
	} {
		u, err := runai.ParseBaseURL(s)
		if (err == nil) != accepted {
			t.Errorf("%q: %v, %v", s, u, err)
		}
		if err != nil && strings.Contains(err.Error(), "geheim") {
			t.Errorf("%q: %v", s, err)
		}
	}
}
