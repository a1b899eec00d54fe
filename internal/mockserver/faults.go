package mockserver

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The kinds of fault.
const (
	faultStatus     = "status"      // responds with Status, in the API's error shape; does nothing
	faultDropBefore = "drop-before" // closes the connection; does nothing
	faultDropAfter  = "drop-after"  // does the work, and closes the connection without a response
	faultTruncate   = "truncate"    // does the work, and sends half of the body; closes the connection if there is none
	faultHTML       = "html"        // responds with Status and a gateway's page; does nothing
	faultSlow       = "slow"        // does the work immediately, and responds after the client has given up
	faultStaleList  = "stale-list"  // responds with a list without the newest entries
	faultLate       = "late"        // responds with Status, or closes the connection, and does the work later
)

var faultKinds = []string{
	faultStatus, faultDropBefore, faultDropAfter, faultTruncate, faultHTML, faultSlow, faultStaleList, faultLate,
}

// Fault makes requests to the API fail. An HTTP client may itself retry a closed connection, like net/http for a GET on a
// reused connection. Such a fault needs a Count greater than the retries.
type Fault struct {
	// Method is the method of the requests that fail; empty or * for any.
	Method string `json:"method"`
	// Path is their route, with any spelling of the variable part, such as /api/v1/apps/{appId}/secret, or a path as it
	// is requested; empty or * for any. It may be a route that only other versions serve, for which a gateway in front
	// of this one may respond.
	Path string `json:"path"`
	// Kind is status, drop-before, drop-after, truncate, html, slow, stale-list or late.
	Kind string `json:"kind"`
	// Count is the number of requests that fail: 0 means 1, and -1 all until the fault is cleared.
	Count int `json:"count"`
	// Status is the status of the kinds status (default 503), html (default 502) and late (0: no response).
	Status int `json:"status,omitempty"`
	// OAuthError is the error code with which the kinds status and late respond on the OAuth 2 token endpoint with status
	// 400 (default invalid_request) or 401 (default invalid_client), such as unauthorized_client.
	OAuthError string `json:"oauth_error,omitempty"`
	// RetryAfter is a header of the kinds status, html and late: seconds or an HTTP date. In JSON it is a number or a
	// string.
	RetryAfter RetryAfter `json:"retry_after,omitempty"`
	// DelayMS is the maximum time that the kind slow waits for the client to disconnect (default 35000), and the time
	// after which a request of the kind late takes effect (default 0), by the control plane's clock.
	DelayMS int `json:"delay_ms,omitempty"`
	// ClockSkewMS is the difference of the Date header of the response, such as that of a gateway, from the control
	// plane's own. It may be negative.
	ClockSkewMS int `json:"clock_skew_ms,omitempty"`
}

// RetryAfter is the value of a Retry-After header.
type RetryAfter string

// UnmarshalJSON accepts a number of seconds and a string.
func (r *RetryAfter) UnmarshalJSON(raw []byte) error {
	var seconds uint
	if json.Unmarshal(raw, &seconds) == nil {
		*r = RetryAfter(strconv.FormatUint(uint64(seconds), 10))
		return nil
	}
	var value *string
	if err := json.Unmarshal(raw, &value); err != nil {
		return fmt.Errorf("retry_after must be a number of seconds or a string")
	}
	if value != nil {
		*r = RetryAfter(*value)
	}
	return nil
}

// armedFault is a pending fault. All methods may be called on nil, which is no fault.
type armedFault struct {
	Fault
	armedAt int // the newest object when it was armed
}

// Arm injects a fault. If several match a request, the oldest one applies. The error describes an invalid fault.
func (s *Server) Arm(f Fault) error {
	f, err := f.normalized()
	if err != nil {
		return err
	}
	s.lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &armedFault{Fault: f, armedAt: s.data.LastSeq})
	return nil
}

// ClearFaults removes all faults.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// armed returns the pending faults.
func (s *Server) armed() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []Fault{}
	for _, f := range s.faults {
		list = append(list, f.Fault)
	}
	return list
}

const placeholder = "{id}"

var anyPlaceholder = regexp.MustCompile(`\{[^{}/]*\}`)

// normalized sets the defaults and refuses invalid faults.
func (f Fault) normalized() (Fault, error) {
	if f.Method == "*" {
		f.Method = ""
	}
	if f.Path == "*" {
		f.Path = ""
	}
	f.Path = anyPlaceholder.ReplaceAllString(f.Path, placeholder)
	if f.Count == 0 {
		f.Count = 1
	}
	if f.DelayMS == 0 && f.Kind == faultSlow {
		f.DelayMS = 35_000
	}
	if f.Status == 0 && f.Kind == faultStatus {
		f.Status = http.StatusServiceUnavailable
	}
	if f.Status == 0 && f.Kind == faultHTML {
		f.Status = http.StatusBadGateway
	}
	switch {
	case !slices.Contains(faultKinds, f.Kind):
		return f, fmt.Errorf("unknown kind %q; valid are %s", f.Kind, strings.Join(faultKinds, ", "))
	case f.Count < -1:
		return f, fmt.Errorf("count must be -1 or more")
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return f, fmt.Errorf("status must be from 200 to 599")
	case f.DelayMS < 0:
		return f, fmt.Errorf("delay_ms must not be negative")
	case !slices.ContainsFunc(routes, f.fits):
		return f, fmt.Errorf("no route for method %q, path %q and kind %s", f.Method, f.Path, f.Kind)
	}
	return f, nil
}

// fits reports whether the fault applies to a request for the route.
func (f Fault) fits(r route) bool {
	_, concrete := r.match(f.Path)
	return (f.Method == "" || f.Method == r.method) &&
		(f.Path == "" || f.Path == r.pattern || concrete) &&
		(f.Kind != faultStaleList || r.list)
}

// takeFault returns the fault that applies to a request, nil if there is none.
func (s *Server) takeFault(r *http.Request, to routeMatch) *armedFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.Method != "" && f.Method != r.Method ||
			f.Path != "" && f.Path != to.pattern && f.Path != r.URL.Path ||
			f.Kind == faultStaleList && (to.route == nil || !to.route.list) {
			continue
		}
		if f.Count > 0 {
			f.Count--
		}
		if f.Count == 0 {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		used := *f
		return &used
	}
	return nil
}

func (f *armedFault) kind() string {
	if f == nil {
		return ""
	}
	return f.Kind
}

// replaces reports whether the response is the fault's, and not the handler's.
func (f *armedFault) replaces() bool {
	return slices.Contains([]string{faultStatus, faultHTML, faultDropBefore, faultLate}, f.kind())
}

// response returns the response of a fault that replaces the handler's.
func (f *armedFault) response(to routeMatch) response {
	var resp response
	switch {
	case f.Status == 0: // drop-before, and late without a response
		return resp
	case f.Kind == faultHTML:
		resp = gatewayPage(f.Status)
	case to.route != nil && to.route.oauth && (f.Status == 400 || f.Status == 401):
		code := cmp.Or(f.OAuthError, map[int]string{400: "invalid_request", 401: "invalid_client"}[f.Status])
		resp = (&oauthError{f.Status, code, "armed fault"}).response()
	default:
		resp = statusError(f.Status).response()
	}
	if f.RetryAfter != "" {
		resp.header.Set("Retry-After", string(f.RetryAfter))
	}
	return resp
}

// swallows reports whether the client receives no part of a response.
func (f *armedFault) swallows(resp response) bool {
	switch f.kind() {
	case faultDropBefore, faultDropAfter:
		return true
	case faultTruncate:
		return len(resp.body) == 0
	case faultLate:
		return f.Status == 0
	}
	return false
}

// send writes a response, or the part of it that a fault permits. The panic that net/http provides for it closes a
// connection, in HTTP/1 and HTTP/2 alike.
func (s *Server) send(w http.ResponseWriter, r *http.Request, resp response, f *armedFault) {
	if f.swallows(resp) {
		panic(http.ErrAbortHandler)
	}
	if f.kind() == faultSlow {
		s.delay(r, time.Duration(f.DelayMS)*time.Millisecond)
	}
	header := w.Header()
	maps.Copy(header, resp.header)
	header.Set("Date", s.options.Now().Add(s.options.ClockSkew+f.clockSkew()).UTC().Format(http.TimeFormat))
	if resp.status != http.StatusNoContent {
		header.Set("Content-Length", strconv.Itoa(len(resp.body)))
	}
	w.WriteHeader(resp.status)
	if f.kind() == faultTruncate {
		_, _ = w.Write(resp.body[:len(resp.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(resp.body) // the client may have disconnected
}

// clockSkew is the difference of the Date header of the response.
func (f *armedFault) clockSkew() time.Duration {
	if f == nil {
		return 0
	}
	return time.Duration(f.ClockSkewMS) * time.Millisecond
}
