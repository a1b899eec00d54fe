// Package accesstoken is the provider's ephemeral resource for a bearer token of
// the Run:ai API.
package accesstoken
