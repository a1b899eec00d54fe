package seal_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/seal"
	"github.com/runai-community/terraform-provider-runai/internal/seal/sealtest"
)

// Seeds beside those added here are in testdata/fuzz.

// shortestKey is shorter than any key: the base64 of 32 bytes has 44 characters.
const shortestKey = 40

// sshType matches the type of an SSH key, the only part of a text that errors may show.
var sshType = regexp.MustCompile(`^(ssh|ecdsa|sk)-[a-z0-9@.-]{1,64}$`)

// expectNoKey checks that an error shows no part of a text that could be a key.
func expectNoKey(t *testing.T, text string, err error) {
	t.Helper()
	message := err.Error()
	if fields := strings.Fields(text); len(fields) > 0 && sshType.MatchString(fields[0]) {
		message = strings.ReplaceAll(message, fields[0], "")
	}
	for i := range max(0, len(message)-shortestKey+1) {
		part := message[i : i+shortestKey]
		if !strings.ContainsAny(part, " \n") && strings.Contains(text, part) {
			t.Errorf("the error shows %q of the text: %s", part, err)
			return
		}
	}
}

func FuzzParseRecipient(f *testing.F) {
	for _, c := range refusals(f) {
		f.Add(c.text)
	}
	for _, key := range []string{sealtest.Age(f).Recipient, sealtest.PostQuantumAge(f).Recipient, sealtest.Ed25519(f, "").Recipient, sealtest.RSA(f, 2048).Recipient, newNaClKey(f).String()} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, text string) {
		recipient, err := seal.ParseRecipient(text)
		if err != nil {
			expectNoKey(t, text, err)
			return
		}
		// A parsed recipient can be sealed to, and is equal when parsed again.
		if sealed, err := recipient.Seal([]byte("s3cret")); err != nil || sealed == "" {
			t.Errorf("Seal: %q, %v", sealed, err)
		}
		again, err := seal.ParseRecipient(" " + text + "\n")
		if err != nil || again.Fingerprint() != recipient.Fingerprint() {
			t.Errorf("parsed again: %v", err)
		}
	})
}

func FuzzParseIdentity(f *testing.F) {
	for _, c := range refusedIdentities(f) {
		f.Add(c.text)
	}
	for _, key := range []sealtest.KeyPair{sealtest.Age(f), sealtest.PostQuantumAge(f), sealtest.Ed25519(f, ""), sealtest.RSA(f, 2048)} {
		f.Add(key.Identity)
	}
	sealed := sealtest.Seal(f, sealtest.Age(f).Recipient, "s3cret")
	f.Fuzz(func(t *testing.T, text string) {
		identity, err := seal.ParseIdentity(text)
		if err != nil {
			expectNoKey(t, text, err)
			return
		}
		if opened, err := seal.Open(sealed, identity); err == nil {
			t.Errorf("opened a text that is sealed to another key: %q", opened)
		}
	})
}

func FuzzOpen(f *testing.F) {
	// The key that the seeds are sealed to.
	const private = "AGE-SECRET-KEY-1PU4NHKE70FTFTYN4ZPL5YY2QT953CME6H04AZJ7K4C0VTL02UL9QL4ZTXN"
	f.Add("")
	identity := mustParseIdentity(f, private)
	f.Fuzz(func(t *testing.T, sealed string) {
		opened, err := seal.Open(sealed, identity)
		if err != nil && (opened != nil || strings.Contains(err.Error(), private[20:40])) {
			t.Errorf("%q, %v", opened, err)
		}
		// White space around a text is ignored.
		again, err2 := seal.Open("\n"+sealed+"\n", identity)
		if (err == nil) != (err2 == nil) || string(again) != string(opened) {
			t.Errorf("%q, %v, with white space %q, %v", opened, err, again, err2)
		}
	})
}
