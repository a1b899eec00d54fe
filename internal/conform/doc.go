// Package conform compares a control plane with the mock of package mockserver.
//
// A probe answers one open question of API.md. [Run] puts all probes to the control plane, then to a mock of the same
// version in this process, and reports where the answers differ. The differences are the list of what to change in the
// mock, and perhaps in the client.
//
// Answers have a closed vocabulary: statuses, names of the API's own members, names of predefined roles. Data of a
// control plane, such as names, IDs, hosts and secrets, is compared here and is never part of an answer, so a report can
// be published.
//
// The package has its own HTTP client and shares no code with the provider's, so a mistake of that one is found.
package conform
