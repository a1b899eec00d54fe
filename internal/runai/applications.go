package runai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Applications are the applications, or service accounts, of a tenant.
type Applications struct {
	client *Client
	list   *coalesced[Application]
	made   ownedIDs
}

func newApplications(c *Client) *Applications {
	a := &Applications{client: c}
	a.list = &coalesced[Application]{
		key:    func(app Application) string { return app.ID },
		load:   a.load,
		single: a.read,
		now:    c.now,
		gather: c.batchWindow,
	}
	return a
}

// CheckName reports whether this control plane would take a name for a new
// application. A name that exists is never held against the pattern: it may be
// older than the pattern. Where only an attempt would tell, the name passes.
func (a *Applications) CheckName(ctx context.Context, name string) error {
	if namePattern.MatchString(name) && len(name) <= ApplicationNameMaxLength {
		return nil
	}
	d, err := a.client.dialect(ctx)
	if err != nil {
		return err
	}
	var apps []Application
	if a.client.version.IsZero() {
		apps, _ = a.list.recent(ctx) // no list, no evidence
	}
	if checks, known := d.checksNames(a.client.version, apps); !checks || !known {
		return nil
	}
	return &InvalidNameError{Name: name}
}

// List returns all applications that the caller may see, in the order of the
// control plane. It shows all that this client has written.
func (a *Applications) List(ctx context.Context) ([]Application, error) {
	if _, err := a.client.dialect(ctx); err != nil {
		return nil, err
	}
	return a.list.all(ctx)
}

// ApplicationRef is what is known of an application that is to be read. ID
// suffices; Name and CreatedAt find it again where an upgrade of the control
// plane has given it another id.
type ApplicationRef struct {
	ID        string
	Name      string
	CreatedAt time.Time
}

// Get reads one application, from a list where many are asked for. ErrNotFound
// means that it is gone, on proof.
func (a *Applications) Get(ctx context.Context, ref ApplicationRef) (Application, error) {
	if _, err := a.client.dialect(ctx); err != nil {
		return Application{}, err
	}
	app, err := a.list.get(ctx, ref.ID)
	if !errors.Is(err, ErrNotFound) || ref.Name == "" || ref.CreatedAt.IsZero() {
		return app, err
	}
	// The same name alone is not the same application: it may have been made
	// anew by somebody else.
	apps, listErr := a.list.recent(ctx)
	if listErr != nil {
		return app, err
	}
	for _, candidate := range apps {
		if candidate.Name == ref.Name && candidate.CreatedAt.Truncate(time.Second).Equal(ref.CreatedAt.Truncate(time.Second)) {
			return candidate, nil
		}
	}
	return app, err
}

// Find looks an application up by its id, its name or its client ID. The error
// is ErrNotFound if there is none.
func (a *Applications) Find(ctx context.Context, idOrName string) (Application, error) {
	apps, err := a.List(ctx)
	if err != nil {
		return Application{}, err
	}
	for _, same := range []func(Application) bool{
		func(app Application) bool { return app.ID == idOrName },
		func(app Application) bool { return app.Name == idOrName },
		func(app Application) bool { return app.ClientID == idOrName },
	} {
		for _, app := range apps {
			if same(app) {
				return app, nil
			}
		}
	}
	// A list may be cut, or narrowed to what the caller may see.
	return a.read(ctx, idOrName)
}

// Create makes an application and returns it with its secret, once: see
// recovery.go for what happens when the answer is lost. The name is taken from
// nobody: ExistsError if it is there already. UnknownOutcomeError if nobody knows.
//
// Where err is not nil and the returned application has an ID, it was made and
// only its secret could not be obtained.
func (a *Applications) Create(ctx context.Context, name string) (CreatedApplication, error) {
	d, err := a.client.dialect(ctx)
	if err != nil {
		return CreatedApplication{}, err
	}
	defer a.client.createLocks.lock("application " + name)()

	created, recovered, err := createOnce(ctx, a.client, &a.made, creation[CreatedApplication]{
		object: d.noun + " " + quote(name),
		send:   func(ctx context.Context) (CreatedApplication, error) { return a.create(ctx, d, name) },
		before: func(ctx context.Context) (CreatedApplication, bool, error) { return a.named(ctx, name, a.list.recent) },
		find:   func(ctx context.Context) (CreatedApplication, bool, error) { return a.named(ctx, name, a.list.fresh) },
		facts:  func(app CreatedApplication) provenance { return a.facts(ctx, app) },
	})
	if err != nil || !recovered {
		return created, err
	}
	// The secret was lost with the answer. Nobody has seen it, so another takes
	// its place.
	created.Secret, err = a.RegenerateSecret(ctx, created.ID)
	return created, err
}

func (a *Applications) create(ctx context.Context, d *dialect, name string) (CreatedApplication, error) {
	var w wireApplication
	k := call{
		what: "create " + d.noun + " " + quote(name), rule: creating,
		method: http.MethodPost, path: d.path, body: map[string]string{"name": name},
	}
	if err := a.client.send(ctx, k, &w); err != nil {
		return CreatedApplication{}, err
	}
	created := CreatedApplication{Application: d.application(w), Secret: w.secret()}
	a.client.secrets.remember(created.Secret)
	a.list.wrote(created.ID)
	if created.ID == "" || created.Secret.IsZero() {
		return created, a.client.incompleteResponse(k, "id or no secret", unclear)
	}
	return created, nil
}

// named looks for a name in a list.
func (a *Applications) named(ctx context.Context, name string, list func(context.Context) ([]Application, error)) (CreatedApplication, bool, error) {
	apps, err := list(ctx)
	if err != nil {
		return CreatedApplication{}, false, err
	}
	for _, app := range apps {
		if app.Name == name || app.ClientID == name {
			return CreatedApplication{Application: app}, true, nil
		}
	}
	return CreatedApplication{}, false, nil
}

func (a *Applications) facts(ctx context.Context, app CreatedApplication) provenance {
	return provenance{
		id:      app.ID,
		at:      app.CreatedAt,
		creator: app.CreatedBy,
		foreign: a.client.isOtherPrincipal(ctx, app.CreatedBy),
	}
}

// ResolvePending clears up a create that ended in an UnknownOutcomeError: it returns the
// application if it is there and ours, else ErrNotFound.
func (a *Applications) ResolvePending(ctx context.Context, name string, pending PendingCreate) (Application, error) {
	found, ok, err := a.named(ctx, name, a.list.fresh)
	switch {
	case err != nil:
		return Application{}, err
	case ok && a.client.createdByThisRun(a.facts(ctx, found), pending):
		return found.Application, nil
	}
	return Application{}, ErrNotFound
}

// GetAfterWrite reads an application that this client has just written, together with
// others that are read at the same time. What it made itself is given a moment
// to appear.
func (a *Applications) GetAfterWrite(ctx context.Context, id string) (Application, error) {
	for try := 0; ; try++ {
		app, err := a.list.reread(ctx, id)
		if !errors.Is(err, ErrNotFound) || !a.made.has(id) || try >= a.client.maxRetries {
			return app, err
		}
		if a.client.wait(ctx, try, nil) != nil {
			return app, err
		}
	}
}

// SetEnabled enables or disables an application.
func (a *Applications) SetEnabled(ctx context.Context, id string, enabled bool) error {
	d, err := a.client.dialect(ctx)
	if err != nil {
		return err
	}
	defer a.list.wrote(id)
	what := map[bool]string{true: "enable ", false: "disable "}[enabled] + d.noun + " " + quote(id)
	if d.legacy {
		return a.setRevoked(ctx, d, what, id, !enabled)
	}
	return a.client.send(ctx, call{
		what: what, rule: repeatable,
		method: http.MethodPatch, path: d.pathOf(id), body: map[string]bool{"enabled": enabled},
	}, nil)
}

// setRevoked changes the one member and writes back all others as they came.
func (a *Applications) setRevoked(ctx context.Context, d *dialect, what, id string, revoked bool) error {
	defer a.client.createLocks.lock("application id " + id)()
	var whole map[string]json.RawMessage
	read := call{what: what, rule: repeatable, method: http.MethodGet, path: d.pathOf(id)}
	if err := a.client.send(ctx, read, &whole); err != nil {
		return err
	}
	if len(whole["name"]) == 0 {
		return a.client.incompleteResponse(read, "application", failed)
	}
	whole["revoked"] = json.RawMessage(strconv.FormatBool(revoked))
	delete(whole, "secret")
	delete(whole, "clientSecret")
	return a.client.send(ctx, call{what: what, rule: repeatable, method: http.MethodPut, path: d.pathOf(id), body: whole}, nil)
}

// RegenerateSecret makes a new secret and revokes the one before at once. A lost
// answer is asked for again: nobody has seen the secret that was lost with it.
func (a *Applications) RegenerateSecret(ctx context.Context, id string) (Secret, error) {
	d, err := a.client.dialect(ctx)
	if err != nil {
		return Secret{}, err
	}
	defer a.list.wrote(id)
	defer a.client.createLocks.lock("application id " + id)()
	k := call{
		what: "regenerate the secret of " + d.noun + " " + quote(id), rule: regenerating,
		method: http.MethodPost, path: d.pathOf(id) + "/secret",
	}
	var w wireApplication
	if err := a.client.send(ctx, k, &w); err != nil {
		return Secret{}, err
	}
	secret := w.secret()
	if secret.IsZero() {
		return Secret{}, a.client.incompleteResponse(k, "secret", failed)
	}
	a.client.secrets.remember(secret)
	return secret, nil
}

// Delete removes an application. One that is not there is no error.
func (a *Applications) Delete(ctx context.Context, id string) error {
	d, err := a.client.dialect(ctx)
	if err != nil {
		return err
	}
	defer a.list.wrote(id)
	err = a.client.send(ctx, call{
		what: "delete " + d.noun + " " + quote(id), rule: repeatable,
		method: http.MethodDelete, path: d.pathOf(id),
	}, nil)
	if errors.Is(err, ErrNotFound) {
		return a.list.answers(ctx)
	}
	return err
}

func (a *Applications) load(ctx context.Context) ([]Application, error) {
	d, err := a.client.dialect(ctx)
	if err != nil {
		return nil, err
	}
	return a.client.listApplications(ctx, d, repeatable)
}

func (c *Client) listApplications(ctx context.Context, d *dialect, rule retryRule) ([]Application, error) {
	var served []wireApplication
	err := c.send(ctx, call{what: "list the " + d.noun + "s", rule: rule, method: http.MethodGet, path: d.path}, &served)
	if err != nil {
		return nil, c.wrongVersion(err, d.path)
	}
	apps := make([]Application, 0, len(served))
	seen := make(map[string]struct{}, len(served))
	for _, w := range served {
		app := d.application(w)
		app.clientIDServed = !d.legacy && w.ClientID != ""
		if _, again := seen[app.ID]; again || app.ID == "" {
			continue
		}
		seen[app.ID] = struct{}{}
		apps = append(apps, app)
	}
	return apps, nil
}

// wrongVersion explains a collection that is not there on a control plane whose
// version was configured.
func (c *Client) wrongVersion(err error, path string) error {
	var e *Error
	if c.version.IsZero() || !errors.As(err, &e) || !isRouteMissing(e) {
		return err
	}
	return &unsupportedError{
		sentinel: ErrNotControlPlane,
		text: fmt.Sprintf("%s has no %s (it answered %d), which version %s of Run:ai has. "+
			"Check base_url, and control_plane_version, which can be left out to be found out.", c.baseURL, path, e.Status, c.version),
	}
}

func (a *Applications) read(ctx context.Context, id string) (Application, error) {
	d, err := a.client.dialect(ctx)
	if err != nil {
		return Application{}, err
	}
	k := call{
		what: "read " + d.noun + " " + quote(id), rule: repeatable,
		method: http.MethodGet, path: d.pathOf(id),
	}
	var w wireApplication
	err = a.client.send(ctx, k, &w)
	app := d.application(w)
	if err == nil && app.ID == "" {
		err = a.client.incompleteResponse(k, "id", failed)
	}
	return app, err
}

func (d *dialect) pathOf(id string) string { return d.path + "/" + escape(id) }

// escape makes one segment of a path of an id, whatever a person typed.
func escape(id string) string {
	if id == "." || id == ".." {
		return strings.ReplaceAll(id, ".", "%2E")
	}
	return url.PathEscape(id)
}

// isOtherPrincipal reports whether a creator is known not to be the caller. The
// API does not say what stands there for an application made by an application
// (API.md section 13, question 15), so what is not recognised is not held
// against it: an e-mail is, for a caller that is no person, and so is the
// client ID of another application.
func (c *Client) isOtherPrincipal(ctx context.Context, creator string) bool {
	if creator == "" || c.isCaller(creator) || !c.hasIdentity() {
		return false
	}
	if strings.Contains(creator, "@") {
		return true
	}
	apps, _ := c.Applications.list.recent(context.WithoutCancel(ctx))
	for _, app := range apps {
		if app.hasAlias(creator) {
			return !c.IsCaller(app)
		}
	}
	return false
}
