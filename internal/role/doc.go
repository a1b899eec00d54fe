// Package role is the provider's data sources for roles, the sets of permissions
// that access rules bind.
package role
