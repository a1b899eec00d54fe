package seal

import (
	"crypto/rsa"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
	"golang.org/x/crypto/ssh"
)

// ageSealer returns a function that encrypts to an age recipient, as an
// ASCII-armored file.
func ageSealer(r age.Recipient) func([]byte) (string, error) {
	return func(plaintext []byte) (string, error) {
		var text strings.Builder
		armored := armor.NewWriter(&text)
		w, err := age.Encrypt(armored, r)
		if err != nil {
			return "", err
		}
		if _, err := w.Write(plaintext); err != nil {
			return "", err
		}
		if err := w.Close(); err != nil {
			return "", err
		}
		if err := armored.Close(); err != nil {
			return "", err
		}
		return text.String(), nil
	}
}

// rsaBits returns the length of the modulus of an SSH key of type ssh-rsa.
func rsaBits(key ssh.PublicKey) int {
	if k, ok := key.(ssh.CryptoPublicKey); ok {
		if public, ok := k.CryptoPublicKey().(*rsa.PublicKey); ok {
			return public.N.BitLen()
		}
	}
	return 0
}
