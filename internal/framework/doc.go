// Package framework holds what the nouns of this provider share and
// terraform-plugin-framework does not have. It knows no noun: what an
// application is stands in package application.
package framework
