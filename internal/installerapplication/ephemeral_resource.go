package installerapplication

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
)

// NewEphemeralResource returns the ephemeral resource runai_installer_application,
// which leaves no trace in the state.
var NewEphemeralResource = framework.NewEphemeralResource[model](framework.EphemeralResource{
	Type:        typeName,
	Description: description + "\n\nReading does not regenerate the secret, which is stored in neither state nor plan.",
	Attributes: func() map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"id":            schema.StringAttribute{MarkdownDescription: idDescription, Computed: true},
			"name":          schema.StringAttribute{MarkdownDescription: nameDescription, Computed: true},
			"client_secret": schema.StringAttribute{MarkdownDescription: secretDescription, Computed: true, Sensitive: true},
		}
	},
})

// Open implements [framework.EphemeralModel].
func (m *model) Open(ctx context.Context, provider framework.ProviderData, diags *diag.Diagnostics) {
	installer, err := provider.Client.Installer(ctx)
	if err != nil {
		framework.AddError(diags, framework.Read, noun, err)
		return
	}
	*m = fromAPI(installer)
}
