package runai

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// Installer is the application that installs clusters, with its secret. Only 2.18 to
// 2.22 serve it; otherwise the error is ErrUnsupported.
func (c *Client) Installer(ctx context.Context) (CreatedApplication, error) {
	const path = "/api/v1/apps/installer"
	var w wireApplication
	err := c.session.Send(ctx, rest.Request{Operation: "read the installer application", Rule: rest.Repeatable, Probe: true, Method: http.MethodGet, Path: path}, &w)
	var e *Error
	switch {
	case errors.As(err, &e) && e.RouteMissing():
		return CreatedApplication{}, &unsupportedError{
			sentinel: ErrUnsupported,
			text:     c.BaseURL() + " has no installer application: control planes from 2.18 to 2.22 have one, and this one responded with " + strconv.Itoa(e.Status) + " to " + path + ".",
		}
	case err != nil:
		return CreatedApplication{}, err
	}
	created := CreatedApplication{Application: dialectOf(Apps).application(w), Secret: w.secret()}
	c.session.AddSecrets(created.Secret)
	return created, nil
}
