package unsealedsecret

import (
	"context"
	"errors"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/seal"
)

// NewEphemeralResource returns runai_unsealed_secret, which makes no request.
var NewEphemeralResource = framework.NewEphemeralResource[model](framework.EphemeralResource{
	Type: "runai_unsealed_secret",
	Description: "Opens a client secret that `runai_application` has sealed to an age or SSH key, on the machine that runs Terraform. " +
		"The secret is stored in neither state nor plan. No request is sent to the control plane, but the provider must be configured.",
	Attributes: func() map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"sealed": schema.StringAttribute{
				MarkdownDescription: "The sealed secret, one of the values of `client_secret_sealed`: an ASCII-armored age file. " +
					"The sealed boxes of `nacl:` recipients cannot be opened here.",
				Required:   true,
				Validators: []validator.String{framework.NotEmpty()},
			},
			"identity": schema.StringAttribute{
				MarkdownDescription: "The private key to open it with: the text of an age identity file, or an SSH private key of type Ed25519 or RSA without a passphrase. " +
					"Environment: `" + identityVariable + "`, then the file named by `" + identityFileVariable + "`.",
				Optional:   true,
				Sensitive:  true,
				Validators: []validator.String{framework.NotEmpty()},
			},
			"secret": schema.StringAttribute{
				MarkdownDescription: "The client secret.",
				Computed:            true,
				Sensitive:           true,
			},
		}
	},
})

type model struct {
	Sealed   types.String `tfsdk:"sealed"`
	Identity types.String `tfsdk:"identity"`
	Secret   types.String `tfsdk:"secret"`
}

const summary = "Unable to Open Sealed Secret"

// Open implements [framework.EphemeralModel]. No error is on an argument: Terraform
// prints the line of the configuration with it, and the value may be a private key.
func (m *model) Open(_ context.Context, provider framework.ProviderData, diags *diag.Diagnostics) {
	identity, source, err := findIdentity(m.Identity, provider.Getenv)
	if err != nil {
		diags.AddError(summary, framework.Sentence(err))
		return
	}
	secret, err := seal.Open(m.Sealed.ValueString(), identity)
	switch {
	case errors.Is(err, seal.ErrWrongIdentity):
		diags.AddError(summary, framework.Sentence(err)+"\n\nThe private key came from "+source+".")
	case err != nil:
		diags.AddError(summary, "The argument sealed: "+err.Error()+".")
	case !utf8.Valid(secret):
		diags.AddError(summary, "What was sealed is not text, so it is not a client secret.")
	default:
		m.Secret = types.StringValue(string(secret))
	}
}
