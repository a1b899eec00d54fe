// Package framework has the code that the objects of this provider share and
// terraform-plugin-framework lacks. It is independent of the objects of Run:ai:
// applications are in package application.
package framework
