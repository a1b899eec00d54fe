package caller

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/accessrule"
	"github.com/runai-community/terraform-provider-runai/internal/framework"
)

var _ datasource.DataSourceWithConfigure = (*DataSource)(nil)

// DataSource is runai_caller.
type DataSource struct{ framework.DataSource }

// NewDataSource returns the data source.
func NewDataSource() datasource.DataSource { return &DataSource{} }

type dataModel struct {
	ClientID        types.String           `tfsdk:"client_id"`
	TenantID        types.String           `tfsdk:"tenant_id"`
	ControlPlaneAPI types.String           `tfsdk:"control_plane_api"`
	AccessRules     []accessrule.DataModel `tfsdk:"access_rules"`
}

// Metadata implements [datasource.DataSource].
func (d *DataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "runai_caller"
}

// Schema implements [datasource.DataSource].
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Who the provider is signed in as, what it may do there, and which control plane it talks to.",
		Attributes: map[string]schema.Attribute{
			"client_id":         framework.ComputedString("Client ID of the application that the provider signs in as; null if an access token does not tell it."),
			"tenant_id":         framework.ComputedString("ID of the tenant; the `scope_id` of access rules with `scope_type = \"tenant\"`."),
			"control_plane_api": framework.ComputedString("Which API for applications the control plane serves: `service-accounts` (2.24 and later), `apps` (2.18 to 2.23) or `k8s` (2.17 and older)."),
			"access_rules": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The access rules of the caller: nobody can grant more than they have. From 2.21 on the control plane tells these in a shorter form, in which times, creator and status are null.",
				NestedObject:        schema.NestedAttributeObject{Attributes: accessrule.DataAttributes()},
			},
		},
	}
}

// Read implements [datasource.DataSource].
func (d *DataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	if !d.RequireClient(&resp.Diagnostics) {
		return
	}
	m, err := d.read(ctx)
	if err != nil {
		framework.AddError(&resp.Diagnostics, framework.Read, "Caller", err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

func (d *DataSource) read(ctx context.Context) (dataModel, error) {
	caller, err := d.Client.Caller(ctx)
	if err != nil {
		return dataModel{}, err
	}
	api, err := d.Client.ControlPlaneAPI(ctx)
	if err != nil {
		return dataModel{}, err
	}
	rules, err := d.Client.AccessRules.ListOwn(ctx)
	if err != nil {
		return dataModel{}, err
	}
	m := dataModel{
		ClientID:        framework.StringOrNull(caller.ClientID),
		TenantID:        types.StringValue(caller.TenantID),
		ControlPlaneAPI: types.StringValue(string(api)),
		AccessRules:     accessrule.DataModels(rules),
	}
	for i, rule := range m.AccessRules {
		if rule.ID.ValueString() == "0" { // the short form need not tell the id
			m.AccessRules[i].ID = types.StringNull()
		}
	}
	return m, nil
}
