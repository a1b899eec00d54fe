package seal_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/runai-community/terraform-provider-runai/internal/seal"
	"github.com/runai-community/terraform-provider-runai/internal/seal/sealtest"
)

// A secret that is sealed to a set of keys can be opened with each of them, and with no
// other key.
func TestProperty_SealedOpensWithEachIdentity(t *testing.T) {
	t.Parallel()
	keys := []sealtest.KeyPair{sealtest.Age(t), sealtest.Age(t), sealtest.PostQuantumAge(t), sealtest.PostQuantumAge(t), sealtest.Ed25519(t, ""), sealtest.Ed25519(t, ""), sealtest.RSA(t, 2048), sealtest.RSA(t, 2050)}
	var identities []seal.Identity
	for _, key := range keys {
		identities = append(identities, mustParseIdentity(t, key.Identity))
	}
	sodium := newNaClKey(t)
	rapid.Check(t, func(rt *rapid.T) {
		secret := rapid.OneOf(rapid.String(), rapid.StringN(0, 70000, -1)).Draw(rt, "secret")
		for i := range keys {
			sealed := sealtest.Seal(t, keys[i].Recipient, secret)
			other := rapid.IntRange(0, len(keys)-1).Draw(rt, "other key")
			for _, j := range []int{i, other} {
				opened, err := seal.Open(sealed, identities[j])
				if (err == nil) != (i == j) || i == j && string(opened) != secret {
					rt.Errorf("sealed to key %d, opened with key %d: %q, %v", i, j, opened, err)
				}
			}
		}
		if opened := sodium.open(t, sealtest.Seal(t, sodium.String(), secret)); opened != secret {
			rt.Errorf("opened %q", opened)
		}
	})
}

// Comments and white space around a key change neither the fingerprint nor the keys that
// open a text sealed to it.
func TestProperty_CommentsAndWhiteSpaceIgnored(t *testing.T) {
	t.Parallel()
	key := sealtest.Ed25519(t, "")
	fingerprint := mustParse(t, key.Recipient).Fingerprint()
	space := rapid.StringMatching(`[ \t]*`)
	rapid.Check(t, func(rt *rapid.T) {
		comment := rapid.StringMatching(`[A-Za-z0-9@._ -]*`).Draw(rt, "comment")
		text := fmt.Sprint(space.Draw(rt, "before"), key.Recipient, " ", comment, space.Draw(rt, "after"), "\n")
		recipient, err := seal.ParseRecipient(text)
		if err != nil {
			rt.Fatalf("%q: %s", text, err)
		}
		if got := recipient.Fingerprint(); got != fingerprint {
			rt.Errorf("%q: %s, want %s", text, got, fingerprint)
		}
	})
}
