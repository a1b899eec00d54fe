// Package live lets acceptance tests run against a real control plane.
//
// Each test gets a [Plane]: a gateway on a loopback address through which the providers of the test reach the control
// plane. The gateway shows a tenant with the caller and the objects that the test created, and nothing else:
//
//   - On the control plane, names of applications and subjects of access rules have a prefix, which the gateway removes.
//     So no rule applies to a subject that exists.
//   - Objects without the prefix are hidden. Requests that would change one are refused before they are sent.
//   - The gateway accepts the mock's credentials for the caller, so one configuration works against both.
//
// Tests that need the mock, such as for faults, are skipped with the reason. [Plane.Close] removes what the test left, and
// [Sweep] what killed runs left.
package live
