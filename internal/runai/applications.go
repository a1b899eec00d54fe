package runai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"sync/atomic"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// Applications are the applications, or service accounts, of a tenant.
type Applications struct {
	session  *session
	list     *listcache.Cache[Application]
	detected atomic.Pointer[dialect] // nil: not yet
	owned    ownedIDs
	verifier *verifier
}

func newApplications(s *session) *Applications {
	a := &Applications{session: s, verifier: newVerifier(s)}
	if !s.version.IsZero() {
		a.detected.Store(s.version.dialect())
	}
	a.list = listcache.New(listcache.Source[Application]{
		Key:   applicationID,
		Names: Application.Aliases,
		Pages: func() func(context.Context) (listcache.Page[Application], error) { return a.load },
		Read: func(ctx context.Context, id string) (Application, error) {
			return readOwned(ctx, s, &a.owned, id, a.Read)
		},
		Now: s.Config.Now, NotFound: ErrNotFound, Forbidden: ErrForbidden,
	})
	return a
}

// dialect returns the control plane's dialect. Unless the version is configured,
// the first list of applications detects it.
func (a *Applications) dialect(ctx context.Context) (*dialect, error) {
	if d := a.detected.Load(); d != nil {
		return d, nil
	}
	_, err := a.list.List(ctx, listcache.Recent)
	switch d := a.detected.Load(); {
	case d != nil:
		return d, nil // though it may not be listed
	case err != nil && ctx.Err() != nil:
		return nil, a.session.NotSentError("detect the version of the control plane", http.MethodGet, ctx.Err())
	}
	return nil, err
}

// CheckName returns an InvalidNameError if this control plane refuses a name for a new
// application. It is not for existing applications, which may predate the pattern. If
// only an attempt can show it, the error is nil.
func (a *Applications) CheckName(ctx context.Context, name string) error {
	if namePattern.MatchString(name) && len(name) <= ApplicationNameMaxLength {
		return nil
	}
	d, err := a.dialect(ctx)
	if err != nil {
		return err
	}
	var apps listcache.Listing[Application]
	if a.session.version.IsZero() {
		apps, _ = a.list.List(ctx, listcache.Recent) // without a list, nothing is known
	}
	if checks, known := d.checksNames(a.session.version, apps.Items); !checks || !known {
		return nil
	}
	return &InvalidNameError{Name: name}
}

// List returns all applications that are visible to the caller, in the order of the
// control plane, including all writes of this client.
func (a *Applications) List(ctx context.Context) ([]Application, error) {
	l, err := a.Listing(ctx)
	return l.Items, err
}

// Listing is List, and reports whether the list may be truncated, and how many entries
// could not be decoded.
func (a *Applications) Listing(ctx context.Context) (Listing[Application], error) {
	return a.list.List(ctx, listcache.AfterWrites)
}

// Get returns one application, from a list if many are read. ErrNotFound proves that it
// does not exist.
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

// renamedIDError reports that the ID does not exist but the name does, and that it is
// unknown whether that is the same application. It is not an ErrNotFound.
type renamedIDError struct {
	ref   ApplicationRef
	newID string
}

func (e *renamedIDError) Error() string {
	return fmt.Sprintf("the ID %s no longer exists, but the name %s does, with the ID %s. Either an upgrade of the control plane has changed the ID, "+
		"or another object was created with this name; the state has no creation time to decide by. If it is the same one, remove the resource from the state and import %s.", e.ref.ID, quote(e.ref.Name), e.newID, e.newID)
}

// Find returns the application with an ID, a name or a client ID, or ErrNotFound.
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
		return app, listErr
	case found.Truncated:
		return app, fmt.Errorf("there is no application with the ID %s, nor with that name among the first %d, which is all that the control plane lists. Use the ID: %w", quote(idOrName), listLimit, ErrNotFound)
	}
	return app, err
}

// looksLikeID matches the UUIDs that identify applications. Anything else is looked up
// as a name first.
var looksLikeID = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// load requests the list, and detects the dialect with it if it is unknown.
func (a *Applications) load(ctx context.Context) (listcache.Page[Application], error) {
	if d := a.detected.Load(); d != nil {
		page, err := a.request(ctx, d, false)
		return page, a.session.wrongVersion(err, d.path)
	}
	d, page, err := detect(ctx, a.session, func(ctx context.Context, d *dialect) (listcache.Page[Application], error) {
		return a.request(ctx, d, true)
	})
	if d != nil {
		a.detected.Store(d)
	}
	return page, err
}

// request requests the list, which comes in one response.
func (a *Applications) request(ctx context.Context, d *dialect, probe bool) (listcache.Page[Application], error) {
	p := pager[Application]{fetch: func(ctx context.Context, _ int) (page[Application], error) {
		var list []json.RawMessage
		err := a.session.Send(ctx, rest.Request{Operation: "list the " + d.noun + "s", Rule: rest.Repeatable, Probe: probe, Method: http.MethodGet, Path: d.path}, &list)
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

// Read requests one application by its ID, and no list.
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
	err = a.session.Send(ctx, k, &w)
	app := d.application(w)
	if err == nil && app.ID == "" {
		err = a.session.IncompleteResponse(k, "id")
	}
	return app, err
}
