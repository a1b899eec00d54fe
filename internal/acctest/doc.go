// Package acctest is what the acceptance tests share: a control plane for each
// test, a provider that talks to it with a CLI or over the protocol, and checks
// of what the control plane has recorded.
package acctest
