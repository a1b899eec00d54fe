package mockserver

import (
	"crypto/rand"
	"fmt"
)

// newUUID returns a random UUID of version 4.
func newUUID() string {
	var b [16]byte
	fill(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// newSecret returns a unique client secret.
func newSecret() string { return rand.Text() + rand.Text()[:6] }

func newSigningKey() []byte {
	key := make([]byte, 32)
	fill(key)
	return key
}

func fill(b []byte) {
	// crypto/rand.Read never fails; it ends the program instead.
	_, _ = rand.Read(b)
}
