package seal_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/nacl/box"
	"golang.org/x/crypto/ssh"

	"github.com/runai-community/terraform-provider-runai/internal/seal"
)

// keyPair is a public key in the form that users write, and its private key.
type keyPair struct{ public, private string }

func ageKey(t testing.TB) keyPair {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return keyPair{identity.Recipient().String(), identity.String()}
}

func postQuantumKey(t testing.TB) keyPair {
	t.Helper()
	identity, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return keyPair{identity.Recipient().String(), identity.String()}
}

func ed25519Key(t testing.TB) keyPair {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return sshKey(t, private)
}

func rsaKey(t testing.TB, bits int) keyPair {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return sshKey(t, private)
}

func ecdsaKey(t testing.TB) keyPair {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return sshKey(t, private)
}

// sshKey writes a key in the form of ssh-keygen.
func sshKey(t testing.TB, private crypto.Signer) keyPair {
	t.Helper()
	public, err := ssh.NewPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	return keyPair{strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public))), string(pem.EncodeToMemory(block))}
}

// naclKey is a key pair of libsodium.
type naclKey struct{ public, private *[32]byte }

func newNaClKey(t testing.TB) naclKey {
	t.Helper()
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return naclKey{public, private}
}

func (k naclKey) String() string { return nacl(k.public[:]) }

// open opens a sealed box like its owner.
func (k naclKey) open(t testing.TB, sealed string) string {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		t.Fatal(err)
	}
	plaintext, ok := box.OpenAnonymous(nil, data, k.public, k.private)
	if !ok {
		t.Fatal("the sealed box cannot be opened")
	}
	return string(plaintext)
}

func nacl(key []byte) string { return "nacl:" + base64.StdEncoding.EncodeToString(key) }

func mustParse(t testing.TB, public string) seal.Recipient {
	t.Helper()
	recipient, err := seal.ParseRecipient(public)
	if err != nil {
		t.Fatalf("ParseRecipient(%q): %s", public, err)
	}
	return recipient
}

func mustSeal(t testing.TB, public, secret string) string {
	t.Helper()
	sealed, err := mustParse(t, public).Seal([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func mustParseIdentity(t testing.TB, private string) seal.Identity {
	t.Helper()
	identity, err := seal.ParseIdentity(private)
	if err != nil {
		t.Fatal(err)
	}
	return identity
}
