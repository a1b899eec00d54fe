// Package sealtest creates key pairs for tests, and seals to them.
package sealtest

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"strings"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"github.com/runai-community/terraform-provider-runai/internal/seal"
)

// KeyPair is a public key in the form that users write, and its private key.
type KeyPair struct{ Recipient, Identity string }

// Age returns a key pair of age.
func Age(t testing.TB) KeyPair {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return KeyPair{identity.Recipient().String(), identity.String()}
}

// PostQuantumAge returns a post-quantum key pair of age.
func PostQuantumAge(t testing.TB) KeyPair {
	t.Helper()
	identity, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return KeyPair{identity.Recipient().String(), identity.String()}
}

// Ed25519 returns a key pair of ssh-keygen; the private key is encrypted if passphrase
// is not empty.
func Ed25519(t testing.TB, passphrase string) KeyPair {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return SSH(t, private, passphrase)
}

// RSA returns a key pair of ssh-keygen.
func RSA(t testing.TB, bits int) KeyPair {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return SSH(t, private, "")
}

// SSH returns a key pair in the form of ssh-keygen.
func SSH(t testing.TB, private crypto.Signer, passphrase string) KeyPair {
	t.Helper()
	public, err := ssh.NewPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	return KeyPair{strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public))), string(pem.EncodeToMemory(block))}
}

// Seal seals a secret to a recipient.
func Seal(t testing.TB, recipient, secret string) string {
	t.Helper()
	r, err := seal.ParseRecipient(recipient)
	if err != nil {
		t.Fatalf("ParseRecipient(%q): %s", recipient, err)
	}
	sealed, err := r.Seal([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// Open opens what was sealed to the key pair.
func (k KeyPair) Open(sealed string) (string, error) {
	identity, err := seal.ParseIdentity(k.Identity)
	if err != nil {
		return "", err
	}
	secret, err := seal.Open(sealed, identity)
	return string(secret), err
}
