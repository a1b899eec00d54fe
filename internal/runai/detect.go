package runai

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
)

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
		return nil, a.client.rest.NotSentError("detect the version of the control plane", http.MethodGet, ctx.Err())
	}
	return nil, err
}

// detect requests the list of applications in each generation of the API, newest
// first (API.md section 9.3), and returns the first that it gets.
//
// It ends at a list, or at a 403 in the API's own words: there is such a path. A
// missing route leads to the next generation. Anything else (a 403 of a gateway, a
// redirect to a sign-in page, a server error) says nothing about the path and is
// returned as an error.
func (a *Applications) detect(ctx context.Context) (listcache.Page[Application], error) {
	var last *Error
	refused := 0 // by a gateway
	for _, d := range dialects {
		page, err := a.request(ctx, d, true)
		switch {
		case err == nil,
			errors.As(err, &last) && last.Status == http.StatusForbidden && last.FromAPI():
			a.detected.Store(d)
			return page, err
		case last == nil || !a.client.isMissingToProbe(last):
			return page, err
		case last.Status == http.StatusUnauthorized:
			refused++
		}
	}
	paths := fmt.Sprintf("%s, %s and %s", dialects[0].path, dialects[1].path, dialects[2].path)
	if refused == len(dialects) {
		return listcache.Page[Application]{}, &unsupportedError{
			sentinel: ErrUnauthorized,
			text: fmt.Sprintf("A gateway before %s refuses the token: each of %s responded with %d, not in the form of the Run:ai API, although the token had just been obtained. "+
				"Check base_url, and whether a sign-in proxy stands before the control plane.", a.client.BaseURL(), paths, last.Status),
		}
	}
	return listcache.Page[Application]{}, &unsupportedError{
		sentinel: ErrNotControlPlane,
		text: fmt.Sprintf("%s does not look like a Run:ai control plane: it serves none of %s (the last responded with %d). "+
			"Check base_url: it is the address of the user interface, such as https://acme.run.ai. "+
			"If it is right, the control plane may be newer than this version of the provider.",
			a.client.BaseURL(), paths, last.Status),
	}
}

// isMissingToProbe reports whether the response to a probe says that there is no
// such path. That includes a 401 which is not the API's own, if the token was just
// obtained: gateways answer unknown paths so.
func (c *Client) isMissingToProbe(e *Error) bool {
	foreign401 := e.Method == http.MethodGet && e.Status == http.StatusUnauthorized && !e.FromAPI()
	return e.RouteMissing() || foreign401 && !c.tokens.fixed
}

// ControlPlaneAPI returns which generation of the applications API is in use.
func (c *Client) ControlPlaneAPI(ctx context.Context) (API, error) {
	d, err := c.Applications.dialect(ctx)
	if err != nil {
		return "", err
	}
	return d.api, nil
}
