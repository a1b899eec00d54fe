package installerapplication

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
)

var _ datasource.DataSourceWithConfigure = (*DataSource)(nil)

// DataSource is runai_installer_application.
type DataSource struct{ framework.DataSource }

// NewDataSource returns the data source.
func NewDataSource() datasource.DataSource { return &DataSource{} }

type dataModel struct {
	ID           types.String `tfsdk:"id"`
	Name         types.String `tfsdk:"name"`
	ClientSecret types.String `tfsdk:"client_secret"`
}

// Metadata implements [datasource.DataSource].
func (d *DataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "runai_installer_application"
}

// Schema implements [datasource.DataSource].
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The application with which clusters are installed, on control planes from 2.18 to 2.22. Others do not have it, and reading it there is an error.\n\n" +
			"Its secret is kept in the state. Where Terraform has ephemeral resources, the one of the same name leaves no trace of it.",
		Attributes: map[string]schema.Attribute{
			"id":   framework.ComputedString("ID of the application."),
			"name": framework.ComputedString("Name of the application, which it signs in as."),
			"client_secret": schema.StringAttribute{
				MarkdownDescription: "Client secret of the application.",
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
		framework.AddError(&resp.Diagnostics, framework.Read, "Installer Application", err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, dataModel{
		ID:           types.StringValue(installer.ID),
		Name:         types.StringValue(installer.Name),
		ClientSecret: types.StringValue(installer.Secret.Reveal()),
	})...)
}
