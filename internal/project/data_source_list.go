package project

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

var _ datasource.DataSourceWithConfigure = (*DataSourceList)(nil)

// DataSourceList is runai_projects.
type DataSourceList struct{ framework.DataSource }

// NewDataSourceList returns the data source.
func NewDataSourceList() datasource.DataSource { return &DataSourceList{} }

type listModel struct {
	Search       types.String `tfsdk:"search"`
	Name         types.String `tfsdk:"name"`
	ID           types.String `tfsdk:"id"`
	ClusterID    types.String `tfsdk:"cluster_id"`
	DepartmentID types.String `tfsdk:"department_id"`
	Projects     []dataModel  `tfsdk:"projects"`
}

// Metadata implements [datasource.DataSource].
func (d *DataSourceList) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "runai_projects"
}

// Schema implements [datasource.DataSource].
func (d *DataSourceList) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The projects of the tenant, ordered by name. Arguments narrow the list together; what none fits is an empty list.",
		Attributes: map[string]schema.Attribute{
			"search":        framework.Filter("Only projects that have this text, in any letter case, in their name."),
			"name":          framework.Filter("Only projects of exactly this name, one in each cluster at most."),
			"id":            framework.Filter("Only the project with this ID."),
			"cluster_id":    framework.Filter("Only projects of the cluster with this UUID."),
			"department_id": framework.Filter("Only projects of the department with this ID."),
			"projects": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The projects.",
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
	projects, err := d.Client.Projects.List(ctx, runai.OrgUnitFilter{
		Name:         m.Name.ValueString(),
		ClusterID:    m.ClusterID.ValueString(),
		DepartmentID: m.DepartmentID.ValueString(),
	})
	if err != nil {
		framework.AddError(&resp.Diagnostics, framework.Read, "Projects", err)
		return
	}
	m.Projects = framework.FilterSort(projects,
		func(p runai.Project) bool {
			return framework.Matches(m.ID, p.ID) && framework.ContainsFold(m.Search, p.Name)
		},
		func(p runai.Project) string { return p.Name + " " + p.ID },
		fromAPI)
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}
