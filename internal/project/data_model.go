package project

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// dataModel is a project as data sources show it.
type dataModel struct {
	ID           types.String `tfsdk:"id"`
	Name         types.String `tfsdk:"name"`
	ClusterID    types.String `tfsdk:"cluster_id"`
	DepartmentID types.String `tfsdk:"department_id"`
	Phase        types.String `tfsdk:"phase"`
}

func dataAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":            framework.ComputedString("ID of the project; the `scope_id` of access rules with `scope_type = \"project\"`."),
		"name":          framework.ComputedString("Name of the project, unique in its cluster only."),
		"cluster_id":    framework.ComputedString("UUID of the project's cluster."),
		"department_id": framework.ComputedString("ID of the project's department, null where the control plane does not tell it."),
		"phase":         framework.ComputedString("Phase of the project: `Creating`, `Updating`, `Deleting`, `Deleted`, `Initializing`, `Ready`, `NotReady` or `Unknown`; null where the control plane tells none."),
	}
}

func fromAPI(project runai.Project) dataModel {
	return dataModel{
		ID:           types.StringValue(project.ID),
		Name:         types.StringValue(project.Name),
		ClusterID:    framework.StringOrNull(project.ClusterID),
		DepartmentID: framework.StringOrNull(project.DepartmentID),
		Phase:        framework.StringOrNull(project.Phase),
	}
}
