// Package department is the provider's data sources for departments, the org
// units of a cluster.
package department
