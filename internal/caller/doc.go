// Package caller is the provider's data source for the application that it signs in as.
package caller
