package rest

import (
	"html"
	"regexp"
	"strings"
	"unicode"
)

var (
	invisible = regexp.MustCompile(`(?is)<(script|style|head)\b.*?</(script|style|head)>|<!--.*?-->`)
	title     = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	tag       = regexp.MustCompile(`(?s)<[^>]*>?`)
	// A message never contains text that looks like a credential: JSON Web Tokens,
	// authorization headers, secret=… in an echoed request, and userinfo.
	jwtLike         = regexp.MustCompile(`eyJ[\w-]{8,}\.[\w-]+\.?[\w-]*`)
	bearerLike      = regexp.MustCompile(`(?i)\b(bearer|basic)\s+\S+`)
	secretFieldLike = regexp.MustCompile(`(?i)(\b(?:app|client)?(?:_|%5f)?secret|\b(?:access|refresh|id)(?:_|%5f)?token|\bpassword)(\\?["']?\s*[:=]\s*)(\\"(?:[^"\\]|\\[^"])*\\"|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s,&}]+)`)
	userinfoLike    = regexp.MustCompile(`://[^\s/@]+@`) // userinfo in a URL that does not parse, such as a proxy's
)

// htmlText returns the text of an HTML page, its title first.
func htmlText(page string) string {
	var heading string
	if m := title.FindStringSubmatch(page); m != nil {
		heading = m[1] + " "
	}
	page = heading + invisible.ReplaceAllString(page, " ")
	return html.UnescapeString(tag.ReplaceAllString(page, " "))
}

const (
	maxInput   = 64 << 10 // bytes of server text that are read
	maxExcerpt = 200      // characters of server text that a message quotes
)

// Sanitize returns the start of server text, on one line, without control
// characters and without anything that looks like a credential.
func Sanitize(s string) string {
	return sanitize(s, func(s string) string { return s })
}

// sanitize is Sanitize that also redacts the secrets that are known: before any cut,
// since a part of a secret is not recognized, and again after each step that can join the
// parts of a secret, such as those around a soft hyphen.
func sanitize(s string, redact func(string) string) string {
	s = redact(s)
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) { // bidi controls and zero-width characters
			return -1
		}
		return r
	}, s[:min(len(s), maxInput)])
	s = redactPatterns(redact(s))
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, s)
	s = redact(strings.Join(strings.Fields(s), " "))
	if r := []rune(s); len(r) > maxExcerpt {
		s = strings.TrimSpace(string(r[:maxExcerpt])) + "…"
	}
	return s
}

func redactPatterns(s string) string {
	s = jwtLike.ReplaceAllString(s, Redacted)
	s = bearerLike.ReplaceAllString(s, "$1 "+Redacted)
	s = userinfoLike.ReplaceAllString(s, "://"+Redacted+"@")
	return secretFieldLike.ReplaceAllString(s, "$1$2"+Redacted)
}
