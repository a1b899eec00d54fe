package seal_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"testing"

	"golang.org/x/crypto/nacl/box"

	"github.com/runai-community/terraform-provider-runai/internal/seal"
	"github.com/runai-community/terraform-provider-runai/internal/seal/sealtest"
)

func ecdsaKey(t testing.TB) sealtest.KeyPair {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return sealtest.SSH(t, private, "")
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

func mustParseIdentity(t testing.TB, private string) seal.Identity {
	t.Helper()
	identity, err := seal.ParseIdentity(private)
	if err != nil {
		t.Fatal(err)
	}
	return identity
}
