package mockserver

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// maxBody is more than any body of this API.
const maxBody = 1 << 20

// Options say which control plane to imitate and what is in it. The zero value of a field means its default.
type Options struct {
	// Version is one of [Versions]; default 2.24.
	Version string
	// ClientID and ClientSecret are the credentials of the first application, by default terraform and
	// terraform-secret. They count when the data is new; a state file brings its own.
	ClientID, ClientSecret string
	// Latency is added to each answer of the API, and not to those under /_mock/.
	Latency time.Duration
	// Applications and AccessRules are how many there are at first, the first application and its rule included.
	Applications, AccessRules int
	// RequestLog receives one JSON line for each request, see [LoggedRequest].
	RequestLog io.Writer
	// StateFile is where the data is kept between runs; it is loaded if it exists, and saved after each change.
	StateFile string
	// Now is the clock of the control plane; default time.Now.
	Now func() time.Time
	// TokenLifetime is how long an access token is accepted; default an hour.
	TokenLifetime time.Duration
}

func (o Options) withDefaults() Options {
	if o.Version == "" {
		o.Version = "2.24"
	}
	if o.ClientID == "" {
		o.ClientID = "terraform"
	}
	if o.ClientSecret == "" {
		o.ClientSecret = "terraform-secret"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.TokenLifetime == 0 {
		o.TokenLifetime = time.Hour
	}
	return o
}

// Server is a control plane. It is an [http.Handler], to be served by [net/http/httptest.NewServer] or any other server.
// All its methods can be called from many goroutines.
type Server struct {
	options Options
	version *version
	log     requestLog
	closing chan struct{} // closed by Close

	mu       sync.Mutex // guards what follows; never held while the network or a hook is waited for
	data     *store
	counts   map[string]int
	faults   []*armedFault
	issued   []string
	newRules ruleState // the status of rules to come
	hook     func(method, route string)
	closed   bool
}

// New returns a control plane with the data of the state file, or with new data. It fails on an unknown version, with an
// error that lists the valid ones, and on a state file that cannot be read or written.
func New(options Options) (*Server, error) {
	options = options.withDefaults()
	version, err := findVersion(options.Version)
	if err != nil {
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

// Close saves the data if there is a state file and lets go of the requests that a slow fault holds.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
	return s.save()
}

// OnRequest has f called with the method and the route of each request to the API when it arrives: after it was counted,
// before a fault is taken and before it is handled. So f can change the world in the middle of somebody's doings. It is
// called without a lock, by many goroutines if there are many requests; nil ends it.
func (s *Server) OnRequest(f func(method, route string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = f
}

// ServeHTTP answers a request to the API or to the control endpoints under /_mock/.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, controlPrefix) {
		s.serveControl(w, r)
		return
	}
	arrived := time.Now()
	to := s.version.route(r.Method, r.URL.EscapedPath())
	s.arrive(r.Method, to.pattern)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	fault := s.takeFault(r, to)

	var a answer
	switch {
	case fault.replaces():
		a = fault.answer(to)
	case err != nil:
		a = errorAnswer(badRequest("cannot read the body: %v", err))
	default:
		a = s.handle(r, to, body, fault)
	}
	s.hold(r, s.options.Latency)

	entry := LoggedRequest{
		Time: s.now(), Method: r.Method, Path: r.URL.Path, Query: cleanQuery(r.URL.RawQuery), Route: to.pattern,
		Status: a.status, DurationMS: time.Since(arrived).Milliseconds(), Fault: fault.kind(),
	}
	if fault.swallows(a) {
		entry.Status = 0
	}
	s.log.add(entry)
	s.send(w, r, a, fault)
}

// arrive counts a request and calls the hook.
func (s *Server) arrive(method, route string) {
	s.mu.Lock()
	s.counts[method+" "+route]++
	hook := s.hook
	s.mu.Unlock()
	if hook != nil {
		hook(method, route)
	}
}

// call is one request as a handler sees it.
type call struct {
	server  *Server
	version *version
	data    *store
	request *http.Request
	id      string // the part of the path that the route leaves open
	body    []byte
	query   url.Values
	now     time.Time
	caller  string          // the client ID in the token
	stale   *armedFault     // set if lists are to lack what is newest
	roles   map[int32]*role // the version's, once they were looked for
}

// handle runs the handler of a route under the lock, and saves what it changed. What cannot be saved is an error that the
// client gets to see: a test that relies on the state file should not go on.
func (s *Server) handle(r *http.Request, to destination, body []byte, fault *armedFault) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &call{
		server: s, version: s.version, data: s.data, request: r, id: to.id, body: body, now: s.now(),
	}
	if fault.kind() == faultStaleList {
		c.stale = fault
	}
	a, err := c.run(to)
	if err != nil {
		return errorAnswer(err)
	}
	if r.Method != http.MethodGet {
		if err := s.save(); err != nil {
			return errorAnswer(err)
		}
	}
	return a
}

// run does everything that comes before the handler, and the handler.
func (c *call) run(to destination) (answer, error) {
	if to.err != nil {
		return answer{}, to.err
	}
	var err error
	if c.query, err = url.ParseQuery(c.request.URL.RawQuery); err != nil {
		return answer{}, badRequest("the query is not valid: %v", err)
	}
	if !to.route.open {
		if c.caller, err = c.authenticate(); err != nil {
			return answer{}, err
		}
	}
	return to.route.handle(c)
}

// save writes the state file, if there is one. The lock is held, or the server not yet shared.
func (s *Server) save() error {
	if s.options.StateFile == "" {
		return nil
	}
	return s.data.save(s.options.StateFile)
}

// now is the control plane's clock, in the resolution in which the API tells times.
func (s *Server) now() time.Time { return s.options.Now().UTC().Truncate(time.Millisecond) }

// hold waits, and gives up when the client has hung up or the server is closed.
func (s *Server) hold(r *http.Request, d time.Duration) {
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

// timestamp is a time as the API writes it: RFC 3339 in UTC, with milliseconds.
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
