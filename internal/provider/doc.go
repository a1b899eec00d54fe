// Package provider has the provider: the schema of its block, its configuration from
// arguments and environment, and the list of its resources, data sources and functions.
package provider
