package accesstoken

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*EphemeralResource)(nil)

// EphemeralResource is runai_access_token. It has no Renew: that could not
// replace the token that others have been given already.
type EphemeralResource struct{ framework.EphemeralResource }

// NewEphemeralResource returns the ephemeral resource.
func NewEphemeralResource() ephemeral.EphemeralResource { return &EphemeralResource{} }

type model struct {
	ClientID     types.String `tfsdk:"client_id"`
	ClientSecret types.String `tfsdk:"client_secret"`
	AccessToken  types.String `tfsdk:"access_token"`
	TokenType    types.String `tfsdk:"token_type"`
	ExpiresAt    types.String `tfsdk:"expires_at"`
}

// Metadata implements [ephemeral.EphemeralResource].
func (e *EphemeralResource) Metadata(_ context.Context, _ ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = "runai_access_token"
}

// Schema implements [ephemeral.EphemeralResource].
func (e *EphemeralResource) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A bearer token for the Run:ai API that is in neither state nor plan. Each time it is opened, a new token is requested; " +
			"it is not renewed, so a run that takes longer than the token lives needs another one.\n\n" + framework.EphemeralNote,
		Attributes: map[string]schema.Attribute{
			"client_id": schema.StringAttribute{
				MarkdownDescription: "Client ID of the application to sign in as. Default: the credentials of the provider.",
				Optional:            true,
				Validators: []validator.String{
					framework.NotEmpty(),
					stringvalidator.AlsoRequires(path.MatchRoot("client_secret")),
				},
			},
			"client_secret": schema.StringAttribute{
				MarkdownDescription: "Client secret of that application.",
				Optional:            true,
				Sensitive:           true,
				Validators: []validator.String{
					framework.NotEmpty(),
					stringvalidator.AlsoRequires(path.MatchRoot("client_id")),
				},
			},
			"access_token": schema.StringAttribute{
				MarkdownDescription: "The token.",
				Computed:            true,
				Sensitive:           true,
			},
			"token_type": schema.StringAttribute{
				MarkdownDescription: "How the token is used: `Bearer`, in the header `Authorization`.",
				Computed:            true,
			},
			"expires_at": schema.StringAttribute{
				MarkdownDescription: "When the token expires (RFC 3339); null where the control plane does not say.",
				Computed:            true,
			},
		},
	}
}

// Open implements [ephemeral.EphemeralResource].
func (e *EphemeralResource) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !e.HasClient() {
		m.AccessToken, m.TokenType, m.ExpiresAt = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
		resp.Diagnostics.Append(resp.Result.Set(ctx, m)...)
		return
	}
	token, err := e.signIn(ctx, m)
	if err != nil {
		addError(&resp.Diagnostics, m, err)
		return
	}
	m.AccessToken = types.StringValue(token.Value.Reveal())
	m.TokenType = types.StringValue("Bearer")
	m.ExpiresAt = framework.TimeOrNull(token.Expires)
	resp.Diagnostics.Append(resp.Result.Set(ctx, m)...)
}

func (e *EphemeralResource) signIn(ctx context.Context, m model) (runai.Token, error) {
	if m.ClientID.IsNull() {
		return e.Client.SignInAsCaller(ctx)
	}
	return e.Client.SignIn(ctx, m.ClientID.ValueString(), runai.NewSecret(m.ClientSecret.ValueString()))
}

func addError(diags *diag.Diagnostics, m model, err error) {
	const noun = "Access Token"
	switch {
	case errors.Is(err, runai.ErrNoCredentials):
		framework.AddError(diags, framework.Read, noun, err,
			"The provider is configured with access_token. Set client_id and client_secret here, or use the token that the provider is given.")
	case errors.Is(err, runai.ErrUnauthorized) && !m.ClientID.IsNull():
		framework.AddAttributeError(diags, path.Root("client_secret"), framework.Read, noun, err)
	default:
		framework.AddError(diags, framework.Read, noun, err)
	}
}
