package conform

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
)

// prefix begins the name of every application that a run creates.
const prefix = "runai-conform-"

// ownName matches exactly these names, so that no other object is removed.
var ownName = regexp.MustCompile("^" + prefix + "[0-9a-f]{12}$")

func newName() string {
	random := make([]byte, 6)
	_, _ = rand.Read(random) // never fails
	return prefix + hex.EncodeToString(random)
}

// throwaway is the application that a run creates, and its rule.
type throwaway struct {
	collection string // the path
	name, id   string
	secret     string
	token      string // issued before the rule existed
	created    response
	object     map[string]any // as read after the creation

	rule        map[string]any // as sent
	ruleID      string
	ruleCreated response
	ruleDeleted bool
	duplicates  []string // rules that should have been refused

	previous string         // the secret before the regeneration
	before   map[string]any // the application before it

	beforeSignIn map[string]any // the application before the sign-in that last-login compares
	disabled     bool
	deleted      bool
}

func (a *throwaway) path() string { return a.collection + "/" + url.PathEscape(a.id) }

func (a *throwaway) isLegacy() bool { return a.collection == legacyPath }

// require returns an error if there is no application to probe.
func (a *throwaway) require() error {
	if a.id == "" || a.deleted {
		return notTested("no application was created")
	}
	return nil
}

func (a *throwaway) requireRule() error {
	if a.ruleID == "" {
		return notTested("no access rule was created")
	}
	return nil
}

// readApp returns the current state of the application.
func (s *session) readApp(ctx context.Context) (map[string]any, error) {
	if err := s.app.require(); err != nil {
		return nil, err
	}
	resp, err := s.read(ctx, s.app.path())
	return resp.object(), err
}

// setEnabled enables or disables the application. The older API replaces the whole object.
func (s *session) setEnabled(ctx context.Context, enabled bool) (response, error) {
	if !s.app.isLegacy() {
		return s.change(ctx, request{method: http.MethodPatch, path: s.app.path(), body: map[string]bool{"enabled": enabled}})
	}
	object, err := s.readApp(ctx)
	if err != nil {
		return response{}, err
	}
	object = maps.Clone(object)
	object["revoked"] = !enabled
	return s.change(ctx, request{method: http.MethodPut, path: s.app.path(), body: object})
}

// remove removes the applications whose names match, and the rules of these subjects: rules first, since a rule would
// apply to the next application of its subject. It continues after an error.
func (s *session) remove(ctx context.Context, matches func(name string) bool) error {
	var errs []error
	rules, err := s.rulesOfOwnSubjects(ctx)
	if err != nil && !errors.Is(err, errNotPermitted) { // who may not list rules has created none
		errs = append(errs, fmt.Errorf("cannot list the access rules of %s…: %w", prefix, err))
	}
	for _, rule := range rules {
		if matches(text(rule["subjectId"])) {
			errs = append(errs, s.removePath(ctx, rulesPath+"/"+url.PathEscape(text(rule["id"])), "access rule of "+text(rule["subjectId"])))
		}
	}
	for _, path := range collections {
		resp, err := s.get(ctx, path)
		if err != nil {
			errs = append(errs, fmt.Errorf("cannot list applications: %w", err))
			continue
		}
		for _, app := range objects(resp.json) {
			name, id := text(app["name"]), text(app["id"])
			if id == "" {
				id = text(app["clientId"])
			}
			if matches(name) {
				errs = append(errs, s.removePath(ctx, path+"/"+url.PathEscape(id), "application "+name))
			}
		}
	}
	return errors.Join(errs...)
}

// rulesOfOwnSubjects lists the rules of the applications of this and earlier runs. If the filter is refused, it reads all
// rules.
func (s *session) rulesOfOwnSubjects(ctx context.Context) ([]map[string]any, error) {
	rules, err := s.rules(ctx, url.Values{"filterBy": {"subjectId=^" + prefix}})
	if err != nil {
		rules, err = s.rules(ctx, nil)
	}
	return slices.DeleteFunc(rules, func(rule map[string]any) bool {
		return !isSubjectOfApplication(rule) || !ownName.MatchString(text(rule["subjectId"]))
	}), err
}

func (s *session) removePath(ctx context.Context, path, what string) error {
	resp, err := s.change(ctx, request{method: http.MethodDelete, path: path})
	switch {
	case err != nil:
		return fmt.Errorf("cannot delete the %s: %w; delete it yourself", what, err)
	case resp.status >= 300 && resp.status != http.StatusNotFound:
		return fmt.Errorf("cannot delete the %s: response %s; delete it yourself", what, resp.describe())
	}
	return nil
}

// cleanUp removes the objects that this run has created, by their IDs and by name.
func (s *session) cleanUp(ctx context.Context) error {
	if s.app.name == "" {
		return nil
	}
	var errs []error
	rules := s.app.duplicates
	if s.app.ruleID != "" && !s.app.ruleDeleted {
		rules = append(rules, s.app.ruleID)
	}
	for _, id := range rules {
		errs = append(errs, s.removePath(ctx, rulesPath+"/"+url.PathEscape(id), "access rule of "+s.app.name))
	}
	if s.app.id != "" && !s.app.deleted {
		errs = append(errs, s.removePath(ctx, s.app.path(), "application "+s.app.name))
	}
	errs = append(errs, s.remove(ctx, func(name string) bool { return name == s.app.name }))
	return errors.Join(errs...)
}
