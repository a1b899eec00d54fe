// Package accessrule is the provider's resource and data sources for access
// rules, which bind a role to a subject in a scope.
package accessrule
