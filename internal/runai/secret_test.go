package runai

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

const planted = "geheim-0815-planted"

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

func TestSecret_NothingThatHoldsOneShowsIt(t *testing.T) {
	t.Parallel()
	s := NewSecret(planted)
	c, err := New(Config{BaseURL: "https://acme.example", ClientID: "ci", ClientSecret: s})
	if err != nil {
		t.Fatal(err)
	}
	c.session.AddSecrets(NewSecret(planted + "-token"))
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
		"the configuration":    Config{ClientSecret: s, AccessToken: s},
		"the client":           c,
		"the token store":      *&c.session.tokens.current, //nolint:staticcheck // a copy without its lock
		"a token":              token{value: s},
		"an answer":            wireApplication{Secret: s, ClientSecret: s},
		"what was created":     CreatedApplication{Secret: s},
		"a signed-in token":    Token{Value: s},
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
