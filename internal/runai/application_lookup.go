package runai

import (
	"context"
	"errors"
	"fmt"
)

// ByName returns the application with exactly this name. Errors are NotFoundError and
// AmbiguousError: control planes up to 2.17 may have two with the same name.
func (a *Applications) ByName(ctx context.Context, name string) (Application, error) {
	return a.byColumn(ctx, FieldName, name, func(app Application) string { return app.Name })
}

// ByClientID returns the application with exactly this client ID. Errors are
// NotFoundError and AmbiguousError.
func (a *Applications) ByClientID(ctx context.Context, clientID string) (Application, error) {
	return a.byColumn(ctx, FieldClientID, clientID, func(app Application) string { return app.ClientID })
}

// ByID returns the application of an ID; the error is NotFoundError if there is none.
// Concurrent lookups share one list.
func (a *Applications) ByID(ctx context.Context, id string) (Application, error) {
	app, err := a.Get(ctx, ApplicationRef{ID: id})
	if err == nil && app.ID == id || err != nil && !errors.Is(err, ErrNotFound) {
		return app, err
	}
	// The list is for the candidates in the error. If it fails, its error is returned:
	// the 404 may have been one of the whole collection.
	return a.byColumn(ctx, FieldID, id, func(app Application) string { return app.ID })
}

// ByIDOrName returns the application of an ID, a name or a client ID, in this order; the error is NotFoundError, with similar names, if there is none.
func (a *Applications) ByIDOrName(ctx context.Context, idOrName string) (Application, error) {
	app, err := a.Find(ctx, idOrName)
	if !errors.Is(err, ErrNotFound) {
		return app, err
	}
	list, err := a.Listing(ctx)
	if err != nil {
		return Application{}, err
	}
	none := a.chooser(list.Truncated).notFound(FieldName, idOrName, list.Items)
	none.label = "ID or the name"
	return Application{}, none
}

func (a *Applications) byColumn(ctx context.Context, field Field, value string, column func(Application) string) (Application, error) {
	list, err := a.Listing(ctx)
	if err != nil {
		return Application{}, err
	}
	return a.choose(field, value, list, column)
}

func (a *Applications) choose(field Field, value string, list Listing[Application], column func(Application) string) (Application, error) {
	l := a.chooser(list.Truncated)
	if field == FieldClientID {
		l.name = column
	}
	return l.one(field, value, l.equal(list.Items, column, value), list.Items)
}

func (a *Applications) chooser(truncated bool) lookup[Application] {
	l := lookup[Application]{
		object: "application",
		server: a.session.BaseURL(),
		hint:   "use the ID to choose one",
		id:     func(app Application) string { return app.ID },
		name:   func(app Application) string { return app.Name },
		candidate: func(app Application) string {
			return "ID " + app.ID + ", created by " + app.CreatedBy
		},
	}
	if truncated {
		l.note = fmt.Sprintf("The list is truncated: the control plane lists at most %d applications. To find another one, use its ID.", listLimit)
	}
	return l
}
