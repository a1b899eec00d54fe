// Package guarantees has the tests of the provider's guarantees about credentials under
// network faults. It has no other code.
//
// After any apply, or after the next one if the first ended in an error: for
// each runai_application there is exactly one application, the secret in the
// state is its current one, each requested rotation takes effect exactly once, no
// object of another principal is changed, and secrets are written only where Terraform
// stores sensitive values.
package guarantees
