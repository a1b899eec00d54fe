// Package framework holds what the objects of this provider share and
// terraform-plugin-framework lacks. It knows no object of Run:ai: what an application
// is, is in package application.
package framework
