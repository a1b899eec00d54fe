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
		"id":      framework.ComputedString("UUID of the cluster; the `scope_id` of access rules with `scope_type = \"cluster\"`."),
		"name":    framework.ComputedString("Name of the cluster."),
		"version": framework.ComputedString("Version of Run:ai on the cluster, which may be older than the control plane's; null until the cluster tells it."),
		"state":   framework.ComputedString("State of the cluster: `WaitingToConnect`, `Connected`, `Disconnected`, `MissingPrerequisites`, `ServiceIssues` or `Unknown`."),
		"domain":  framework.ComputedString("URL or domain of the cluster, null if it has none."),
	}
}

func fromAPI(cluster runai.Cluster) dataModel {
	return dataModel{
		ID:      types.StringValue(cluster.ID),
		Name:    types.StringValue(cluster.Name),
		Version: framework.StringOrNull(cluster.Version),
		State:   framework.StringOrNull(cluster.State),
		Domain:  framework.StringOrNull(cluster.Domain),
	}
}
