package runai

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Config is what a [Client] needs to know. BaseURL and either ClientID with
// ClientSecret or AccessToken are required.
type Config struct {
	// BaseURL of the control plane, https; plain http only to a loopback address.
	BaseURL string
	// ClientID and ClientSecret of the application to sign in as.
	ClientID     string
	ClientSecret Secret
	// AccessToken is a bearer token obtained elsewhere; it is never renewed.
	AccessToken Secret
	// Version of the control plane; the zero value: detected from its responses.
	Version Version
	// CACertPEM are certificates to trust besides the system's.
	CACertPEM []byte
	// InsecureSkipVerify turns the verification of TLS certificates off.
	InsecureSkipVerify bool
	// MaxRetries after the first attempt of a request.
	MaxRetries int
	// RequestTimeout is for one attempt; zero means 30 seconds.
	RequestTimeout time.Duration
	// UserAgent of all requests.
	UserAgent string

	// RetryWait is the first wait between attempts, doubled each time; zero means
	// half a second.
	RetryWait time.Duration
	// SettleTime is how long a request whose outcome is unclear can still take
	// effect on the control plane; zero means 10 seconds. A create or a
	// regeneration is not repeated within it.
	SettleTime time.Duration
	// Now is the clock; nil means the system's.
	Now func() time.Time
	// Sleep waits between attempts and for requests to settle; nil means for the
	// time given, or until the context ends, whose error it returns.
	Sleep func(ctx context.Context, d time.Duration) error
	// Log is called once for each attempt with what may be known of it: method,
	// path, status, duration; never a header, a body or a secret. May be nil.
	Log func(ctx context.Context, message string, fields map[string]any)
}

// Client talks to one control plane as one caller. It is safe for concurrent
// use, and many callers at once cost few requests: they share one token, and
// reads of many single objects are served by lists.
type Client struct {
	// Applications are the tenant's applications, or service accounts.
	Applications *Applications
	// AccessRules bind roles to subjects in scopes.
	AccessRules *AccessRules
	// Roles, Clusters, Departments and Projects are what rules point at.
	Roles       *Roles
	Clusters    *Clusters
	Departments *Departments
	Projects    *Projects

	baseURL        *url.URL
	userAgent      string
	version        Version
	requestTimeout time.Duration
	retryWait      time.Duration
	settleTime     time.Duration
	maxRetries     int
	now            func() time.Time
	sleep          func(context.Context, time.Duration) error
	log            func(context.Context, string, map[string]any)

	http    *retryablehttp.Client
	base    *http.Transport
	tokens  *tokenSource
	clock   *serverClock
	secrets redactor
	limiter limiter

	workingGrant  atomic.Pointer[grantType] // the way to ask for a token that works here
	history       history
	verifications verifications
	createLocks   keyedMutex // one creation of a name at a time
}

// New makes a client. It sends nothing. An error names the member of Config
// that is wrong.
func New(cfg Config) (*Client, error) {
	base, err := ParseBaseURL(cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	c := &Client{
		baseURL:        base,
		userAgent:      cfg.UserAgent,
		version:        cfg.Version,
		requestTimeout: cmp.Or(cfg.RequestTimeout, 30*time.Second),
		retryWait:      cmp.Or(cfg.RetryWait, 500*time.Millisecond),
		settleTime:     cmp.Or(cfg.SettleTime, 10*time.Second),
		maxRetries:     cfg.MaxRetries,
		now:            cfg.Now,
		sleep:          cfg.Sleep,
		log:            cfg.Log,
	}
	if c.sleep == nil {
		c.sleep = sleep
	}
	if c.now == nil {
		c.now = time.Now //nolint:forbidigo // this is where the clock is injected
	}
	c.clock = &serverClock{now: c.now}
	c.tokens = &tokenSource{client: c, clientID: cfg.ClientID, secret: cfg.ClientSecret}
	if !cfg.AccessToken.IsZero() {
		c.tokens.fixed = true
		c.tokens.current = token{value: cfg.AccessToken, claims: parseClaims(cfg.AccessToken)}
	} else if cfg.ClientID == "" || cfg.ClientSecret.IsZero() {
		return nil, errors.New("neither client ID and client secret nor an access token were given")
	}
	c.secrets.add(cfg.ClientSecret, cfg.AccessToken)
	if c.http, err = c.newHTTP(cfg); err != nil {
		return nil, err
	}
	c.verifications.sem = make(chan struct{}, maxVerifications)
	c.Applications = newApplications(c)
	c.AccessRules = newAccessRules(c)
	c.Roles = newRoles(c)
	c.Clusters = newClusters(c)
	c.Departments = newDepartments(c)
	c.Projects = newProjects(c)
	return c, nil
}

// ParseBaseURL checks the URL of a control plane: https, or http to a loopback
// address, with a host, and without credentials, query or fragment.
func ParseBaseURL(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(s), "/"))
	switch {
	case err != nil:
		return nil, errors.New("not a URL")
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return nil, fmt.Errorf("%q is not a URL such as https://acme.run.ai", sanitize(s))
	case u.User != nil:
		return nil, errors.New("the URL holds credentials; give them in client_id and client_secret")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the URL has a query or a fragment; give only the address of the control plane, such as https://acme.run.ai")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, fmt.Errorf("plain http would send the credentials in clear text over the network; use https://%s", u.Host)
	}
	return u, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Connect signs in, so that wrong credentials or an address where nothing
// answers are known before anything else is tried. A token that was given is
// tried with what has to be found out anyway: which control plane this is.
func (c *Client) Connect(ctx context.Context) error {
	if c.tokens.fixed {
		_, err := c.Applications.dialect(ctx)
		return err
	}
	_, err := c.tokens.token(ctx)
	return err
}

// BaseURL is the control plane's address.
func (c *Client) BaseURL() string { return c.baseURL.String() }

// ServerTime returns the control plane's clock, known from its own responses;
// ok is false while none has told it.
func (c *Client) ServerTime() (t time.Time, ok bool) {
	t = c.clock.read()
	return t, !t.IsZero()
}

// describeCaller says who is signed in where, for messages.
func (c *Client) describeCaller() string {
	caller := c.tokens.identity()
	s := "Signed in at " + c.baseURL.String()
	if caller.clientID != "" {
		s += " as " + quote(caller.clientID)
	}
	if caller.fixed {
		s += " with an access token"
	}
	if caller.tenantID != "" {
		s += ", tenant " + caller.tenantID
	}
	return s + "."
}

// wait sleeps before another attempt that the retry loop does not make by itself.
func (c *Client) wait(ctx context.Context, attempt int, last error) error {
	return c.sleep(ctx, backoff(c.retryWait, attempt, headerOf(last), c.now()))
}

// settle waits until a request whose outcome is unclear can no longer take
// effect, and for as long as the control plane asked to be left alone. An error
// means that the time was too short for it.
func (c *Client) settle(ctx context.Context, last error) error {
	h := headerOf(last)
	if tooLong(ctx, h, c.now()) > 0 {
		return context.DeadlineExceeded
	}
	d, _ := retryAfter(h, c.now())
	return c.sleep(ctx, max(c.settleTime, d))
}

// headerOf returns the header of the response behind an error, nil if there was
// none.
func headerOf(err error) http.Header {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.header
	}
	return nil
}

// detach returns a context for what has to be finished once something was sent:
// it outlives the cancellation and the deadline of ctx, for as long as a few
// requests take.
func (c *Client) detach(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := 2 * c.requestTimeout
	if deadline, ok := ctx.Deadline(); ok {
		limit = max(limit, time.Until(deadline)) //nolint:forbidigo // the deadline of a context is on the system clock
	} else if ctx.Err() == nil {
		limit = maxUnboundedAttempt
	}
	return context.WithTimeout(context.WithoutCancel(ctx), limit)
}

func quote(s string) string { return strconv.Quote(s) }

func dialer(timeout time.Duration) func(context.Context, string, string) (net.Conn, error) {
	return (&net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second}).DialContext
}

// keyedMutex is a mutex for each key.
type keyedMutex struct{ locks sync.Map }

func (m *keyedMutex) lock(key string) (unlock func()) {
	l, _ := m.locks.LoadOrStore(key, &sync.Mutex{})
	mu := l.(*sync.Mutex) //nolint:forcetypeassert // nothing else is stored
	mu.Lock()
	return mu.Unlock
}
