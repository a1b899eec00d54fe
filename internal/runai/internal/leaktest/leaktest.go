// Package leaktest finds a secret in the printed forms of a value.
package leaktest

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
)

// Leaks returns the texts of values that contain the first third of a secret, in clear
// or in hexadecimal, each with the name of the value and the printed form.
func Leaks(secret string, values map[string]any) (leaks []string) {
	begin := secret[:len(secret)/3] // a text may be cut
	for name, v := range values {
		for how, text := range texts(v) {
			if strings.Contains(text, begin) || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", begin)) {
				leaks = append(leaks, fmt.Sprintf("%s by %s: %s", name, how, text))
			}
		}
	}
	return leaks
}

// texts returns a value as each verb, JSON, XML and slog print it.
func texts(v any) map[string]string {
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
