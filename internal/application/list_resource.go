package application

import (
	"context"
	"iter"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

var _ list.ListResourceWithConfigure = (*ListResource)(nil)

// ListResource lists applications of runai_application, or of runai_service_account,
// for terraform query.
type ListResource struct {
	framework.Resource
	names resourceNames
}

// NewListResource returns the list resource of runai_application.
func NewListResource() list.ListResource { return &ListResource{names: applicationNames} }

// NewServiceAccountListResource returns the list resource of runai_service_account.
func NewServiceAccountListResource() list.ListResource {
	return &ListResource{names: serviceAccountNames}
}

// Metadata implements [list.ListResource].
func (l *ListResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = l.names.typeName
}

// ListResourceConfigSchema implements [list.ListResource].
func (l *ListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the " + l.names.noun + "s of the tenant, sorted by name. One is listed if it matches all arguments.\n\n" + framework.ListNote,
		Attributes:          framework.ListFilters(NewDataSourceList(), "search", "name_regex", "created_by", "created_by_me", "enabled", "role_name"),
	}
}

// List implements [list.ListResource].
func (l *ListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var query filterModel
	diags := req.Config.Get(ctx, &query)
	if diags.HasError() || !l.RequireClient(&diags) {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = framework.ListObjects(ctx, req, l.names.title+"s", query.pages(ctx, l.Client, l.names), func(app runai.Application) (framework.ListedObject, bool) {
		return listed(app), true
	})
}

// pages returns the applications that match, as one page: the API lists them in one response.
func (f filterModel) pages(ctx context.Context, client *runai.Client, n resourceNames) iter.Seq2[runai.Listing[runai.Application], error] {
	return func(yield func(runai.Listing[runai.Application], error) bool) {
		page, err := client.Applications.Listing(ctx)
		if err != nil {
			yield(page, framework.Describe(err, "list the "+n.noun+"s"))
			return
		}
		page.Items, err = f.apply(ctx, client, page.Items)
		yield(page, err)
	}
}

// apply returns the applications that match, sorted by name. It lists the access rules
// only for the filters that use them.
func (f filterModel) apply(ctx context.Context, client *runai.Client, apps []runai.Application) ([]runai.Application, error) {
	matches, err := f.filter(ctx, client)
	if err != nil {
		return nil, err
	}
	var joined []withRules
	if f.Search.IsNull() && f.RoleName.IsNull() {
		for _, app := range apps {
			joined = append(joined, withRules{Application: app})
		}
	} else if joined, err = join(ctx, client, apps); err != nil {
		return nil, err
	}
	joined = slices.DeleteFunc(joined, func(a withRules) bool { return !matches(a) })
	sortApplications(joined, "name", false)
	matching := make([]runai.Application, 0, len(joined))
	for _, a := range joined {
		matching = append(matching, a.Application)
	}
	return matching, nil
}

// listed is the application as an import would read it.
func listed(app runai.Application) framework.ListedObject {
	var m resourceModel
	m.fromAPI(app)
	return framework.ListedObject{
		ID:          app.ID,
		DisplayName: displayName(app),
		Attributes: map[string]attr.Value{
			"id": m.ID, "name": m.Name, "enabled": m.Enabled, "client_id": m.ClientID, "client_secret_version": m.ClientSecretVersion,
		},
	}
}

// displayName describes an application.
func displayName(app runai.Application) string {
	if !app.Enabled {
		return app.Name + " (disabled)"
	}
	return app.Name
}
