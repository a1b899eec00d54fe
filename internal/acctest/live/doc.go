// Package live lets acceptance tests run against a real control plane.
//
// Each test gets a [Plane]: a gateway on a loopback address through which the providers of the test reach the control
// plane. The gateway shows a tenant that has the caller and what the test has created, and nothing else:
//
//   - Names of applications and subjects of access rules begin with a prefix on the control plane, which the test does not
//     see. No rule is ever given to a subject that exists.
//   - Objects without the prefix are hidden. Requests that would change one are refused before they are sent.
//   - The caller has the credentials of the mock control plane, so that one configuration serves for both.
//
// What only the mock can do, such as faults, skips the test with the reason. [Plane.Close] removes what is left of a test,
// and [Sweep] what is left of runs that were killed.
package live
