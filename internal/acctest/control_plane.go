package acctest

import (
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	tfprovider "github.com/hashicorp/terraform-plugin-framework/provider"

	"github.com/runai-community/terraform-provider-runai/internal/acctest/live"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver/mocktest"
	"github.com/runai-community/terraform-provider-runai/internal/provider"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// VersionVariable is the environment variable with the version of the control plane
// for tests that do not set one. make test-full runs the tests of the objects on each.
const VersionVariable = "RUNAI_MOCK_VERSION"

// DefaultVersion is the version if the variable is not set.
const DefaultVersion = "2.24"

// Version returns the version of the control plane for tests that do not set one.
func Version() string {
	if v := os.Getenv(VersionVariable); v != "" {
		return v
	}
	return DefaultVersion
}

// ControlPlane is the control plane of one test: its own mock, or a real one behind
// its own gateway.
type ControlPlane struct {
	plane
	// URL is the address of the control plane.
	URL string
	// Version is the version of the API that it serves.
	Version string

	t        testing.TB
	tune     []func(*runai.Config)
	getenv   func(name string) string
	warnings warnings
	live     *live.Plane // nil for a mock
}

// New starts a control plane of the version under test, for as long as the test
// lasts.
func New(t testing.TB) *ControlPlane {
	t.Helper()
	if isLive() {
		return newLive(t, mockserver.Options{})
	}
	return NewWith(t, mockserver.Options{Version: Version()})
}

// NewWith starts a control plane with options. If RUNAI_OPENAPI_DIR names a folder with
// the published OpenAPI documents, all traffic is validated against the document of its
// version.
func NewWith(t testing.TB, options mockserver.Options) *ControlPlane {
	t.Helper()
	if isLive() {
		return newLive(t, options)
	}
	if options.Version == "" {
		options.Version = Version()
	}
	mock := mocktest.Start(t, mocktest.Options{Options: options, Wrap: func(mock *mockserver.Server) http.Handler {
		recordCoverage(t, options.Version, mock)
		return validated(t, options.Version, mock)
	}})
	return &ControlPlane{plane: mock.Server, URL: mock.HTTP.URL, Version: options.Version, t: t}
}

// Tune changes the configuration of the client in the providers of this control
// plane.
func (c *ControlPlane) Tune(tune func(*runai.Config)) { c.tune = append(c.tune, tune) }

// SetEnvironment sets the environment variables that the providers of this control
// plane see. By default they see none, so that those of the developer have no effect.
func (c *ControlPlane) SetEnvironment(getenv func(name string) string) { c.getenv = getenv }

// Environment returns the environment variables that configure a provider for this
// control plane.
func (c *ControlPlane) Environment() map[string]string {
	return map[string]string{
		"RUNAI_BASE_URL":      c.URL,
		"RUNAI_CLIENT_ID":     "terraform",
		"RUNAI_CLIENT_SECRET": "terraform-secret",
	}
}

// provider returns a provider for this control plane, which sees the environment
// variables of SetEnvironment alone.
func (c *ControlPlane) provider() tfprovider.Provider {
	getenv := func(name string) string {
		if c.getenv == nil {
			return ""
		}
		return c.getenv(name)
	}
	return provider.New("test", provider.WithClientConfig(c.fastRetries), provider.WithEnvironment(getenv))()
}

func (c *ControlPlane) fastRetries(cfg *runai.Config) {
	if c.live == nil {
		cfg.RetryWait, cfg.SettleTime = time.Millisecond, time.Millisecond
	}
	for _, tune := range c.tune {
		tune(cfg)
	}
}

// Client returns a client of this control plane with the credentials of the provider,
// for changes outside of Terraform.
func (c *ControlPlane) Client() *runai.Client {
	cfg := runai.Config{BaseURL: c.URL, ClientID: "terraform", ClientSecret: runai.NewSecret("terraform-secret"), MaxRetries: 4}
	c.fastRetries(&cfg)
	client, err := runai.New(cfg)
	if err != nil {
		c.t.Fatal(err)
	}
	return client
}

// Config returns a configuration that begins with a provider block for this control
// plane.
func (c *ControlPlane) Config(body string) string { return c.ConfigWith("", body) }

// ConfigWith is Config with further arguments in the provider block.
func (c *ControlPlane) ConfigWith(arguments, body string) string {
	if c.live != nil {
		c.live.SkipUnlessPortable(arguments + body)
	}
	return fmt.Sprintf(`
provider "runai" {
  base_url      = %q
  client_id     = "terraform"
  client_secret = "terraform-secret"
  %s
}
%s`, c.URL, arguments, body)
}
