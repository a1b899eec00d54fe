package rest

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// shown are all the ways in which a value can get into a text.
func shown(v any) map[string]string {
	texts := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%T", "%p", "%b", "%o", "%c", "%U", "%e", "%g", "%10.3v", "%-40s|", "%!"} {
		texts[verb] = fmt.Sprintf(verb, v)
	}
	texts["Sprint"], texts["Sprintln"] = fmt.Sprint(v), fmt.Sprintln(v)
	texts["error"] = fmt.Errorf("wrapped: %v", v).Error()
	if data, err := json.Marshal(v); err == nil {
		texts["json"] = string(data)
	}
	if data, err := xml.Marshal(v); err == nil {
		texts["xml"] = string(data)
	}
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"slog text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"slog json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var b bytes.Buffer
		slog.New(handler(&b)).Info("message", "value", v, slog.Group("group", "value", v))
		texts[name] = b.String()
	}
	return texts
}

func TestSecret_IsNotShownInAnyWay(t *testing.T) {
	t.Parallel()
	s := NewSecret(planted)
	type inside struct {
		open   Secret
		Public Secret
		p      *Secret
	}
	for name, v := range map[string]any{
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
	} {
		for how, text := range shown(v) {
			hex := strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", planted))
			if strings.Contains(text, planted) || hex || strings.Contains(text, "geheim") {
				t.Errorf("%s by %s: %s", name, how, text)
			}
		}
	}
	// The controls: the search finds what is there, and the way out is open.
	if !strings.Contains(shown(planted)["%v"], planted) || s.Reveal() != planted {
		t.Error("the test does not do what it says")
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
		t.Error("the zero value holds something")
	}
}

func TestSecret_IsReadFromJSON(t *testing.T) {
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
