package runai

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// Create creates an application and returns it with its secret, once: see
// recovery.go for a lost response. The error is an ExistsError if the name is in use,
// and an UnknownOutcomeError if it is unknown whether the application was created.
//
// If err is not nil and the returned application has an ID, it was created, but its
// secret could not be obtained.
func (a *Applications) Create(ctx context.Context, name string) (CreatedApplication, error) {
	return a.CreateWith(ctx, name, CreateOptions{})
}

// CreateOptions are the options of CreateWith.
type CreateOptions struct {
	// Object is the application in messages, such as `application "ci"`. By itself the
	// client uses the control plane's noun.
	Object string
	// NoProof: no sign-in proves a secret that had to be regenerated, because it would
	// count as use of the application.
	NoProof bool
}

// CreateWith is Create with options.
func (a *Applications) CreateWith(ctx context.Context, name string, o CreateOptions) (CreatedApplication, error) {
	d, err := a.dialect(ctx)
	if err != nil {
		return CreatedApplication{}, err
	}
	defer a.session.locks.lock("application " + name)()

	created, recovered, err := create(ctx, a.session, &a.owned, applicationCreate{a, d, name})
	if err != nil {
		return created, err
	}
	created.RespondedAt = a.session.ServerTime()
	if !recovered {
		return created, nil
	}
	// The secret was lost with the response and is unused, so it is regenerated.
	created.Recovered = true
	regenerated, err := a.RegenerateSecret(ctx, created.ID, RegenerateOptions{
		Object: fmt.Sprintf("%s (ID %s)", cmp.Or(o.Object, d.noun+" "+quote(name)), created.ID), ClientID: created.ClientID, Enabled: true, NoProof: o.NoProof,
	})
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
	if err := o.session.Send(ctx, r, &w); err != nil {
		return CreatedApplication{}, err
	}
	created := CreatedApplication{Application: o.dialect.application(w), Secret: w.secret()}
	o.session.AddSecrets(created.Secret)
	if created.ID == "" || created.Secret.IsZero() {
		return created, o.session.IncompleteResponse(r, "ID or no secret")
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
		byCaller:  o.session.caller().is(app.CreatedBy),
		byOther:   o.isOtherPrincipal(ctx, app.CreatedBy),
	}
}

func (o applicationCreate) succeeded(app CreatedApplication) { o.list.Invalidate(app.ID) }

// Named returns the application with a name from a recent list, for a warning. It
// confirms neither presence nor absence.
func (a *Applications) Named(ctx context.Context, name string) (app Application, found bool, err error) {
	listed, err := a.list.Lookup(ctx, name, listcache.Recent, nil)
	i := indexByName(listed.Items, name)
	if err != nil || i < 0 {
		return Application{}, false, err
	}
	return listed.Items[i], true, nil
}

// indexByName returns the index of the application with a name or a client ID, -1 if
// there is none: a lookup also finds the one whose ID is the name.
func indexByName(apps []Application, name string) int {
	return slices.IndexFunc(apps, func(app Application) bool { return app.Name == name || app.ClientID == name })
}

// findByName finds an application by its name. A hit on a recent list is confirmed by
// one read, so that a stale list does not refuse a create. Absence from a list that may
// be truncated is errTruncated.
func (a *Applications) findByName(ctx context.Context, name string, want listcache.Consistency) (CreatedApplication, bool, error) {
	found, err := a.list.Lookup(ctx, name, want, nil)
	i := indexByName(found.Items, name)
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

// ResolvePending resolves a create that ended in an UnknownOutcomeError: it returns the
// application if it exists and is provably the caller's. The error is ErrNotFound if
// not, and ErrForbidden if the caller is not permitted to list applications.
func (a *Applications) ResolvePending(ctx context.Context, name string, pending PendingCreate) (Application, error) {
	d, err := a.dialect(ctx)
	if err != nil {
		return Application{}, err
	}
	app, err := resolvePending(ctx, a.session, applicationCreate{a, d, name}, pending)
	return app.Application, err
}

// isOtherPrincipal reports whether a creator is known not to be the caller. The creator
// of an application that an application has created is not documented (API.md section
// 13, question 15), so only these count: an e-mail, if the caller is an application,
// and the client ID of another application.
func (a *Applications) isOtherPrincipal(ctx context.Context, creator string) bool {
	caller := a.session.caller()
	if creator == "" || caller.is(creator) || !caller.named {
		return false
	}
	if strings.Contains(creator, "@") {
		return true
	}
	apps, _ := a.list.Lookup(context.WithoutCancel(ctx), creator, listcache.Recent, nil)
	return len(apps.Items) > 0 && !apps.Items[0].hasAlias(caller.clientID)
}
