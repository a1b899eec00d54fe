package runai

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// SetEnabled enables or disables an application. ref.Name is for errors.
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
	return a.session.Send(ctx, rest.Request{
		Operation: op, Rule: rest.Repeatable,
		Method: http.MethodPatch, Path: d.pathOf(ref.ID), Body: map[string]bool{"enabled": enabled},
	}, nil)
}

// setRevoked changes one member, and writes back all others unchanged.
func (a *Applications) setRevoked(ctx context.Context, d *dialect, op, id string, revoked bool) error {
	defer a.session.locks.lock("application id " + id)()
	var raw map[string]json.RawMessage
	read := rest.Request{Operation: op, Rule: rest.Repeatable, Method: http.MethodGet, Path: d.pathOf(id)}
	if err := a.session.Send(ctx, read, &raw); err != nil {
		return err
	}
	if len(raw["name"]) == 0 {
		return a.session.IncompleteResponse(read, "application")
	}
	raw["revoked"] = json.RawMessage(strconv.FormatBool(revoked))
	delete(raw, "secret")
	delete(raw, "clientSecret")
	return a.session.Send(ctx, rest.Request{Operation: op, Rule: rest.Repeatable, Method: http.MethodPut, Path: d.pathOf(id), Body: raw}, nil)
}

// Delete deletes an application. Not found counts as success. ref.Name is for errors,
// also of a later create of that name.
func (a *Applications) Delete(ctx context.Context, ref ApplicationRef) error {
	d, err := a.dialect(ctx)
	if err != nil {
		return err
	}
	defer a.list.Invalidate(ref.ID)
	err = a.session.Send(ctx, rest.Request{
		Operation: "delete " + d.describe(ref), Rule: rest.Repeatable,
		Method: http.MethodDelete, Path: d.pathOf(ref.ID),
	}, nil)
	if errors.Is(err, ErrNotFound) {
		err = a.list.ConfirmReachable(ctx)
	}
	if err == nil {
		a.session.history.deleted(applicationCreate{a, d, ref.Name}.object())
	}
	return err
}
