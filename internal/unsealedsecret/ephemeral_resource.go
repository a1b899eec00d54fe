package unsealedsecret

import (
	"context"
	"errors"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/seal"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*EphemeralResource)(nil)

// EphemeralResource is runai_unsealed_secret. It makes no request.
type EphemeralResource struct{ framework.EphemeralResource }

// NewEphemeralResource returns the ephemeral resource.
func NewEphemeralResource() ephemeral.EphemeralResource { return &EphemeralResource{} }

type model struct {
	Sealed   types.String `tfsdk:"sealed"`
	Identity types.String `tfsdk:"identity"`
	Secret   types.String `tfsdk:"secret"`
}

// Metadata implements [ephemeral.EphemeralResource].
func (e *EphemeralResource) Metadata(_ context.Context, _ ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = "runai_unsealed_secret"
}

// Schema implements [ephemeral.EphemeralResource].
func (e *EphemeralResource) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Opens a client secret that `runai_application` has sealed to an age or SSH key, on the machine that runs Terraform. " +
			"The secret is in neither state nor plan. Nothing is requested from the control plane, although the provider must be configured.\n\n" + framework.EphemeralNote,
		Attributes: map[string]schema.Attribute{
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
		m.Secret = types.StringUnknown()
		resp.Diagnostics.Append(resp.Result.Set(ctx, m)...)
		return
	}
	identity, source, err := findIdentity(m.Identity, e.Getenv)
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("identity"), summary, framework.Sentence(err))
		return
	}
	secret, err := seal.Open(m.Sealed.ValueString(), identity)
	switch {
	case errors.Is(err, seal.ErrWrongIdentity):
		resp.Diagnostics.AddAttributeError(path.Root("identity"), summary,
			framework.Sentence(err)+"\n\nThe private key came from "+source+".")
	case err != nil:
		resp.Diagnostics.AddAttributeError(path.Root("sealed"), summary, framework.Sentence(err))
	case !utf8.Valid(secret):
		resp.Diagnostics.AddAttributeError(path.Root("sealed"), summary, "What was sealed is not text, so it is not a client secret.")
	default:
		m.Secret = types.StringValue(string(secret))
		resp.Diagnostics.Append(resp.Result.Set(ctx, m)...)
	}
}

const summary = "Unable to Open Sealed Secret"
