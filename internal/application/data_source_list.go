package application

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

var _ datasource.DataSourceWithConfigure = (*DataSourceList)(nil)

// DataSourceList is runai_applications.
type DataSourceList struct{ framework.DataSource }

// NewDataSourceList returns the data source.
func NewDataSourceList() datasource.DataSource { return &DataSourceList{} }

type listModel struct {
	filterModel
	SortBy       types.String `tfsdk:"sort_by"`
	SortOrder    types.String `tfsdk:"sort_order"`
	Applications []dataModel  `tfsdk:"applications"`
}

// filterModel are the arguments that narrow a list. All of them are applied
// here: the API has no filters for applications.
type filterModel struct {
	Search      types.String `tfsdk:"search"`
	NameRegex   types.String `tfsdk:"name_regex"`
	CreatedBy   types.String `tfsdk:"created_by"`
	CreatedByMe types.Bool   `tfsdk:"created_by_me"`
	Enabled     types.Bool   `tfsdk:"enabled"`
	RoleName    types.String `tfsdk:"role_name"`
}

// Metadata implements [datasource.DataSource].
func (d *DataSourceList) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "runai_applications"
}

// Schema implements [datasource.DataSource].
func (d *DataSourceList) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The applications (service accounts) of the tenant with every column of the product's Applications table. No secret is among them.",
		Attributes: map[string]schema.Attribute{
			"search": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Only applications that have this text, in any letter case, in their name, client ID, creator, or the role or scope of an access rule.",
			},
			"name_regex": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Only applications whose name matches this [regular expression](https://pkg.go.dev/regexp/syntax).",
				Validators:          []validator.String{framework.Regexp()},
			},
			"created_by":    schema.StringAttribute{Optional: true, MarkdownDescription: "Only applications that this e-mail or client ID created."},
			"created_by_me": schema.BoolAttribute{Optional: true, MarkdownDescription: "`true`: only applications that the provider's own application created; `false`: only the others."},
			"enabled":       schema.BoolAttribute{Optional: true, MarkdownDescription: "Only applications that are enabled, or that are not."},
			"role_name":     schema.StringAttribute{Optional: true, MarkdownDescription: "Only applications with an access rule for the role of this name, in any letter case."},
			"sort_by": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Column to sort by: `name` (the default), `client_id`, `enabled`, `last_login`, `created_by`, `created_at` or `updated_at`. Equal rows are sorted by name.",
				Validators:          []validator.String{stringvalidator.OneOf("name", "client_id", "enabled", "last_login", "created_by", "created_at", "updated_at")},
			},
			"sort_order": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "`asc` (the default) or `desc`.",
				Validators:          []validator.String{stringvalidator.OneOf("asc", "desc")},
			},
			"applications": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The applications.",
				NestedObject:        schema.NestedAttributeObject{Attributes: dataAttributes()},
			},
		},
	}
}

// Read lists, joins, filters and sorts: two lists, however many applications.
func (d *DataSourceList) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m listModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() || !d.RequireClient(&resp.Diagnostics) {
		return
	}
	apps, err := d.Client.Applications.List(ctx)
	if err != nil {
		framework.AddError(&resp.Diagnostics, framework.Read, "Applications", err)
		return
	}
	joined, err := join(ctx, d.Client, apps)
	if err != nil {
		framework.AddError(&resp.Diagnostics, framework.Read, "Applications", err)
		return
	}
	matches, err := m.filter(ctx, d.Client)
	if err != nil {
		framework.AddError(&resp.Diagnostics, framework.Read, "Applications", err)
		return
	}
	joined = slices.DeleteFunc(joined, func(a withRules) bool { return !matches(a) })
	order(joined, m.SortBy.ValueString(), m.SortOrder.ValueString() == "desc")
	m.Applications = make([]dataModel, 0, len(joined))
	for _, a := range joined {
		m.Applications = append(m.Applications, a.dataModel())
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

// filter is the one condition that all arguments make together.
func (f filterModel) filter(ctx context.Context, client *runai.Client) (func(withRules) bool, error) {
	var conditions []func(withRules) bool
	if s := strings.ToLower(f.Search.ValueString()); s != "" {
		conditions = append(conditions, func(a withRules) bool { return a.mentions(s) })
	}
	if s := f.NameRegex.ValueString(); s != "" {
		pattern, err := regexp.Compile(s)
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, func(a withRules) bool { return pattern.MatchString(a.Name) })
	}
	if s := f.CreatedBy.ValueString(); s != "" {
		conditions = append(conditions, func(a withRules) bool { return strings.EqualFold(a.CreatedBy, s) })
	}
	if !f.CreatedByMe.IsNull() {
		me, err := client.Caller(ctx)
		if err != nil {
			return nil, err
		}
		wanted := f.CreatedByMe.ValueBool()
		conditions = append(conditions, func(a withRules) bool { return me.Is(a.CreatedBy) == wanted })
	}
	if !f.Enabled.IsNull() {
		conditions = append(conditions, func(a withRules) bool { return a.Enabled == f.Enabled.ValueBool() })
	}
	if s := f.RoleName.ValueString(); s != "" {
		conditions = append(conditions, func(a withRules) bool {
			return slices.ContainsFunc(a.rules, func(r runai.AccessRule) bool { return strings.EqualFold(r.RoleName, s) })
		})
	}
	return func(a withRules) bool {
		for _, holds := range conditions {
			if !holds(a) {
				return false
			}
		}
		return true
	}, nil
}

// mentions reports whether a text, in lower case, is in what the product's table
// shows of an application.
func (a withRules) mentions(s string) bool {
	shown := []string{a.Name, a.ClientID, a.CreatedBy}
	for _, rule := range a.rules {
		shown = append(shown, rule.RoleName, rule.ScopeName)
	}
	return slices.ContainsFunc(shown, func(t string) bool { return strings.Contains(strings.ToLower(t), s) })
}

// order sorts by a column, and within equal values by name.
func order(apps []withRules, column string, descending bool) {
	byTime := func(at func(withRules) time.Time) func(a, b withRules) int {
		return func(a, b withRules) int { return at(a).Compare(at(b)) }
	}
	byText := func(text func(withRules) string) func(a, b withRules) int {
		return func(a, b withRules) int { return strings.Compare(text(a), text(b)) }
	}
	name := byText(func(a withRules) string { return a.Name })
	compare := map[string]func(a, b withRules) int{
		"client_id":  byText(func(a withRules) string { return a.ClientID }),
		"created_by": byText(func(a withRules) string { return a.CreatedBy }),
		"last_login": byTime(func(a withRules) time.Time { return a.LastLogin }),
		"created_at": byTime(func(a withRules) time.Time { return a.CreatedAt }),
		"updated_at": byTime(func(a withRules) time.Time { return a.UpdatedAt }),
		"enabled": func(a, b withRules) int {
			return cmp.Compare(map[bool]int{true: 1}[a.Enabled], map[bool]int{true: 1}[b.Enabled])
		},
	}[column]
	if compare == nil {
		compare = name
	}
	slices.SortStableFunc(apps, func(a, b withRules) int {
		c := compare(a, b)
		if descending {
			c = -c
		}
		return cmp.Or(c, name(a, b))
	})
}
