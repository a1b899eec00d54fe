package department

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

// DataSource is runai_department.
type DataSource struct{ framework.DataSource }

// NewDataSource returns the data source.
func NewDataSource() datasource.DataSource { return &DataSource{} }

// Metadata implements [datasource.DataSource].
func (d *DataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "runai_department"
}

// Schema implements [datasource.DataSource].
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := dataAttributes()
	attributes["name"] = framework.LookupString("Name of the department: exactly, else in any letter case. It is unique in its cluster only. Exactly one of `name` and `id` is given.")
	attributes["id"] = framework.LookupString("ID of the department; the `scope_id` of access rules with `scope_type = \"department\"`. Exactly one of `name` and `id` is given.")
	attributes["cluster_id"] = framework.LookupString("UUID of the department's cluster. If given, only departments of that cluster count, which tells those of one name apart.")
	resp.Schema = schema.Schema{
		MarkdownDescription: "A department, by its name or its id. A name that is in more than one cluster needs `cluster_id`.",
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
	filter := runai.OrgUnitFilter{ClusterID: m.ClusterID.ValueString()}
	by := path.Root("name")
	var department runai.Department
	var err error
	if m.ID.IsNull() {
		department, err = d.Client.Departments.ByName(ctx, m.Name.ValueString(), filter)
	} else {
		by = path.Root("id")
		department, err = d.byID(ctx, m.ID.ValueString(), filter)
	}
	if err != nil {
		framework.AddLookupError(&resp.Diagnostics, by, "Department", err, "runai_departments")
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, fromAPI(department))...)
}

// byID reads a department and holds it against the filter. All departments are
// asked for only to say what there is.
func (d *DataSource) byID(ctx context.Context, id string, filter runai.OrgUnitFilter) (runai.Department, error) {
	department, err := d.Client.Departments.ByID(ctx, id)
	switch {
	case err == nil && (filter.ClusterID == "" || filter.ClusterID == department.ClusterID):
		return department, nil
	case err != nil && !errors.Is(err, runai.ErrNotFound):
		return department, err
	}
	none := &runai.NotFoundError{Noun: "department", By: "id", Value: id}
	if filter.ClusterID != "" {
		none.Where = " in cluster " + filter.ClusterID
	}
	departments, err := d.Client.Departments.List(ctx, filter)
	if err != nil {
		return department, err
	}
	for _, other := range departments {
		none.All = append(none.All, other.ID+" ("+other.Name+")")
	}
	return department, none
}
