// Package application is the provider's resource and data sources for
// applications, which are called service accounts from 2.24 on.
package application
