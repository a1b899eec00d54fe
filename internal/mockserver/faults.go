package mockserver

import (
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
	faultStatus     = "status"      // answers Status, in the API's error shape; nothing is done
	faultDropBefore = "drop-before" // closes the connection; nothing is done
	faultDropAfter  = "drop-after"  // does the work, and closes the connection without an answer
	faultTruncate   = "truncate"    // does the work, and breaks off half-way through the body; without one, at once
	faultHTML       = "html"        // answers Status with a gateway's page; nothing is done
	faultSlow       = "slow"        // does the work at once, and answers after the client has given up
	faultStaleList  = "stale-list"  // answers a list without what is newest
)

var faultKinds = []string{
	faultStatus, faultDropBefore, faultDropAfter, faultTruncate, faultHTML, faultSlow, faultStaleList,
}

// Fault is something that goes wrong with a request to the API. A closed connection may be tried again by an HTTP client
// on its own account, net/http's does so with a GET on a connection that was used before: such a fault needs a Count
// that outlives it.
type Fault struct {
	// Method is the method it waits for; empty or * for any.
	Method string `json:"method"`
	// Path is the route it waits for, with any spelling of the open part, such as /api/v1/apps/{appId}/secret, or a path
	// as it is requested; empty or * for any. It may be a route that only other versions serve: a gateway in front of
	// this one can answer there.
	Path string `json:"path"`
	// Kind is what happens: status, drop-before, drop-after, truncate, html, slow or stale-list.
	Kind string `json:"kind"`
	// Count is how many requests it hits: 0 means 1, and -1 all until it is cleared.
	Count int `json:"count"`
	// Status is the status of the kinds status (default 503) and html (default 502).
	Status int `json:"status,omitempty"`
	// RetryAfter is a header of the kinds status and html: seconds or an HTTP date. As JSON it is a number or a string.
	RetryAfter RetryAfter `json:"retry_after,omitempty"`
	// DelayMS is how long the kind slow waits at most for the client to hang up; default 35000.
	DelayMS int `json:"delay_ms,omitempty"`
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

// armedFault is a fault that waits for its requests. All methods may be called on nil, which is no fault.
type armedFault struct {
	Fault
	armedAt int // the newest object when it was armed
}

// Arm lets a fault wait for its requests. Of several that fit a request, the one armed first is taken. The error tells
// what is wrong with the fault.
func (s *Server) Arm(f Fault) error {
	f, err := f.normalised()
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &armedFault{Fault: f, armedAt: s.data.LastSeq})
	return nil
}

// ClearFaults disarms all faults.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// armed returns the faults that still wait.
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

// normalised fills in the defaults and refuses what can never happen.
func (f Fault) normalised() (Fault, error) {
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

// fits reports whether a request to the route could meet the fault.
func (f Fault) fits(r route) bool {
	_, concrete := r.match(f.Path)
	return (f.Method == "" || f.Method == r.method) &&
		(f.Path == "" || f.Path == r.pattern || concrete) &&
		(f.Kind != faultStaleList || r.list)
}

// takeFault returns the fault that a request meets, and nil if there is none.
func (s *Server) takeFault(r *http.Request, to destination) *armedFault {
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
		taken := *f
		return &taken
	}
	return nil
}

func (f *armedFault) kind() string {
	if f == nil {
		return ""
	}
	return f.Kind
}

// replaces reports whether the fault comes instead of the work.
func (f *armedFault) replaces() bool {
	return slices.Contains([]string{faultStatus, faultHTML, faultDropBefore}, f.kind())
}

// answer is what a client gets from a fault that replaces the work.
func (f *armedFault) answer(to destination) answer {
	var a answer
	switch {
	case f.Kind == faultDropBefore:
		return a
	case f.Kind == faultHTML:
		a = gatewayPage(f.Status)
	case to.route != nil && to.route.oauth && (f.Status == 400 || f.Status == 401):
		code := map[int]string{400: "invalid_request", 401: "invalid_client"}[f.Status]
		a = (&oauthError{f.Status, code, "armed fault"}).answer()
	default:
		a = statusError(f.Status).answer()
	}
	if f.RetryAfter != "" {
		a.header.Set("Retry-After", string(f.RetryAfter))
	}
	return a
}

func gatewayPage(status int) answer {
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	page := "<!DOCTYPE html>\n<html>\n<head><title>" + title + "</title></head>\n<body>\n<center><h1>" + title +
		"</h1></center>\n<hr><center>nginx</center>\n</body>\n</html>\n"
	return answer{status: status, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, body: []byte(page)}
}

// swallows reports whether the client gets to see nothing of an answer.
func (f *armedFault) swallows(a answer) bool {
	switch f.kind() {
	case faultDropBefore, faultDropAfter:
		return true
	case faultTruncate:
		return len(a.body) == 0
	}
	return false
}

// send writes an answer, or as much of it as a fault leaves. A connection is closed by the panic that net/http provides
// for it, which works in HTTP/1 and HTTP/2 alike.
func (s *Server) send(w http.ResponseWriter, r *http.Request, a answer, f *armedFault) {
	if f.swallows(a) {
		panic(http.ErrAbortHandler)
	}
	if f.kind() == faultSlow {
		s.hold(r, time.Duration(f.DelayMS)*time.Millisecond)
	}
	header := w.Header()
	maps.Copy(header, a.header)
	header.Set("Date", s.options.Now().UTC().Format(http.TimeFormat))
	if a.status != http.StatusNoContent {
		header.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	if f.kind() == faultTruncate {
		_, _ = w.Write(a.body[:len(a.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(a.body) // a client that has gone does not want it
}
