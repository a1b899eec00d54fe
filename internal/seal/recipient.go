package seal

import (
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/tag"
	"golang.org/x/crypto/nacl/box"
	"golang.org/x/crypto/ssh"
)

// The errors of [ParseRecipient], for [errors.Is].
var (
	// ErrEmptyRecipient is the error of a text without a key.
	ErrEmptyRecipient = errors.New("no public key")
	// ErrPrivateKey is the error of a private key in place of a public one.
	ErrPrivateKey = errors.New("a private key in place of a public key")
	// ErrMultipleKeys is the error of a text with more than one key or line.
	ErrMultipleKeys = errors.New("more than one key")
	// ErrUnknownKeyType is the error of a key that this package cannot encrypt
	// to, such as an ECDSA key.
	ErrUnknownKeyType = errors.New("unknown type of key")
	// ErrMalformedKey is the error of a key of a known type that cannot be
	// decoded: bad base64, a wrong checksum, a wrong length.
	ErrMalformedKey = errors.New("malformed public key")
	// ErrWeakKey is the error of a key that anyone could decrypt for: an RSA key
	// under 2,048 bits, or a low-order point.
	ErrWeakKey = errors.New("weak public key")
)

const (
	ageScheme  = "age1"
	naclScheme = "nacl:"

	// minRSABits is the limit of agessh, checked here for a better message.
	minRSABits = 2048
)

// knownSchemes ends the errors about keys of another type.
const knownSchemes = "use age1…, ssh-ed25519 …, ssh-rsa …, or nacl: and the base64 of a 32-byte X25519 key"

// Recipient is a public key that secrets are sealed to. The zero value is not a
// recipient; [ParseRecipient] returns one.
type Recipient struct {
	// canonical is the key without comment and white space, the input of the fingerprint.
	canonical string
	seal      func(plaintext []byte) (string, error)
}

// ParseRecipient parses a public key: an age recipient (age1…, post-quantum and
// tagged ones included), an SSH public key of type ssh-ed25519 or ssh-rsa with
// an optional comment, or nacl: followed by the base64 of a 32-byte X25519 key.
// White space around it is ignored.
//
// It encrypts once to the key, so that a key which parses is one that [Recipient.Seal]
// does not fail on.
func ParseRecipient(text string) (Recipient, error) {
	key := strings.TrimSpace(text)
	switch {
	case key == "":
		return Recipient{}, fmt.Errorf("%w: it is empty", ErrEmptyRecipient)
	case privateKey.MatchString(key):
		return Recipient{}, fmt.Errorf("%w: give the public key instead, and treat the private one as disclosed", ErrPrivateKey)
	case strings.ContainsAny(key, "\r\n"):
		return Recipient{}, fmt.Errorf("%w: an entry is one key, on one line", ErrMultipleKeys)
	}
	r, err := parseKey(strings.Fields(key))
	if err != nil {
		return Recipient{}, err
	}
	if _, err := r.seal(nil); err != nil {
		return Recipient{}, fmt.Errorf("%w: a secret cannot be encrypted to it: %w", ErrWeakKey, err)
	}
	return r, nil
}

// parseKey parses the key by the scheme that it begins with.
func parseKey(fields []string) (Recipient, error) {
	scheme, others := fields[0], fields[1:]
	switch {
	case scheme == ssh.KeyAlgoED25519 || scheme == ssh.KeyAlgoRSA:
		if len(others) == 0 {
			return Recipient{}, fmt.Errorf("%w: there is no key after %s", ErrMalformedKey, scheme)
		}
		// The text after an SSH key is its comment.
		if slices.ContainsFunc(others[1:], isKey) {
			return Recipient{}, fmt.Errorf("%w: another key follows the first one", ErrMultipleKeys)
		}
		return parseSSH(scheme, others[0])
	case isKey(scheme):
		if len(others) > 0 || strings.ContainsAny(scheme, ",;") {
			return Recipient{}, fmt.Errorf("%w: no text is allowed after a key that begins with %s or %s", ErrMultipleKeys, ageScheme, naclScheme)
		}
		if encoded, ok := strings.CutPrefix(scheme, naclScheme); ok {
			return parseNaCl(encoded)
		}
		return parseAge(scheme)
	case otherSSHType.MatchString(scheme):
		return Recipient{}, fmt.Errorf("%w: SSH keys of type %s cannot be encrypted to; %s", ErrUnknownKeyType, scheme, knownSchemes)
	default:
		return Recipient{}, fmt.Errorf("%w: %s", ErrUnknownKeyType, knownSchemes)
	}
}

// isKey reports whether a word begins like a key of a type that can be
// encrypted to.
func isKey(word string) bool {
	return word == ssh.KeyAlgoED25519 || word == ssh.KeyAlgoRSA || strings.HasPrefix(word, ageScheme) || strings.HasPrefix(word, naclScheme)
}

// otherSSHType matches the types of SSH keys that only sign. They are the only part of
// the input that an error shows.
var otherSSHType = regexp.MustCompile(`^(ssh-dss|ssh-ed448|(sk-)?(ssh|ecdsa)-[a-z0-9-]{1,40}(@openssh\.com)?)$`)

// privateKey matches the beginnings of private keys, case-insensitively and anywhere in a
// text: age identities, PEM, PuTTY's format, and the base64 of OpenSSH's format without
// its PEM lines.
var privateKey = regexp.MustCompile(`(?i)AGE-SECRET-KEY-|AGE-PLUGIN-|BEGIN [A-Z0-9 ]*PRIVATE KEY|PuTTY-User-Key-File|b3BlbnNzaC1rZXktdj`)

func parseAge(text string) (Recipient, error) {
	var (
		r   age.Recipient
		err error
	)
	switch {
	case strings.HasPrefix(text, "age1tag1"), strings.HasPrefix(text, "age1tagpq1"):
		r, err = tag.ParseRecipient(text)
	case strings.HasPrefix(text, "age1pq1"):
		r, err = age.ParseHybridRecipient(text)
	case strings.Contains(text[len(ageScheme):], "1"):
		// The separator of Bech32 comes a second time: age1NAME1….
		return Recipient{}, fmt.Errorf("%w: keys of age plugins cannot be encrypted to; %s", ErrUnknownKeyType, knownSchemes)
	default:
		r, err = age.ParseX25519Recipient(text)
	}
	if err != nil {
		// The text of age's own error begins with the key.
		reason := strings.TrimPrefix(err.Error(), fmt.Sprintf("malformed recipient %q: ", text))
		return Recipient{}, fmt.Errorf("%w: it is not a valid age recipient: %s", ErrMalformedKey, reason)
	}
	return Recipient{canonical: text, seal: ageSealer(r)}, nil
}

func parseSSH(keyType, encoded string) (Recipient, error) {
	blob, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return Recipient{}, fmt.Errorf("%w: the text after %s is not base64", ErrMalformedKey, keyType)
	}
	key, err := ssh.ParsePublicKey(blob)
	if err != nil || key.Type() != keyType {
		return Recipient{}, fmt.Errorf("%w: the text after %s is not the base64 of such a key", ErrMalformedKey, keyType)
	}
	var r age.Recipient
	if keyType == ssh.KeyAlgoRSA {
		if bits := rsaBits(key); bits < minRSABits {
			return Recipient{}, fmt.Errorf("%w: the RSA key has %d bits, but at least %d are required", ErrWeakKey, bits, minRSABits)
		}
		r, err = agessh.NewRSARecipient(key)
	} else {
		r, err = agessh.NewEd25519Recipient(key)
	}
	if err != nil {
		return Recipient{}, fmt.Errorf("%w: it is not a valid %s key: %w", ErrMalformedKey, keyType, err)
	}
	canonical := keyType + " " + base64.StdEncoding.EncodeToString(key.Marshal())
	return Recipient{canonical: canonical, seal: ageSealer(r)}, nil
}

func parseNaCl(encoded string) (Recipient, error) {
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return Recipient{}, fmt.Errorf("%w: the text after %s is not base64", ErrMalformedKey, naclScheme)
	}
	public, err := ecdh.X25519().NewPublicKey(key)
	if err != nil {
		return Recipient{}, fmt.Errorf("%w: the text after %s is the base64 of %d bytes, but an X25519 key has 32", ErrMalformedKey, naclScheme, len(key))
	}
	// The box does not check the result of the key exchange, which anyone can compute for
	// a low-order point.
	ephemeral, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return Recipient{}, err
	}
	if _, err := ephemeral.ECDH(public); err != nil {
		return Recipient{}, fmt.Errorf("%w: the X25519 key is a low-order point", ErrWeakKey)
	}
	point := [32]byte(key)
	return Recipient{
		canonical: naclScheme + base64.StdEncoding.EncodeToString(key),
		seal: func(plaintext []byte) (string, error) {
			sealed, err := box.SealAnonymous(nil, plaintext, &point, nil)
			if err != nil {
				return "", err
			}
			return base64.StdEncoding.EncodeToString(sealed), nil
		},
	}, nil
}

// Fingerprint returns the SHA-256 of the key in hexadecimal. The comment of an
// SSH key and white space are not part of it. It is what
//
//	printf %s 'age1…' | sha256sum
//
// prints, with the key as ParseRecipient takes it: of an SSH key the type, one
// space and the base64.
func (r Recipient) Fingerprint() string {
	sum := sha256.Sum256([]byte(r.canonical))
	return hex.EncodeToString(sum[:])
}

// Seal encrypts a secret to the recipient. Two calls never return the same text,
// and none shows more of the secret than its length.
func (r Recipient) Seal(plaintext []byte) (string, error) {
	if r.seal == nil {
		return "", ErrEmptyRecipient
	}
	return r.seal(plaintext)
}
