package cluster

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

var _ datasource.DataSourceWithConfigure = (*DataSourceList)(nil)

// DataSourceList is runai_clusters.
type DataSourceList struct{ framework.DataSource }

// NewDataSourceList returns the data source.
func NewDataSourceList() datasource.DataSource { return &DataSourceList{} }

type listModel struct {
	Search   types.String `tfsdk:"search"`
	Clusters []dataModel  `tfsdk:"clusters"`
}

// Metadata implements [datasource.DataSource].
func (d *DataSourceList) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "runai_clusters"
}

// Schema implements [datasource.DataSource].
func (d *DataSourceList) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The clusters that are attached to the control plane, ordered by name.",
		Attributes: map[string]schema.Attribute{
			"search": framework.Filter("Only clusters that have this text, in any letter case, in their name or domain."),
			"clusters": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The clusters.",
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
	clusters, err := d.Client.Clusters.List(ctx)
	if err != nil {
		framework.AddError(&resp.Diagnostics, framework.Read, "Clusters", err)
		return
	}
	m.Clusters = framework.FilterSort(clusters,
		func(c runai.Cluster) bool { return framework.ContainsFold(m.Search, c.Name, c.Domain) },
		func(c runai.Cluster) string { return c.Name + " " + c.ID },
		fromAPI)
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}
