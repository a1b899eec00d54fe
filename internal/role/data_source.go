package role

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

// DataSource is runai_role.
type DataSource struct{ framework.DataSource }

// NewDataSource returns the data source.
func NewDataSource() datasource.DataSource { return &DataSource{} }

// Metadata implements [datasource.DataSource].
func (d *DataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "runai_role"
}

// Schema implements [datasource.DataSource].
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := dataAttributes()
	attributes["name"] = framework.LookupString("Name of the role, as the user interface shows it: exactly, else in any letter case. Exactly one of `name` and `id` is given.")
	attributes["id"] = schema.Int64Attribute{
		Optional:            true,
		Computed:            true,
		MarkdownDescription: "ID of the role, a number; the `role_id` of access rules. Exactly one of `name` and `id` is given.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A role, by its name or its id. Roles come with Run:ai or are made in the tenant; their ids, and the names of some, differ between tenants and versions.",
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
	var role runai.Role
	var err error
	if m.ID.IsNull() {
		role, err = d.Client.Roles.ByName(ctx, m.Name.ValueString())
	} else {
		by = path.Root("id")
		role, err = d.Client.Roles.ByID(ctx, m.ID.ValueInt64())
	}
	if err != nil {
		framework.AddLookupError(&resp.Diagnostics, by, "Role", err, "runai_roles")
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, fromAPI(role))...)
}
