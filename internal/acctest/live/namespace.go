package live

import (
	"crypto/rand"
	"encoding/hex"
	"regexp"
	"strings"
)

// prefix begins the name of every application that tests create, and the subject of every rule.
const prefix = "tfacc-"

// ownName matches these names and no others.
var ownName = regexp.MustCompile("^" + prefix + "[0-9a-f]{8}-")

// namespace translates between the names that a test sees and those on the control plane.
type namespace struct {
	prefix string
	caller string // the client ID on the control plane
}

func newNamespace(caller string) namespace {
	random := make([]byte, 4)
	_, _ = rand.Read(random) // never fails
	return namespace{prefix: prefix + hex.EncodeToString(random) + "-", caller: caller}
}

// outside returns the name on the control plane.
func (n namespace) outside(name string) string {
	switch name {
	case "":
		return ""
	case testClientID:
		return n.caller
	}
	return n.prefix + name
}

// inside returns the name that the test sees; ok is false if it must not see the object.
func (n namespace) inside(name string) (seen string, ok bool) {
	if name == n.caller {
		return testClientID, true
	}
	return strings.CutPrefix(name, n.prefix)
}

// rename replaces a name in a string member of an object, where the object has it. It reports whether the test may see it.
func (n namespace) rename(object map[string]any, member string) bool {
	name, isText := object[member].(string)
	if !isText {
		return true
	}
	seen, ok := n.inside(name)
	if ok {
		object[member] = seen
	}
	return ok
}

// application translates an application for the test; false hides it.
func (n namespace) application(app map[string]any) bool {
	visible := n.rename(app, "name")
	n.rename(app, "clientId") // a UUID in the legacy API, which stays as it is
	n.rename(app, "createdBy")
	return visible
}

// rule translates an access rule for the test; false hides it.
func (n namespace) rule(rule map[string]any) bool {
	n.rename(rule, "createdBy")
	_, hasSubject := rule["subjectId"].(string)
	return n.rename(rule, "subjectId") && hasSubject
}

var subjectCondition = regexp.MustCompile(`subjectId==([^,]*)`)

// filter translates the value of filterBy.
func (n namespace) filter(value string) string {
	return subjectCondition.ReplaceAllStringFunc(value, func(condition string) string {
		return "subjectId==" + n.outside(strings.TrimPrefix(condition, "subjectId=="))
	})
}

// list translates a comma-separated list of subjects.
func (n namespace) list(value string) string {
	names := strings.Split(value, ",")
	for i, name := range names {
		names[i] = n.outside(name)
	}
	return strings.Join(names, ",")
}
