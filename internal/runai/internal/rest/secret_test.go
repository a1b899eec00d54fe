package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/leaktest"
)

func TestSecret_IsNeverPrinted(t *testing.T) {
	t.Parallel()
	s := NewSecret(planted)
	type inside struct {
		open   Secret
		Public Secret
		p      *Secret
	}
	for _, leak := range leaktest.Leaks(planted, map[string]any{
		"itself":               s,
		"a pointer":            &s,
		"a list":               []Secret{s},
		"a map":                map[string]Secret{"a": s},
		"a key of a map":       map[Secret]int{s: 1},
		"an exported member":   struct{ S Secret }{s},
		"an unexported member": inside{s, s, &s},
		"deep inside":          []any{map[string]any{"a": &inside{s, s, &s}}},
		"what a client knows":  newRedactor(s),
		"an error around it":   fmt.Errorf("x: %w", errors.New(fmt.Sprint(s))),
	}) {
		t.Error(leak)
	}
	// Controls: the search finds a printed secret, and Reveal returns it.
	if len(leaktest.Leaks(planted, map[string]any{"text": planted, "bytes": []byte(planted)})) == 0 || s.Reveal() != planted {
		t.Error("the search does not find a secret that is printed")
	}
	if got := fmt.Sprintf("%v %s", s, s); got != Redacted+" "+Redacted {
		t.Errorf("prints %q", got)
	}
}

func TestSecret_Equality(t *testing.T) {
	t.Parallel()
	one, same, other := NewSecret("a"), NewSecret("a"), NewSecret("b")
	if one != same || one == other {
		t.Error("secrets are compared by their content")
	}
	if !NewSecret("").IsZero() || !(Secret{}).IsZero() || NewSecret("a").IsZero() || NewSecret("") != (Secret{}) {
		t.Error("the empty secret is no secret")
	}
	if (Secret{}).Reveal() != "" {
		t.Error("the zero value is not empty")
	}
}

func TestSecret_UnmarshalJSON(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		`{"secret":"a\"b"}`: `a"b`, `{"secret":null}`: "", `{}`: "", `{"secret":""}`: "",
	} {
		var w struct {
			Secret Secret `json:"secret"`
		}
		if err := json.Unmarshal([]byte(data), &w); err != nil || w.Secret.Reveal() != want {
			t.Errorf("%s: %q, %v", data, w.Secret.Reveal(), err)
		}
	}
	for _, data := range []string{`{"secret":1}`, `{"secret":{"a":"geheim"}}`, `{"secret":["geheim"]}`} {
		var w struct {
			Secret Secret `json:"secret"`
		}
		if err := json.Unmarshal([]byte(data), &w); err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: error %v", data, err)
		}
	}
}
