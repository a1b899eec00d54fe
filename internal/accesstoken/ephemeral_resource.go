package accesstoken

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// NewEphemeralResource returns runai_access_token.
var NewEphemeralResource = framework.NewEphemeralResource[model](framework.EphemeralResource{
	Type: "runai_access_token",
	Description: "A bearer token for the Run:ai API that is stored in neither state nor plan. Each run requests a new token. " +
		"It is not renewed, so it may expire during a long run.",
	Attributes: func() map[string]schema.Attribute {
		return map[string]schema.Attribute{
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
					framework.WithoutPath(stringvalidator.AlsoRequires(path.MatchRoot("client_id"))),
				},
			},
			"access_token": schema.StringAttribute{
				MarkdownDescription: "The token.",
				Computed:            true,
				Sensitive:           true,
			},
			"token_type": schema.StringAttribute{
				MarkdownDescription: "Scheme of the token in the `Authorization` header: `Bearer`.",
				Computed:            true,
			},
			"expires_at": schema.StringAttribute{
				MarkdownDescription: "When the token expires (RFC 3339); null if the control plane does not return it.",
				Computed:            true,
			},
		}
	},
})

type model struct {
	ClientID     types.String `tfsdk:"client_id"`
	ClientSecret types.String `tfsdk:"client_secret"`
	AccessToken  types.String `tfsdk:"access_token"`
	TokenType    types.String `tfsdk:"token_type"`
	ExpiresAt    types.String `tfsdk:"expires_at"`
}

// Open implements [framework.EphemeralModel].
func (m *model) Open(ctx context.Context, provider framework.ProviderData, diags *diag.Diagnostics) {
	token, err := m.signIn(ctx, provider.Client)
	if err != nil {
		addError(diags, err)
		return
	}
	m.AccessToken = types.StringValue(token.Value.Reveal())
	m.TokenType = types.StringValue("Bearer")
	m.ExpiresAt = framework.TimeOrNull(token.Expires)
}

func (m *model) signIn(ctx context.Context, client *runai.Client) (runai.Token, error) {
	if m.ClientID.IsNull() {
		return client.SignInAsCaller(ctx)
	}
	return client.SignIn(ctx, m.ClientID.ValueString(), runai.NewSecret(m.ClientSecret.ValueString()))
}

// addError reports an error at no argument: Terraform prints the line of an argument
// that has an error, and a refused client secret may be in use elsewhere.
func addError(diags *diag.Diagnostics, err error) {
	var advice []string
	if errors.Is(err, runai.ErrNoCredentials) {
		advice = append(advice, "The provider is configured with access_token. Set client_id and client_secret of this resource, or use the provider's token instead of this resource.")
	}
	framework.AddError(diags, framework.Read, "Access Token", err, advice...)
}
