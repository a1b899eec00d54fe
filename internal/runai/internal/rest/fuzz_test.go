package rest

import (
	"math"
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
	} {
		f.Add(seed.contentType, []byte(seed.body))
	}
	var known redactor
	known.add(NewSecret(planted))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		got := parseError(contentType, body, known.redact)
		wantClean(t, got.message)
		wantClean(t, got.details)
		e := Error{Operation: "x", Method: "GET", URL: "u", Status: 500, Message: got.message, Details: got.details}
		if n := len(e.Error()); n > 8*maxExcerpt+200 {
			t.Errorf("%d bytes", n)
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
