package application

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

var (
	_ datasource.DataSourceWithConfigure        = (*DataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*DataSource)(nil)
)

// DataSource is runai_application.
type DataSource struct{ framework.DataSource }

// NewDataSource returns the data source.
func NewDataSource() datasource.DataSource { return &DataSource{} }

// Metadata implements [datasource.DataSource].
func (d *DataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "runai_application"
}

// Schema implements [datasource.DataSource].
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	const one = " Exactly one of `id`, `name` and `client_id` is given."
	attributes := dataAttributes()
	attributes["id"] = framework.LookupString("ID of the application." + one)
	attributes["name"] = framework.LookupString("Name of the application." + one)
	attributes["client_id"] = framework.LookupString("What the application signs in as, and the subject of its access rules." + one)
	resp.Schema = schema.Schema{
		MarkdownDescription: "An application (service account) with every column of the product's Applications table, by its id, its name or its client ID. No secret is among them: the control plane shows it only once, when it is made.",
		Attributes:          attributes,
	}
}

// ConfigValidators implements [datasource.DataSourceWithConfigValidators].
func (d *DataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return framework.ExactlyOneOf("id", "name", "client_id")
}

// Read implements [datasource.DataSource].
func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m dataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() || !d.RequireClient(&resp.Diagnostics) {
		return
	}
	var by path.Path
	var app runai.Application
	var err error
	switch {
	case !m.ID.IsNull():
		by = path.Root("id")
		app, err = d.byID(ctx, m.ID.ValueString())
	case !m.Name.IsNull():
		by = path.Root("name")
		app, err = d.only(ctx, "name", m.Name.ValueString(), func(a runai.Application) string { return a.Name })
	default:
		by = path.Root("client_id")
		app, err = d.only(ctx, "client ID", m.ClientID.ValueString(), func(a runai.Application) string { return a.ClientID })
	}
	if err != nil {
		framework.AddLookupError(&resp.Diagnostics, by, "Application", err, "runai_applications")
		return
	}
	joined, err := join(ctx, d.Client, []runai.Application{app})
	if err != nil {
		framework.AddError(&resp.Diagnostics, framework.Read, "Application", err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, joined[0].dataModel())...)
}

// byID reads an application. All are asked for only to say what there is.
func (d *DataSource) byID(ctx context.Context, id string) (runai.Application, error) {
	app, err := d.Client.Applications.Get(ctx, runai.ApplicationRef{ID: id})
	if err == nil && app.ID == id || err != nil && !errors.Is(err, runai.ErrNotFound) {
		return app, err
	}
	return d.only(ctx, "id", id, func(a runai.Application) string { return a.ID })
}

// only is the one application of which a column holds a text, exactly. by is the
// column, for the error.
func (d *DataSource) only(ctx context.Context, by, wanted string, column func(runai.Application) string) (runai.Application, error) {
	apps, err := d.Client.Applications.List(ctx)
	if err != nil {
		return runai.Application{}, err
	}
	return pick(apps, by, wanted, column)
}

func pick(apps []runai.Application, by, wanted string, column func(runai.Application) string) (runai.Application, error) {
	var hits []runai.Application
	none := &runai.NotFoundError{Noun: "application", By: by, Value: wanted}
	two := &runai.AmbiguousError{Noun: "application", Value: wanted, Hint: "use the id to say which"}
	for _, app := range apps {
		none.All = append(none.All, column(app))
		if column(app) == wanted {
			hits = append(hits, app)
			two.Candidates = append(two.Candidates, "id "+app.ID+", created by "+app.CreatedBy)
		}
	}
	switch len(hits) {
	case 0:
		return runai.Application{}, none
	case 1:
		return hits[0], nil
	default:
		return runai.Application{}, two
	}
}
