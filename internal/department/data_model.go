package department

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// dataModel is a department as data sources show it.
type dataModel struct {
	ID        types.String `tfsdk:"id"`
	Name      types.String `tfsdk:"name"`
	ClusterID types.String `tfsdk:"cluster_id"`
}

func dataAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":         framework.ComputedString("ID of the department; the `scope_id` of access rules with `scope_type = \"department\"`."),
		"name":       framework.ComputedString("Name of the department, unique in its cluster only."),
		"cluster_id": framework.ComputedString("UUID of the department's cluster."),
	}
}

func fromAPI(department runai.Department) dataModel {
	return dataModel{
		ID:        types.StringValue(department.ID),
		Name:      types.StringValue(department.Name),
		ClusterID: framework.StringOrNull(department.ClusterID),
	}
}
