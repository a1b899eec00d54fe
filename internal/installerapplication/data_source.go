package installerapplication

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
)

var _ datasource.DataSourceWithConfigure = (*DataSource)(nil)

// DataSource is runai_installer_application.
type DataSource struct{ framework.DataSource }

// NewDataSource returns the data source.
func NewDataSource() datasource.DataSource { return &DataSource{} }

// Metadata implements [datasource.DataSource].
func (d *DataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = typeName
}

// Schema implements [datasource.DataSource].
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: description + "\n\n" +
			"Its secret is kept in the state. The ephemeral resource of the same name leaves no trace of it, and needs Terraform 1.10 or OpenTofu 1.11.",
		Attributes: map[string]schema.Attribute{
			"id":   framework.ComputedString(idDescription),
			"name": framework.ComputedString(nameDescription),
			"client_secret": schema.StringAttribute{
				MarkdownDescription: secretDescription,
				Computed:            true,
				Sensitive:           true,
			},
		},
	}
}

// Read implements [datasource.DataSource].
func (d *DataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	if !d.RequireClient(&resp.Diagnostics) {
		return
	}
	installer, err := d.Client.Installer(ctx)
	if err != nil {
		framework.AddError(&resp.Diagnostics, framework.Read, noun, err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, fromAPI(installer))...)
}
