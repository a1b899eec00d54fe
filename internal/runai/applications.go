package runai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// Applications are the applications, or service accounts, of a tenant.
type Applications struct {
	client   *Client
	list     *listcache.Cache[Application]
	detected atomic.Pointer[dialect] // nil: not yet
	owned    ownedIDs
}

func newApplications(c *Client) *Applications {
	a := &Applications{client: c}
	if !c.version.IsZero() {
		a.detected.Store(c.version.dialect())
	}
	a.list = listcache.New(listcache.Source[Application]{
		Key:   applicationID,
		Names: Application.Aliases,
		Pages: func() func(context.Context) (listcache.Page[Application], error) { return a.load },
		Read: func(ctx context.Context, id string) (Application, error) {
			return readOwned(ctx, c, &a.owned, id, a.Read)
		},
		Now: c.rest.Config.Now, NotFound: ErrNotFound, Forbidden: ErrForbidden,
	})
	return a
}

// CheckName reports whether this control plane would take a name for a new
// application. A name that exists is never held against the pattern: it may be
// older than the pattern. Where only an attempt would tell, the name passes.
func (a *Applications) CheckName(ctx context.Context, name string) error {
	if namePattern.MatchString(name) && len(name) <= ApplicationNameMaxLength {
		return nil
	}
	d, err := a.dialect(ctx)
	if err != nil {
		return err
	}
	var apps listcache.Listing[Application]
	if a.client.version.IsZero() {
		apps, _ = a.list.List(ctx, listcache.Recent) // no list, no evidence
	}
	if checks, known := d.checksNames(a.client.version, apps.Items); !checks || !known {
		return nil
	}
	return &InvalidNameError{Name: name}
}

// Listing is a list with what is to be known of its gaps.
type Listing[T any] = listcache.Listing[T]

// List returns all applications that the caller may see, in the order of the
// control plane. It shows all that this client has written.
func (a *Applications) List(ctx context.Context) ([]Application, error) {
	l, err := a.Listing(ctx)
	return l.Items, err
}

// Listing is List, and reports whether the list may be cut, and how many of its
// entries could not be decoded.
func (a *Applications) Listing(ctx context.Context) (Listing[Application], error) {
	return a.list.List(ctx, listcache.AfterWrites)
}

// ApplicationRef identifies an application to read. ID suffices; Name and CreatedAt
// find it again where an upgrade of the control plane has given it another id.
type ApplicationRef struct {
	ID        string
	Name      string
	CreatedAt time.Time
	// Approximate: CreatedAt is the Date of the response to the create.
	Approximate bool
}

// createdAtTolerance is how far an approximate CreatedAt may be off: it is of
// another clock than the application's.
const createdAtTolerance = time.Minute

// matches reports whether an application with another id is the one meant. The
// same name alone does not make it the same: another principal may have deleted
// and created it.
func (ref ApplicationRef) matches(app Application) bool {
	if app.Name != ref.Name || app.CreatedAt.IsZero() {
		return false
	}
	if ref.Approximate {
		return app.CreatedAt.Sub(ref.CreatedAt).Abs() <= createdAtTolerance
	}
	return app.CreatedAt.Truncate(time.Second).Equal(ref.CreatedAt.Truncate(time.Second))
}

// Get reads one application, from a list where many are read. ErrNotFound means
// that it is gone, on proof.
func (a *Applications) Get(ctx context.Context, ref ApplicationRef) (Application, error) {
	if _, err := a.dialect(ctx); err != nil {
		return Application{}, err
	}
	app, err := a.list.Get(ctx, ref.ID)
	if !errors.Is(err, ErrNotFound) || ref.Name == "" {
		return app, err
	}
	found, lookupErr := a.list.Lookup(ctx, ref.Name, listcache.Recent, nil)
	if lookupErr != nil && !errors.Is(lookupErr, ErrForbidden) {
		return app, lookupErr
	}
	for _, other := range found.Items {
		switch {
		case ref.matches(other):
			return other, nil
		case ref.CreatedAt.IsZero() && other.Name == ref.Name:
			return app, &renamedIDError{ref, other.ID}
		}
	}
	return app, err
}

// renamedIDError says that an id is gone while the name exists, and that nothing
// tells whether that is the same application. It is no ErrNotFound.
type renamedIDError struct {
	ref   ApplicationRef
	newID string
}

func (e *renamedIDError) Error() string {
	return fmt.Sprintf("there is no application with the id %s any more, but there is %s with the id %s. It may be the same one with another id after an upgrade of the control plane, "+
		"or one that was created since; the state does not hold the time of creation, which would tell. If it is yours, remove the resource from the state and import %s.", e.ref.ID, quote(e.ref.Name), e.newID, e.newID)
}

// readOwned reads an object by its id. One that this client has created is given a
// moment to appear before a 404 is believed.
func readOwned[T any](ctx context.Context, c *Client, owned *ownedIDs, id string, read func(context.Context, string) (T, error)) (T, error) {
	for attempt := 0; ; attempt++ {
		item, err := read(ctx, id)
		if !errors.Is(err, ErrNotFound) || !owned.has(id) || attempt >= c.rest.Config.MaxRetries || c.rest.Wait(ctx, attempt, nil) != nil {
			return item, err
		}
	}
}

// Find looks an application up by its id, its name or its client ID. The error
// is ErrNotFound if there is none.
func (a *Applications) Find(ctx context.Context, idOrName string) (Application, error) {
	if _, err := a.dialect(ctx); err != nil {
		return Application{}, err
	}
	app, err := Application{}, error(nil)
	isID := looksLikeID.MatchString(idOrName)
	if isID {
		if app, err = a.list.Get(ctx, idOrName); !errors.Is(err, ErrNotFound) {
			return app, err
		}
	}
	found, listErr := a.list.Lookup(ctx, idOrName, listcache.AfterWrites, nil)
	if listErr != nil && !errors.Is(listErr, ErrForbidden) {
		return Application{}, listErr
	}
	for _, same := range []func(Application) bool{
		func(app Application) bool { return app.ID == idOrName },
		func(app Application) bool { return app.Name == idOrName },
		func(app Application) bool { return app.ClientID == idOrName },
	} {
		if i := slices.IndexFunc(found.Items, same); i >= 0 {
			return found.Items[i], nil
		}
	}
	if !isID {
		app, err = a.Read(ctx, idOrName)
	}
	switch {
	case !errors.Is(err, ErrNotFound):
		return app, err
	case listErr != nil:
		return app, fmt.Errorf("there is no application with the id %s, and names cannot be looked up: %w", quote(idOrName), listErr)
	case found.Truncated:
		return app, fmt.Errorf("there is no application with the id %s, nor with that name among the %d that the control plane lists. It may have more: use the id: %w", quote(idOrName), listLimit, ErrNotFound)
	}
	return app, err
}

// looksLikeID matches the UUIDs that identify applications. What looks otherwise
// is looked up as a name first.
var looksLikeID = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// Create creates an application and returns it with its secret, once: see
// recovery.go for a lost response. An application of that name is never taken:
// the error is an ExistsError. It is an UnknownOutcomeError if nobody can tell
// whether the application was created.
//
// Where err is not nil and the returned application has an ID, it was created and
// only its secret could not be obtained.
func (a *Applications) Create(ctx context.Context, name string) (CreatedApplication, error) {
	d, err := a.dialect(ctx)
	if err != nil {
		return CreatedApplication{}, err
	}
	defer a.client.createLocks.lock("application " + name)()

	created, recovered, err := create(ctx, a.client, &a.owned, applicationCreate{a, d, name})
	if err != nil {
		return created, err
	}
	created.AnsweredAt = a.client.rest.ServerTime()
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
	r := rest.Request{
		Operation: "create " + o.object(), Rule: rest.Creating,
		Method: http.MethodPost, Path: o.dialect.path, Body: map[string]string{"name": o.name},
	}
	if err := o.client.rest.Send(ctx, r, &w); err != nil {
		return CreatedApplication{}, err
	}
	created := CreatedApplication{Application: o.dialect.application(w), Secret: w.secret()}
	o.client.rest.AddSecrets(created.Secret)
	if created.ID == "" || created.Secret.IsZero() {
		return created, o.client.rest.IncompleteResponse(r, "id or no secret")
	}
	return created, nil
}

func (o applicationCreate) lookup(ctx context.Context, cached bool) (CreatedApplication, bool, error) {
	want := listcache.Fresh
	if cached {
		want = listcache.Recent
	}
	return o.findByName(ctx, o.name, want)
}

func (o applicationCreate) provenance(ctx context.Context, app CreatedApplication) provenance {
	return provenance{
		id:        app.ID,
		createdAt: app.CreatedAt,
		byCaller:  o.client.tokens.identity().is(app.CreatedBy),
		byOther:   o.client.isOtherPrincipal(ctx, app.CreatedBy),
	}
}

func (o applicationCreate) succeeded(app CreatedApplication) { o.list.Invalidate(app.ID) }

// errTruncated says that an object is not on a list that may be cut, so that it may
// exist all the same.
var errTruncated = fmt.Errorf("the control plane lists %d applications at most, and it is not among them", listLimit)

// Named returns the application of a name from a recent list, for a warning:
// nothing confirms that it is there, or absent.
func (a *Applications) Named(ctx context.Context, name string) (app Application, found bool, err error) {
	listed, err := a.list.Lookup(ctx, name, listcache.Recent, nil)
	i := slices.IndexFunc(listed.Items, func(app Application) bool { return app.Name == name || app.ClientID == name })
	if err != nil || i < 0 {
		return Application{}, false, err
	}
	return listed.Items[i], true, nil
}

// findByName finds an application by its name. A hit on a recent list is confirmed
// by one read, so that a list is no reason to refuse a create. Absence from a list
// that may be cut is errTruncated.
func (a *Applications) findByName(ctx context.Context, name string, want listcache.Consistency) (CreatedApplication, bool, error) {
	found, err := a.list.Lookup(ctx, name, want, nil)
	i := slices.IndexFunc(found.Items, func(app Application) bool { return app.Name == name || app.ClientID == name })
	switch {
	case err != nil:
		return CreatedApplication{}, false, err
	case i < 0 && found.Truncated:
		return CreatedApplication{}, false, errTruncated
	case i < 0:
		return CreatedApplication{}, false, nil
	case want == listcache.Fresh:
		return CreatedApplication{Application: found.Items[i]}, true, nil
	}
	app, err := a.Read(ctx, found.Items[i].ID)
	if errors.Is(err, ErrNotFound) {
		a.list.Invalidate(found.Items[i].ID)
		return a.findByName(ctx, name, listcache.Fresh)
	}
	return CreatedApplication{Application: app}, err == nil, err
}

// ResolvePending resolves a create that ended in an UnknownOutcomeError: it
// returns the application if it exists and is provably the caller's. The error is
// ErrNotFound if not, and ErrForbidden where the applications may not be listed.
func (a *Applications) ResolvePending(ctx context.Context, name string, pending PendingCreate) (Application, error) {
	d, err := a.dialect(ctx)
	if err != nil {
		return Application{}, err
	}
	app, err := resolvePending(ctx, a.client, applicationCreate{a, d, name}, pending)
	return app.Application, err
}

// SetEnabled enables or disables an application. ref.Name is for messages.
func (a *Applications) SetEnabled(ctx context.Context, ref ApplicationRef, enabled bool) error {
	d, err := a.dialect(ctx)
	if err != nil {
		return err
	}
	defer a.list.Invalidate(ref.ID)
	op := map[bool]string{true: "enable ", false: "disable "}[enabled] + d.describe(ref)
	if d.legacy {
		return a.setRevoked(ctx, d, op, ref.ID, !enabled)
	}
	return a.client.rest.Send(ctx, rest.Request{
		Operation: op, Rule: rest.Repeatable,
		Method: http.MethodPatch, Path: d.pathOf(ref.ID), Body: map[string]bool{"enabled": enabled},
	}, nil)
}

// setRevoked changes the one member and writes back all others as they came.
func (a *Applications) setRevoked(ctx context.Context, d *dialect, op, id string, revoked bool) error {
	defer a.client.createLocks.lock("application id " + id)()
	var raw map[string]json.RawMessage
	read := rest.Request{Operation: op, Rule: rest.Repeatable, Method: http.MethodGet, Path: d.pathOf(id)}
	if err := a.client.rest.Send(ctx, read, &raw); err != nil {
		return err
	}
	if len(raw["name"]) == 0 {
		return a.client.rest.IncompleteResponse(read, "application")
	}
	raw["revoked"] = json.RawMessage(strconv.FormatBool(revoked))
	delete(raw, "secret")
	delete(raw, "clientSecret")
	return a.client.rest.Send(ctx, rest.Request{Operation: op, Rule: rest.Repeatable, Method: http.MethodPut, Path: d.pathOf(id), Body: raw}, nil)
}

// Delete removes an application. One that does not exist is no error. ref.Name is
// for messages, and for what a later create of that name says.
func (a *Applications) Delete(ctx context.Context, ref ApplicationRef) error {
	d, err := a.dialect(ctx)
	if err != nil {
		return err
	}
	defer a.list.Invalidate(ref.ID)
	err = a.client.rest.Send(ctx, rest.Request{
		Operation: "delete " + d.describe(ref), Rule: rest.Repeatable,
		Method: http.MethodDelete, Path: d.pathOf(ref.ID),
	}, nil)
	if errors.Is(err, ErrNotFound) {
		err = a.list.ConfirmReachable(ctx)
	}
	if err == nil {
		a.client.history.deleted(applicationCreate{a, d, ref.Name}.object())
	}
	return err
}

// load requests the list, and detects the dialect with it if need be.
func (a *Applications) load(ctx context.Context) (listcache.Page[Application], error) {
	d := a.detected.Load()
	if d == nil {
		return a.detect(ctx)
	}
	page, err := a.request(ctx, d, false)
	return page, a.client.wrongVersion(err, d.path)
}

// request requests the list, which comes in one response.
func (a *Applications) request(ctx context.Context, d *dialect, probe bool) (listcache.Page[Application], error) {
	p := pager[Application]{fetch: func(ctx context.Context, _ int) (page[Application], error) {
		var list []json.RawMessage
		err := a.client.rest.Send(ctx, rest.Request{Operation: "list the " + d.noun + "s", Rule: rest.Repeatable, Probe: probe, Method: http.MethodGet, Path: d.path}, &list)
		return page[Application]{rows: decodeRows(list, applicationID, func(w wireApplication) (Application, bool) {
			app := d.application(w)
			app.clientIDServed = !d.legacy && w.ClientID != ""
			return app, true
		})}, err
	}}
	page, err := p.next(ctx)
	page.Truncated = len(page.Items)+page.Malformed == listLimit
	return page, err
}

func applicationID(app Application) string { return app.ID }

// wrongVersion explains a collection that is not there on a control plane whose
// version was configured.
func (c *Client) wrongVersion(err error, path string) error {
	var e *Error
	if c.version.IsZero() || !errors.As(err, &e) || !e.RouteMissing() {
		return err
	}
	return &unsupportedError{
		sentinel: ErrNotControlPlane,
		text: fmt.Sprintf("%s has no %s (it responded with %d), which version %s of Run:ai has. "+
			"Check base_url, and control_plane_version, which can be omitted: then the provider detects it.", c.BaseURL(), path, e.Status, c.version),
	}
}

// Read requests one application by its id, and no list.
func (a *Applications) Read(ctx context.Context, id string) (Application, error) {
	d, err := a.dialect(ctx)
	if err != nil {
		return Application{}, err
	}
	k := rest.Request{
		Operation: "read " + d.noun + " " + quote(id), Rule: rest.Repeatable,
		Method: http.MethodGet, Path: d.pathOf(id),
	}
	var w wireApplication
	err = a.client.rest.Send(ctx, k, &w)
	app := d.application(w)
	if err == nil && app.ID == "" {
		err = a.client.rest.IncompleteResponse(k, "id")
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
	apps, _ := c.Applications.list.Lookup(context.WithoutCancel(ctx), creator, listcache.Recent, nil)
	return len(apps.Items) > 0 && !c.IsCaller(apps.Items[0])
}
