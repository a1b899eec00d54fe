package provider

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// complete is a complete environment.
func complete(others ...string) map[string]string {
	env := map[string]string{
		"RUNAI_BASE_URL":      "https://env.run.ai",
		"RUNAI_CLIENT_ID":     "env-client",
		"RUNAI_CLIENT_SECRET": "env-secret",
	}
	for i := 0; i < len(others); i += 2 {
		env[others[i]] = others[i+1]
	}
	return env
}

func text(s string) types.String { return types.StringValue(s) }

// certificate returns a certificate in PEM.
func certificate(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// file writes a temporary file and returns its path.
func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func resolved(m model, env map[string]string) (runai.Config, sources, diag.Diagnostics) {
	var diags diag.Diagnostics
	cfg, from := m.resolve(func(name string) string { return env[name] }, &diags)
	return cfg, from, diags
}

// The client's configuration from arguments and environment.
func TestResolve(t *testing.T) {
	t.Parallel()
	pem1, pem2 := certificate(t), certificate(t)
	path := file(t, pem1)
	version := func(s string) runai.Version {
		v, err := runai.ParseVersion(s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for name, c := range map[string]struct {
		model model
		env   map[string]string
		want  func(cfg *runai.Config) // of what a complete environment gives
	}{
		"the environment alone": {env: complete()},
		"arguments win over the environment": {
			model{BaseURL: text("https://acme.run.ai"), ClientID: text("ci"), ClientSecret: text("s3cret")},
			complete(),
			func(cfg *runai.Config) {
				cfg.BaseURL, cfg.ClientID, cfg.ClientSecret = "https://acme.run.ai", "ci", runai.NewSecret("s3cret")
			},
		},
		"each by itself":         {model{ClientID: text("ci")}, complete(), func(cfg *runai.Config) { cfg.ClientID = "ci" }},
		"an empty value is none": {model{BaseURL: text(""), ClientID: text("  "), ClientSecret: text("\n")}, complete(), nil},
		"white space around it":  {model{ClientSecret: text(" s3cret\r\n")}, complete("RUNAI_CLIENT_ID", "\tenv-client \n"), func(cfg *runai.Config) { cfg.ClientSecret = runai.NewSecret("s3cret") }},
		"an access token instead": {model{AccessToken: text("tok")}, map[string]string{"RUNAI_BASE_URL": "https://env.run.ai"}, func(cfg *runai.Config) {
			cfg.ClientID, cfg.ClientSecret, cfg.AccessToken = "", runai.Secret{}, runai.NewSecret("tok")
		}},
		"an access token in the configuration wins over a secret in the environment": {
			model{AccessToken: text("tok")}, complete(), func(cfg *runai.Config) { cfg.AccessToken = runai.NewSecret("tok") },
		},
		"a secret in the configuration wins over an access token in the environment": {
			model{ClientSecret: text("s3cret")}, complete("RUNAI_ACCESS_TOKEN", "tok"), func(cfg *runai.Config) { cfg.ClientSecret = runai.NewSecret("s3cret") },
		},
		"an empty secret in the configuration wins over nothing": {
			model{ClientSecret: text("")}, complete("RUNAI_ACCESS_TOKEN", "tok"), func(cfg *runai.Config) { cfg.AccessToken = runai.NewSecret("tok") },
		},
		"an empty access token conflicts with nothing": {
			model{AccessToken: text(""), ClientSecret: text("s3cret")}, complete("RUNAI_ACCESS_TOKEN", "tok"), func(cfg *runai.Config) { cfg.ClientSecret = runai.NewSecret("s3cret") },
		},
		"both in the environment: the token": {
			env: complete("RUNAI_ACCESS_TOKEN", "tok"), want: func(cfg *runai.Config) { cfg.AccessToken = runai.NewSecret("tok") },
		},
		"a version":                      {model{ControlPlaneVersion: text("2.22")}, complete("RUNAI_CONTROL_PLANE_VERSION", "2.18"), func(cfg *runai.Config) { cfg.Version = version("2.22") }},
		"a version from the environment": {env: complete("RUNAI_CONTROL_PLANE_VERSION", "v2.18.3"), want: func(cfg *runai.Config) { cfg.Version = version("2.18") }},
		"the oldest version":             {model{ControlPlaneVersion: text("2.17")}, complete(), func(cfg *runai.Config) { cfg.Version = version("2.17") }},
		"3.0 without quotes":             {model{ControlPlaneVersion: text("3")}, complete(), func(cfg *runai.Config) { cfg.Version = version("3.0") }},
		"no retries":                     {model{MaxRetries: types.Int64Value(0)}, complete("RUNAI_MAX_RETRIES", "7"), func(cfg *runai.Config) { cfg.MaxRetries = 0 }},
		"retries from the environment":   {env: complete("RUNAI_MAX_RETRIES", " 7 "), want: func(cfg *runai.Config) { cfg.MaxRetries = 7 }},
		"a timeout":                      {model{RequestTimeout: text("1m30s")}, complete("RUNAI_REQUEST_TIMEOUT", "5s"), func(cfg *runai.Config) { cfg.RequestTimeout = 90 * time.Second }},
		"a timeout from the environment": {env: complete("RUNAI_REQUEST_TIMEOUT", "5s"), want: func(cfg *runai.Config) { cfg.RequestTimeout = 5 * time.Second }},
		"verification off":               {model{InsecureSkipVerify: types.BoolValue(true)}, complete(), func(cfg *runai.Config) { cfg.InsecureSkipVerify = true }},
		"verification off by environment": {
			env: complete("RUNAI_INSECURE_SKIP_VERIFY", "1"), want: func(cfg *runai.Config) { cfg.InsecureSkipVerify = true },
		},
		"verification on against the environment": {model{InsecureSkipVerify: types.BoolValue(false)}, complete("RUNAI_INSECURE_SKIP_VERIFY", "true"), nil},
		"a CA file":                        {model{CACertFile: text(path)}, complete("RUNAI_CA_CERT_FILE", "/not/there"), func(cfg *runai.Config) { cfg.CACertPEM = []byte(pem1) }},
		"a CA file from the environment":   {env: complete("RUNAI_CA_CERT_FILE", path), want: func(cfg *runai.Config) { cfg.CACertPEM = []byte(pem1) }},
		"a CA as text":                     {model{CACertPEM: text(pem2)}, complete(), func(cfg *runai.Config) { cfg.CACertPEM = []byte("\n" + pem2) }},
		"a CA file and one as text":        {model{CACertPEM: text(pem2)}, complete("RUNAI_CA_CERT_FILE", path), func(cfg *runai.Config) { cfg.CACertPEM = []byte(pem1 + "\n" + pem2) }},
		"plain http to a loopback address": {model{BaseURL: text("http://127.0.0.1:8080")}, complete(), func(cfg *runai.Config) { cfg.BaseURL = "http://127.0.0.1:8080" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := runai.Config{
				BaseURL: "https://env.run.ai", ClientID: "env-client", ClientSecret: runai.NewSecret("env-secret"), MaxRetries: 4, RequestTimeout: 30 * time.Second,
			}
			if c.want != nil {
				c.want(&want)
			}
			got, _, diags := resolved(c.model, c.env)
			if diags.HasError() {
				t.Fatal(diags)
			}
			if got.BaseURL != want.BaseURL || got.ClientID != want.ClientID || got.ClientSecret != want.ClientSecret || got.AccessToken != want.AccessToken ||
				got.Version != want.Version || got.MaxRetries != want.MaxRetries || got.RequestTimeout != want.RequestTimeout ||
				got.InsecureSkipVerify != want.InsecureSkipVerify || string(got.CACertPEM) != string(want.CACertPEM) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			if warned := diags.WarningsCount() > 0; warned != want.InsecureSkipVerify {
				t.Errorf("warned: %t: %v", warned, diags)
			}
			// The result is valid for a client.
			if _, err := runai.New(got); err != nil {
				t.Error(err)
			}
		})
	}
}

// Each invalid value is an error at its argument, unless that holds a secret. The error names the origin of
// the value and suggests a fix.
func TestResolve_Refused(t *testing.T) {
	t.Parallel()
	noCertificate := file(t, "hello")
	type want struct{ argument, text string }
	for name, c := range map[string]struct {
		model model
		env   map[string]string
		want  []want
	}{
		"nothing at all": {want: []want{
			{"base_url", "The provider needs the URL of the control plane. Set the argument base_url of the provider, or the environment variable RUNAI_BASE_URL."},
			{"client_id", "The provider needs the client ID of an application to sign in as. Set the argument client_id of the provider, or the environment variable RUNAI_CLIENT_ID."},
			{"client_secret", "The provider needs a client secret to sign in with. Set the argument client_secret of the provider, or the environment variable RUNAI_CLIENT_SECRET."},
		}},
		"no secret":                   {env: complete("RUNAI_CLIENT_SECRET", ""), want: []want{{"client_secret", "The provider needs a client secret"}}},
		"a token and no URL":          {model: model{AccessToken: text("tok")}, want: []want{{"base_url", "the URL of the control plane"}}},
		"a token and a secret":        {model{AccessToken: text("tok"), ClientSecret: text("s")}, complete(), []want{{"", "Both access_token and client_secret are set."}}},
		"no URL":                      {model{BaseURL: text("acme.run.ai")}, complete(), []want{{"base_url", `The value of the argument base_url is invalid: "acme.run.ai" is not a URL such as https://acme.run.ai.`}}},
		"no URL in the environment":   {env: complete("RUNAI_BASE_URL", "ftp://acme.run.ai"), want: []want{{"base_url", `The value of the environment variable RUNAI_BASE_URL is invalid: "ftp://acme.run.ai" is not a URL`}}},
		"a URL with a query":          {model{BaseURL: text("https://acme.run.ai/?a=b")}, complete(), []want{{"base_url", "set only the address of the control plane"}}},
		"a URL with credentials":      {model{BaseURL: text("https://me:hunter2@acme.run.ai")}, complete(), []want{{"", "set client_id and client_secret instead"}}},
		"plain http":                  {model{BaseURL: text("http://acme.run.ai")}, complete(), []want{{"base_url", "plain http would send the credentials in clear text over the network; use https://acme.run.ai."}}},
		"a version that is none":      {model{ControlPlaneVersion: text("latest")}, complete(), []want{{"control_plane_version", `The value of the argument control_plane_version is invalid: "latest" is not a control plane version such as 2.22 or 3.0.`}}},
		"a version before 2":          {env: complete("RUNAI_CONTROL_PLANE_VERSION", "1.9"), want: []want{{"control_plane_version", `The value of the environment variable RUNAI_CONTROL_PLANE_VERSION is invalid: "1.9" is below 2.17`}}},
		"a version without quotes":    {model{ControlPlaneVersion: text("2.2")}, complete(), []want{{"control_plane_version", `"2.2" is below 2.17, the oldest version that is supported. Quote the value, as in "2.20": a number without quotes loses its trailing zero.`}}},
		"a version before 2.17":       {model{ControlPlaneVersion: text("2.16")}, complete(), []want{{"control_plane_version", `"2.16" is below 2.17`}}},
		"a boolean that is none":      {env: complete("RUNAI_INSECURE_SKIP_VERIFY", "maybe"), want: []want{{"insecure_skip_verify", `The value of the environment variable RUNAI_INSECURE_SKIP_VERIFY is invalid: "maybe" is neither true nor false.`}}},
		"retries that are no number":  {env: complete("RUNAI_MAX_RETRIES", "many"), want: []want{{"max_retries", `RUNAI_MAX_RETRIES is invalid: "many" is not a number from 0 to 20.`}}},
		"too many retries":            {env: complete("RUNAI_MAX_RETRIES", "21"), want: []want{{"max_retries", `"21" is not a number from 0 to 20.`}}},
		"retries below zero":          {env: complete("RUNAI_MAX_RETRIES", "-1"), want: []want{{"max_retries", `"-1" is not a number from 0 to 20.`}}},
		"a timeout without a unit":    {model{RequestTimeout: text("30")}, complete(), []want{{"request_timeout", `The value of the argument request_timeout is invalid: "30" is not a positive duration such as 30s.`}}},
		"a timeout of nothing":        {env: complete("RUNAI_REQUEST_TIMEOUT", "0s"), want: []want{{"request_timeout", `RUNAI_REQUEST_TIMEOUT is invalid: "0s" is not a positive duration such as 30s.`}}},
		"a CA file that is not there": {model{CACertFile: text("/not/there.pem")}, complete(), []want{{"ca_cert_file", "The value of the argument ca_cert_file is invalid: open /not/there.pem: "}}},
		"a CA file without one":       {env: complete("RUNAI_CA_CERT_FILE", noCertificate), want: []want{{"ca_cert_file", "RUNAI_CA_CERT_FILE is invalid: " + noCertificate + " contains no PEM certificate."}}},
		"a CA text without one":       {model{CACertPEM: text("hello")}, complete(), []want{{"ca_cert_pem", "it contains no PEM certificate (-----BEGIN CERTIFICATE-----)."}}},
		"a secret of two lines":       {model{ClientSecret: text("hunter2\nhunter3")}, complete(), []want{{"", "The value of the argument client_secret is invalid: it contains white space or control characters"}}},
		"a client ID with a space":    {env: complete("RUNAI_CLIENT_ID", "my client"), want: []want{{"client_id", "RUNAI_CLIENT_ID is invalid: it contains white space"}}},
		"a token with a space":        {env: complete("RUNAI_ACCESS_TOKEN", "Bearer hunter2"), want: []want{{"", "RUNAI_ACCESS_TOKEN is invalid: it contains white space"}}},
		"all errors together": {
			model{BaseURL: text("acme"), RequestTimeout: text("x"), ControlPlaneVersion: text("x")},
			complete("RUNAI_MAX_RETRIES", "x"),
			[]want{{"base_url", "acme"}, {"control_plane_version", "x"}, {"max_retries", "x"}, {"request_timeout", "x"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, diags := resolved(c.model, c.env)
			if diags.ErrorsCount() != len(c.want) {
				t.Errorf("%d errors, want %d: %v", diags.ErrorsCount(), len(c.want), diags)
			}
			for _, w := range c.want {
				if !slices.ContainsFunc(diags.Errors(), func(d diag.Diagnostic) bool {
					argument := ""
					if at, ok := d.(diag.DiagnosticWithPath); ok {
						argument = at.Path().String()
					}
					return argument == w.argument && strings.Contains(d.Detail(), w.text)
				}) {
					t.Errorf("no error at %s contains %q: %v", w.argument, w.text, diags)
				}
			}
			for _, d := range diags {
				if strings.Contains(d.Detail(), "hunter") {
					t.Errorf("a secret is in a message: %s", d.Detail())
				}
			}
		})
	}
}

// unknown returns the names of unknown arguments.
func TestModel_Unknown(t *testing.T) {
	t.Parallel()
	if unknown := (model{BaseURL: text("x"), ClientID: types.StringNull()}).unknown(); len(unknown) != 0 {
		t.Errorf("all arguments are known, got %v", unknown)
	}
	all := model{
		types.StringUnknown(), types.StringUnknown(), types.StringUnknown(), types.StringUnknown(), types.StringUnknown(), types.StringUnknown(),
		types.StringUnknown(), types.BoolUnknown(), types.Int64Unknown(), types.StringUnknown(), types.BoolUnknown(), types.MapNull(types.StringType),
	}
	unknown := all.unknown()
	if len(unknown) != 11 || unknown[0] != "base_url" || unknown[10] != "allow_self_lockout" {
		t.Errorf("unknown arguments: got %v", unknown)
	}
}
