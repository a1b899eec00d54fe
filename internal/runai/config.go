package runai

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// Config configures a [Client]. BaseURL and either ClientID with ClientSecret or
// AccessToken are required.
type Config struct {
	// BaseURL of the control plane, https; plain http only to a loopback address.
	BaseURL string
	// ClientID and ClientSecret of the application to sign in as.
	ClientID     string
	ClientSecret Secret
	// AccessToken is an existing bearer token. It is never renewed.
	AccessToken Secret
	// Version of the control plane. The zero value is detected from its responses.
	Version Version
	// CACertPEM are certificates to trust besides the system's.
	CACertPEM []byte
	// InsecureSkipVerify turns the verification of TLS certificates off.
	InsecureSkipVerify bool
	// MaxRetries after the first attempt of a request.
	MaxRetries int
	// RequestTimeout is for one attempt; zero means 30 seconds.
	RequestTimeout time.Duration
	// UserAgent of all requests.
	UserAgent string

	// RetryWait is the first wait between attempts, doubled each time; zero means
	// half a second.
	RetryWait time.Duration
	// SettleTime is the time within which a request with an unclear outcome can still
	// take effect on the control plane; zero means 10 seconds. A create or a
	// regeneration is not repeated within it.
	SettleTime time.Duration
	// Now is the clock; nil means the system's.
	Now func() time.Time
	// Sleep waits between attempts and for requests to settle. It returns the error of
	// the context if that ends before. Nil means the system's clock.
	Sleep func(ctx context.Context, d time.Duration) error
	// Log is called once for each attempt with its method, path, status and
	// duration; never with a header, a body or a secret. May be nil.
	Log func(ctx context.Context, message string, fields map[string]any)
}

// rest returns the part of the configuration for package rest.
func (cfg Config) rest(base *url.URL) rest.Config {
	return rest.Config{
		BaseURL:            base,
		UserAgent:          cfg.UserAgent,
		CACertPEM:          cfg.CACertPEM,
		InsecureSkipVerify: cfg.InsecureSkipVerify,
		MaxRetries:         cfg.MaxRetries,
		RequestTimeout:     cfg.RequestTimeout,
		RetryWait:          cfg.RetryWait,
		SettleTime:         cfg.SettleTime,
		Now:                cfg.Now,
		Sleep:              cfg.Sleep,
		Log:                cfg.Log,
	}
}

// ErrURLCredentials is the error of [ParseBaseURL] for a URL that contains credentials.
var ErrURLCredentials = errors.New("the URL contains credentials; set client_id and client_secret instead")

// ParseBaseURL checks the URL of a control plane: https, or http to a loopback
// address, with a host, and without credentials, query or fragment.
func ParseBaseURL(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(s), "/"))
	switch {
	case err != nil:
		return nil, errors.New("not a URL")
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		if strings.Contains(s, "@") { // user:password@host, which the message would show
			return nil, ErrURLCredentials
		}
		return nil, fmt.Errorf("%q is not a URL such as https://acme.run.ai", rest.Sanitize(s))
	case u.User != nil:
		return nil, ErrURLCredentials
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("the URL has a query or a fragment; set only the address of the control plane, such as https://acme.run.ai")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, fmt.Errorf("plain http would send the credentials in clear text over the network; use https://%s", rest.Sanitize(u.Host))
	}
	return u, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// IsCertificatePEM reports whether a text contains at least one PEM certificate.
func IsCertificatePEM(pem []byte) bool { return x509.NewCertPool().AppendCertsFromPEM(pem) }
