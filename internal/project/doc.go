// Package project is the provider's data sources for projects, the org units of
// a department.
package project
