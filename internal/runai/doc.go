// Package runai is a client for the control plane of NVIDIA Run:ai, versions
// 2.17 to 3.0: applications (service accounts), access rules, roles, clusters and the
// org units that access rules point at.
//
// It is independent of Terraform. Callers request an operation, such as "create this
// application" or "read that rule", and get values or typed errors. The client decides
// which URL that is on this control plane, whether an attempt may be repeated, and what
// a lost response means.
//
// Start reading at [Client] (client.go). Calls go down: from a service
// (applications.go, access_rules.go, …) to recovery.go and dialect.go, and through the
// session, which holds the token (token.go), to the packages internal/listcache and
// internal/rest. DESIGN.md has the layers.
package runai
