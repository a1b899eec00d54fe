package rest

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"unique"
)

// Redacted replaces a secret in texts.
const Redacted = "(sensitive)"

// Secret is a string that must not be printed: a client secret or a token. It prints as
// "(sensitive)" with every verb of fmt, in JSON, as text and in slog. Only
// [Secret.Reveal] returns its content.
//
// The zero value is "no secret". Two Secrets are equal if their contents are.
type Secret struct {
	// A pointer, since fmt prints the value of an unexported member without calling
	// Format, but does not follow a pointer to a string.
	hidden unique.Handle[string]
}

// NewSecret returns a Secret with the given content.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{unique.Make(value)}
}

// Reveal returns the content. Each use must be reviewed.
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

// UnmarshalJSON reads a JSON string. Null does not change the Secret.
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
