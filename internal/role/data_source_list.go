package role

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

var _ datasource.DataSourceWithConfigure = (*DataSourceList)(nil)

// DataSourceList is runai_roles.
type DataSourceList struct{ framework.DataSource }

// NewDataSourceList returns the data source.
func NewDataSourceList() datasource.DataSource { return &DataSourceList{} }

type listModel struct {
	Search types.String `tfsdk:"search"`
	Roles  []dataModel  `tfsdk:"roles"`
}

// Metadata implements [datasource.DataSource].
func (d *DataSourceList) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "runai_roles"
}

// Schema implements [datasource.DataSource].
func (d *DataSourceList) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The roles of the tenant, those that come with Run:ai and its own, ordered by name.",
		Attributes: map[string]schema.Attribute{
			"search": framework.Filter("Only roles that have this text, in any letter case, in their name or description."),
			"roles": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The roles.",
				NestedObject:        schema.NestedAttributeObject{Attributes: dataAttributes()},
			},
		},
	}
}

// Read implements [datasource.DataSource].
func (d *DataSourceList) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m listModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() || !d.RequireClient(&resp.Diagnostics) {
		return
	}
	roles, err := d.Client.Roles.List(ctx)
	if err != nil {
		framework.AddError(&resp.Diagnostics, framework.Read, "Roles", err)
		return
	}
	m.Roles = framework.FilterSort(roles,
		func(r runai.Role) bool { return framework.ContainsFold(m.Search, r.Name, r.Description) },
		func(r runai.Role) string { return r.Name },
		fromAPI)
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}
