package live

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// The credentials of the caller in the configurations of tests.
const (
	testClientID     = "terraform"
	testClientSecret = "terraform-secret"
)

// Target is the control plane to test against, and the credentials of the caller.
type Target struct {
	BaseURL, ClientID, ClientSecret string
	// Version is empty if it is to be detected.
	Version string
	// HTTPClient trusts the same certificates as the provider.
	HTTPClient *http.Client
}

// TargetFromEnvironment reads the variables of the provider.
func TargetFromEnvironment(getenv func(string) string) (Target, error) {
	target := Target{
		BaseURL:      strings.TrimRight(strings.TrimSpace(getenv("RUNAI_BASE_URL")), "/"),
		ClientID:     getenv("RUNAI_CLIENT_ID"),
		ClientSecret: getenv("RUNAI_CLIENT_SECRET"),
		Version:      getenv("RUNAI_CONTROL_PLANE_VERSION"),
	}
	base, err := url.Parse(target.BaseURL)
	switch {
	case target.BaseURL == "":
		return Target{}, errors.New("RUNAI_BASE_URL is not set: set it to the URL of the control plane to test against")
	case err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http":
		return Target{}, errors.New("RUNAI_BASE_URL is not a URL such as https://acme.run.ai")
	case target.ClientID == "" || target.ClientSecret == "":
		return Target{}, errors.New("RUNAI_CLIENT_ID and RUNAI_CLIENT_SECRET are not both set: the tests need them, since an access token cannot be refreshed")
	}
	target.HTTPClient, err = httpClient(getenv)
	return target, err
}

func httpClient(getenv func(string) string) (*http.Client, error) {
	skip, err := strconv.ParseBool(cmp.Or(getenv("RUNAI_INSECURE_SKIP_VERIFY"), "false"))
	if err != nil {
		return nil, errors.New("RUNAI_INSECURE_SKIP_VERIFY is neither true nor false")
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: skip}
	if file := getenv("RUNAI_CA_CERT_FILE"); file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("RUNAI_CA_CERT_FILE: %w", err)
		}
		if config.RootCAs, err = x509.SystemCertPool(); err != nil {
			config.RootCAs = x509.NewCertPool()
		}
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("RUNAI_CA_CERT_FILE: %s contains no PEM certificate", file)
		}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // of the standard library
	transport.TLSClientConfig = config
	noRedirects := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // they would carry the token elsewhere
	return &http.Client{Transport: transport, CheckRedirect: noRedirects, Timeout: time.Minute}, nil
}
