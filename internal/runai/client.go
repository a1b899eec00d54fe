package runai

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

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

	rest    *rest.Client // signed in
	auth    *authenticator
	tokens  *tokenSource
	version Version

	history       history
	verifications verifications
	createLocks   keyedMutex // one creation of a name at a time
}

// New returns a client. It sends nothing. An error names the member of Config that
// is wrong.
func New(cfg Config) (*Client, error) {
	base, err := ParseBaseURL(cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	if cfg.AccessToken.IsZero() && (cfg.ClientID == "" || cfg.ClientSecret.IsZero()) {
		return nil, errors.New("neither client ID and client secret nor an access token were given")
	}
	anonymous, err := rest.New(cfg.rest(base))
	if err != nil {
		return nil, err
	}
	anonymous.AddSecrets(cfg.ClientSecret, cfg.AccessToken)
	auth := &authenticator{rest: anonymous, version: cfg.Version}
	tokens := newTokenSource(auth, cfg.ClientID, cfg.ClientSecret, cfg.AccessToken)
	c := &Client{rest: anonymous.WithTokenSource(tokens), auth: auth, tokens: tokens, version: cfg.Version}
	c.verifications.sem = make(chan struct{}, maxVerifications)
	c.Applications = newApplications(c)
	c.AccessRules = newAccessRules(c)
	c.Roles = newRoles(c)
	c.Clusters = newClusters(c)
	c.Departments = newDepartments(c)
	c.Projects = newProjects(c)
	return c, nil
}

// Connect signs in, so that wrong credentials or an address where nothing
// answers are known before anything else is tried. A token that was given is
// tried with what has to be found out anyway: which control plane this is.
func (c *Client) Connect(ctx context.Context) error {
	if c.tokens.fixed {
		_, err := c.Applications.dialect(ctx)
		return err
	}
	_, err := c.tokens.Token(ctx)
	return err
}

// BaseURL returns the control plane's address.
func (c *Client) BaseURL() string { return c.rest.BaseURL() }

// ServerTime returns the control plane's clock, known from its own responses;
// ok is false while none has told it.
func (c *Client) ServerTime() (t time.Time, ok bool) {
	t = c.rest.ServerTime()
	return t, !t.IsZero()
}

// keyedMutex is a mutex for each key.
type keyedMutex struct{ locks sync.Map }

func (m *keyedMutex) lock(key string) (unlock func()) {
	l, _ := m.locks.LoadOrStore(key, &sync.Mutex{})
	mu := l.(*sync.Mutex) //nolint:forcetypeassert // nothing else is stored
	mu.Lock()
	return mu.Unlock
}
