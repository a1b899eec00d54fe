package mockserver

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// UnknownPath is the response to a request for a path that the version does not serve. The responses of a control plane
// and of the gateway in front of it are not documented, and reports differ.
type UnknownPath string

// The responses to unknown paths.
const (
	UnknownPathNotFound     UnknownPath = "not-found"    // the API's own 404, the default
	UnknownPathUnauthorized UnknownPath = "unauthorized" // a gateway's 401, in plain text
	UnknownPathWebPage      UnknownPath = "web-page"     // a web front end's page, with status 200
)

// UnknownPaths returns the values that [Options].UnknownPath can have.
func UnknownPaths() []UnknownPath {
	return []UnknownPath{UnknownPathNotFound, UnknownPathUnauthorized, UnknownPathWebPage}
}

func (u UnknownPath) check() error {
	if slices.Contains(UnknownPaths(), u) {
		return nil
	}
	var valid []string
	for _, known := range UnknownPaths() {
		valid = append(valid, string(known))
	}
	return fmt.Errorf("%w: unknown response to unknown paths %q; valid are %s", ErrInvalidOption, u, strings.Join(valid, ", "))
}

func (u UnknownPath) response() response {
	switch u {
	case UnknownPathUnauthorized:
		return response{
			status: http.StatusUnauthorized,
			header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}},
			body:   []byte("Jwt verification fails\n"),
		}
	case UnknownPathWebPage:
		return response{
			status: http.StatusOK,
			header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
			body:   []byte("<!DOCTYPE html>\n<html>\n<head><title>NVIDIA Run:ai</title></head>\n<body><div id=\"root\"></div></body>\n</html>\n"),
		}
	default:
		return errNoRoute.response()
	}
}

// gatewayPage returns the error page of a gateway.
func gatewayPage(status int) response {
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	page := "<!DOCTYPE html>\n<html>\n<head><title>" + title + "</title></head>\n<body>\n<center><h1>" + title +
		"</h1></center>\n<hr><center>nginx</center>\n</body>\n</html>\n"
	return response{status: status, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, body: []byte(page)}
}

// enter counts a request in flight, and reports whether it exceeds the limit.
func (s *Server) enter() (refused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight++
	s.peakInFlight = max(s.peakInFlight, s.inFlight)
	return s.options.MaxInFlight > 0 && s.inFlight > s.options.MaxInFlight
}

func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight--
}

// PeakInFlight returns the greatest number of requests to the API that were in flight at the same time since the last
// reset of the counts.
func (s *Server) PeakInFlight() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peakInFlight
}
