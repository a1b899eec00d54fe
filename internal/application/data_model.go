package application

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/accessrule"
	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// dataModel is an application in data sources: every column of the product's
// Applications table, and no secret.
type dataModel struct {
	ID          types.String           `tfsdk:"id"`
	Name        types.String           `tfsdk:"name"`
	ClientID    types.String           `tfsdk:"client_id"`
	Enabled     types.Bool             `tfsdk:"enabled"`
	AccessRules []accessrule.DataModel `tfsdk:"access_rules"`
	LastLogin   types.String           `tfsdk:"last_login"`
	CreatedBy   types.String           `tfsdk:"created_by"`
	CreatedAt   types.String           `tfsdk:"created_at"`
	UpdatedAt   types.String           `tfsdk:"updated_at"`
	TenantID    types.String           `tfsdk:"tenant_id"`
}

func dataAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":        framework.ComputedString("ID of the application."),
		"name":      framework.ComputedString("Name of the application."),
		"client_id": framework.ComputedString("Client ID that the application signs in with; the `subject_id` of its access rules."),
		"enabled":   schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the application can sign in."},
		"access_rules": schema.ListNestedAttribute{
			Computed:            true,
			MarkdownDescription: "The access rules of the application.",
			NestedObject:        schema.NestedAttributeObject{Attributes: accessrule.DataAttributes()},
		},
		"last_login": framework.ComputedString("When the application last signed in (RFC 3339); null if it never did."),
		"created_by": framework.ComputedString("E-mail or client ID of the creator of the application."),
		"created_at": framework.ComputedString("When the application was created (RFC 3339)."),
		"updated_at": framework.ComputedString("When the application was last changed (RFC 3339)."),
		"tenant_id":  framework.ComputedString("ID of the tenant."),
	}
}

// withRules is an application together with its access rules.
type withRules struct {
	runai.Application
	rules []runai.AccessRule
}

func (a withRules) dataModel() dataModel {
	m := dataModel{
		ID:          types.StringValue(a.ID),
		Name:        types.StringValue(a.Name),
		ClientID:    types.StringValue(a.ClientID),
		Enabled:     types.BoolValue(a.Enabled),
		AccessRules: make([]accessrule.DataModel, 0, len(a.rules)),
		LastLogin:   framework.TimeOrNull(a.LastLogin),
		CreatedBy:   framework.StringOrNull(a.CreatedBy),
		CreatedAt:   framework.TimeOrNull(a.CreatedAt),
		UpdatedAt:   framework.TimeOrNull(a.UpdatedAt),
		TenantID:    framework.StringOrNull(a.TenantID),
	}
	for _, rule := range a.rules {
		m.AccessRules = append(m.AccessRules, accessrule.FromAPI(rule))
	}
	return m
}

// join lists the access rules once and assigns them to their applications. A rule may
// identify its subject by the client ID, the name or the ID.
func join(ctx context.Context, client *runai.Client, apps []runai.Application) ([]withRules, error) {
	rules, err := client.AccessRules.List(ctx)
	if err != nil {
		return nil, err
	}
	bySubject := map[string][]runai.AccessRule{}
	for _, rule := range rules {
		if rule.SubjectType.Canonical() == runai.SubjectApp {
			bySubject[rule.SubjectID] = append(bySubject[rule.SubjectID], rule)
		}
	}
	joined := make([]withRules, 0, len(apps))
	for _, app := range apps {
		a := withRules{Application: app}
		for _, spelling := range app.Aliases() {
			a.rules = append(a.rules, bySubject[spelling]...)
		}
		joined = append(joined, a)
	}
	return joined, nil
}
