package runai

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
)

// detect requests the list of applications in each generation of the API, newest first
// (API.md section 9.3), and returns the dialect of the first one that is served, nil if
// there is none, and its list: the probe is the first read.
//
// It ends at a list, or at the API's own 403, which proves that the path exists. A
// missing route leads to the next generation. Any other error (a 403 of a gateway, a
// redirect to a sign-in page, a server error) proves nothing about the path and is
// returned.
func detect(ctx context.Context, s *session, list func(context.Context, *dialect) (listcache.Page[Application], error)) (*dialect, listcache.Page[Application], error) {
	var last *Error
	refused := 0 // by a gateway
	for _, d := range dialects {
		page, err := list(ctx, d)
		switch {
		case err == nil,
			errors.As(err, &last) && last.Status == http.StatusForbidden && last.FromAPI():
			return d, page, err
		case last == nil || !s.isMissingToProbe(last):
			return nil, page, err
		case last.Status == http.StatusUnauthorized:
			refused++
		}
	}
	paths := fmt.Sprintf("%s, %s and %s", dialects[0].path, dialects[1].path, dialects[2].path)
	if refused == len(dialects) {
		return nil, listcache.Page[Application]{}, &unsupportedError{
			sentinel: ErrUnauthorized,
			text: fmt.Sprintf("A gateway in front of %s refuses the token: each of %s responded with %d, not in the form of the Run:ai API, although the token had just been obtained. "+
				"Check base_url, and whether a sign-in proxy is in front of the control plane.", s.BaseURL(), paths, last.Status),
		}
	}
	return nil, listcache.Page[Application]{}, &unsupportedError{
		sentinel: ErrNotControlPlane,
		text: fmt.Sprintf("%s does not look like a Run:ai control plane: it serves none of %s (the last responded with %d). "+
			"Check base_url: it is the address of the user interface, such as https://acme.run.ai. "+
			"If it is right, the control plane may be newer than this version of the provider.",
			s.BaseURL(), paths, last.Status),
	}
}

// wrongVersion replaces the error of a collection that is missing although the
// configured version has it.
func (s *session) wrongVersion(err error, path string) error {
	var e *Error
	if s.version.IsZero() || !errors.As(err, &e) || !e.RouteMissing() {
		return err
	}
	return &unsupportedError{
		sentinel: ErrNotControlPlane,
		text: fmt.Sprintf("%s has no %s (it responded with %d), which version %s of Run:ai has. "+
			"Check base_url, and control_plane_version, which can be omitted: then the provider detects it.", s.BaseURL(), path, e.Status, s.version),
	}
}
