package runai

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"reflect"
	"testing"
	"time"
)

func newTestClient(t *testing.T, change func(*Config)) *Client {
	t.Helper()
	cfg := Config{BaseURL: "https://acme.example", ClientID: "ci", ClientSecret: NewSecret("ci-secret")}
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ProxyFromEnvironment reads the environment once for each process, so what is
// looked at is that it is asked.
func TestTransport_AsksTheEnvironmentForAProxy(t *testing.T) {
	t.Parallel()
	c := newTestClient(t, nil)
	if c.base.Proxy == nil || reflect.ValueOf(c.base.Proxy).Pointer() != reflect.ValueOf(http.ProxyFromEnvironment).Pointer() {
		t.Error("HTTPS_PROXY is not honoured")
	}
	// And a proxy that is told is used.
	asked := false
	c = newTestClient(t, func(cfg *Config) { cfg.RetryWait = time.Microsecond })
	c.base.Proxy = func(*http.Request) (*url.URL, error) {
		asked = true
		return nil, &url.Error{Op: "parse", URL: "http://user:geheim%zz@proxy:3128", Err: url.EscapeError("%zz")}
	}
	err := c.Connect(t.Context())
	if !asked || err == nil {
		t.Fatalf("error %v", err)
	}
	wantClean(t, redactPatterns(unwrapURLError(err).Error()))
}

func TestTransport_Settings(t *testing.T) {
	t.Parallel()
	c := newTestClient(t, nil)
	config := c.base.TLSClientConfig
	if config.MinVersion != tls.VersionTLS12 || config.InsecureSkipVerify || config.RootCAs != nil {
		t.Errorf("%+v", config)
	}
	if c.base.DisableKeepAlives || c.base.MaxIdleConnsPerHost < 10 {
		t.Error("connections are not kept for ten callers at once")
	}
	if c.base.TLSHandshakeTimeout == 0 || c.base.TLSHandshakeTimeout > 30*time.Second {
		t.Errorf("a handshake may take %v", c.base.TLSHandshakeTimeout)
	}
	if !newTestClient(t, func(c *Config) { c.InsecureSkipVerify = true }).base.TLSClientConfig.InsecureSkipVerify {
		t.Error("verification cannot be turned off")
	}
	one, other := newTestClient(t, nil), newTestClient(t, nil)
	if one.base == other.base {
		t.Error("two clients share a transport")
	}
}
