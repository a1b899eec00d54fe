package runai

import (
	"errors"
	"net/http"
	"sync"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// session is the state that the services of one client share: the connection to the
// control plane with its token, and the history of this client.
type session struct {
	*rest.Client
	auth    *authenticator
	tokens  *tokenSource
	version Version // the zero value: detected

	history history
	locks   keyedMutex // one operation on an object at a time
}

func newSession(cfg Config) (*session, error) {
	base, err := ParseBaseURL(cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	if cfg.AccessToken.IsZero() && (cfg.ClientID == "" || cfg.ClientSecret.IsZero()) {
		return nil, errors.New("neither client ID and client secret nor an access token is set")
	}
	anonymous, err := rest.New(cfg.rest(base))
	if err != nil {
		return nil, err
	}
	anonymous.AddSecrets(cfg.ClientSecret, cfg.AccessToken)
	auth := &authenticator{rest: anonymous, version: cfg.Version}
	tokens := newTokenSource(auth, cfg.ClientID, cfg.ClientSecret, cfg.AccessToken)
	return &session{
		Client: anonymous.WithTokenSource(tokens),
		auth:   auth, tokens: tokens, version: cfg.Version,
	}, nil
}

// caller returns the principal of the session.
func (s *session) caller() identity { return s.tokens.identity() }

// isMissingToProbe reports whether the response to a probe means that the path does not
// exist. That includes a 401 which is not the API's own, if the token was just
// obtained: gateways respond so to unknown paths.
func (s *session) isMissingToProbe(e *Error) bool {
	foreign401 := e.Method == http.MethodGet && e.Status == http.StatusUnauthorized && !e.FromAPI()
	return e.RouteMissing() || foreign401 && !s.tokens.fixed
}

// keyedMutex is a mutex for each key.
type keyedMutex struct{ locks sync.Map }

func (m *keyedMutex) lock(key string) (unlock func()) {
	l, _ := m.locks.LoadOrStore(key, &sync.Mutex{})
	mu := l.(*sync.Mutex) //nolint:forcetypeassert // nothing else is stored
	mu.Lock()
	return mu.Unlock
}
