// Package guarantees holds the tests of what this provider guarantees about
// credentials, whatever the network does. It has no other code.
//
// After any apply, or after the next one if the first ended in an error: for
// each runai_application there is exactly one application, the secret in the
// state is its current one, each requested rotation takes effect exactly once,
// nothing of another principal is touched, and no secret is written anywhere but
// where Terraform keeps sensitive values.
package guarantees
