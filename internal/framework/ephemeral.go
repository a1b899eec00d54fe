package framework

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ephemeralNote ends the description of every ephemeral resource.
//
// Terraform accepts unknown results in a plan. OpenTofu 1.12 refuses them, and a
// provider cannot detect which of the two runs it.
const ephemeralNote = "Ephemeral resources need Terraform 1.10 or OpenTofu 1.11. " +
	"While the configuration of the provider itself is unknown in a plan, so are the results; OpenTofu reports that as an error."

// EphemeralModel is the model of an ephemeral resource: it has the arguments of a
// configuration and sets the results itself.
type EphemeralModel[M any] interface {
	*M
	// Open sets the results, or adds errors. The provider is configured.
	Open(ctx context.Context, provider ProviderData, diags *diag.Diagnostics)
}

// EphemeralResource describes an ephemeral resource.
type EphemeralResource struct {
	// Type is its name in a configuration: "runai_access_token".
	Type string
	// Description is Markdown. A note of all ephemeral resources is appended.
	Description string
	// Attributes returns the attributes. It is called once. Results are strings.
	Attributes func() map[string]schema.Attribute
}

// NewEphemeralResource returns the constructor of an ephemeral resource.
func NewEphemeralResource[M any, P EphemeralModel[M]](e EphemeralResource) func() ephemeral.EphemeralResource {
	described := sync.OnceValue(func() schema.Schema {
		return schema.Schema{MarkdownDescription: e.Description + "\n\n" + ephemeralNote, Attributes: e.Attributes()}
	})
	return func() ephemeral.EphemeralResource {
		return &ephemeralResource[M, P]{EphemeralResource: e, schema: described}
	}
}

// ephemeralResource implements an ephemeral resource by its model. It has no Renew,
// since a result that was passed on cannot be replaced.
type ephemeralResource[M any, P EphemeralModel[M]] struct {
	EphemeralResource
	Configured
	schema func() schema.Schema
}

// Open implements [EphemeralModel].
func (*anyModel) Open(context.Context, ProviderData, *diag.Diagnostics) {}

var _ ephemeral.EphemeralResourceWithConfigure = (*ephemeralResource[anyModel, *anyModel])(nil)

// Metadata implements [ephemeral.EphemeralResource].
func (e *ephemeralResource[M, P]) Metadata(_ context.Context, _ ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = e.Type
}

// Schema implements [ephemeral.EphemeralResource].
func (e *ephemeralResource[M, P]) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = e.schema()
}

// Configure implements [ephemeral.EphemeralResourceWithConfigure].
func (e *ephemeralResource[M, P]) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	e.configure(req.ProviderData, &resp.Diagnostics)
}

// Open implements [ephemeral.EphemeralResource]. Without a configured provider the
// results are unknown.
func (e *ephemeralResource[M, P]) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var m M
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if e.HasClient() {
		P(&m).Open(ctx, e.ProviderData, &resp.Diagnostics)
		if resp.Diagnostics.HasError() {
			return
		}
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, m)...)
	if e.HasClient() {
		return
	}
	for name, attribute := range e.schema().Attributes {
		if attribute.IsComputed() {
			resp.Diagnostics.Append(resp.Result.SetAttribute(ctx, path.Root(name), types.StringUnknown())...)
		}
	}
}
