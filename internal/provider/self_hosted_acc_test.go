package provider_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver/mocktest"
)

// selfHosted is the host of the guide. Its domain does not exist, so it is reachable
// only through the proxy.
const selfHosted = "runai.internal.example"

// privateCA returns a certificate authority and a certificate that it has issued to the
// host.
func privateCA(t *testing.T) (authority []byte, issued tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certificate := func(serial int64, parent *x509.Certificate, template x509.Certificate) *x509.Certificate {
		template.SerialNumber = big.NewInt(serial)
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		if parent == nil {
			parent = &template
		}
		der, err := x509.CreateCertificate(rand.Reader, &template, parent, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		created, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return created
	}
	root := certificate(1, nil, x509.Certificate{
		Subject: pkix.Name{CommonName: "Company CA"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	leaf := certificate(2, root, x509.Certificate{Subject: pkix.Name{CommonName: selfHosted}, DNSNames: []string{selfHosted}})
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw}), tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}
}

// proxy is a proxy that tunnels every connection to one address.
type proxy struct {
	target string

	mu    sync.Mutex
	hosts []string // as they were requested
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.hosts = append(p.hosts, r.Method+" "+r.Host)
	p.mu.Unlock()
	upstream, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", p.target)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.WriteHeader(http.StatusOK)
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = upstream.Close()
		return
	}
	for _, pair := range [][2]net.Conn{{client, upstream}, {upstream, client}} {
		go func() {
			_, _ = io.Copy(pair[0], pair[1])
			_ = pair[0].Close()
		}()
	}
}

// The configuration of the guide on self-hosted control planes connects through a proxy
// to one that has the certificate of a private CA. Without the CA the connection fails
// with the error that the guide names.
func TestAccGuides_SelfHosted(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	configuration, _ := read(t, filepath.Join(guides, "self-hosted", "main.tf"))
	const address, file = `"https://` + selfHosted + `"`, `"/etc/ssl/certs/company-ca.pem"`
	if strings.Count(configuration, address) != 1 || strings.Count(configuration, file) != 1 {
		t.Fatalf("the guide has another address or file: %s", configuration)
	}
	page, _ := read(t, "../../templates/guides/self-hosted.md.tmpl")
	binary := acctest.ProviderBinary(t)
	authority, issued := privateCA(t)
	other, _ := privateCA(t)
	for name, c := range map[string]struct {
		authority []byte
		// from is the part of the configuration that to replaces.
		from, to string
		env      []string
		err      string // empty: the configuration applies
	}{
		"ca_cert_file":       {authority: authority, from: file, to: `"ca.pem"`},
		"ca_cert_pem":        {authority: authority, from: "ca_cert_file    = " + file, to: `ca_cert_pem = file("ca.pem")`},
		"RUNAI_CA_CERT_FILE": {authority: authority, from: "ca_cert_file    = " + file, env: []string{"RUNAI_CA_CERT_FILE=ca.pem"}},
		"the wrong CA":       {authority: other, from: file, to: `"ca.pem"`, err: "Certificate Not Trusted"},
		"no CA":              {authority: authority, from: "ca_cert_file    = " + file, err: "Certificate Not Trusted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mock := mocktest.Start(t, mocktest.Options{Options: mockserver.Options{Version: "2.24"}, Listen: func(s *httptest.Server) {
				s.TLS = &tls.Config{Certificates: []tls.Certificate{issued}, MinVersion: tls.VersionTLS12}
				s.StartTLS()
			}})
			p := &proxy{target: mock.HTTP.Listener.Addr().String()}
			server := httptest.NewServer(p)
			t.Cleanup(server.Close)
			cli := acctest.BinaryCLI(t, binary)
			cli.Env = append(cli.Env, "RUNAI_CLIENT_ID=terraform", "RUNAI_CLIENT_SECRET=terraform-secret", "HTTPS_PROXY="+server.URL, "NO_PROXY=", "no_proxy=")
			cli.Env = append(cli.Env, c.env...)
			cli.Write("ca.pem", string(c.authority))
			if !strings.Contains(configuration, c.from) {
				t.Fatalf("the guide does not have %s", c.from)
			}
			cli.Configure(strings.Replace(configuration, c.from, c.to, 1))
			if c.err != "" {
				cli.Apply().ExpectError(t, c.err, "ca_cert_file")
				if !strings.Contains(page, "`"+c.err+"`") {
					t.Errorf("the guide does not name %s", c.err)
				}
			} else {
				cli.MustApply()
				cli.Plan().Expect(t, 0)
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			for _, host := range p.hosts {
				if host != "CONNECT "+selfHosted+":443" {
					t.Errorf("the proxy got a request for %s", host)
				}
			}
			if len(p.hosts) == 0 || (mock.Count("POST", "/api/v2/token") > 0) != (c.err == "") {
				t.Errorf("%d tunnels, %d sign-ins", len(p.hosts), mock.Count("POST", "/api/v2/token"))
			}
		})
	}
}
