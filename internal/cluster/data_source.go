package cluster

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

var (
	_ datasource.DataSourceWithConfigure        = (*DataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*DataSource)(nil)
)

// DataSource is runai_cluster.
type DataSource struct{ framework.DataSource }

// NewDataSource returns the data source.
func NewDataSource() datasource.DataSource { return &DataSource{} }

// Metadata implements [datasource.DataSource].
func (d *DataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "runai_cluster"
}

// Schema implements [datasource.DataSource].
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := dataAttributes()
	attributes["name"] = framework.LookupString("Name of the cluster: exactly, else in any letter case. Exactly one of `name` and `id` is given.")
	attributes["id"] = framework.LookupString("UUID of the cluster; the `scope_id` of access rules with `scope_type = \"cluster\"`. Exactly one of `name` and `id` is given.")
	resp.Schema = schema.Schema{
		MarkdownDescription: "A cluster that is attached to the control plane, by its name or its id.",
		Attributes:          attributes,
	}
}

// ConfigValidators implements [datasource.DataSourceWithConfigValidators].
func (d *DataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return framework.ExactlyOneOf("name", "id")
}

// Read implements [datasource.DataSource].
func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m dataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() || !d.RequireClient(&resp.Diagnostics) {
		return
	}
	by := path.Root("name")
	var cluster runai.Cluster
	var err error
	if m.ID.IsNull() {
		cluster, err = d.Client.Clusters.ByName(ctx, m.Name.ValueString())
	} else {
		by = path.Root("id")
		cluster, err = d.Client.Clusters.ByID(ctx, m.ID.ValueString())
	}
	if err != nil {
		framework.AddLookupError(&resp.Diagnostics, by, "Cluster", err, "runai_clusters")
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, fromAPI(cluster))...)
}
