package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// environment has the environment variable of each argument.
var environment = map[string]string{
	"base_url":              "RUNAI_BASE_URL",
	"client_id":             "RUNAI_CLIENT_ID",
	"client_secret":         "RUNAI_CLIENT_SECRET",
	"access_token":          "RUNAI_ACCESS_TOKEN",
	"control_plane_version": "RUNAI_CONTROL_PLANE_VERSION",
	"ca_cert_file":          "RUNAI_CA_CERT_FILE",
	"insecure_skip_verify":  "RUNAI_INSECURE_SKIP_VERIFY",
	"max_retries":           "RUNAI_MAX_RETRIES",
	"request_timeout":       "RUNAI_REQUEST_TIMEOUT",
}

const (
	defaultMaxRetries     = 4
	maxMaxRetries         = 20
	defaultRequestTimeout = 30 * time.Second
)

// model is the provider block.
type model struct {
	BaseURL             types.String `tfsdk:"base_url"`
	ClientID            types.String `tfsdk:"client_id"`
	ClientSecret        types.String `tfsdk:"client_secret"`
	AccessToken         types.String `tfsdk:"access_token"`
	ControlPlaneVersion types.String `tfsdk:"control_plane_version"`
	CACertFile          types.String `tfsdk:"ca_cert_file"`
	CACertPEM           types.String `tfsdk:"ca_cert_pem"`
	InsecureSkipVerify  types.Bool   `tfsdk:"insecure_skip_verify"`
	MaxRetries          types.Int64  `tfsdk:"max_retries"`
	RequestTimeout      types.String `tfsdk:"request_timeout"`
	AllowSelfLockout    types.Bool   `tfsdk:"allow_self_lockout"`
	// ClientSecretRecipients may be unknown while planning: it is a default of resources,
	// so the provider can connect without it.
	ClientSecretRecipients types.Map `tfsdk:"client_secret_recipients"`
}

// unknown returns the arguments whose values are unknown.
func (m model) unknown() []string {
	var unknown []string
	for _, a := range []struct {
		name  string
		value attr.Value
	}{
		{"base_url", m.BaseURL},
		{"client_id", m.ClientID},
		{"client_secret", m.ClientSecret},
		{"access_token", m.AccessToken},
		{"control_plane_version", m.ControlPlaneVersion},
		{"ca_cert_file", m.CACertFile},
		{"ca_cert_pem", m.CACertPEM},
		{"insecure_skip_verify", m.InsecureSkipVerify},
		{"max_retries", m.MaxRetries},
		{"request_timeout", m.RequestTimeout},
		{"allow_self_lockout", m.AllowSelfLockout},
	} {
		if a.value.IsUnknown() {
			unknown = append(unknown, a.name)
		}
	}
	return unknown
}

// sources resolves the values of arguments, and records their origin.
type sources struct {
	getenv func(name string) string
	from   map[string]string
	// configured are the arguments whose values come from the configuration.
	configured map[string]bool
}

// of returns the origin of an argument's value, for messages.
func (s sources) of(argument string) string {
	if from, ok := s.from[argument]; ok {
		return from
	}
	return argument
}

// text resolves one argument. The configuration takes precedence over the environment.
// White space around a value, such as the newline of a file, is removed. An empty value
// counts as unset.
func (s sources) text(argument string, configured types.String) string {
	if v := strings.TrimSpace(configured.ValueString()); v != "" {
		s.from[argument], s.configured[argument] = "the argument "+argument, true
		return v
	}
	name := environment[argument]
	if name == "" {
		return ""
	}
	v := strings.TrimSpace(s.getenv(name))
	if v != "" {
		s.from[argument] = "the environment variable " + name
	}
	return v
}

// resolve returns the client's configuration from arguments and environment, which
// getenv reads. Each error is at its argument and names the origin of the value.
func (m model) resolve(getenv func(name string) string, diags *diag.Diagnostics) (runai.Config, sources) {
	s := sources{getenv: getenv, from: map[string]string{}, configured: map[string]bool{}}
	cfg := runai.Config{
		BaseURL:        s.text("base_url", m.BaseURL),
		ClientID:       s.text("client_id", m.ClientID),
		ClientSecret:   runai.NewSecret(s.text("client_secret", m.ClientSecret)),
		AccessToken:    runai.NewSecret(s.text("access_token", m.AccessToken)),
		MaxRetries:     defaultMaxRetries,
		RequestTimeout: defaultRequestTimeout,
	}
	invalid := func(argument, format string, args ...any) {
		diags.Append(invalidArgument(argument, s.of(argument), fmt.Errorf(format, args...)))
	}
	missing := func(argument, what string) {
		diags.AddAttributeError(path.Root(argument), "Missing Provider Configuration",
			fmt.Sprintf("%s Set the argument %s of the provider, or the environment variable %s.", what, argument, environment[argument]))
	}

	if cfg.BaseURL == "" {
		missing("base_url", "The provider needs the URL of the control plane.")
	} else if err := checkBaseURL(cfg.BaseURL); err != nil {
		invalid("base_url", "%w", err)
	}
	s.credentials(&cfg, invalid, missing, diags)

	if v := s.text("control_plane_version", m.ControlPlaneVersion); v != "" {
		version, err := runai.ParseVersion(v)
		if err != nil {
			invalid("control_plane_version", "%s", err)
		}
		cfg.Version = version
	}
	cfg.CACertPEM = s.certificates(m, invalid)
	cfg.InsecureSkipVerify = m.InsecureSkipVerify.ValueBool()
	if v := s.text("insecure_skip_verify", types.StringNull()); v != "" && m.InsecureSkipVerify.IsNull() {
		b, err := strconv.ParseBool(v)
		if err != nil {
			invalid("insecure_skip_verify", "%q is neither true nor false", v)
		}
		cfg.InsecureSkipVerify = b
	}
	if cfg.InsecureSkipVerify {
		diags.AddAttributeWarning(path.Root("insecure_skip_verify"), "TLS Verification Is Off",
			"Anyone on the network path can read the credentials and every secret. Set ca_cert_file to the CA of the control plane instead.")
	}
	if !m.MaxRetries.IsNull() {
		cfg.MaxRetries = int(m.MaxRetries.ValueInt64())
	} else if v := s.text("max_retries", types.StringNull()); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || n > maxMaxRetries {
			invalid("max_retries", "%q is not a number from 0 to %d", v, maxMaxRetries)
		}
		cfg.MaxRetries = n
	}
	if v := s.text("request_timeout", m.RequestTimeout); v != "" {
		d, err := parseRequestTimeout(v)
		if err != nil {
			invalid("request_timeout", "%s", err)
		}
		cfg.RequestTimeout = d
	}
	return cfg, s
}

func invalidArgument(argument, source string, err error) diag.Diagnostic {
	if errors.Is(err, runai.ErrURLCredentials) {
		argument = "" // its value holds a password
	}
	return errorOn(argument, "Invalid Provider Configuration", fmt.Sprintf("The value of %s is invalid: %s.", source, err))
}

// errorOn returns an error at an argument, or at none if the argument is empty or holds
// a secret: Terraform prints the line of the configuration with an error at an argument.
func errorOn(argument, summary, detail string) diag.Diagnostic {
	switch argument {
	case "", "client_secret", "access_token":
		return diag.NewErrorDiagnostic(summary, detail)
	}
	return diag.NewAttributeErrorDiagnostic(path.Root(argument), summary, detail)
}

func checkBaseURL(s string) error {
	_, err := runai.ParseBaseURL(s)
	return err
}

func checkVersion(s string) error {
	_, err := runai.ParseVersion(s)
	return err
}

func checkRequestTimeout(s string) error {
	_, err := parseRequestTimeout(s)
	return err
}

func parseRequestTimeout(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is not a positive duration such as 30s", s)
	}
	return d, nil
}

// argumentValidator runs the check that Configure makes of an argument in terraform
// validate.
type argumentValidator struct {
	argument string
	check    func(string) error
}

var _ validator.String = argumentValidator{}

// Description implements [validator.Describer].
func (v argumentValidator) Description(context.Context) string {
	return v.argument + " must be usable"
}

// MarkdownDescription implements [validator.Describer].
func (v argumentValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString implements [validator.String]. An empty value counts as unset.
func (v argumentValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	value := strings.TrimSpace(req.ConfigValue.ValueString())
	if value == "" || req.ConfigValue.IsUnknown() {
		return
	}
	if err := v.check(value); err != nil {
		resp.Diagnostics.Append(invalidArgument(v.argument, "the argument "+v.argument, err))
	}
}

// credentials checks that there is one way to sign in, and only one from the same
// origin: an access token in the configuration overrides a client secret in the
// environment.
func (s sources) credentials(cfg *runai.Config, invalid func(string, string, ...any), missing func(string, string), diags *diag.Diagnostics) {
	if s.configured["access_token"] && s.configured["client_secret"] {
		diags.Append(errorOn("access_token", "Conflicting Provider Configuration",
			"Both access_token and client_secret are set. Set one: the token as it is, or the client ID and secret to obtain one with."))
		return
	}
	// The configuration takes precedence over the environment.
	if s.configured["client_secret"] {
		cfg.AccessToken = runai.Secret{}
		delete(s.from, "access_token")
	}
	for _, c := range []struct{ argument, value string }{
		{"client_id", cfg.ClientID},
		{"client_secret", cfg.ClientSecret.Reveal()},
		{"access_token", cfg.AccessToken.Reveal()},
	} {
		if strings.ContainsFunc(c.value, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
			invalid(c.argument, "it contains white space or control characters, such as a line break")
		}
	}
	if !cfg.AccessToken.IsZero() {
		return
	}
	if cfg.ClientID == "" {
		missing("client_id", "The provider needs the client ID of an application to sign in as.")
	}
	if cfg.ClientSecret.IsZero() {
		missing("client_secret", "The provider needs a client secret to sign in with.")
	}
}

// certificates reads the additional CA certificates of both arguments.
func (s sources) certificates(m model, invalid func(string, string, ...any)) []byte {
	var pem []byte
	if file := s.text("ca_cert_file", m.CACertFile); file != "" {
		data, err := os.ReadFile(file)
		switch {
		case err != nil:
			invalid("ca_cert_file", "%s", err)
		case !runai.IsCertificatePEM(data):
			invalid("ca_cert_file", "%s contains no PEM certificate", file)
		}
		pem = append(pem, data...)
	}
	if text := m.CACertPEM.ValueString(); text != "" {
		if !runai.IsCertificatePEM([]byte(text)) {
			invalid("ca_cert_pem", "it contains no PEM certificate (-----BEGIN CERTIFICATE-----)")
		}
		pem = append(append(pem, '\n'), text...)
	}
	return pem
}

// mayBeWrongVersion reports whether a sign-in may have failed because the control plane
// has another version and does not serve the grant. Refused credentials do not count:
// they must not be tried again with another grant.
func mayBeWrongVersion(err error) bool {
	e, ok := errors.AsType[*runai.Error](err)
	switch {
	case !ok || !e.NonAPI && errors.Is(err, runai.ErrUnauthorized):
		return false
	case e.Status == http.StatusBadRequest, e.Status == http.StatusNotFound, e.Status == http.StatusMethodNotAllowed:
		return true
	}
	return e.NonAPI && (e.Status == http.StatusOK || e.Status == http.StatusUnauthorized)
}

// versionError reports that a sign-in failed because of the configured version: without
// it, the sign-in succeeds.
func (s sources) versionError(version runai.Version, err error) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("control_plane_version"), "Wrong Control Plane Version", fmt.Sprintf(
		"The control plane does not have version %s: signing in the way of that version fails, and signing in without control_plane_version succeeds. "+
			"Correct or remove control_plane_version, which came from %s; if it is omitted, the provider detects the version.\n\n%s",
		version, s.of("control_plane_version"), framework.Sentence(err)))
}

// connectError reports a failed sign-in at the argument that caused it, see errorOn.
func (s sources) connectError(err error) diag.Diagnostic {
	argument, summary := "base_url", "Unable to Reach the Control Plane"
	advice := ""
	switch {
	case errors.Is(err, runai.ErrUnauthorized):
		argument, summary = "client_secret", "Unable to Sign In"
		if from, given := s.from["access_token"]; given {
			argument, advice = "access_token", fmt.Sprintf("The token came from %s. It may have expired: it is not renewed.", from)
			break
		}
		advice = fmt.Sprintf("The client ID came from %s, the client secret from %s.", s.of("client_id"), s.of("client_secret"))
	case errors.Is(err, runai.ErrCertificate):
		argument, summary = "ca_cert_file", "Certificate Not Trusted"
	case errors.Is(err, runai.ErrForbidden):
		argument, summary = "client_id", "Unable to Sign In"
	default:
		advice = fmt.Sprintf("The URL came from %s.", s.of("base_url"))
	}
	detail := framework.Sentence(err)
	if advice != "" {
		detail += "\n\n" + advice
	}
	return errorOn(argument, summary, detail)
}
