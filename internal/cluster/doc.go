// Package cluster is the provider's data sources for the clusters that are
// attached to the control plane.
package cluster
