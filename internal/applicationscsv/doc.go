// Package applicationscsv is the provider's function applications_csv: the
// product's table of applications as CSV.
package applicationscsv
