package rest

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"
)

func FuzzParseError(f *testing.F) {
	for _, seed := range []struct{ contentType, body string }{
		{"application/json", `{"code":404,"message":"Resource id not found.","details":"x"}`},
		{"application/json", `{"error":"invalid_client","error_description":"\u001b[31m"}`},
		{"text/html", "<html><title>502</title><script>x</script><!-- -->"},
		{"text/html", "<title><title></title>&#0;&#x202e;&nbsp;<"},
		{"text/plain", "client_secret=" + planted},
		{"", "\xff\xfe\x00"},
		{"application/json", `{"message":"` + planted + `"}`},
		{"text/html", "geheim-&shy;0815-&#8203;planted"},
	} {
		f.Add(seed.contentType, []byte(seed.body))
	}
	var known redactor
	known.add(NewSecret(planted))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		got := parseError(contentType, body, known.redact)
		for _, text := range []string{got.message, got.details} {
			wantClean(t, text)
			if strings.Contains(text, planted) {
				t.Errorf("%q has the secret", text)
			}
		}
		e := Error{Operation: "x", Method: "GET", URL: "u", Status: 500, Message: got.message, Details: got.details}
		if n := len(e.Error()); n > 8*maxExcerpt+200 {
			t.Errorf("%d bytes", n)
		}
	})
}

// FuzzSanitize cleans a text with two known secrets: neither is in the result.
func FuzzSanitize(f *testing.F) {
	for _, seed := range []struct{ text, secret, other string }{
		{"x abcdef y", "abcdef", "abcdef-and-more"},
		{"abc\u00addef", "abcdef", "ghijkl"},
		{"abc\n\n def", "abc def", "ghijkl"},
		{"client_secret=abc\x00def Bearer ab\u200bcdef", "abcdef", "Bearer"},
		{"https://u:abcdef@host/?password=\"a b\"", "abcdef", "u:abcdef"},
		{strings.Repeat("ä", maxExcerpt-3) + "abcdef", "abcdef", "ghijkl"},
		{"\xffabcdef\xff", "abcdef", "fabcde"},
	} {
		f.Add(seed.text, seed.secret, seed.other)
	}
	f.Fuzz(func(t *testing.T, text, secret, other string) {
		for _, s := range []string{secret, other} {
			// A client secret is printable ASCII, and no part of what stands in its place.
			if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) || strings.ContainsAny(s, "()") || strings.Contains(Redacted, s) {
				return
			}
		}
		known := newRedactor(NewSecret(secret), NewSecret(other))
		got := sanitize(text, known.redact)
		wantClean(t, got)
		for _, s := range []string{secret, other} {
			if len(s) >= minSecretLength && strings.Contains(got, s) {
				t.Errorf("%q of %q has the secret %q", got, text, s)
			}
		}
	})
}

// FuzzSecret decodes a secret: it has the content of the JSON string, and neither it nor an
// error shows it.
func FuzzSecret(f *testing.F) {
	for _, seed := range []string{`"geheim-0815"`, `""`, `null`, `12345678`, `{"a":1}`, `"\ud800"`, `"(sensitive)"`, ` "x" `, `x`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		const before = "unchanged"
		s := NewSecret(before)
		err := json.Unmarshal(data, &s)
		var want *string
		switch json.Unmarshal(data, &want) {
		case nil:
			if err != nil || want != nil && s.Reveal() != *want || want == nil && s.Reveal() != before {
				t.Errorf("%q is read as %q, %v", data, s.Reveal(), err)
			}
		default:
			if err == nil || s.Reveal() != before {
				t.Errorf("%q is read as %q, %v", data, s.Reveal(), err)
			}
			if digits := strings.Trim(string(data), " \t\r\n"); json.Valid(data) && len(digits) >= minSecretLength && strings.Contains(err.Error(), digits) {
				t.Errorf("the error shows the value: %s", err)
			}
		}
		encoded, err := json.Marshal(map[Secret]Secret{s: s})
		if err != nil || string(encoded) != `{"`+Redacted+`":"`+Redacted+`"}` || fmt.Sprintf("%v %+v %#v %q %x", s, s, s, s, s) != strings.TrimSuffix(strings.Repeat(Redacted+" ", 5), " ") {
			t.Errorf("%s, %v, %v", encoded, err, s)
		}
	})
}

// FuzzServerClock observes two Date headers: one that cannot be read changes nothing, and
// the second does not set the clock back. Seeds beside those added here are in testdata/fuzz.
func FuzzServerClock(f *testing.F) {
	for _, seed := range []string{"", "Wed, 21 Oct 2015 07:28:00 GMT", "Wednesday, 21-Oct-15 07:28:01 GMT", "Wed Oct 21 07:27:00 2015", "soon", "Mon, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		f.Add(seed, "Wed, 21 Oct 2015 07:28:00 GMT")
		f.Add("Wed, 21 Oct 2015 07:28:00 GMT", seed)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		now := time.Unix(1445412480, 0)
		clock := serverClock{now: func() time.Time { return now }}
		clock.observe(http.Header{"Date": {first}})
		before := clock.read()
		if _, err := http.ParseTime(first); err != nil && !before.IsZero() {
			t.Errorf("%q sets the clock to %v", first, before)
		}
		now = now.Add(time.Second)
		later := clock.read() // the zero time if there was no Date
		if !before.IsZero() && later.Sub(before) != time.Second {
			t.Errorf("a second after %v it is %v", before, later)
		}
		clock.observe(http.Header{"Date": {second}})
		if after := clock.read(); !later.IsZero() && after.Before(later) {
			t.Errorf("%q and then %q set the clock back from %v to %v", first, second, later, after)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "-1", "86400", "Wed, 21 Oct 2015 07:28:00 GMT", "9223372036854775807", "1.5", "soon"} {
		f.Add(seed, int64(1), 3)
	}
	f.Fuzz(func(t *testing.T, header string, base int64, try int) {
		if base <= 0 || try < 0 {
			return
		}
		h := map[string][]string{"Retry-After": {header}}
		now := time.Unix(1445412480, 0)
		if _, given := retryAfter(h, now); given && tooLong(t.Context(), h, now) > 0 {
			return // a final error
		}
		if d := backoff(time.Duration(base), try%math.MaxInt, h, now); d < 0 || d > maxRetryAfter {
			t.Errorf("waits %v", d)
		}
	})
}
