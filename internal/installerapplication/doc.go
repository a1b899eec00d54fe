// Package installerapplication is the provider's data source and ephemeral
// resource for the application that installs clusters, which control planes from
// 2.18 to 2.22 have.
package installerapplication
