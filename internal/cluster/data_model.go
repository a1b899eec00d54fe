package cluster

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// dataModel is a cluster as data sources show it.
type dataModel struct {
	ID      types.String `tfsdk:"id"`
	Name    types.String `tfsdk:"name"`
	Version types.String `tfsdk:"version"`
	State   types.String `tfsdk:"state"`
	Domain  types.String `tfsdk:"domain"`
}

func dataAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":      framework.Told("UUID of the cluster; the `scope_id` of access rules with `scope_type = \"cluster\"`."),
		"name":    framework.Told("Name of the cluster."),
		"version": framework.Told("Version of Run:ai on the cluster, which may be older than the control plane's; null until the cluster tells it."),
		"state":   framework.Told("State of the cluster: `WaitingToConnect`, `Connected`, `Disconnected`, `MissingPrerequisites`, `ServiceIssues` or `Unknown`."),
		"domain":  framework.Told("URL or domain of the cluster, null if it has none."),
	}
}

func fromAPI(cluster runai.Cluster) dataModel {
	return dataModel{
		ID:      types.StringValue(cluster.ID),
		Name:    types.StringValue(cluster.Name),
		Version: framework.Text(cluster.Version),
		State:   framework.Text(cluster.State),
		Domain:  framework.Text(cluster.Domain),
	}
}
