package rest

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestParseError(t *testing.T) {
	t.Parallel()
	const jsonType = "application/json; charset=utf-8"
	for _, row := range []struct {
		name, contentType, body string
		message, details        string
		missingCode, nonAPI     bool
	}{
		{"the API's", jsonType, `{"code":404,"message":"Resource id not found.","details":"application 7"}`, "Resource id not found.", "application 7", false, false},
		{"problem+json", "application/problem+json", `{"code":400,"message":"no"}`, "no", "", false, false},
		{"details that are no text", jsonType, `{"code":400,"message":"no","details":{"a":1}}`, "no", "", false, false},
		{"OAuth 2", jsonType, `{"error":"invalid_client","error_description":"Invalid client"}`, "invalid_client", "Invalid client", true, false},
		{"another's JSON", jsonType, `{"message":"no Route matched with those values"}`, "no Route matched with those values", "", true, false},
		{"JSON of no shape", jsonType, `{"a":1}`, `{"a":1}`, "", false, true},
		{"JSON that is none", jsonType, `{"code":`, `{"code":`, "", false, true},
		{"JSON called text", "text/plain", `{"code":404,"message":"x"}`, `{"code":404,"message":"x"}`, "", false, true},
		{"a page", "text/html", "<html><head><title>502 Bad Gateway</title><style>p{}</style></head><body><center><h1>502 Bad Gateway</h1></center>\n<hr>nginx<script>alert('x')</script><!-- secret comment --></body></html>", "502 Bad Gateway 502 Bad Gateway nginx", "", false, true},
		{"entities", "text/html", "<p>caf&eacute; &lt;b&gt; &amp;c</p>", "café <b> &c", "", false, true},
		{"text", "text/plain", "upstream connect error\r\n\tor disconnect", "upstream connect error or disconnect", "", false, true},
		{"nothing", "", "", "", "", false, true},
		{"no type", "", `{"code":404,"message":"x"}`, `{"code":404,"message":"x"}`, "", false, true},
		{"control characters", jsonType, "{\"code\":1,\"message\":\"a\\u0000b\\u001b[31mc\\u0007\\u009bd\\u202ee\\u200bf\\u2028g\"}", "a b [31mc def g", "", false, false},
		{"bytes that are no UTF-8", "text/plain", "a\xff\xfeb", "a b", "", false, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got := parseError(row.contentType, []byte(row.body), none)
			if got.message != row.message || got.details != row.details || got.missingCode != row.missingCode || got.nonAPI != row.nonAPI {
				t.Errorf("%+v", got)
			}
		})
	}
}

// none redacts nothing.
func none(s string) string { return s }

// wantClean checks what every text from outside has to be.
func wantClean(t *testing.T, text string) {
	t.Helper()
	if n := utf8.RuneCountInString(text); n > maxExcerpt+1 {
		t.Errorf("%d characters", n)
	}
	if !utf8.ValidString(text) {
		t.Errorf("%q is no UTF-8", text)
	}
	for _, r := range text {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			t.Errorf("%q holds %U", text, r)
		}
	}
}

func TestSanitize_RedactsCredentials(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Authorization: Bearer geheim",
		"authorization: bearer  geheim",
		"Basic geheim",
		"token eyJhbGciOiJIUzI1NiJ9.eyJnZWhlaW0iOiJnZWhlaW0ifQ.geheim",
		`{"clientSecret":"geheim"}`,
		`{"clientSecret" : "geheim \" geheim"}`,
		`{\"clientSecret\":\"geheim\"}`,
		`{"client_secret": "geheim"}`,
		`{"secret":"geheim"}`,
		`{"appSecret":"geheim"}`,
		`{"access_token":"geheim","refresh_token":"geheim","id_token":"geheim"}`,
		`{"accessToken":"geheim","refreshToken":"geheim","idToken":"geheim"}`,
		"grant_type=client_credentials&client_id=ci&client_secret=geheim",
		"client_secret=geheim&x=1",
		"client%5Fsecret=geheim",
		"password=geheim",
		"secret: geheim",
		"'secret': 'geheim'",
		`proxyconnect: parse "http://user:geheim@proxy:3128": bad`,
		`invalid proxy address "http://user:geheim%zz@proxy:3128": parse`,
		"https://geheim@proxy/",
	} {
		if got := Sanitize(text); strings.Contains(got, "geheim") {
			t.Errorf("%s\nshows %s", text, got)
		}
	}
	// Control: other text stays readable.
	for _, text := range []string{"the secret garden", "geheim", "a basic problem", "see https://acme.run.ai/docs", "tokens were issued: 3", "mail bob@acme.example"} {
		if got := Sanitize(text); text != "a basic problem" && got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// A secret that a server echoes is redacted as a whole where the text is truncated.
func TestParseError_SecretAtTruncation_IsRedacted(t *testing.T) {
	t.Parallel()
	var known redactor
	known.add(NewSecret(planted))
	for pad := range maxExcerpt + 10 {
		body := strings.Repeat("x", pad) + planted + " and more"
		for contentType, body := range map[string]string{
			"text/plain":       body,
			"application/json": `{"code":500,"message":"` + body + `","details":"` + body + `"}`,
		} {
			got := parseError(contentType, []byte(body), known.redact)
			if strings.Contains(got.message+got.details, planted[:4]) {
				t.Fatalf("pad %d: %s", pad, got.message)
			}
		}
	}
}

func TestError_Causes_AreSanitized(t *testing.T) {
	t.Parallel()
	e := &Error{Operation: "read x", Method: "GET", URL: "https://acme.example", cause: errors.New("parsing time \"\x1b[31m" + strings.Repeat("9", 1<<20) + "\"")}
	text := strings.TrimPrefix(e.Error(), "could not read x: GET https://acme.example got no valid response: ")
	wantClean(t, strings.TrimSuffix(text, "."))
}
