// Package runai is a client for the control plane of NVIDIA Run:ai, versions
// 2.17 to 3.0: applications (service accounts), access rules, roles and the
// org units that access rules point at.
//
// It knows nothing of Terraform. A caller says what it wants done — "create
// this application", "read that rule" — and gets values or typed errors; which
// URL that is on this control plane, whether a try may be repeated and what
// became of a call whose answer was lost is decided here.
//
// Start reading at [Client] (client.go). A request goes down through a service
// (applications.go, access_rules.go, …), dialect.go, which knows how the
// control planes differ, and transport.go, which sends it under the retry table
// of retry.go with a token from token.go.
package runai
