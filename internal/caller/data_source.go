package caller

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/accessrule"
	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// NewDataSource returns runai_caller.
var NewDataSource = framework.NewDataSource[model](framework.DataSource{
	Type:        "runai_caller",
	Noun:        "Caller",
	Description: "The application that the provider signs in as, its tenant and access rules, and the API that the control plane serves.",
	Attributes: func() map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"client_id":         framework.ComputedString("Client ID of the application that the provider signs in as; null with an access token that does not contain it."),
			"tenant_id":         framework.ComputedString("ID of the tenant; the `scope_id` of access rules with `scope_type = \"tenant\"`."),
			"control_plane_api": framework.ComputedString("API for applications that the control plane serves: `service-accounts` (2.24 and later), `apps` (2.18 to 2.23) or `k8s` (2.17 and older)."),
			"access_rules": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The access rules of the provider's application, which cannot grant more than it has. From 2.21 on, the control plane returns a shorter form of them, in which times, creator and status are null.",
				NestedObject:        schema.NestedAttributeObject{Attributes: accessrule.DataAttributes()},
			},
		}
	},
})

type model struct {
	ClientID        types.String           `tfsdk:"client_id"`
	TenantID        types.String           `tfsdk:"tenant_id"`
	ControlPlaneAPI types.String           `tfsdk:"control_plane_api"`
	AccessRules     []accessrule.DataModel `tfsdk:"access_rules"`
}

// Read implements [framework.DataSourceModel].
func (m *model) Read(ctx context.Context, c *runai.Client) error {
	caller, err := c.Caller(ctx)
	if err != nil {
		return err
	}
	api, err := c.ControlPlaneAPI(ctx)
	if err != nil {
		return err
	}
	rules, err := c.AccessRules.ListOwn(ctx)
	if err != nil {
		return err
	}
	*m = model{
		ClientID:        framework.StringOrNull(caller.ClientID),
		TenantID:        types.StringValue(caller.TenantID),
		ControlPlaneAPI: types.StringValue(string(api)),
		AccessRules:     accessrule.DataModels(rules),
	}
	for i, rule := range m.AccessRules {
		if rule.ID.ValueString() == "0" { // the short form need not have the ID
			m.AccessRules[i].ID = types.StringNull()
		}
	}
	return nil
}
