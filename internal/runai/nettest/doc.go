// Package nettest tests the client over a connection that fails in the middle
// of a request or a response: delays, resets, cuts after n bytes. It is a module
// of its own because Toxiproxy brings Prometheus and a logger with it, and these
// have no place in the go.mod of the provider.
package nettest
