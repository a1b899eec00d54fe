package runai

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// detection finds out which generation of the applications API a control plane
// serves, by asking for the list of applications in each, newest first (API.md
// section 9.3). The list that ends the search is the first read, so that
// nothing was asked in vain.
type detection struct {
	turn  chan struct{} // of one; taken while asking: all callers wait for the one answer
	found *dialect
}

// dialect returns the control plane's dialect, finding it out if need be.
//
// It ends at a list, or at a 403 in the API's own words: there is such a path.
// A 404, a 405 or a web page leads to the next generation. Anything else — a
// 401 after a new token, a 403 of a gateway, a redirect to a sign-in page, a
// server error — says nothing about the path and is returned as an error.
func (c *Client) dialect(ctx context.Context) (*dialect, error) {
	select {
	case c.detection.turn <- struct{}{}:
		defer func() { <-c.detection.turn }()
	case <-ctx.Done():
		return nil, &Error{Operation: "find out the version of the control plane", Method: http.MethodGet, URL: c.baseURL.String(), ctxErr: ctx.Err(), outcome: notSent}
	}
	if c.detection.found != nil {
		return c.detection.found, nil
	}
	var last *Error
	for _, d := range dialects {
		generation := c.Applications.list.begin()
		apps, err := c.listApplications(ctx, d, probing)
		switch {
		case err == nil:
			c.Applications.list.store(apps, generation)
			c.detection.found = d
			return d, nil
		case errors.As(err, &last) && last.Status == http.StatusForbidden && !last.NonAPI && !last.missingCode:
			c.detection.found = d
			return d, nil
		case !errors.As(err, &last), !isRouteMissing(last):
			return nil, err
		}
	}
	return nil, &unsupportedError{
		sentinel: ErrNotControlPlane,
		text: fmt.Sprintf("%s does not look like a Run:ai control plane: it serves none of %s, %s and %s (the last responded with %d). "+
			"Check base_url: it is the address of the user interface, such as https://acme.run.ai.",
			c.baseURL, dialects[0].path, dialects[1].path, dialects[2].path, last.Status),
	}
}

// isRouteMissing reports whether an answer says that there is no such path.
func isRouteMissing(e *Error) bool {
	return e.Status == http.StatusNotFound || e.Status == http.StatusMethodNotAllowed || isHTMLNotFound(e)
}

// ControlPlaneAPI tells which generation of the applications API is in use.
func (c *Client) ControlPlaneAPI(ctx context.Context) (API, error) {
	d, err := c.dialect(ctx)
	if err != nil {
		return "", err
	}
	return d.api, nil
}

// unsupportedError is an error of no single request: the control plane does not
// have what was asked for.
type unsupportedError struct {
	sentinel error
	text     string
}

func (e *unsupportedError) Error() string        { return e.text }
func (e *unsupportedError) Is(target error) bool { return target == e.sentinel }
