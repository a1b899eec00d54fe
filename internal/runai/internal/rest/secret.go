package rest

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"unique"
)

// Redacted is what stands where a secret would.
const Redacted = "(sensitive)"

// Secret is a string that must not be seen: a client secret or a token. It
// prints as "(sensitive)" through every verb of fmt, in JSON, as text and in
// slog. The only way to its content is [Secret.Reveal].
//
// The zero value is "no secret". Two Secrets are equal if their contents are.
type Secret struct {
	// Behind a pointer, since fmt does not call Format for what it finds in an
	// unexported member, and prints all that it sees of it. It never follows a
	// pointer to a string.
	hidden unique.Handle[string]
}

// NewSecret returns a Secret with the given content.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{unique.Make(value)}
}

// Reveal returns the content. Reviews look at each of its uses.
func (s Secret) Reveal() string {
	if s.IsZero() {
		return ""
	}
	return s.hidden.Value()
}

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s == Secret{} }

// String implements [fmt.Stringer].
func (s Secret) String() string { return Redacted }

// Format implements [fmt.Formatter]: all verbs print the same.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Redacted)) }

// LogValue implements [slog.LogValuer].
func (s Secret) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalText implements [encoding.TextMarshaler], and with it the form of a
// Secret as a member or a key in JSON.
func (s Secret) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// UnmarshalJSON reads a JSON string; null leaves the Secret as it is.
func (s *Secret) UnmarshalJSON(data []byte) error {
	var value *string
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	if value != nil {
		*s = NewSecret(*value)
	}
	return nil
}
