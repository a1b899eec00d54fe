package application

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// resourceModel is the resource in state. Facts that change by themselves are
// left to the data sources, so that a refresh shows no drift that nobody made.
type resourceModel struct {
	ID                  types.String   `tfsdk:"id"`
	Name                types.String   `tfsdk:"name"`
	Enabled             types.Bool     `tfsdk:"enabled"`
	Keepers             types.Map      `tfsdk:"keepers"`
	ClientID            types.String   `tfsdk:"client_id"`
	ClientSecret        types.String   `tfsdk:"client_secret"`
	ClientSecretVersion types.Int64    `tfsdk:"client_secret_version"`
	CreatedAt           types.String   `tfsdk:"created_at"`
	CreatedBy           types.String   `tfsdk:"created_by"`
	TenantID            types.String   `tfsdk:"tenant_id"`
	Timeouts            timeouts.Value `tfsdk:"timeouts"`
}

// identityModel is what identifies an application to Terraform 1.12 and later.
type identityModel struct {
	ID types.String `tfsdk:"id"`
}

func (m resourceModel) identity() identityModel { return identityModel{ID: m.ID} }

func (m resourceModel) ref() runai.ApplicationRef {
	return runai.ApplicationRef{ID: m.ID.ValueString(), Name: m.Name.ValueString(), CreatedAt: framework.ParseTime(m.CreatedAt)}
}

// toAPI is what the client compares with the application it signs in as.
func (m resourceModel) toAPI() runai.Application {
	return runai.Application{ID: m.ID.ValueString(), Name: m.Name.ValueString(), ClientID: m.ClientID.ValueString()}
}

// created is the state of an application that was just made of a plan, before
// anything is read back: what the answer did not tell is null.
func created(plan resourceModel, app runai.CreatedApplication) resourceModel {
	m := plan
	m.ID = framework.StringOrNull(app.ID)
	m.ClientID = framework.StringOrNull(app.ClientID)
	m.ClientSecret = framework.StringOrNull(app.Secret.Reveal())
	m.ClientSecretVersion = types.Int64Value(1)
	m.Enabled = types.BoolValue(true) // as all are, until they are disabled
	m.CreatedAt, m.CreatedBy, m.TenantID = types.StringNull(), types.StringNull(), types.StringNull()
	if app.Secret.IsZero() {
		m.ClientSecretVersion = types.Int64Null()
	}
	return m
}

// fromAPI takes over what the control plane tells. It never touches the secret,
// its version or the keepers, which the control plane knows nothing of.
func (m *resourceModel) fromAPI(app runai.Application) {
	m.ID = types.StringValue(app.ID)
	m.Name = types.StringValue(app.Name)
	m.ClientID = types.StringValue(app.ClientID)
	m.Enabled = types.BoolValue(app.Enabled)
	m.CreatedAt = framework.KeepKnown(m.CreatedAt, framework.TimeOrNull(app.CreatedAt))
	m.CreatedBy = framework.KeepKnown(m.CreatedBy, framework.StringOrNull(app.CreatedBy))
	m.TenantID = framework.KeepKnown(m.TenantID, framework.StringOrNull(app.TenantID))
}
