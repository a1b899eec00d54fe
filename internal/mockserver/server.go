package mockserver

import (
	"cmp"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// maxBody is greater than any body of this API.
const maxBody = 1 << 20

// Options select the control plane to imitate and its data. The zero value of a field means its default.
type Options struct {
	// Version is one of [Versions]; default 2.24.
	Version string
	// ClientID and ClientSecret are the credentials of the first application, by default terraform and
	// terraform-secret. They apply to new data; a state file has its own.
	ClientID, ClientSecret string
	// Latency is added to each response of the API, and not to those under /_mock/.
	Latency time.Duration
	// ClockSkew is the difference between the Date headers and the times in the data.
	// It may be negative.
	ClockSkew time.Duration
	// ListLimit is the greatest number of entries in a list of applications or service accounts from 2.24 on, which drops
	// the newest ones; 0 means the whole list. The document of 2.24 as released has maxItems 1000; the behavior
	// above that is not documented.
	ListLimit int
	// UnknownPath is the response to requests for paths that the version does not serve; default UnknownPathNotFound.
	UnknownPath UnknownPath
	// UnknownPathAfterAuth requires a valid token before that response: without one it is the API's own 401.
	UnknownPathAfterAuth bool
	// MaxInFlight is the greatest number of requests in flight: one more is refused with 429; 0 means any number. It
	// needs a Latency, so that requests are in flight long enough.
	MaxInFlight int
	// CreatedByPrefix precedes the caller's client ID in createdBy of objects that an application creates, such as
	// service-account-, the prefix of Keycloak's user of a client. The prefix of control planes is not known.
	CreatedByPrefix string
	// Applications and AccessRules are the initial numbers, the first application and its rule included.
	Applications, AccessRules int
	// RequestLog receives one JSON line for each request, see [LoggedRequest].
	RequestLog io.Writer
	// StateFile is the file of the data between runs. It is loaded if it exists, and saved after each change.
	StateFile string
	// Now is the clock of the control plane; default time.Now.
	Now func() time.Time
	// TokenLifetime is the lifetime of access tokens; default an hour.
	TokenLifetime time.Duration
}

func (o Options) withDefaults() Options {
	o.Version = cmp.Or(o.Version, "2.24")
	o.ClientID = cmp.Or(o.ClientID, "terraform")
	o.ClientSecret = cmp.Or(o.ClientSecret, "terraform-secret")
	o.UnknownPath = cmp.Or(o.UnknownPath, UnknownPathNotFound)
	o.TokenLifetime = cmp.Or(o.TokenLifetime, time.Hour)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Server is a control plane. It is an [http.Handler] for [net/http/httptest.NewServer] or any other server. Its methods
// are safe for concurrent use.
type Server struct {
	options Options
	version *version
	log     requestLog
	closing chan struct{} // closed by Close

	mu       sync.Mutex // guards the fields below; never held while waiting for the network or a hook
	data     *store
	counts   map[string]int
	faults   []*armedFault
	late     []*lateWork // in the order in which it is due
	issued   []string
	newRules ruleState // the status of rules that are created later
	hook     func(method, route string)
	closed   bool

	signInsRefused         bool
	inFlight, peakInFlight int
}

// New returns a control plane with the data of the state file, or with new data. It fails on an unknown version or
// response to unknown paths, with an error that lists the valid ones, and on a state file that cannot be read or written.
func New(options Options) (*Server, error) {
	options = options.withDefaults()
	version, err := findVersion(options.Version)
	if err != nil {
		return nil, err
	}
	if err := options.UnknownPath.check(); err != nil {
		return nil, err
	}
	s := &Server{
		options:  options,
		version:  version,
		log:      requestLog{out: options.RequestLog},
		closing:  make(chan struct{}),
		counts:   map[string]int{},
		newRules: ruleReady,
	}
	if options.StateFile != "" {
		if s.data, err = loadStore(options.StateFile); err != nil {
			return nil, err
		}
	}
	if s.data == nil {
		s.data = seed(options)
	}
	s.issued = append(s.issued, s.data.Installer.Secret)
	for _, app := range s.data.Applications {
		s.issued = append(s.issued, app.Secret)
	}
	return s, s.save()
}

// Close saves the data if there is a state file, and releases the requests that a slow fault delays. It discards late
// work that is not due, like a control plane that is shut down before a request takes effect.
func (s *Server) Close() error {
	s.lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
	s.late = nil
	return s.save()
}

// OnRequest sets a function that is called with the method and the route of each request to the API when it arrives:
// after it is counted, before a fault applies and before it is handled. So a test can change the data between two
// requests of a client. The function is called without a lock, concurrently for concurrent requests; nil removes it.
func (s *Server) OnRequest(f func(method, route string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = f
}

// ServeHTTP serves a request to the API or to the control endpoints under /_mock/.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, controlPrefix) {
		s.serveControl(w, r)
		return
	}
	arrived := time.Now()
	match := s.version.route(r.Method, r.URL.EscapedPath())
	tooMany := s.enter()
	defer s.leave()
	s.record(r.Method, match.pattern)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var fault *armedFault
	if !tooMany {
		fault = s.takeFault(r, match)
	}

	var resp response
	switch {
	case tooMany:
		resp = errorResponse(statusError(http.StatusTooManyRequests))
	case fault.kind() == faultLate && err == nil:
		s.postpone(r, match, body, fault)
		resp = fault.response(match)
	case fault.replaces():
		resp = fault.response(match)
	case err != nil:
		resp = errorResponse(badRequest("cannot read the body: %v", err))
	default:
		resp = s.handle(r, match, body, fault)
	}
	if !tooMany {
		s.delay(r, s.options.Latency)
	}

	entry := LoggedRequest{
		Time: s.now(), Method: r.Method, Path: r.URL.Path, Query: cleanQuery(r.URL.RawQuery), Route: match.pattern,
		Status: resp.status, DurationMS: time.Since(arrived).Milliseconds(), Fault: fault.kind(),
	}
	if fault.swallows(resp) {
		entry.Status = 0
	}
	s.log.add(entry)
	s.send(w, r, resp, fault)
}

// record counts a request and calls the hook.
func (s *Server) record(method, route string) {
	s.mu.Lock()
	s.counts[method+" "+route]++
	hook := s.hook
	s.mu.Unlock()
	if hook != nil {
		hook(method, route)
	}
}

// apiRequest is the request of a handler.
type apiRequest struct {
	server  *Server
	version *version
	data    *store
	request *http.Request
	id      string // the variable part of the path
	body    []byte
	query   url.Values
	now     time.Time
	caller  string          // the client ID in the token
	stale   *armedFault     // set if lists lack the newest entries
	roles   map[int32]*role // the version's, once they are needed
}

// handle serves a request under the lock.
func (s *Server) handle(r *http.Request, to routeMatch, body []byte, fault *armedFault) response {
	s.lock()
	defer s.mu.Unlock()
	c := s.newRequest(r, to, body)
	if fault.kind() == faultStaleList {
		c.stale = fault
	}
	if to.unknown && !s.options.UnknownPathAfterAuth {
		return s.options.UnknownPath.response()
	}
	if err := c.authorize(to); err != nil {
		return errorResponse(err)
	}
	if to.unknown {
		return s.options.UnknownPath.response()
	}
	return c.perform(to)
}

func (s *Server) newRequest(r *http.Request, to routeMatch, body []byte) *apiRequest {
	return &apiRequest{
		server: s, version: s.version, data: s.data, request: r, id: to.id, body: body, now: s.now(),
	}
}

// authorize makes the checks before the handler.
func (c *apiRequest) authorize(to routeMatch) error {
	var err error
	if to.unknown {
		c.caller, err = c.authenticate()
		return err
	}
	if to.err != nil {
		return to.err
	}
	if c.query, err = url.ParseQuery(c.request.URL.RawQuery); err != nil {
		return badRequest("the query is not valid: %v", err)
	}
	if !to.route.open {
		c.caller, err = c.authenticate()
	}
	return err
}

// perform runs the handler of a route, and saves what it changed. A failed save is an error for the client, since a test
// that relies on the state file must not continue.
func (c *apiRequest) perform(to routeMatch) response {
	resp, err := to.route.handle(c)
	if err == nil && c.request.Method != http.MethodGet {
		err = c.server.save()
	}
	if err != nil {
		return errorResponse(err)
	}
	return resp
}

// save writes the state file, if there is one. The lock is held, or the server not yet shared.
func (s *Server) save() error {
	if s.options.StateFile == "" {
		return nil
	}
	return s.data.save(s.options.StateFile)
}

// now is the control plane's clock, in the resolution of the times in the data.
func (s *Server) now() time.Time { return s.options.Now().UTC().Truncate(time.Millisecond) }

// delay waits, at most until the client disconnects or the server is closed.
func (s *Server) delay(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	case <-s.closing:
	}
}

// timestamp is a time in the API's form: RFC 3339 in UTC, with milliseconds.
type timestamp time.Time

const timestampLayout = "2006-01-02T15:04:05.000Z"

func (t timestamp) String() string { return time.Time(t).UTC().Format(timestampLayout) }

// MarshalText implements [encoding.TextMarshaler].
func (t timestamp) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

func optionalTimestamp(t *time.Time) *timestamp {
	if t == nil {
		return nil
	}
	stamp := timestamp(*t)
	return &stamp
}
