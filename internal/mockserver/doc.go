// Package mockserver is a stand-in for an NVIDIA Run:ai control plane: an [net/http.Handler] that keeps applications,
// access rules, roles, clusters and org units in memory and serves them as a control plane of a chosen version, 2.17 to
// 3.0, would.
//
// It is a second, independent reading of the API: it shares no type with the client of this module, so that the two
// cannot agree on the same mistake by construction. What differs between versions is one table, in versions.go. The
// published OpenAPI documents decide on shapes; behaviour that they leave open is marked in comments as a choice.
//
// A request takes this way:
//
//	ServeHTTP      matches a route, counts it, calls the OnRequest hook, takes an armed fault     server.go, routes.go
//	  handler      a pure function from a call to an answer, run under the server's one lock     applications.go, …
//	  send         writes the answer, or spoils it as the fault says; no lock is held             faults.go
//
// The mock is strict where a client can be wrong: an unknown member in a body, a missing or wrongly typed one, a bad
// token, a field, filter or grant that the version does not know are refused in the API's own error shape. It is not a
// model of permissions: any valid token may do everything.
//
// Under /_mock/ it answers questions that a control plane does not (control.go), and the methods of [Server] let a test
// be another actor who changes the world behind the client's back (actors.go).
package mockserver
