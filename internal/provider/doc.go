// Package provider is the provider block: its schema, its configuration from
// arguments and environment, and the list of everything it offers.
package provider
