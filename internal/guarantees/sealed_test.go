package guarantees_test

import (
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/seal"
)

// A pair of keys that was made for these tests and protects nothing.
const (
	recipient = "age18dkxqkjy3sswtadaz36h7kr7vjt3qedrt695tvhy4deuh7ly4e6ssfm9xh"
	identity  = "AGE-SECRET-KEY-193S2ZFEJ9YMJ37T6FNTNXQJCEZ32AXGC0PEYP7C6NNF2L5ACGD8SHRDZYD"
)

// secretOf is the secret in a state: as it is, or opened with the identity where
// it is sealed, which must then be nowhere in plain text.
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
