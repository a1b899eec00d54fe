package seal_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"
	"golang.org/x/crypto/nacl/box"
	"golang.org/x/crypto/ssh"

	"github.com/runai-community/terraform-provider-runai/internal/seal"
	"github.com/runai-community/terraform-provider-runai/internal/seal/sealtest"
)

func TestOpen_KeyOfEachType(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]sealtest.KeyPair{
		"age": sealtest.Age(t), "post-quantum age": sealtest.PostQuantumAge(t), "ssh-ed25519": sealtest.Ed25519(t, ""), "ssh-rsa": sealtest.RSA(t, 2048),
	} {
		sealed := sealtest.Seal(t, key.Recipient, "s3cret")
		for _, private := range []string{key.Identity, "\n" + key.Identity + "\n\n", strings.ReplaceAll(key.Identity, "\n", "\r\n")} {
			for _, text := range []string{sealed, " \n" + sealed + "\n", strings.ReplaceAll(sealed, "\n", "\r\n")} {
				opened, err := seal.Open(text, mustParseIdentity(t, private))
				if err != nil || string(opened) != "s3cret" {
					t.Errorf("%s: %q, %v", name, opened, err)
				}
			}
		}
	}
}

// An identity file may have retired keys and comments.
func TestOpen_FileOfSeveralKeys(t *testing.T) {
	t.Parallel()
	retired, current := sealtest.Age(t), sealtest.Age(t)
	file := "# created: 2026-01-01\n# public key: " + retired.Recipient + "\n" + retired.Identity + "\n\n# public key: " + current.Recipient + "\n" + current.Identity + "\n"
	for _, key := range []sealtest.KeyPair{retired, current} {
		opened, err := seal.Open(sealtest.Seal(t, key.Recipient, "s3cret"), mustParseIdentity(t, file))
		if err != nil || string(opened) != "s3cret" {
			t.Errorf("%q, %v", opened, err)
		}
	}
}

// openssl and older versions of ssh-keygen write PKCS #1 and PKCS #8.
func TestParseIdentity_AcceptsPEM(t *testing.T) {
	t.Parallel()
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8 := func(key any) []byte {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	for name, c := range map[string]struct {
		public any
		block  pem.Block
	}{
		"Ed25519, PKCS #8": {ed.Public(), pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8(ed)}},
		"RSA, PKCS #8":     {rsaKey.Public(), pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8(rsaKey)}},
		"RSA, PKCS #1":     {rsaKey.Public(), pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaKey)}},
	} {
		key, err := ssh.NewPublicKey(c.public)
		if err != nil {
			t.Fatal(err)
		}
		identity := mustParseIdentity(t, string(pem.EncodeToMemory(&c.block)))
		opened, err := seal.Open(sealtest.Seal(t, string(ssh.MarshalAuthorizedKey(key)), "s3cret"), identity)
		if err != nil || string(opened) != "s3cret" {
			t.Errorf("%s: %q, %v", name, opened, err)
		}
	}
}

// The file was sealed by typage, the implementation of age in TypeScript.
func TestOpen_SealedByOtherImplementation(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/typage.json")
	if err != nil {
		t.Fatal(err)
	}
	var files map[string]struct{ Identity, Sealed string }
	if err := json.Unmarshal(data, &files); err != nil || len(files) != 2 {
		t.Fatal(err, len(files))
	}
	for name, file := range files {
		opened, err := seal.Open(file.Sealed, mustParseIdentity(t, file.Identity))
		if err != nil || string(opened) != "sealed by another implementation" {
			t.Errorf("%s: %q, %v", name, opened, err)
		}
	}
}

type refusedIdentity struct {
	text string
	want error
}

func refusedIdentities(t testing.TB) map[string]refusedIdentity {
	t.Helper()
	age, ed25519 := sealtest.Age(t), sealtest.Ed25519(t, "")
	return map[string]refusedIdentity{
		"empty":         {"", seal.ErrMalformedIdentity},
		"white space":   {" \n", seal.ErrMalformedIdentity},
		"comments":      {"# created: 2026-01-01\n", seal.ErrMalformedIdentity},
		"a public key":  {age.Recipient, seal.ErrMalformedIdentity},
		"an SSH public": {ed25519.Recipient, seal.ErrMalformedIdentity},
		"a path":        {"/home/jane/.config/age/keys.txt", seal.ErrMalformedIdentity},

		"a damaged age key":   {damaged(age.Identity), seal.ErrMalformedIdentity},
		"two keys on a line":  {age.Identity + " " + age.Identity, seal.ErrMalformedIdentity},
		"the second damaged":  {age.Identity + "\n" + damaged(age.Identity), seal.ErrMalformedIdentity},
		"lower case":          {strings.ToLower(age.Identity), seal.ErrMalformedIdentity},
		"a 1 within":          {age.Identity[:40] + "1" + age.Identity[41:], seal.ErrMalformedIdentity},
		"damaged PEM":         {ed25519.Identity[:200], seal.ErrMalformedIdentity},
		"PEM of another kind": {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", seal.ErrMalformedIdentity},
		"two SSH keys":        {ed25519.Identity + sealtest.Ed25519(t, "").Identity, seal.ErrMalformedIdentity},
		"age after SSH":       {ed25519.Identity + age.Identity, seal.ErrMalformedIdentity},

		"an ECDSA key":        {ecdsaKey(t).Identity, seal.ErrUnknownIdentityType},
		"a DSA key":           {dsaKey(t), seal.ErrUnknownIdentityType},
		"a plugin's identity": {"AGE-PLUGIN-YUBIKEY-1QQQQ", seal.ErrUnknownIdentityType},

		"an SSH key with a passphrase":  {sealtest.Ed25519(t, "passphrase").Identity, seal.ErrEncryptedIdentity},
		"PKCS #8 with a passphrase":     {"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", seal.ErrEncryptedIdentity},
		"PKCS #1 with a passphrase":     {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n", seal.ErrEncryptedIdentity},
		"an age file with a passphrase": {sealtest.Seal(t, age.Recipient, "AGE-SECRET-KEY-1"), seal.ErrEncryptedIdentity},
	}
}

func TestParseIdentity_Invalid_IsAnError(t *testing.T) {
	t.Parallel()
	for name, c := range refusedIdentities(t) {
		if _, err := seal.ParseIdentity(c.text); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", name, err, c.want)
		}
	}
}

func TestParseIdentity_Errors_DoNotShowKey(t *testing.T) {
	t.Parallel()
	for name, c := range refusedIdentities(t) {
		_, err := seal.ParseIdentity(c.text)
		if err == nil {
			continue // the failure of another test
		}
		for word := range strings.FieldsSeq(c.text) {
			for i := 0; i+20 <= len(word); i += 10 {
				if strings.Contains(err.Error(), word[i:i+20]) && !strings.Contains(word, "path") {
					t.Errorf("%s: the error shows the key: %s", name, err)
				}
			}
		}
	}
}

func TestParseIdentity_Error_NamesLine(t *testing.T) {
	t.Parallel()
	key := sealtest.Age(t).Identity
	for text, want := range map[string]string{
		"AGE-PLUGIN-YUBIKEY-1QQQQ":                      "line 1 is the key of an age plugin",
		key + "\n" + damaged(key):                       "the age key in line 2 is damaged",
		"# created: 2026-01-01\n" + key + "\nneither\n": "line 3 is neither",
	} {
		if _, err := seal.ParseIdentity(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestOpen_Invalid_IsAnError(t *testing.T) {
	t.Parallel()
	key, other := sealtest.Age(t), sealtest.Ed25519(t, "")
	sealed := sealtest.Seal(t, key.Recipient, "s3cret")
	for name, c := range map[string]struct {
		sealed   string
		identity string
		want     error
	}{
		"what is sealed to another key of the type": {sealed, sealtest.Age(t).Identity, seal.ErrWrongIdentity},
		"what is sealed to a key of another type":   {sealed, other.Identity, seal.ErrWrongIdentity},
		"what is sealed to another key of SSH":      {sealtest.Seal(t, other.Recipient, "s3cret"), sealtest.Ed25519(t, "").Identity, seal.ErrWrongIdentity},
		"what is sealed with a passphrase":          {sealedWithPassphrase(t), key.Identity, seal.ErrWrongIdentity},
		"a sealed box":                              {sealtest.Seal(t, newNaClKey(t).String(), "s3cret"), key.Identity, seal.ErrSealedBox},
		"the private key in place of the text":      {key.Identity, key.Identity, seal.ErrMalformedText},
		"an SSH private key in place of the text":   {other.Identity, key.Identity, seal.ErrMalformedText},
		"nothing":                                    {"", key.Identity, seal.ErrMalformedText},
		"a plain secret":                             {"s3cret", key.Identity, seal.ErrMalformedText},
		"a text that was cut off":                    {sealed[:len(sealed)/2], key.Identity, seal.ErrMalformedText},
		"a text that was changed in its payload":     {changed(sealed, 4), key.Identity, seal.ErrMalformedText},
		"a text that was changed in its header":      {changed(sealed, 2), key.Identity, nil},
		"a text with another one behind it":          {sealed + sealed, key.Identity, seal.ErrMalformedText},
		"a text that was indented":                   {strings.ReplaceAll(sealed, "\n", "\n  "), key.Identity, seal.ErrMalformedText},
		"armor without anything in it":               {armor.Header + "\n" + armor.Footer, key.Identity, seal.ErrMalformedText},
		"a text of more than a client secret's size": {sealtest.Seal(t, key.Recipient, strings.Repeat("x", 1<<20+1)), key.Identity, seal.ErrMalformedText},
	} {
		opened, err := seal.Open(c.sealed, mustParseIdentity(t, c.identity))
		if err == nil || c.want != nil && !errors.Is(err, c.want) || opened != nil {
			t.Errorf("%s: %q and error %v, want %v", name, opened, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), key.Identity[20:40]) {
			t.Errorf("%s: the error shows the private key: %s", name, err)
		}
	}
}

func TestOpen_LargestAllowed(t *testing.T) {
	t.Parallel()
	key := sealtest.Age(t)
	secret := strings.Repeat("x", 1<<20)
	opened, err := seal.Open(sealtest.Seal(t, key.Recipient, secret), mustParseIdentity(t, key.Identity))
	if err != nil || string(opened) != secret {
		t.Errorf("%d bytes and error %v, want %d bytes", len(opened), err, len(secret))
	}
}

// The shortest sealed box is that of an empty secret.
func TestOpen_SealedBox_RecognizedByLength(t *testing.T) {
	t.Parallel()
	identity := mustParseIdentity(t, sealtest.Age(t).Identity)
	for length, want := range map[int]error{
		box.AnonymousOverhead - 1: seal.ErrMalformedText,
		box.AnonymousOverhead:     seal.ErrSealedBox,
	} {
		if _, err := seal.Open(base64.StdEncoding.EncodeToString(make([]byte, length)), identity); !errors.Is(err, want) {
			t.Errorf("%d bytes: error %v, want %v", length, err, want)
		}
	}
}

func TestOpen_ZeroIdentity_IsAnError(t *testing.T) {
	t.Parallel()
	if _, err := seal.Open(sealtest.Seal(t, sealtest.Age(t).Recipient, "s3cret"), seal.Identity{}); !errors.Is(err, seal.ErrMalformedIdentity) {
		t.Error(err)
	}
}

func TestIdentity_PrintsNothing(t *testing.T) {
	t.Parallel()
	identity := mustParseIdentity(t, sealtest.Age(t).Identity)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{identity, &identity} {
			if got := fmt.Sprintf(verb, value); got != "(sensitive)" {
				t.Errorf("%s prints %s", verb, got)
			}
		}
	}
}

// changed replaces a character in the middle of a line of an armored text.
func changed(sealed string, line int) string {
	lines := strings.Split(sealed, "\n")
	c := "A"
	if lines[line][20] == 'A' {
		c = "B"
	}
	lines[line] = lines[line][:20] + c + lines[line][21:]
	return strings.Join(lines, "\n")
}

func dsaKey(t testing.TB) string {
	t.Helper()
	der, err := asn1.Marshal(struct {
		Version       int
		P, Q, G, Y, X *big.Int
	}{0, big.NewInt(23), big.NewInt(11), big.NewInt(4), big.NewInt(8), big.NewInt(7)})
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "DSA PRIVATE KEY", Bytes: der}))
}

func sealedWithPassphrase(t testing.TB) string {
	t.Helper()
	recipient, err := age.NewScryptRecipient("passphrase")
	if err != nil {
		t.Fatal(err)
	}
	recipient.SetWorkFactor(2)
	var text strings.Builder
	armored := armor.NewWriter(&text)
	w, err := age.Encrypt(armored, recipient)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), armored.Close()); err != nil {
		t.Fatal(err)
	}
	return text.String()
}
