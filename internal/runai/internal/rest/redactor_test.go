package rest

import "testing"

func newRedactor(secrets ...Secret) *redactor {
	var r redactor
	r.add(secrets...)
	return &r
}

func TestRedactor_HidesKnownSecrets(t *testing.T) {
	t.Parallel()
	known := newRedactor(NewSecret("abcdef"), NewSecret("short"), NewSecret("abcdef-and-more"), Secret{})
	for text, want := range map[string]string{
		"nothing":                 "nothing",
		"x abcdef y":              "x " + Redacted + " y",
		"short":                   "short", // would blank out words
		"abcdefabcdef":            Redacted + Redacted,
		"abcdef-and-more remains": Redacted + " remains",
	} {
		for range 10 { // the longer one first, always
			if got := known.redact(text); got != want {
				t.Errorf("%q: %q, want %q", text, got, want)
				break
			}
		}
	}
}
