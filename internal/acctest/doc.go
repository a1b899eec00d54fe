// Package acctest is what the acceptance tests share: a control plane for each
// test, a provider that talks to it, and checks that ask the control plane and
// not the state.
package acctest
