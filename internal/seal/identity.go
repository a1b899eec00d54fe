package seal

import (
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"golang.org/x/crypto/nacl/box"
	"golang.org/x/crypto/ssh"
)

// The errors of [ParseIdentity] and [Open], for [errors.Is].
var (
	// ErrMalformedIdentity is the error of a text that is not a private key.
	ErrMalformedIdentity = errors.New("not a private key")
	// ErrEncryptedIdentity is the error of a private key that is protected with
	// a passphrase.
	ErrEncryptedIdentity = errors.New("the private key is protected with a passphrase")
	// ErrUnknownIdentityType is the error of a private key that nothing can be
	// sealed to, such as an ECDSA key.
	ErrUnknownIdentityType = errors.New("unknown type of private key")
	// ErrMalformedText is the error of a text that [Recipient.Seal] did not
	// return, or that was changed since.
	ErrMalformedText = errors.New("malformed sealed text")
	// ErrWrongIdentity is the error of a text that is sealed to another key.
	ErrWrongIdentity = errors.New("sealed to another key")
	// ErrSealedBox is the error of a libsodium sealed box, which [Open] does not
	// open.
	ErrSealedBox = errors.New("a sealed box for a nacl: key")
)

// Identity is one or more private keys that open what was sealed to their public
// keys. It prints as "(sensitive)".
type Identity struct{ keys []age.Identity }

// String implements [fmt.Stringer] and keeps the keys out of messages.
func (Identity) String() string { return "(sensitive)" }

// Format implements [fmt.Formatter], so that no verb prints the keys.
func (i Identity) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, i.String()) }

// ParseIdentity parses private keys: the text of a file that age-keygen wrote,
// with one or more keys, or one SSH private key of type Ed25519 or RSA without a
// passphrase, in OpenSSH's or a PEM format.
func ParseIdentity(text string) (Identity, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return Identity{}, fmt.Errorf("%w: it is empty", ErrMalformedIdentity)
	case strings.HasPrefix(text, armor.Header), strings.HasPrefix(text, "age-encryption.org/v1"):
		return Identity{}, fmt.Errorf("%w: it is an encrypted age file; give the key that age -d prints", ErrEncryptedIdentity)
	case strings.Contains(text, "-----BEGIN "):
		return parseSSHIdentity(text)
	default:
		return parseAgeIdentities(text)
	}
}

func parseSSHIdentity(text string) (Identity, error) {
	block, rest := pem.Decode([]byte(text))
	switch {
	case block == nil:
		return Identity{}, fmt.Errorf("%w: its PEM encoding is damaged", ErrMalformedIdentity)
	case len(strings.TrimSpace(string(rest))) > 0:
		return Identity{}, fmt.Errorf("%w: text follows the first SSH key; only one key is allowed", ErrMalformedIdentity)
	}
	if block.Type == "ENCRYPTED PRIVATE KEY" {
		return Identity{}, encryptedSSHKey()
	}
	key, err := agessh.ParseIdentity([]byte(text))
	var passphrase *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &passphrase):
		return Identity{}, encryptedSSHKey()
	case err != nil && (isKeyType(text) || block.Type == "DSA PRIVATE KEY"): // x/crypto parses DSA keys no more
		return Identity{}, fmt.Errorf("%w: only Ed25519 and RSA keys of SSH can open sealed texts", ErrUnknownIdentityType)
	case err != nil:
		return Identity{}, fmt.Errorf("%w: it is not an SSH private key in OpenSSH, PKCS #1 or PKCS #8 format", ErrMalformedIdentity)
	}
	return Identity{keys: []age.Identity{key}}, nil
}

func encryptedSSHKey() error {
	return fmt.Errorf("%w: the provider cannot ask for it; give a key without one (ssh-keygen -p -N '' -f COPY removes it from a copy)", ErrEncryptedIdentity)
}

// isKeyType reports whether a PEM text is a private key of any type.
func isKeyType(text string) bool {
	_, err := ssh.ParseRawPrivateKey([]byte(text))
	return err == nil
}

// parseAgeIdentities parses line by line, since age's own errors may contain a part of a
// damaged key.
func parseAgeIdentities(text string) (Identity, error) {
	var identity Identity
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		keys, err := age.ParseIdentities(strings.NewReader(line))
		switch {
		case err == nil:
			identity.keys = append(identity.keys, keys...)
		case strings.HasPrefix(line, "AGE-PLUGIN-"):
			return Identity{}, fmt.Errorf("%w: line %d is the key of an age plugin, and plugins are not run", ErrUnknownIdentityType, number)
		case strings.HasPrefix(line, "AGE-SECRET-KEY-"):
			return Identity{}, fmt.Errorf("%w: the age key in line %d is damaged", ErrMalformedIdentity, number)
		default:
			return Identity{}, fmt.Errorf("%w: line %d is neither an age key (AGE-SECRET-KEY-…) nor the beginning of an SSH private key", ErrMalformedIdentity, number)
		}
	}
	if len(identity.keys) == 0 {
		return Identity{}, fmt.Errorf("%w: it has only comments", ErrMalformedIdentity)
	}
	return identity, nil
}

// maxPlaintext bounds what Open returns. A client secret has some dozen bytes.
const maxPlaintext = 1 << 20

// Open decrypts an ASCII-armored age file that was sealed to one of the keys of
// an identity. It does not open sealed boxes for nacl: keys.
func Open(sealed string, identity Identity) ([]byte, error) {
	sealed = strings.TrimSpace(sealed)
	switch {
	case privateKey.MatchString(sealed):
		return nil, fmt.Errorf("%w: it is a private key", ErrMalformedText)
	case isSealedBox(sealed):
		return nil, fmt.Errorf("%w: open it with libsodium's crypto_box_seal_open", ErrSealedBox)
	case !strings.HasPrefix(sealed, armor.Header):
		return nil, fmt.Errorf("%w: it does not begin with %s", ErrMalformedText, armor.Header)
	case len(identity.keys) == 0:
		return nil, fmt.Errorf("%w: there is no private key", ErrMalformedIdentity)
	}
	plaintext, err := age.Decrypt(armor.NewReader(strings.NewReader(sealed)), identity.keys...)
	var mismatch *age.NoIdentityMatchError
	switch {
	case errors.As(err, &mismatch):
		return nil, fmt.Errorf("%w than those given: it opens with %s", ErrWrongIdentity, keysFor(mismatch.StanzaTypes))
	case err != nil:
		return nil, fmt.Errorf("%w: it was truncated or changed", ErrMalformedText)
	}
	secret, err := io.ReadAll(io.LimitReader(plaintext, maxPlaintext+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: it was truncated or changed", ErrMalformedText)
	case len(secret) > maxPlaintext:
		return nil, fmt.Errorf("%w: it has more than %d bytes", ErrMalformedText, maxPlaintext)
	}
	return secret, nil
}

// isSealedBox reports whether a text is what [Recipient.Seal] returns for a
// nacl: key.
func isSealedBox(sealed string) bool {
	data, err := base64.StdEncoding.DecodeString(sealed)
	return err == nil && len(data) >= box.AnonymousOverhead
}

// keysFor names the private keys that open an age file with these stanzas.
func keysFor(stanzas []string) string {
	names := map[string]string{
		"X25519": "an age key", "mlkem768x25519": "a post-quantum age key",
		"ssh-ed25519": "an SSH key of type Ed25519", "ssh-rsa": "an SSH key of type RSA",
		"p256tag": "a hardware key", "mlkem768p256tag": "a hardware key", "scrypt": "a passphrase",
	}
	var keys []string
	for _, stanza := range stanzas {
		name, ok := names[stanza]
		if !ok {
			name = "a key of an unknown type"
		}
		if !slices.Contains(keys, name) {
			keys = append(keys, name)
		}
	}
	return strings.Join(keys, " or ")
}
