package runai

import (
	"slices"
	"strings"
	"sync"
)

// vault remembers every secret that this client has been given or has
// received, so that none of them gets into a message by way of a server that
// echoes what it was sent.
type vault struct {
	mu    sync.RWMutex
	known []Secret // the longest first, in case one begins with another
}

// A shorter "secret" would blank out ordinary words.
const minSecretLength = 6

func (v *vault) remember(secrets ...Secret) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, s := range secrets {
		if len(s.Reveal()) < minSecretLength || slices.Contains(v.known, s) {
			continue
		}
		i := slices.IndexFunc(v.known, func(k Secret) bool { return len(k.Reveal()) < len(s.Reveal()) })
		if i < 0 {
			i = len(v.known)
		}
		v.known = slices.Insert(v.known, i, s)
	}
}

func (v *vault) redact(s string) string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	for _, secret := range v.known {
		s = strings.ReplaceAll(s, secret.Reveal(), Redacted)
	}
	return s
}
