package department

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

var _ datasource.DataSourceWithConfigure = (*DataSourceList)(nil)

// DataSourceList is runai_departments.
type DataSourceList struct{ framework.DataSource }

// NewDataSourceList returns the data source.
func NewDataSourceList() datasource.DataSource { return &DataSourceList{} }

type listModel struct {
	Search      types.String `tfsdk:"search"`
	ClusterID   types.String `tfsdk:"cluster_id"`
	Departments []dataModel  `tfsdk:"departments"`
}

// Metadata implements [datasource.DataSource].
func (d *DataSourceList) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "runai_departments"
}

// Schema implements [datasource.DataSource].
func (d *DataSourceList) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The departments of the tenant, ordered by name.",
		Attributes: map[string]schema.Attribute{
			"search":     framework.Filter("Only departments that have this text, in any letter case, in their name."),
			"cluster_id": framework.Filter("Only departments of the cluster with this UUID."),
			"departments": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The departments.",
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
	departments, err := d.Client.Departments.List(ctx, runai.OrgUnitFilter{ClusterID: m.ClusterID.ValueString()})
	if err != nil {
		framework.AddError(&resp.Diagnostics, framework.Read, "Departments", err)
		return
	}
	m.Departments = framework.FilterSort(departments,
		func(u runai.Department) bool { return framework.ContainsFold(m.Search, u.Name) },
		func(u runai.Department) string { return u.Name + " " + u.ID },
		fromAPI)
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}
