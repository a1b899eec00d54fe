package guarantees_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/nacl/box"
	"golang.org/x/crypto/ssh"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/seal"
)

// A key pair that was created for these tests and protects nothing.
const (
	recipient = "age18dkxqkjy3sswtadaz36h7kr7vjt3qedrt695tvhy4deuh7ly4e6ssfm9xh"
	identity  = "AGE-SECRET-KEY-193S2ZFEJ9YMJ37T6FNTNXQJCEZ32AXGC0PEYP7C6NNF2L5ACGD8SHRDZYD"
)

// owner is a key pair that secrets are sealed to.
type owner struct {
	recipient string
	open      func(sealed string) (string, error)
}

// owners have one key of each type, created for these tests from public data.
var owners = sync.OnceValue(func() map[string]owner {
	sshKey := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	sshPublic, err1 := ssh.NewPublicKey(sshKey.Public())
	sshPrivate, err2 := ssh.MarshalPrivateKey(sshKey, "")
	sodium, err3 := ecdh.X25519().NewPrivateKey(bytes.Repeat([]byte{2}, 32))
	if err := errors.Join(err1, err2, err3); err != nil {
		panic(err)
	}
	opensWith := func(private string) func(string) (string, error) {
		return func(sealed string) (string, error) {
			key, err := seal.ParseIdentity(private)
			if err != nil {
				return "", err
			}
			secret, err := seal.Open(sealed, key)
			return string(secret), err
		}
	}
	return map[string]owner{
		"age": {recipient, opensWith(identity)},
		"ssh": {strings.TrimSpace(string(ssh.MarshalAuthorizedKey(sshPublic))), opensWith(string(pem.EncodeToMemory(sshPrivate)))},
		"nacl": {"nacl:" + base64.StdEncoding.EncodeToString(sodium.PublicKey().Bytes()), func(sealed string) (string, error) {
			data, err := base64.StdEncoding.DecodeString(sealed)
			if err != nil {
				return "", err
			}
			public, private := [32]byte(sodium.PublicKey().Bytes()), [32]byte(sodium.Bytes())
			secret, ok := box.OpenAnonymous(nil, data, &public, &private)
			if !ok {
				return "", errors.New("it is sealed to another key")
			}
			return string(secret), nil
		}},
	}
})

// secretOf returns the secret in a state. A sealed one is opened with the identity, and
// must not be in the state in plain text.
func secretOf(t testing.TB, app *acctest.StateResource, sealed bool) string {
	t.Helper()
	plain, _ := app.AttributeValues["client_secret"].(string)
	if !sealed {
		return plain
	}
	if plain != "" {
		t.Error("the secret is in the state in plain text")
	}
	ciphertexts, _ := app.AttributeValues["client_secret_sealed"].(map[string]any)
	ciphertext, _ := ciphertexts["ops"].(string)
	key, err := seal.ParseIdentity(identity)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := seal.Open(ciphertext, key)
	if err != nil {
		t.Errorf("the sealed secret cannot be opened: %s", err)
	}
	return string(secret)
}
