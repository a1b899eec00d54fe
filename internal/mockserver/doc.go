// Package mockserver imitates an NVIDIA Run:ai control plane: an [net/http.Handler] that keeps applications, access
// rules, roles, clusters and org units in memory and serves them as a control plane of a chosen version does.
//
// It is a second, independent implementation of the API. It shares no types with the client of this module, so that the
// two do not share mistakes. All differences between versions are in one table, in versions.go. The published OpenAPI
// documents decide on forms. Comments mark behavior that they leave open as a choice.
//
// A request passes through:
//
//	ServeHTTP      matches a route, counts the request, calls the OnRequest hook, takes a fault   server.go, routes.go
//	  handler      a function from a request to a response, run under the server's one lock       applications.go, …
//	  send         writes the response, or what a fault leaves of it; no lock is held             faults.go
//
// The mock is strict where a client can be wrong: it refuses, in the API's own error shape, an unknown member in a body,
// a missing or wrongly typed one, a bad token, and a field, filter or grant that the version does not have. It is not a
// model of permissions: any valid token may do everything.
//
// The control endpoints under /_mock/ report the data and the received requests (control.go). With the methods of
// [Server], a test changes data like another principal (backdoor.go).
package mockserver
