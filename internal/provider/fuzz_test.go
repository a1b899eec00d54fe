package provider

import (
	"strings"
	"testing"
	"time"
)

// FuzzParseRequestTimeout parses the timeout of a request: it is positive, and the same when
// it is formatted and parsed again. An error is on one line.
func FuzzParseRequestTimeout(f *testing.F) {
	for _, seed := range []string{"", "30s", "1m30s", "0", "0s", "-1s", "1ns", "0.1ns", "2562047h47m16.854775807s", "1e3s", "30", "s", "1s\n", "\x1b[31m", "1\u00b5s"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := parseRequestTimeout(s)
		if err != nil {
			if d != 0 || strings.ContainsAny(err.Error(), "\n\r\x1b") {
				t.Errorf("%q: %v, %q", s, d, err)
			}
			return
		}
		if again, err := parseRequestTimeout(d.String()); d < time.Nanosecond || err != nil || again != d {
			t.Errorf("%q is %v, and that is %v, %v", s, d, again, err)
		}
	})
}
