package role

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// dataModel is a role as data sources show it.
type dataModel struct {
	ID          types.Int64  `tfsdk:"id"`
	Name        types.String `tfsdk:"name"`
	Description types.String `tfsdk:"description"`
	Custom      types.Bool   `tfsdk:"custom"`
	Enabled     types.Bool   `tfsdk:"enabled"`
}

func dataAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":          schema.Int64Attribute{Computed: true, MarkdownDescription: "ID of the role, a number that differs between tenants; the `role_id` of access rules."},
		"name":        framework.ComputedString("Name of the role."),
		"description": framework.ComputedString("Description of the role."),
		"custom":      schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the role was made in the tenant, and is not one that comes with Run:ai. Always `false` before 2.21."},
		"enabled":     schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the role can be bound by access rules. Always `true` before 2.21."},
	}
}

func fromAPI(role runai.Role) dataModel {
	return dataModel{
		ID:          types.Int64Value(role.ID),
		Name:        types.StringValue(role.Name),
		Description: framework.StringOrNull(role.Description),
		Custom:      types.BoolValue(role.Custom),
		Enabled:     types.BoolValue(role.Enabled),
	}
}
