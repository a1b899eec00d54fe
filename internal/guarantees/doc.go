// Package guarantees holds the tests of what this provider promises about
// credentials, whatever the network does. It has no other code.
//
// After any apply, or after the next one when the first ended in an error: for
// each runai_application there is exactly one application, the secret in the
// state is its current one, each rotation that was asked for happened exactly
// once as far as anybody can see, nothing of anybody else was touched, and no
// secret was written anywhere but where Terraform keeps sensitive values.
package guarantees
