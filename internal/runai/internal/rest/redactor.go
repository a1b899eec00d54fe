package rest

import (
	"slices"
	"strings"
	"sync"
)

// redactor removes all configured and received secrets from messages, in case a server
// echoes a request.
type redactor struct {
	mu    sync.RWMutex
	known []Secret // the longest first, in case one begins with another
}

// A shorter "secret" would redact ordinary words.
const minSecretLength = 6

func (r *redactor) add(secrets ...Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range secrets {
		if len(s.Reveal()) < minSecretLength || slices.Contains(r.known, s) {
			continue
		}
		i := slices.IndexFunc(r.known, func(k Secret) bool { return len(k.Reveal()) < len(s.Reveal()) })
		if i < 0 {
			i = len(r.known)
		}
		r.known = slices.Insert(r.known, i, s)
	}
}

func (r *redactor) redact(s string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, secret := range r.known {
		s = strings.ReplaceAll(s, secret.Reveal(), Redacted)
	}
	return s
}
