// Package caller is the provider's data source for who it is signed in as.
package caller
