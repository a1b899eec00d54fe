// Package acctest has the helpers of the acceptance tests: a control plane for each
// test, a provider that is driven by a CLI or over the protocol, and checks of the
// requests that the control plane recorded.
package acctest
