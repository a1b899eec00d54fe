package application

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// resourceModel is the resource in the state. Only the data sources have attributes
// that change by themselves or that the response to a create lacks.
type resourceModel struct {
	ID                     types.String   `tfsdk:"id"`
	Name                   types.String   `tfsdk:"name"`
	Enabled                types.Bool     `tfsdk:"enabled"`
	Keepers                types.Map      `tfsdk:"keepers"`
	ClientID               types.String   `tfsdk:"client_id"`
	ClientSecret           types.String   `tfsdk:"client_secret"`
	ClientSecretVersion    types.Int64    `tfsdk:"client_secret_version"`
	ClientSecretRecipients types.Map      `tfsdk:"client_secret_recipients"`
	ClientSecretSealed     types.Map      `tfsdk:"client_secret_sealed"`
	RotateOnlyIfUnusedFor  types.String   `tfsdk:"rotate_only_if_unused_for"`
	VerifyClientSecret     types.String   `tfsdk:"verify_client_secret"`
	ClientSecretStatus     types.String   `tfsdk:"client_secret_status"`
	Timeouts               timeouts.Value `tfsdk:"timeouts"`
}

// identityModel is what identifies an application to Terraform 1.12 and later.
type identityModel struct {
	ID types.String `tfsdk:"id"`
}

// identity is the ID. After a create with an unknown outcome it is the name, since
// Terraform accepts no identity without a value.
func (m resourceModel) identity() identityModel {
	if m.ID.ValueString() == "" {
		return identityModel{ID: m.Name}
	}
	return identityModel{ID: m.ID}
}

// object describes the application in messages: `application "ci" (ID 7)`.
func (m resourceModel) object(n resourceNames) string {
	if id := m.ID.ValueString(); id != "" {
		return fmt.Sprintf("%s %q (ID %s)", n.noun, m.Name.ValueString(), id)
	}
	return fmt.Sprintf("%s %q", n.noun, m.Name.ValueString())
}

// countsUse reports whether a sign-in as the application would count as use for
// rotate_only_if_unused_for.
func (m resourceModel) countsUse() bool { return !m.RotateOnlyIfUnusedFor.IsNull() }

// toAPI returns the fields that the client compares with its own application.
func (m resourceModel) toAPI() runai.Application {
	return runai.Application{ID: m.ID.ValueString(), Name: m.Name.ValueString(), ClientID: m.ClientID.ValueString()}
}

// created is the state of an application that a plan has created, still without
// its secret.
func (m resourceModel) created(app runai.CreatedApplication) resourceModel {
	m.ID = framework.StringOrNull(app.ID)
	m.ClientID = framework.StringOrNull(app.ClientID)
	m.Enabled = types.BoolValue(true) // as all are until they are disabled
	m.ClientSecret = types.StringNull()
	m.ClientSecretVersion = types.Int64Null()
	m.ClientSecretSealed = types.MapNull(types.StringType)
	m.ClientSecretStatus = types.StringNull()
	return m
}

// arguments copies the arguments of a plan that is applied.
func (m *resourceModel) arguments(plan resourceModel) {
	m.Keepers = plan.Keepers
	m.ClientSecretRecipients = plan.ClientSecretRecipients
	m.RotateOnlyIfUnusedFor = plan.RotateOnlyIfUnusedFor
	m.VerifyClientSecret = plan.VerifyClientSecret
	m.Timeouts = plan.Timeouts
}

// fromAPI sets the attributes that the control plane returns. It leaves the secret, its
// version and the keepers, which the control plane does not have.
func (m *resourceModel) fromAPI(app runai.Application) {
	m.ID = types.StringValue(app.ID)
	m.Name = types.StringValue(app.Name)
	m.ClientID = types.StringValue(app.ClientID)
	m.Enabled = types.BoolValue(app.Enabled)
	if m.ClientSecretVersion.IsNull() {
		m.ClientSecretVersion = types.Int64Value(0) // imported, or without the secret that was lost
	}
}
