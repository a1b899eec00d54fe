package project

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// NewDataSource returns runai_project.
func NewDataSource() datasource.DataSource { return one() }

// NewDataSourceList returns runai_projects.
func NewDataSourceList() datasource.DataSource { return list() }

var one, list = framework.NewLookup[model, listModel](framework.Lookup{
	Object:          "project",
	Description:     "A project, by its name or its ID. A name that exists in more than one cluster needs `cluster_id` or `department_id`.",
	ListDescription: "The projects of the tenant, ordered by name. A project is listed if it matches all arguments; the list is empty if nothing matches.",
	Attributes: func() map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"id":            framework.ComputedString("ID of the project; the `scope_id` of access rules with `scope_type = \"project\"`."),
			"name":          framework.ComputedString("Name of the project, unique in its cluster only."),
			"cluster_id":    framework.ComputedString("UUID of the project's cluster."),
			"department_id": framework.ComputedString("ID of the project's department, null if the control plane does not return it."),
			"phase":         framework.ComputedString("Phase of the project: `Ready` if it is set up on its cluster, `NotReady` if not, `Creating`, `Initializing`, `Updating` or `Deleting` meanwhile, otherwise `Deleted` or `Unknown`; null if the control plane does not return it."),
		}
	},
	Arguments: map[string]string{
		"cluster_id":    "If set, only a project of that cluster matches, which distinguishes projects with the same name.",
		"department_id": "If set, only a project of that department matches.",
	},
	Filters: func() map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"search":        framework.Filter("Only projects that contain this text (case-insensitive) in their name."),
			"name":          framework.Filter("Only projects with exactly this name, of which each cluster has at most one."),
			"id":            framework.Filter("Only the project with this ID."),
			"cluster_id":    framework.Filter("Only projects of the cluster with this UUID."),
			"department_id": framework.Filter("Only projects of the department with this ID."),
		}
	},
})

type model struct {
	ID           types.String `tfsdk:"id"`
	Name         types.String `tfsdk:"name"`
	ClusterID    types.String `tfsdk:"cluster_id"`
	DepartmentID types.String `tfsdk:"department_id"`
	Phase        types.String `tfsdk:"phase"`
}

type listModel struct {
	Search       types.String `tfsdk:"search"`
	Name         types.String `tfsdk:"name"`
	ID           types.String `tfsdk:"id"`
	ClusterID    types.String `tfsdk:"cluster_id"`
	DepartmentID types.String `tfsdk:"department_id"`
	Projects     []model      `tfsdk:"projects"`
}

// Read implements [framework.DataSourceModel].
func (m *model) Read(ctx context.Context, c *runai.Client) error {
	filter := runai.OrgUnitFilter{ClusterID: m.ClusterID.ValueString(), DepartmentID: m.DepartmentID.ValueString()}
	var project runai.Project
	var err error
	if m.ID.IsNull() {
		project, err = c.Projects.ByName(ctx, m.Name.ValueString(), filter)
	} else {
		project, err = c.Projects.ByIDIn(ctx, m.ID.ValueString(), filter)
	}
	*m = fromAPI(project)
	return err
}

// Read implements [framework.DataSourceModel].
func (m *listModel) Read(ctx context.Context, c *runai.Client) error {
	projects, err := c.Projects.List(ctx, runai.OrgUnitFilter{
		Name:         m.Name.ValueString(),
		ClusterID:    m.ClusterID.ValueString(),
		DepartmentID: m.DepartmentID.ValueString(),
	})
	m.Projects = framework.FilterSort(projects,
		func(p runai.Project) bool {
			return framework.Matches(m.ID, p.ID) && framework.ContainsFold(m.Search, p.Name)
		},
		func(p runai.Project) framework.Listed { return framework.Listed{Name: p.Name, ID: p.ID} },
		fromAPI)
	return err
}

func fromAPI(project runai.Project) model {
	return model{
		ID:           types.StringValue(project.ID),
		Name:         types.StringValue(project.Name),
		ClusterID:    framework.StringOrNull(project.ClusterID),
		DepartmentID: framework.StringOrNull(project.DepartmentID),
		Phase:        framework.StringOrNull(project.Phase),
	}
}
