// Package rest sends requests to one control plane. It authenticates them with
// the tokens of a [TokenSource], retries them under the retry table (retry.go),
// classifies their outcomes, and keeps secrets out of errors and logs.
//
// It has neither the objects of Run:ai nor the grants, which are in package runai.
package rest

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// Config configures a [Client]. BaseURL is required.
type Config struct {
	// BaseURL of the control plane.
	BaseURL *url.URL
	// UserAgent of all requests.
	UserAgent string
	// CACertPEM are certificates to trust besides the system's.
	CACertPEM []byte
	// InsecureSkipVerify turns the verification of TLS certificates off.
	InsecureSkipVerify bool
	// MaxRetries is the number of attempts after the first.
	MaxRetries int
	// RequestTimeout is for one attempt; zero means 30 seconds.
	RequestTimeout time.Duration
	// RetryWait is the first wait between attempts, doubled each time; zero means
	// half a second.
	RetryWait time.Duration
	// SettleTime is the time within which a request with an unclear outcome can still
	// take effect on the control plane; zero means 10 seconds.
	SettleTime time.Duration
	// Now is the clock; nil means the system's.
	Now func() time.Time
	// Sleep waits for d or until the context ends, whose error it returns; nil
	// means on the system's clock.
	Sleep func(ctx context.Context, d time.Duration) error
	// Log is called once for each attempt with its method, path, status and
	// duration; never with a header, a body or a secret. May be nil.
	Log func(ctx context.Context, message string, fields map[string]any)
}

// TokenSource supplies the bearer token of requests.
type TokenSource interface {
	// Token returns a token that the control plane has not refused.
	Token(ctx context.Context) (Secret, error)
	// Invalidate drops a token that the control plane has refused. It reports
	// whether another one may help.
	Invalidate(refused Secret) bool
	// Describe returns the principal of the token, for hints: ` as "ci", tenant 7`.
	Describe() string
}

// Client sends requests to one control plane. It is safe for concurrent use.
type Client struct {
	// Config is the configuration with its defaults. It does not change.
	Config Config

	transport *http.Transport
	tokens    TokenSource // nil: requests carry no token
	clock     *serverClock
	secrets   *redactor
	limiter   *limiter
}

// New returns a client whose requests carry no token. An error is about CACertPEM.
func New(cfg Config) (*Client, error) {
	transport, err := newTransport(cfg)
	if err != nil {
		return nil, err
	}
	cfg.RequestTimeout = cmp.Or(cfg.RequestTimeout, 30*time.Second)
	cfg.RetryWait = cmp.Or(cfg.RetryWait, 500*time.Millisecond)
	cfg.SettleTime = cmp.Or(cfg.SettleTime, 10*time.Second)
	if cfg.Sleep == nil {
		cfg.Sleep = sleep
	}
	if cfg.Now == nil {
		cfg.Now = time.Now //nolint:forbidigo // this is where the clock is injected
	}
	return &Client{
		Config:    cfg,
		transport: transport,
		clock:     &serverClock{now: cfg.Now},
		secrets:   &redactor{},
		limiter:   &limiter{},
	}, nil
}

// WithTokenSource returns a client that shares everything with c, and whose
// requests carry the tokens of a source. The source may use c itself to sign in.
func (c *Client) WithTokenSource(tokens TokenSource) *Client {
	authenticated := *c
	authenticated.tokens = tokens
	return &authenticated
}

// BaseURL returns the address of the control plane.
func (c *Client) BaseURL() string { return c.Config.BaseURL.String() }

// AddSecrets adds secrets to redact from errors and logs, in case a server echoes them.
func (c *Client) AddSecrets(secrets ...Secret) { c.secrets.add(secrets...) }

// ServerTime returns the earliest time that the control plane's clock can show
// now, known from its own responses; the zero time before the first of them.
func (c *Client) ServerTime() time.Time { return c.clock.read() }

// ServerTimeAt returns what [Client.ServerTime] would have returned at a time on
// the local clock, with what is known by now.
func (c *Client) ServerTimeAt(local time.Time) time.Time { return c.clock.at(local) }

// LocalTime converts a time on the control plane's clock to the local clock.
func (c *Client) LocalTime(t time.Time) time.Time { return c.clock.local(t) }

// Wait waits before another attempt that [Client.Send] does not make: for the
// Retry-After of the response behind the last error, otherwise as long as Send would.
// attempt counts from 0.
func (c *Client) Wait(ctx context.Context, attempt int, last error) error {
	return c.Config.Sleep(ctx, backoff(c.Config.RetryWait, attempt, headerOf(last), c.Config.Now()))
}

// Settle waits until the request behind an [ErrUnclear] can no longer take effect, and
// at least for the Retry-After of its response. An error means that the context ends
// too early.
func (c *Client) Settle(ctx context.Context, last error) error {
	h := headerOf(last)
	if tooLong(ctx, h, c.Config.Now()) > 0 {
		return context.DeadlineExceeded
	}
	d, _ := retryAfter(h, c.Config.Now())
	return c.Config.Sleep(ctx, max(c.Config.SettleTime, d))
}

// headerOf returns the header of the response behind an error, nil if there was
// none.
func headerOf(err error) http.Header {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.header
	}
	return nil
}

// Detach returns a context for the requests that must follow a sent one. The
// cancellation of ctx does not end it. It ends at the deadline of ctx, but not before
// the timeout of two requests; without a deadline, after maxUnboundedAttempt.
func (c *Client) Detach(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := 2 * c.Config.RequestTimeout
	if deadline, ok := ctx.Deadline(); ok {
		limit = max(limit, time.Until(deadline)) //nolint:forbidigo // the deadline of a context is on the system clock
	} else if ctx.Err() == nil {
		limit = maxUnboundedAttempt
	}
	return context.WithTimeout(context.WithoutCancel(ctx), limit)
}
