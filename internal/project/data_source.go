package project

import (
	"context"
	"errors"

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

// DataSource is runai_project.
type DataSource struct{ framework.DataSource }

// NewDataSource returns the data source.
func NewDataSource() datasource.DataSource { return &DataSource{} }

// Metadata implements [datasource.DataSource].
func (d *DataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "runai_project"
}

// Schema implements [datasource.DataSource].
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := dataAttributes()
	attributes["name"] = framework.LookupString("Name of the project: exactly, else in any letter case. It is unique in its cluster only. Exactly one of `name` and `id` is given.")
	attributes["id"] = framework.LookupString("ID of the project; the `scope_id` of access rules with `scope_type = \"project\"`. Exactly one of `name` and `id` is given.")
	attributes["cluster_id"] = framework.LookupString("UUID of the project's cluster. If given, only projects of that cluster count, which tells those of one name apart.")
	attributes["department_id"] = framework.LookupString("ID of the project's department. If given, only projects of that department count.")
	resp.Schema = schema.Schema{
		MarkdownDescription: "A project, by its name or its id. A name that is in more than one cluster needs `cluster_id` or `department_id`.",
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
	filter := runai.OrgUnitFilter{ClusterID: m.ClusterID.ValueString(), DepartmentID: m.DepartmentID.ValueString()}
	by := path.Root("name")
	var project runai.Project
	var err error
	if m.ID.IsNull() {
		project, err = d.Client.Projects.ByName(ctx, m.Name.ValueString(), filter)
	} else {
		by = path.Root("id")
		project, err = d.byID(ctx, m.ID.ValueString(), filter)
	}
	if err != nil {
		framework.AddLookupError(&resp.Diagnostics, by, "Project", err, "runai_projects")
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, fromAPI(project))...)
}

// byID reads a project and holds it against the filter. All projects are asked
// for only to say what there is.
func (d *DataSource) byID(ctx context.Context, id string, filter runai.OrgUnitFilter) (runai.Project, error) {
	project, err := d.Client.Projects.ByID(ctx, id)
	switch {
	case err == nil &&
		(filter.ClusterID == "" || filter.ClusterID == project.ClusterID) &&
		(filter.DepartmentID == "" || filter.DepartmentID == project.DepartmentID):
		return project, nil
	case err != nil && !errors.Is(err, runai.ErrNotFound):
		return project, err
	}
	none := &runai.NotFoundError{Noun: "project", By: "id", Value: id}
	if filter.ClusterID != "" {
		none.Where += " in cluster " + filter.ClusterID
	}
	if filter.DepartmentID != "" {
		none.Where += " in department " + filter.DepartmentID
	}
	projects, err := d.Client.Projects.List(ctx, filter)
	if err != nil {
		return project, err
	}
	for _, other := range projects {
		none.All = append(none.All, other.ID+" ("+other.Name+")")
	}
	return project, none
}
