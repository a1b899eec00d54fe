package application

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// NewDataSource returns runai_application.
var NewDataSource = framework.NewDataSource[dataModel](framework.DataSource{
	Type:         "runai_application",
	Noun:         "Application",
	Description:  "An application (service account) with every column of the product's Applications table, by its ID, its name or its client ID. It has no secret, which the control plane returns only on creation.",
	ExactlyOneOf: []string{"id", "name", "client_id"},
	Attributes: func() map[string]schema.Attribute {
		const one = " Exactly one of `id`, `name` and `client_id` is required."
		attributes := dataAttributes()
		attributes["id"] = framework.LookupString("ID of the application." + one)
		attributes["name"] = framework.LookupString("Name of the application." + one)
		attributes["client_id"] = framework.LookupString("Client ID that the application signs in with; the `subject_id` of its access rules." + one)
		return attributes
	},
})

// NewDataSourceList returns runai_applications.
var NewDataSourceList = framework.NewDataSource[listModel](framework.DataSource{
	Type:        "runai_applications",
	Noun:        "Applications",
	Description: "The applications (service accounts) of the tenant with every column of the product's Applications table. They have no secrets.",
	Attributes: func() map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"search":        framework.Filter("Only applications that contain this text (case-insensitive) in their name, client ID, creator, or the role or scope of an access rule."),
			"name_regex":    framework.Filter("Only applications whose name matches this [regular expression](https://pkg.go.dev/regexp/syntax).", framework.Regexp()),
			"created_by":    framework.Filter("Only applications whose creator has this e-mail or client ID. Control plane 2.17 does not report the creator, so none matches there."),
			"created_by_me": schema.BoolAttribute{Optional: true, MarkdownDescription: "`true`: only applications that the provider's own application has created; `false`: only all others. On control plane 2.17, which does not report the creator, all are others."},
			"enabled":       schema.BoolAttribute{Optional: true, MarkdownDescription: "`true`: only enabled applications; `false`: only disabled ones."},
			"role_name":     framework.Filter("Only applications with an access rule for the role with this name: exact match preferred, otherwise case-insensitive. " + runai.RoleNameNote + " A role that does not exist is an error, not an empty list."),
			"sort_by": framework.OneOf("Column to sort by: `name` (the default), `client_id`, `enabled`, `last_login`, `created_by`, `created_at` or `updated_at`. Equal rows are sorted by name.",
				"name", "client_id", "enabled", "last_login", "created_by", "created_at", "updated_at"),
			"sort_order": framework.OneOf("`asc` (the default) or `desc`.", "asc", "desc"),
			"applications": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The applications.",
				NestedObject:        schema.NestedAttributeObject{Attributes: dataAttributes()},
			},
		}
	},
})

type listModel struct {
	filterModel
	SortBy       types.String `tfsdk:"sort_by"`
	SortOrder    types.String `tfsdk:"sort_order"`
	Applications []dataModel  `tfsdk:"applications"`
}

// filterModel holds the arguments that narrow a list. All of them are applied here:
// the API has no filters for applications.
type filterModel struct {
	Search      types.String `tfsdk:"search"`
	NameRegex   types.String `tfsdk:"name_regex"`
	CreatedBy   types.String `tfsdk:"created_by"`
	CreatedByMe types.Bool   `tfsdk:"created_by_me"`
	Enabled     types.Bool   `tfsdk:"enabled"`
	RoleName    types.String `tfsdk:"role_name"`
}

// Read implements [framework.DataSourceModel].
func (m *dataModel) Read(ctx context.Context, c *runai.Client) error {
	var app runai.Application
	var err error
	switch {
	case !m.ID.IsNull():
		app, err = c.Applications.ByID(ctx, m.ID.ValueString())
	case !m.Name.IsNull():
		app, err = c.Applications.ByName(ctx, m.Name.ValueString())
	default:
		app, err = c.Applications.ByClientID(ctx, m.ClientID.ValueString())
	}
	if err != nil {
		return framework.Describe(err, "look up the application")
	}
	joined, err := join(ctx, c, []runai.Application{app})
	if err != nil {
		return err
	}
	*m = joined[0].dataModel()
	return nil
}

// Read lists, joins, filters and sorts: two lists, however many applications.
func (m *listModel) Read(ctx context.Context, c *runai.Client) error {
	listing, err := c.Applications.Listing(ctx)
	if err != nil {
		return framework.Describe(err, "list the applications")
	}
	framework.WarnOfGaps(ctx, listing.Malformed, listing.Truncated, "applications")
	joined, err := join(ctx, c, listing.Items)
	if err != nil {
		return err
	}
	matches, err := m.filter(ctx, c)
	if err != nil {
		return err
	}
	joined = slices.DeleteFunc(joined, func(a withRules) bool { return !matches(a) })
	sortApplications(joined, m.SortBy.ValueString(), m.SortOrder.ValueString() == "desc")
	m.Applications = make([]dataModel, 0, len(joined))
	for _, a := range joined {
		m.Applications = append(m.Applications, a.dataModel())
	}
	return nil
}

// filter returns the condition of all arguments together.
func (f filterModel) filter(ctx context.Context, client *runai.Client) (func(withRules) bool, error) {
	conditions := []func(withRules) bool{
		func(a withRules) bool { return framework.ContainsFold(f.Search, a.texts()...) },
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
		// By its ID: a name denotes different roles on different versions.
		role, err := client.Roles.ByName(ctx, s)
		if err != nil {
			return nil, framework.OnArgumentOf("role", err)
		}
		conditions = append(conditions, func(a withRules) bool {
			return slices.ContainsFunc(a.rules, func(r runai.AccessRule) bool { return r.RoleID == role.ID })
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

// texts are the columns of the product's table. The argument search matches them.
func (a withRules) texts() []string {
	texts := []string{a.Name, a.ClientID, a.CreatedBy}
	for _, rule := range a.rules {
		texts = append(texts, rule.RoleName, rule.ScopeName)
	}
	return texts
}

// sortApplications sorts by a column, and within equal values by name.
func sortApplications(apps []withRules, column string, descending bool) {
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
