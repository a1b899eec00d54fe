package provider

import (
	"context"
	"os"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/accessrule"
	"github.com/runai-community/terraform-provider-runai/internal/accesstoken"
	"github.com/runai-community/terraform-provider-runai/internal/application"
	"github.com/runai-community/terraform-provider-runai/internal/applicationscsv"
	"github.com/runai-community/terraform-provider-runai/internal/caller"
	"github.com/runai-community/terraform-provider-runai/internal/cluster"
	"github.com/runai-community/terraform-provider-runai/internal/department"
	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/installerapplication"
	"github.com/runai-community/terraform-provider-runai/internal/project"
	"github.com/runai-community/terraform-provider-runai/internal/role"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
	"github.com/runai-community/terraform-provider-runai/internal/unsealedsecret"
)

// Address is the source address of the provider.
const Address = "registry.terraform.io/runai-community/runai"

var (
	_ provider.ProviderWithEphemeralResources = (*Provider)(nil)
	_ provider.ProviderWithFunctions          = (*Provider)(nil)
	_ provider.ProviderWithListResources      = (*Provider)(nil)
)

// Provider is the provider runai.
type Provider struct {
	version string
	getenv  func(string) string
	tune    func(*runai.Config)
}

// New returns the constructor of the provider. version is that of the build;
// options are for tests.
func New(version string, options ...Option) func() provider.Provider {
	return func() provider.Provider {
		p := &Provider{version: version, getenv: os.Getenv, tune: func(*runai.Config) {}}
		for _, option := range options {
			option(p)
		}
		return p
	}
}

// Option changes how a provider works.
type Option func(*Provider)

// WithClientConfig changes the client's configuration after the arguments were applied
// to it: tests shorten the time between retries.
func WithClientConfig(tune func(*runai.Config)) Option {
	return func(p *Provider) { p.tune = tune }
}

// WithEnvironment replaces the environment variables, which tests that run in parallel
// cannot set.
func WithEnvironment(getenv func(name string) string) Option {
	return func(p *Provider) { p.getenv = getenv }
}

// Metadata implements [provider.Provider].
func (p *Provider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "runai"
	resp.Version = p.version
}

// Schema implements [provider.Provider].
func (p *Provider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages the applications (service accounts) and access rules of an NVIDIA Run:ai tenant.",
		Attributes: map[string]schema.Attribute{
			"base_url": schema.StringAttribute{
				MarkdownDescription: "URL of the control plane, the address of its user interface, e.g. `https://acme.run.ai`. `http` is accepted for loopback addresses only. " + env("base_url"),
				Optional:            true,
				Validators:          []validator.String{argumentValidator{"base_url", checkBaseURL}},
			},
			"client_id": schema.StringAttribute{
				MarkdownDescription: "Client ID of the application that the provider signs in as. " + env("client_id"),
				Optional:            true,
			},
			"client_secret": schema.StringAttribute{
				MarkdownDescription: "Client secret of that application. Conflicts with `access_token`. " + env("client_secret"),
				Optional:            true,
				Sensitive:           true,
			},
			"access_token": schema.StringAttribute{
				MarkdownDescription: "A bearer token obtained elsewhere, instead of `client_id` and `client_secret`. It is not renewed. Conflicts with `client_secret`. " + env("access_token"),
				Optional:            true,
				Sensitive:           true,
			},
			"control_plane_version": schema.StringAttribute{
				MarkdownDescription: "Version of the control plane, in quotes, e.g. `\"2.22\"`; `2.17` or later. If omitted, the provider detects it. " + env("control_plane_version"),
				Optional:            true,
				Validators:          []validator.String{argumentValidator{"control_plane_version", checkVersion}},
			},
			"ca_cert_file": schema.StringAttribute{
				MarkdownDescription: "Path of a PEM file with certificates to trust besides the system's, for a control plane with a private CA. " + env("ca_cert_file"),
				Optional:            true,
			},
			"ca_cert_pem": schema.StringAttribute{
				MarkdownDescription: "The certificates as PEM text instead of a file; see `ca_cert_file`.",
				Optional:            true,
			},
			"insecure_skip_verify": schema.BoolAttribute{
				MarkdownDescription: "Disables the verification of TLS certificates, with a warning on each run. Prefer `ca_cert_file`. " + env("insecure_skip_verify"),
				Optional:            true,
			},
			"max_retries": schema.Int64Attribute{
				CustomType:          framework.WholeNumber{},
				MarkdownDescription: "Retries after the first attempt of a request, from `0` to `20`. Default `4`. " + env("max_retries"),
				Optional:            true,
				Validators:          []validator.Int64{int64validator.Between(0, maxMaxRetries)},
			},
			"request_timeout": schema.StringAttribute{
				MarkdownDescription: "Timeout per request attempt, a duration such as `30s` (the default). " + env("request_timeout"),
				Optional:            true,
				Validators:          []validator.String{argumentValidator{"request_timeout", checkRequestTimeout}},
			},
			"allow_self_lockout": schema.BoolAttribute{
				MarkdownDescription: "Permits plans that delete or disable the application that the provider signs in as, regenerate its secret, or remove its permission to manage applications or access rules. Default `false`: such a plan is an error.",
				Optional:            true,
			},
			"client_secret_recipients": schema.MapAttribute{
				MarkdownDescription: "Default for the argument of the same name of every `runai_application` and `runai_service_account` that does not set it: " +
					"public keys, by a name of your choice, that client secrets are sealed to instead of being stored in plain text. " +
					"After a change of this default, plain secrets are sealed in place. A secret that is already sealed to other recipients stays as it is until its `keepers` change.",
				ElementType: types.StringType,
				Optional:    true,
				Validators:  []validator.Map{application.RecipientsValidator()},
			},
		},
	}
}

func env(argument string) string { return "Environment: `" + environment[argument] + "`." }

// Configure creates the client and signs in, so that a wrong URL or wrong credentials
// are one error here instead of one for each resource.
func (p *Provider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	data := &framework.ProviderData{
		AllowSelfLockout: m.AllowSelfLockout.ValueBool(), ClientSecretRecipients: m.ClientSecretRecipients,
		Managed: new(framework.Seen), Deletions: new(framework.Seen), Warned: new(framework.Seen), Replaced: new(framework.Notes),
		Getenv: p.getenv,
	}
	resp.ResourceData, resp.DataSourceData, resp.ListResourceData, resp.EphemeralResourceData = data, data, data, data
	if unknown := m.unknown(); len(unknown) > 0 {
		// Known only after the apply of other resources. Until then, resources plan
		// without the control plane as far as possible.
		resp.Diagnostics.Append(unknownWarning(unknown))
		return
	}
	if !application.ValidateRecipients(m.ClientSecretRecipients, &resp.Diagnostics) {
		return
	}
	cfg, sources := m.resolve(p.getenv, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	cfg.UserAgent = userAgent(p.version, req.TerraformVersion, p.getenv("TF_APPEND_USER_AGENT"))
	cfg.Log = log
	p.tune(&cfg)
	client, err := runai.New(cfg)
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("base_url"), "Invalid Provider Configuration", err.Error()+".")
		return
	}
	if err := client.Connect(ctx); err != nil {
		if !cfg.Version.IsZero() && mayBeWrongVersion(err) && connectsWithoutVersion(ctx, cfg) {
			resp.Diagnostics.Append(sources.versionError(cfg.Version, err))
			return
		}
		resp.Diagnostics.Append(sources.connectError(err))
		return
	}
	data.Client = client
}

// connectsWithoutVersion reports whether a client that detects the version can
// sign in.
func connectsWithoutVersion(ctx context.Context, cfg runai.Config) bool {
	cfg.Version = runai.Version{}
	client, err := runai.New(cfg)
	return err == nil && client.Connect(ctx) == nil
}

// userAgent returns the User-Agent of all requests. appended is the value of
// TF_APPEND_USER_AGENT, with which organizations and modules mark requests. White
// space and control characters, such as the newline of a file, become one space.
func userAgent(version, terraformVersion, appended string) string {
	agent := "terraform-provider-runai/" + version + " terraform/" + terraformVersion
	words := strings.FieldsFunc(appended, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	return strings.Join(append([]string{agent}, words...), " ")
}

func unknownWarning(arguments []string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root(arguments[0]), "Provider Not Configured Yet",
		"The argument "+arguments[0]+" is not known while planning, so the provider sends no requests: this plan neither refreshes the resources nor checks names and IDs.")
}

// Resources implements [provider.Provider].
func (p *Provider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		application.NewResource,
		application.NewServiceAccountResource,
		accessrule.NewResource,
	}
}

// DataSources implements [provider.Provider].
func (p *Provider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		application.NewDataSource,
		application.NewDataSourceList,
		accessrule.NewDataSourceList,
		role.NewDataSource,
		role.NewDataSourceList,
		cluster.NewDataSource,
		cluster.NewDataSourceList,
		department.NewDataSource,
		department.NewDataSourceList,
		project.NewDataSource,
		project.NewDataSourceList,
		caller.NewDataSource,
		installerapplication.NewDataSource,
	}
}

// ListResources implements [provider.ProviderWithListResources].
func (p *Provider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{
		application.NewListResource,
		application.NewServiceAccountListResource,
		accessrule.NewListResource,
	}
}

// EphemeralResources implements [provider.ProviderWithEphemeralResources].
func (p *Provider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{
		accesstoken.NewEphemeralResource,
		installerapplication.NewEphemeralResource,
		unsealedsecret.NewEphemeralResource,
	}
}

// Functions implements [provider.ProviderWithFunctions].
func (p *Provider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{
		applicationscsv.NewFunction,
	}
}
