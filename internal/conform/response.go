package conform

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// response is a response with its body decoded, if that is JSON.
type response struct {
	status int
	header http.Header
	body   []byte
	json   any
}

func (r response) object() map[string]any {
	object, _ := r.json.(map[string]any)
	return object
}

// objects returns the objects of an array.
func objects(v any) []map[string]any {
	list, _ := v.([]any)
	var all []map[string]any
	for _, item := range list {
		if object, ok := item.(map[string]any); ok {
			all = append(all, object)
		}
	}
	return all
}

// text returns a string or a number as text, and nothing for other values.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// kind names the shape of a body.
func (r response) kind() string {
	trimmed := strings.TrimSpace(string(r.body))
	object := r.object()
	_, isArray := r.json.([]any)
	switch {
	case trimmed == "":
		return "empty"
	case object["code"] != nil && object["message"] != nil:
		return "API error"
	case r.status >= 400 && text(object["error"]) != "":
		return "OAuth error"
	case object != nil:
		return "object"
	case isArray:
		return "array"
	case strings.HasPrefix(trimmed, "<") || strings.Contains(r.header.Get("Content-Type"), "html"):
		return "web page"
	}
	return "text"
}

// describe returns the status and the shape, such as "404 API error". It has no content.
func (r response) describe() string {
	kind := r.kind()
	if kind == "API error" && text(r.object()["code"]) != strconv.Itoa(r.status) {
		kind += " with another code"
	}
	return fmt.Sprintf("%d %s", r.status, kind)
}

// describeMembers adds the names of an object's members.
func (r response) describeMembers() string {
	if r.kind() != "object" {
		return r.describe()
	}
	return fmt.Sprintf("%s: %s", r.describe(), members(r.object()))
}

// isAbsent reports whether the response is one to a path that does not exist.
func (r response) isAbsent() bool {
	switch r.status {
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return true
	case http.StatusUnauthorized: // a gateway's, if it is not the API's own
		return r.kind() != "API error" && r.kind() != "OAuth error"
	}
	return r.status < 300 && r.kind() == "web page"
}

// knownMembers are the names of members that an answer may contain; others are counted only.
var knownMembers = strings.Fields(`
	accessRules accessToken access_token clientId clientSecret code clusterId count createdAt createdBy custom deletedAt departments
	deprecated description details displayRecords effectiveEnabled enabled entityType error error_description expiresIn
	expires_in id id_token kubernetesPermissions lastLogin message name next permissionSets permissions permittedClusters
	permitAllClusters projects refreshToken refresh_expires_in refresh_token revoked roleId roleName roles scope scopeId
	scopeName scopePath scopeType secret session_state status subjectId subjectType tenantId tokenType token_type
	totalRecords updatedAt userId`)

// members lists the known names of an object's members in order, and the number of the others.
func members(object map[string]any, without ...string) string {
	var names []string
	others := 0
	for name := range object {
		switch {
		case slices.Contains(without, name):
		case slices.Contains(knownMembers, name):
			names = append(names, name)
		default:
			others++
		}
	}
	slices.Sort(names)
	if others > 0 {
		names = append(names, fmt.Sprintf("and %d unknown", others))
	}
	return strings.Join(names, ", ")
}
