package role

import (
	"context"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// NewDataSource returns runai_role.
func NewDataSource() datasource.DataSource { return one() }

// NewDataSourceList returns runai_roles.
func NewDataSourceList() datasource.DataSource { return list() }

var one, list = framework.NewLookup[model, listModel](framework.Lookup{
	Object:          "role",
	Description:     "A role, by its name or its ID. Roles come with Run:ai or are created in the tenant; their IDs differ between tenants.",
	ListDescription: "The roles of the tenant, those that come with Run:ai and custom ones, ordered by name.",
	Attributes: func() map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"id":          schema.Int64Attribute{Computed: true, MarkdownDescription: "ID of the role, a number that differs between tenants; the `role_id` of access rules."},
			"name":        framework.ComputedString("Name of the role, as the user interface shows it."),
			"description": framework.ComputedString("Description of the role."),
			"custom":      schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the role is a custom role of the tenant and not one that comes with Run:ai. Always `false` before 2.21."},
			"enabled":     schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether access rules can grant the role. Always `true` before 2.21."},
			"deprecated":  schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the role is deprecated, which the user interface shows as Legacy. Always `false` before 2.25."},
		}
	},
	NameNote: runai.RoleNameNote,
	Filters: func() map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"search": framework.Filter("Only roles that contain this text (case-insensitive) in their name or description."),
		}
	},
})

type model struct {
	ID          types.Int64  `tfsdk:"id"`
	Name        types.String `tfsdk:"name"`
	Description types.String `tfsdk:"description"`
	Custom      types.Bool   `tfsdk:"custom"`
	Enabled     types.Bool   `tfsdk:"enabled"`
	Deprecated  types.Bool   `tfsdk:"deprecated"`
}

type listModel struct {
	Search types.String `tfsdk:"search"`
	Roles  []model      `tfsdk:"roles"`
}

// Read implements [framework.DataSourceModel].
func (m *model) Read(ctx context.Context, c *runai.Client) error {
	var role runai.Role
	var err error
	if m.ID.IsNull() {
		role, err = c.Roles.ByName(ctx, m.Name.ValueString())
	} else {
		role, err = c.Roles.ByID(ctx, m.ID.ValueInt64())
	}
	*m = fromAPI(role)
	return err
}

// Read implements [framework.DataSourceModel].
func (m *listModel) Read(ctx context.Context, c *runai.Client) error {
	roles, err := c.Roles.List(ctx)
	m.Roles = framework.FilterSort(roles,
		func(r runai.Role) bool { return framework.ContainsFold(m.Search, r.Name, r.Description) },
		func(r runai.Role) framework.Listed {
			return framework.Listed{Name: r.Name, ID: strconv.FormatInt(r.ID, 10)}
		},
		fromAPI)
	return err
}

func fromAPI(role runai.Role) model {
	return model{
		ID:          types.Int64Value(role.ID),
		Name:        types.StringValue(role.Name),
		Description: framework.StringOrNull(role.Description),
		Custom:      types.BoolValue(role.Custom),
		Enabled:     types.BoolValue(role.Enabled),
		Deprecated:  types.BoolValue(role.Deprecated),
	}
}
