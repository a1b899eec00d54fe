package conform

import (
	"context"
	"fmt"
	"net/http"
	"slices"
)

// installer reads the installer application. It discards the secret in the response.
func installer(ctx context.Context, s *session) (string, error) {
	resp, err := s.get(ctx, appsPath+"/installer")
	switch {
	case err != nil:
		return "", err
	case resp.isAbsent():
		return "not served", nil
	case resp.status == http.StatusForbidden:
		return "", errNotPermitted
	}
	return resp.describeMembers(), nil
}

func applicationMembers(ctx context.Context, s *session) (string, error) {
	_, list, err := s.collection(ctx)
	switch {
	case err != nil:
		return "", err
	case len(list) == 0:
		return "", notTested("no application is visible")
	}
	return members(list[0]), nil
}

// documentedListLimit is the greatest number of entries that the references of 2.24 and later document.
const documentedListLimit = 1000

// listLimit counts the applications, if there are enough for a result.
func listLimit(ctx context.Context, s *session) (string, error) {
	_, list, err := s.collection(ctx)
	switch n := len(list); {
	case err != nil:
		return "", err
	case n < documentedListLimit:
		return "", notTested("fewer than %d applications are visible", documentedListLimit)
	case n == documentedListLimit:
		return fmt.Sprintf("exactly %d entries, so it is probably cut", n), nil
	}
	return fmt.Sprintf("more than %d entries", documentedListLimit), nil
}

func sameID(ctx context.Context, s *session) (string, error) {
	older, err := s.read(ctx, appsPath)
	if err != nil {
		return "", err
	}
	newer, err := s.read(ctx, accountsPath)
	if err != nil {
		return "", err
	}
	for _, app := range objects(older.json) {
		for _, account := range objects(newer.json) {
			switch {
			case app["name"] != account["name"]:
			case app["id"] == account["id"]:
				return "the same IDs", nil
			default:
				return "other IDs", nil
			}
		}
	}
	return "other objects", nil
}

func unknownApplication(ctx context.Context, s *session) (string, error) {
	path, _, err := s.collection(ctx)
	if err != nil {
		return "", err
	}
	return statusOf(request{method: "GET", path: path + "/" + unknownUUID})(ctx, s)
}

// create announces the name, and creates the application.
func create(ctx context.Context, s *session) (string, error) {
	path, _, err := s.collection(ctx)
	if err != nil {
		return "", err
	}
	s.app = throwaway{collection: path, name: newName()}
	s.announce(s.app.name)
	resp, err := s.change(ctx, request{method: http.MethodPost, path: path, body: map[string]string{"name": s.app.name}})
	switch {
	case err != nil:
		return "", err
	case resp.status == http.StatusForbidden:
		return "", errNotPermitted
	}
	object := resp.object()
	s.app.created = resp
	s.app.secret = text(object["clientSecret"]) + text(object["secret"])
	if s.app.id = text(object["id"]); s.app.isLegacy() {
		s.app.id = text(object["clientId"])
	}
	s.app.object, _ = s.readApp(ctx)
	return resp.describeMembers(), ctx.Err()
}

func createAgain(ctx context.Context, s *session) (string, error) {
	if err := s.app.require(); err != nil {
		return "", err
	}
	resp, err := s.change(ctx, request{method: http.MethodPost, path: s.app.collection, body: map[string]string{"name": s.app.name}})
	return resp.describe(), err
}

// createListed looks for the new application in the list, which may be truncated or filtered for the caller.
func createListed(ctx context.Context, s *session) (string, error) {
	if err := s.app.require(); err != nil {
		return "", err
	}
	when, err := s.poll(ctx, func() (bool, error) {
		resp, err := s.read(ctx, s.app.collection)
		return slices.ContainsFunc(objects(resp.json), func(app map[string]any) bool { return text(app["name"]) == s.app.name }), err
	})
	if when == "" {
		when = "not within 12 s"
	}
	return when, err
}

func createClock(_ context.Context, s *session) (string, error) {
	at, ok := parseTime(s.app.object["createdAt"])
	if !ok {
		return "", notTested("no time of creation")
	}
	return skew(s.app.created, at)
}

// creator compares a createdBy with the caller.
func (s *session) creator(createdBy string) (string, error) {
	switch {
	case s.clientID == "":
		return "", notTested("the caller is unknown")
	case createdBy == "":
		return "absent", nil
	case createdBy == s.clientID:
		return "the client ID", nil
	case createdBy == "service-account-"+s.clientID:
		return "service-account- and the client ID", nil
	case createdBy == text(s.claims["sub"]):
		return "the subject of the token", nil
	}
	return "something else", nil
}

func createdBy(_ context.Context, s *session) (string, error) {
	if err := s.app.require(); err != nil {
		return "", err
	}
	return s.creator(text(s.app.object["createdBy"]))
}

func newMembers(_ context.Context, s *session) (string, error) {
	if s.app.object == nil {
		return "", notTested("no application was created")
	}
	return members(s.app.object), nil
}

func regenerate(ctx context.Context, s *session) (string, error) {
	before, err := s.readApp(ctx)
	if err != nil {
		return "", err
	}
	if err := s.pause(ctx); err != nil {
		return "", err
	}
	resp, err := s.change(ctx, request{method: http.MethodPost, path: s.app.path() + "/secret"})
	switch {
	case err != nil:
		return "", err
	case resp.status == http.StatusForbidden:
		return "", errNotPermitted
	}
	s.app.previous, s.app.before = s.app.secret, before
	s.app.secret = text(resp.object()["clientSecret"]) + text(resp.object()["secret"])
	return resp.describeMembers(), nil
}

// movedByRegeneration reports whether a time of the application changes when its secret
// is regenerated.
func movedByRegeneration(member string) func(context.Context, *session) (string, error) {
	return func(ctx context.Context, s *session) (string, error) {
		if s.app.before == nil {
			return "", notTested("no secret was regenerated")
		}
		return s.moved(ctx, s.app.before, member)
	}
}

// moved reads the application and reports whether a member changed.
func (s *session) moved(ctx context.Context, before map[string]any, member string) (string, error) {
	after, err := s.readApp(ctx)
	if err != nil {
		return "", err
	}
	switch _, present := after[member]; {
	case !present:
		return "no such member", nil
	case text(after[member]) == text(before[member]):
		return "no", nil
	}
	return "yes", nil
}

func disable(ctx context.Context, s *session) (string, error) {
	if err := s.app.require(); err != nil {
		return "", err
	}
	resp, err := s.setEnabled(ctx, false)
	if err == nil && resp.status == http.StatusForbidden {
		return "", errNotPermitted
	}
	s.app.disabled = resp.status < 300
	return resp.describeMembers(), err
}

func enable(ctx context.Context, s *session) (string, error) {
	if !s.app.disabled {
		return "", notTested("the application was not disabled")
	}
	if resp, err := s.setEnabled(ctx, true); err != nil || resp.status >= 300 {
		return resp.describe(), err
	}
	return s.describeSignIn(ctx, s.app.name)
}

func deleteApp(ctx context.Context, s *session) (string, error) {
	if err := s.app.require(); err != nil {
		return "", err
	}
	resp, err := s.change(ctx, request{method: http.MethodDelete, path: s.app.path()})
	s.app.deleted = err == nil && resp.status < 300
	return resp.describe(), err
}

func getDeletedApp(ctx context.Context, s *session) (string, error) {
	if !s.app.deleted {
		return "", notTested("the application was not deleted")
	}
	return statusOf(request{method: http.MethodGet, path: s.app.path()})(ctx, s)
}
