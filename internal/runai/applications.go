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
	owned  ownedIDs
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

// Create creates an application and returns it with its secret, once: see
// recovery.go for a lost response. An application of that name is never taken:
// the error is an ExistsError. It is an UnknownOutcomeError if nobody can tell
// whether the application was created.
//
// Where err is not nil and the returned application has an ID, it was created and
// only its secret could not be obtained.
func (a *Applications) Create(ctx context.Context, name string) (CreatedApplication, error) {
	d, err := a.client.dialect(ctx)
	if err != nil {
		return CreatedApplication{}, err
	}
	defer a.client.createLocks.lock("application " + name)()

	created, recovered, err := create(ctx, a.client, &a.owned, applicationCreate{a, d, name})
	if err != nil {
		return created, err
	}
	created.AnsweredAt = a.client.clock.read()
	if !recovered {
		return created, nil
	}
	// The secret was lost with the response. Nobody has seen it, so another one
	// takes its place.
	created.Recovered = true
	regenerated, err := a.RegenerateSecret(ctx, created.ID, RegenerateOptions{ClientID: created.ClientID, Enabled: true})
	created.Secret, created.Warnings = regenerated.Secret, regenerated.Warnings
	return created, err
}

// applicationCreate is the create of one application, for recovery.
type applicationCreate struct {
	*Applications
	dialect *dialect
	name    string
}

func (o applicationCreate) object() string { return o.dialect.noun + " " + quote(o.name) }

func (o applicationCreate) send(ctx context.Context) (CreatedApplication, error) {
	var w wireApplication
	r := request{
		op: "create " + o.object(), rule: creating,
		method: http.MethodPost, path: o.dialect.path, body: map[string]string{"name": o.name},
	}
	if err := o.client.send(ctx, r, &w); err != nil {
		return CreatedApplication{}, err
	}
	created := CreatedApplication{Application: o.dialect.application(w), Secret: w.secret()}
	o.client.secrets.add(created.Secret)
	if created.ID == "" || created.Secret.IsZero() {
		return created, o.client.incompleteResponse(r, "id or no secret", unclear)
	}
	return created, nil
}

func (o applicationCreate) lookup(ctx context.Context, cached bool) (CreatedApplication, bool, error) {
	list := o.list.fresh
	if cached {
		list = o.list.recent
	}
	return o.findByName(ctx, o.name, list)
}

func (o applicationCreate) provenance(ctx context.Context, app CreatedApplication) provenance {
	return provenance{
		id:        app.ID,
		createdAt: app.CreatedAt,
		byCaller:  o.client.tokens.identity().is(app.CreatedBy),
		byOther:   o.client.isOtherPrincipal(ctx, app.CreatedBy),
	}
}

func (o applicationCreate) succeeded(app CreatedApplication) { o.list.wrote(app.ID) }

// findByName finds an application by its name in a list.
func (a *Applications) findByName(ctx context.Context, name string, list func(context.Context) ([]Application, error)) (CreatedApplication, bool, error) {
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

// ResolvePending resolves a create that ended in an UnknownOutcomeError: it
// returns the application if it exists and is provably the caller's. The error is
// ErrNotFound if not, and ErrForbidden where the applications may not be listed.
func (a *Applications) ResolvePending(ctx context.Context, name string, pending PendingCreate) (Application, error) {
	d, err := a.client.dialect(ctx)
	if err != nil {
		return Application{}, err
	}
	op := applicationCreate{a, d, name}
	app, found, err := op.lookup(ctx, false)
	switch {
	case err != nil:
		return Application{}, err
	case found && a.client.resolves(pending, op.provenance(ctx, app)):
		return app.Application, nil
	}
	return Application{}, ErrNotFound
}

// GetAfterWrite reads an application that this client has just written, together with
// others that are read at the same time. What it made itself is given a moment
// to appear.
func (a *Applications) GetAfterWrite(ctx context.Context, id string) (Application, error) {
	for try := 0; ; try++ {
		app, err := a.list.reread(ctx, id)
		if !errors.Is(err, ErrNotFound) || !a.owned.has(id) || try >= a.client.maxRetries {
			return app, err
		}
		if a.client.wait(ctx, try, nil) != nil {
			return app, err
		}
	}
}

// SetEnabled enables or disables an application. ref.Name is for messages.
func (a *Applications) SetEnabled(ctx context.Context, ref ApplicationRef, enabled bool) error {
	d, err := a.client.dialect(ctx)
	if err != nil {
		return err
	}
	defer a.list.wrote(ref.ID)
	op := map[bool]string{true: "enable ", false: "disable "}[enabled] + d.describe(ref)
	if d.legacy {
		return a.setRevoked(ctx, d, op, ref.ID, !enabled)
	}
	return a.client.send(ctx, request{
		op: op, rule: repeatable,
		method: http.MethodPatch, path: d.pathOf(ref.ID), body: map[string]bool{"enabled": enabled},
	}, nil)
}

// setRevoked changes the one member and writes back all others as they came.
func (a *Applications) setRevoked(ctx context.Context, d *dialect, op, id string, revoked bool) error {
	defer a.client.createLocks.lock("application id " + id)()
	var raw map[string]json.RawMessage
	read := request{op: op, rule: repeatable, method: http.MethodGet, path: d.pathOf(id)}
	if err := a.client.send(ctx, read, &raw); err != nil {
		return err
	}
	if len(raw["name"]) == 0 {
		return a.client.incompleteResponse(read, "application", failed)
	}
	raw["revoked"] = json.RawMessage(strconv.FormatBool(revoked))
	delete(raw, "secret")
	delete(raw, "clientSecret")
	return a.client.send(ctx, request{op: op, rule: repeatable, method: http.MethodPut, path: d.pathOf(id), body: raw}, nil)
}

// Delete removes an application. One that does not exist is no error. ref.Name is
// for messages, and for what a later create of that name says.
func (a *Applications) Delete(ctx context.Context, ref ApplicationRef) error {
	d, err := a.client.dialect(ctx)
	if err != nil {
		return err
	}
	defer a.list.wrote(ref.ID)
	err = a.client.send(ctx, request{
		op: "delete " + d.describe(ref), rule: repeatable,
		method: http.MethodDelete, path: d.pathOf(ref.ID),
	}, nil)
	if errors.Is(err, ErrNotFound) {
		err = a.list.answers(ctx)
	}
	if err == nil {
		a.client.history.deleted(applicationCreate{a, d, ref.Name}.object())
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
	err := c.send(ctx, request{op: "list the " + d.noun + "s", rule: rule, method: http.MethodGet, path: d.path}, &served)
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
		text: fmt.Sprintf("%s has no %s (it responded with %d), which version %s of Run:ai has. "+
			"Check base_url, and control_plane_version, which can be omitted: then the provider detects it.", c.baseURL, path, e.Status, c.version),
	}
}

func (a *Applications) read(ctx context.Context, id string) (Application, error) {
	d, err := a.client.dialect(ctx)
	if err != nil {
		return Application{}, err
	}
	k := request{
		op: "read " + d.noun + " " + quote(id), rule: repeatable,
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

// describe names an application as a person knows it.
func (d *dialect) describe(ref ApplicationRef) string {
	if ref.Name == "" {
		return d.noun + " with the id " + quote(ref.ID)
	}
	return fmt.Sprintf("%s %q (id %s)", d.noun, ref.Name, ref.ID)
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
// API does not say what stands there for an application created by an
// application (API.md section 13, question 15), so only what is recognised
// counts: an e-mail, for a caller that is no person, and the client ID of another
// application.
func (c *Client) isOtherPrincipal(ctx context.Context, creator string) bool {
	caller := c.tokens.identity()
	if creator == "" || caller.is(creator) || !caller.named {
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
