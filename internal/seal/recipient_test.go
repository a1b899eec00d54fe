package seal_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"filippo.io/age/plugin"
	"filippo.io/age/tag"
	"golang.org/x/crypto/nacl/box"

	"github.com/runai-community/terraform-provider-runai/internal/seal"
	"github.com/runai-community/terraform-provider-runai/internal/seal/sealtest"
)

// p256Point is the compressed base point of P-256, in the form of a hardware key's public
// key.
const p256Point = "036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"

func TestParseRecipient_AcceptsEveryTypeOfKey(t *testing.T) {
	t.Parallel()
	point, err := hex.DecodeString(p256Point)
	if err != nil {
		t.Fatal(err)
	}
	hardware, err := tag.NewClassicRecipient(point)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]string{
		"age":              sealtest.Age(t).Recipient,
		"post-quantum age": sealtest.PostQuantumAge(t).Recipient,
		"tagged age":       hardware.String(),
		"ssh-ed25519":      sealtest.Ed25519(t, "").Recipient,
		"ssh-rsa":          sealtest.RSA(t, 2048).Recipient,
	} {
		for _, text := range []string{key, "  " + key + "\n", "\t" + key + "\r\n"} {
			sealed := sealtest.Seal(t, text, "s3cret")
			if !strings.HasPrefix(sealed, "-----BEGIN AGE ENCRYPTED FILE-----\n") || !strings.HasSuffix(sealed, "-----END AGE ENCRYPTED FILE-----\n") {
				t.Errorf("%s: the sealed text is not an armored age file: %q", name, sealed)
			}
			if strings.Contains(sealed, "s3cret") {
				t.Errorf("%s: the sealed text contains the secret", name)
			}
		}
	}
}

// GitHub's API accepts a sealed box as encrypted_value.
func TestParseRecipient_NaCl_SealsToBase64Box(t *testing.T) {
	t.Parallel()
	key := newNaClKey(t)
	sealed := sealtest.Seal(t, " "+key.String()+"\n", "s3cret")
	if data, err := base64.StdEncoding.Strict().DecodeString(sealed); err != nil || len(data) != box.AnonymousOverhead+len("s3cret") {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	if opened := key.open(t, sealed); opened != "s3cret" {
		t.Errorf("opened %q", opened)
	}
}

func TestParseRecipient_SSHComment_IsAccepted(t *testing.T) {
	t.Parallel()
	key := sealtest.Ed25519(t, "")
	for _, comment := range []string{"jane@acme.example", "jane's laptop (2026)", "my private key's other half", "schlüssel"} {
		mustParse(t, key.Recipient+" "+comment)
	}
}

// refusals are texts that are not public keys of recipients.
func refusals(t testing.TB) map[string]struct {
	text string
	want error
} {
	t.Helper()
	age, ed25519, rsa, sodium := sealtest.Age(t), sealtest.Ed25519(t, ""), sealtest.RSA(t, 2048), newNaClKey(t)
	blob := strings.Fields(ed25519.Recipient)[1]
	type refusal = struct {
		text string
		want error
	}
	return map[string]refusal{
		"empty":       {"", seal.ErrEmptyRecipient},
		"white space": {" \n\t", seal.ErrEmptyRecipient},

		"no key at all":         {"jane", seal.ErrUnknownKeyType},
		"a PGP fingerprint":     {"D1B8 A72B 8E62 11F0", seal.ErrUnknownKeyType},
		"bare base64":           {base64.StdEncoding.EncodeToString(sodium.public[:]), seal.ErrUnknownKeyType},
		"an SSH key's options":  {`from="10.0.0.1" ` + ed25519.Recipient, seal.ErrUnknownKeyType},
		"an ECDSA key":          {ecdsaKey(t).Recipient, seal.ErrUnknownKeyType},
		"a security key":        {"sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29t", seal.ErrUnknownKeyType},
		"a DSA key":             {"ssh-dss AAAAB3NzaC1kc3M=", seal.ErrUnknownKeyType},
		"a key of a plugin":     {plugin.EncodeRecipient("yubikey", []byte("0123456789")), seal.ErrUnknownKeyType},
		"another letter case":   {strings.ToUpper(age.Recipient), seal.ErrUnknownKeyType},
		"NACL in capitals":      {"NACL:" + base64.StdEncoding.EncodeToString(sodium.public[:]), seal.ErrUnknownKeyType},
		"a path instead":        {"~/.ssh/id_ed25519.pub", seal.ErrUnknownKeyType},
		"an X.509 certificate":  {"-----BEGIN CERTIFICATE-----", seal.ErrUnknownKeyType},
		"github's user instead": {"github:jane", seal.ErrUnknownKeyType},

		"age1 alone":                    {"age1", seal.ErrMalformedKey},
		"a wrong checksum":              {damaged(age.Recipient), seal.ErrMalformedKey},
		"age, cut off":                  {age.Recipient[:40], seal.ErrMalformedKey},
		"post-quantum, cut off":         {sealtest.PostQuantumAge(t).Recipient[:200], seal.ErrMalformedKey},
		"a tagged key, cut off":         {"age1tag1qqqq", seal.ErrMalformedKey},
		"ssh-ed25519 alone":             {"ssh-ed25519", seal.ErrMalformedKey},
		"bad base64 after ssh-ed25519":  {"ssh-ed25519 !" + blob, seal.ErrMalformedKey},
		"ssh-ed25519, cut off":          {"ssh-ed25519 " + blob[:40], seal.ErrMalformedKey},
		"an Ed25519 key as ssh-rsa":     {"ssh-rsa " + blob, seal.ErrMalformedKey},
		"an RSA key as ssh-ed25519":     {"ssh-ed25519 " + strings.Fields(rsa.Recipient)[1], seal.ErrMalformedKey},
		"not a point of the curve":      {sshText("ssh-ed25519", bytes.Repeat([]byte{2}, 32)), seal.ErrMalformedKey},
		"nacl: alone":                   {"nacl:", seal.ErrMalformedKey},
		"bad base64 after nacl:":        {"nacl:???", seal.ErrMalformedKey},
		"31 bytes after nacl:":          {nacl(sodium.public[:31]), seal.ErrMalformedKey},
		"33 bytes after nacl:":          {nacl(append(sodium.public[:], 0)), seal.ErrMalformedKey},
		"base64 for URLs after nacl:":   {"nacl:" + strings.Repeat("_", 43) + "=", seal.ErrMalformedKey},
		"trailing bits after nacl:":     {"nacl:" + strings.Repeat("A", 42) + "B=", seal.ErrMalformedKey},
		"no padding after nacl:":        {"nacl:" + strings.Repeat("A", 43), seal.ErrMalformedKey},
		"white space within a nacl key": {"nacl: " + strings.Repeat("A", 43) + "=", seal.ErrMultipleKeys},

		"RSA with 1,024 bits":           {sealtest.RSA(t, 1024).Recipient, seal.ErrWeakKey},
		"RSA with 2,040 bits":           {sealtest.RSA(t, 2040).Recipient, seal.ErrWeakKey},
		"an RSA modulus that is even":   {sshText("ssh-rsa", []byte{1, 0, 1}, append([]byte{0}, bytes.Repeat([]byte{0xfe}, 256)...)), seal.ErrWeakKey},
		"the neutral element as SSH":    {sshText("ssh-ed25519", append([]byte{1}, make([]byte, 31)...)), seal.ErrWeakKey},
		"the point of order 2 as SSH":   {sshText("ssh-ed25519", append(append([]byte{0xec}, bytes.Repeat([]byte{0xff}, 30)...), 0x7f)), seal.ErrWeakKey},
		"a post-quantum key's low part": {lowOrderHybrid(t), seal.ErrWeakKey},

		"two age keys":             {age.Recipient + " " + sealtest.Age(t).Recipient, seal.ErrMultipleKeys},
		"two age keys by comma":    {age.Recipient + "," + sealtest.Age(t).Recipient, seal.ErrMultipleKeys},
		"two age keys by lines":    {age.Recipient + "\n" + sealtest.Age(t).Recipient, seal.ErrMultipleKeys},
		"two SSH keys by lines":    {ed25519.Recipient + "\n" + rsa.Recipient + "\n", seal.ErrMultipleKeys},
		"two SSH keys on one line": {ed25519.Recipient + " " + rsa.Recipient, seal.ErrMultipleKeys},
		"an age key as comment":    {ed25519.Recipient + " " + age.Recipient, seal.ErrMultipleKeys},
		"two nacl keys":            {sodium.String() + " " + sodium.String(), seal.ErrMultipleKeys},
		"carriage returns":         {age.Recipient + "\r" + age.Recipient, seal.ErrMultipleKeys},
		"a comment on an age key":  {age.Recipient + " jane", seal.ErrMultipleKeys},

		"an age identity":            {age.Identity, seal.ErrPrivateKey},
		"the same in lower case":     {strings.ToLower(age.Identity), seal.ErrPrivateKey},
		"a post-quantum identity":    {sealtest.PostQuantumAge(t).Identity, seal.ErrPrivateKey},
		"what age-keygen writes":     {"# created: 2026-01-01\n# public key: " + age.Recipient + "\n" + age.Identity + "\n", seal.ErrPrivateKey},
		"an SSH private key":         {ed25519.Identity, seal.ErrPrivateKey},
		"an RSA private key":         {"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n", seal.ErrPrivateKey},
		"PKCS #8":                    {"-----BEGIN PRIVATE KEY-----\nMIIE\n", seal.ErrPrivateKey},
		"PKCS #8, encrypted":         {"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE\n", seal.ErrPrivateKey},
		"PuTTY":                      {"PuTTY-User-Key-File-3: ssh-ed25519\n", seal.ErrPrivateKey},
		"a plugin's identity":        {"AGE-PLUGIN-YUBIKEY-1QQQQ", seal.ErrPrivateKey},
		"a private key after a key":  {age.Recipient + " " + age.Identity, seal.ErrPrivateKey},
		"a private key as a comment": {ed25519.Recipient + " " + age.Identity, seal.ErrPrivateKey},
		"OpenSSH without its lines":  {strings.Join(strings.Split(ed25519.Identity, "\n")[1:3], ""), seal.ErrPrivateKey},
		"the same as an SSH key":     {"ssh-ed25519 " + strings.Split(ed25519.Identity, "\n")[1], seal.ErrPrivateKey},
	}
}

func TestParseRecipient_Invalid_IsAnError(t *testing.T) {
	t.Parallel()
	for name, c := range refusals(t) {
		if _, err := seal.ParseRecipient(c.text); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", name, err, c.want)
		}
	}
}

// A key may be a private key of an unknown format, so errors show no key.
func TestParseRecipient_Errors_DoNotShowKey(t *testing.T) {
	t.Parallel()
	for name, c := range refusals(t) {
		_, err := seal.ParseRecipient(c.text)
		if err == nil {
			continue // the failure of another test
		}
		for word := range strings.FieldsSeq(c.text) {
			if len(word) > 12 && !strings.HasPrefix(word, "sk-ssh-") && !strings.HasPrefix(word, "ecdsa-") && strings.Contains(err.Error(), word[len(word)/2:]) {
				t.Errorf("%s: the error shows the key: %s", name, err)
			}
		}
	}
}

// The points whose product with any private key is zero, in each encoding.
func TestParseRecipient_LowOrderPoint_IsAnError(t *testing.T) {
	t.Parallel()
	points := []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	}
	for _, encoded := range points {
		point, err := hex.DecodeString(encoded)
		if err != nil {
			t.Fatal(err)
		}
		for _, top := range []byte{0, 0x80} { // X25519 ignores the highest bit
			point[31] |= top
			public, err := ecdh.X25519().NewPublicKey(point)
			if err != nil {
				t.Fatal(err)
			}
			recipient, err := plugin.EncodeX25519Recipient(public)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{nacl(point), recipient} {
				if _, err := seal.ParseRecipient(text); !errors.Is(err, seal.ErrWeakKey) {
					t.Errorf("%s: error %v, want %v", text, err, seal.ErrWeakKey)
				}
			}
		}
	}
}

func TestRecipient_Fingerprint_IsSHA256OfKey(t *testing.T) {
	t.Parallel()
	for _, key := range []string{sealtest.Age(t).Recipient, sealtest.PostQuantumAge(t).Recipient, sealtest.Ed25519(t, "").Recipient, sealtest.RSA(t, 2048).Recipient, newNaClKey(t).String()} {
		want := fmt.Sprintf("%x", sha256.Sum256([]byte(key)))
		texts := []string{key, " " + key + "\n"}
		if strings.HasPrefix(key, "ssh-") {
			texts = append(texts, key+" jane@acme.example", strings.ReplaceAll(key, " ", "\t  ")+" another comment")
		}
		for _, text := range texts {
			if got := mustParse(t, text).Fingerprint(); got != want {
				t.Errorf("%q: %s, want %s", text, got, want)
			}
		}
	}
}

func TestRecipient_Fingerprint_DiffersByKeyAndType(t *testing.T) {
	t.Parallel()
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	recipient, err := plugin.EncodeX25519Recipient(private.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, key := range []string{recipient, nacl(private.PublicKey().Bytes()), sealtest.Age(t).Recipient, sealtest.Ed25519(t, "").Recipient, newNaClKey(t).String()} {
		fingerprint := mustParse(t, key).Fingerprint()
		if other, ok := seen[fingerprint]; ok {
			t.Errorf("%s and %s have the same fingerprint", key, other)
		}
		seen[fingerprint] = key
	}
}

func TestRecipient_Seal_DiffersEachTime(t *testing.T) {
	t.Parallel()
	for _, key := range []string{sealtest.Age(t).Recipient, sealtest.PostQuantumAge(t).Recipient, sealtest.Ed25519(t, "").Recipient, sealtest.RSA(t, 2048).Recipient, newNaClKey(t).String()} {
		if first, second := sealtest.Seal(t, key, "s3cret"), sealtest.Seal(t, key, "s3cret"); first == second {
			t.Errorf("%s: the same text twice", key)
		}
	}
}

func TestRecipient_Seal_ZeroValue_IsAnError(t *testing.T) {
	t.Parallel()
	if sealed, err := (seal.Recipient{}).Seal([]byte("s3cret")); !errors.Is(err, seal.ErrEmptyRecipient) || sealed != "" {
		t.Errorf("%q, %v", sealed, err)
	}
}

// damaged returns a key with another last character.
func damaged(key string) string {
	last := "q"
	if strings.HasSuffix(key, last) {
		last = "p"
	}
	return key[:len(key)-1] + last
}

// sshText returns an SSH public key with these fields, whether valid or not.
func sshText(keyType string, fields ...[]byte) string {
	var blob []byte
	for _, field := range append([][]byte{[]byte(keyType)}, fields...) {
		blob = binary.BigEndian.AppendUint32(blob, uint32(len(field)))
		blob = append(blob, field...)
	}
	return keyType + " " + base64.StdEncoding.EncodeToString(blob)
}

// lowOrderHybrid returns a post-quantum key whose X25519 part is the point 0.
func lowOrderHybrid(t testing.TB) string {
	t.Helper()
	name, key, err := plugin.ParseRecipient(sealtest.PostQuantumAge(t).Recipient)
	if err != nil {
		t.Fatal(err)
	}
	clear(key[len(key)-32:])
	return plugin.EncodeRecipient(name, key)
}
