package department

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// NewDataSource returns runai_department.
func NewDataSource() datasource.DataSource { return one() }

// NewDataSourceList returns runai_departments.
func NewDataSourceList() datasource.DataSource { return list() }

var one, list = framework.NewLookup[model, listModel](framework.Lookup{
	Object:          "department",
	Description:     "A department, by its name or its ID. A name that exists in more than one cluster needs `cluster_id`.",
	ListDescription: "The departments of the tenant, ordered by name.",
	Attributes: func() map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"id":         framework.ComputedString("ID of the department; the `scope_id` of access rules with `scope_type = \"department\"`."),
			"name":       framework.ComputedString("Name of the department, unique in its cluster only."),
			"cluster_id": framework.ComputedString("UUID of the department's cluster."),
		}
	},
	Arguments: map[string]string{
		"cluster_id": "If set, only a department of that cluster matches, which distinguishes departments with the same name.",
	},
	Filters: func() map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"search":     framework.Filter("Only departments that contain this text (case-insensitive) in their name."),
			"cluster_id": framework.Filter("Only departments of the cluster with this UUID."),
		}
	},
})

type model struct {
	ID        types.String `tfsdk:"id"`
	Name      types.String `tfsdk:"name"`
	ClusterID types.String `tfsdk:"cluster_id"`
}

type listModel struct {
	Search      types.String `tfsdk:"search"`
	ClusterID   types.String `tfsdk:"cluster_id"`
	Departments []model      `tfsdk:"departments"`
}

// Read implements [framework.DataSourceModel].
func (m *model) Read(ctx context.Context, c *runai.Client) error {
	filter := runai.OrgUnitFilter{ClusterID: m.ClusterID.ValueString()}
	var department runai.Department
	var err error
	if m.ID.IsNull() {
		department, err = c.Departments.ByName(ctx, m.Name.ValueString(), filter)
	} else {
		department, err = c.Departments.ByIDIn(ctx, m.ID.ValueString(), filter)
	}
	*m = fromAPI(department)
	return err
}

// Read implements [framework.DataSourceModel].
func (m *listModel) Read(ctx context.Context, c *runai.Client) error {
	departments, err := c.Departments.List(ctx, runai.OrgUnitFilter{ClusterID: m.ClusterID.ValueString()})
	m.Departments = framework.FilterSort(departments,
		func(u runai.Department) bool { return framework.ContainsFold(m.Search, u.Name) },
		func(u runai.Department) framework.Listed { return framework.Listed{Name: u.Name, ID: u.ID} },
		fromAPI)
	return err
}

func fromAPI(department runai.Department) model {
	return model{
		ID:        types.StringValue(department.ID),
		Name:      types.StringValue(department.Name),
		ClusterID: framework.StringOrNull(department.ClusterID),
	}
}
