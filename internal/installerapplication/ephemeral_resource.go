package installerapplication

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*EphemeralResource)(nil)

// EphemeralResource is runai_installer_application without a trace in state.
type EphemeralResource struct{ framework.EphemeralResource }

// NewEphemeralResource returns the ephemeral resource.
func NewEphemeralResource() ephemeral.EphemeralResource { return &EphemeralResource{} }

// Metadata implements [ephemeral.EphemeralResource].
func (e *EphemeralResource) Metadata(_ context.Context, _ ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = typeName
}

// Schema implements [ephemeral.EphemeralResource].
func (e *EphemeralResource) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: description + "\n\n" +
			"Its secret is read and not regenerated, and is in neither state nor plan.\n\n" + framework.EphemeralNote,
		Attributes: map[string]schema.Attribute{
			"id":   schema.StringAttribute{MarkdownDescription: idDescription, Computed: true},
			"name": schema.StringAttribute{MarkdownDescription: nameDescription, Computed: true},
			"client_secret": schema.StringAttribute{
				MarkdownDescription: secretDescription,
				Computed:            true,
				Sensitive:           true,
			},
		},
	}
}

// Open implements [ephemeral.EphemeralResource].
func (e *EphemeralResource) Open(ctx context.Context, _ ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	m := model{ID: types.StringUnknown(), Name: types.StringUnknown(), ClientSecret: types.StringUnknown()}
	if e.HasClient() {
		installer, err := e.Client.Installer(ctx)
		if err != nil {
			framework.AddError(&resp.Diagnostics, framework.Read, noun, err)
			return
		}
		m = fromAPI(installer)
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, m)...)
}
