package mockserver

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// malformed are members of an object, by their names, that the API serves with values of a test instead of its own.
type malformed map[string]json.RawMessage

// apply returns a body with the members replaced.
func (m malformed) apply(body any) any {
	if len(m) == 0 {
		return body
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("mockserver: cannot encode a body: %v", err))
	}
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(encoded, &members); err != nil {
		panic(fmt.Sprintf("mockserver: a body that is no object: %v", err))
	}
	maps.Copy(members, m)
	return members
}

// MalformApplication makes the API serve a member of the application of a name, in lists and by ID, with a value that
// need not fit its schema, such as ("ci", "lastLogin", "2026-03-01T12:00:00"), a time without a zone. A nil value undoes
// it; json.RawMessage("null") serves null.
func (s *Server) MalformApplication(name, member string, value any) {
	s.mutate(func(d *store, _ time.Time) {
		app := d.mustApplication(name)
		app.Malformed = app.Malformed.set(member, value)
	})
}

// MalformAccessRule is MalformApplication for a rule that is not deleted.
func (s *Server) MalformAccessRule(id int, member string, value any) {
	s.mutate(func(d *store, _ time.Time) {
		rule := d.mustRule(id)
		rule.Malformed = rule.Malformed.set(member, value)
	})
}

// ServesMalformed reports whether the API serves a malformed object, for tests that validate responses.
func (s *Server) ServesMalformed() bool {
	s.lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.data.Applications, func(a *application) bool { return len(a.Malformed) > 0 }) ||
		slices.ContainsFunc(s.data.AccessRules, func(r *accessRule) bool { return len(r.Malformed) > 0 })
}

// set returns the members with one more replaced, or with one fewer if the value is nil.
func (m malformed) set(member string, value any) malformed {
	changed := maps.Clone(m)
	if value == nil {
		delete(changed, member)
		return changed
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("mockserver: cannot encode the value of %s: %v", member, err))
	}
	if changed == nil {
		changed = malformed{}
	}
	changed[member] = encoded
	return changed
}
