package cluster

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// NewDataSource returns runai_cluster.
func NewDataSource() datasource.DataSource { return one() }

// NewDataSourceList returns runai_clusters.
func NewDataSourceList() datasource.DataSource { return list() }

var one, list = framework.NewLookup[model, listModel](framework.Lookup{
	Object:          "cluster",
	Description:     "A cluster that is attached to the control plane, by its name or its ID.",
	ListDescription: "The clusters that are attached to the control plane, ordered by name.",
	Attributes: func() map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"id":      framework.ComputedString("UUID of the cluster; the `scope_id` of access rules with `scope_type = \"cluster\"`."),
			"name":    framework.ComputedString("Name of the cluster."),
			"version": framework.ComputedString("Version of Run:ai on the cluster, which may be older than the control plane's; null until the cluster reports it."),
			"state":   framework.ComputedString("State of the cluster: `WaitingToConnect` (never connected), `Connected`, `Disconnected`, `MissingPrerequisites` (software that it needs is missing), `ServiceIssues` (a service on it fails) or `Unknown`."),
			"domain":  framework.ComputedString("URL or domain of the cluster, null if it has none."),
		}
	},
	Filters: func() map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"search": framework.Filter("Only clusters that contain this text (case-insensitive) in their name or domain."),
		}
	},
})

type model struct {
	ID      types.String `tfsdk:"id"`
	Name    types.String `tfsdk:"name"`
	Version types.String `tfsdk:"version"`
	State   types.String `tfsdk:"state"`
	Domain  types.String `tfsdk:"domain"`
}

type listModel struct {
	Search   types.String `tfsdk:"search"`
	Clusters []model      `tfsdk:"clusters"`
}

// Read implements [framework.DataSourceModel].
func (m *model) Read(ctx context.Context, c *runai.Client) error {
	var cluster runai.Cluster
	var err error
	if m.ID.IsNull() {
		cluster, err = c.Clusters.ByName(ctx, m.Name.ValueString())
	} else {
		cluster, err = c.Clusters.ByID(ctx, m.ID.ValueString())
	}
	*m = fromAPI(cluster)
	return err
}

// Read implements [framework.DataSourceModel].
func (m *listModel) Read(ctx context.Context, c *runai.Client) error {
	clusters, err := c.Clusters.List(ctx)
	m.Clusters = framework.FilterSort(clusters,
		func(u runai.Cluster) bool { return framework.ContainsFold(m.Search, u.Name, u.Domain) },
		func(u runai.Cluster) framework.Listed { return framework.Listed{Name: u.Name, ID: u.ID} },
		fromAPI)
	return err
}

func fromAPI(cluster runai.Cluster) model {
	return model{
		ID:      types.StringValue(cluster.ID),
		Name:    types.StringValue(cluster.Name),
		Version: framework.StringOrNull(cluster.Version),
		State:   framework.StringOrNull(cluster.State),
		Domain:  framework.StringOrNull(cluster.Domain),
	}
}
