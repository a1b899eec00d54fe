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
	// What looks like a credential never gets into a message, wherever it came
	// from: JSON Web Tokens, bearer headers, and secret=… in an echoed request.
	jwtLike    = regexp.MustCompile(`eyJ[\w-]{8,}\.[\w-]+\.?[\w-]*`)
	bearerLike = regexp.MustCompile(`(?i)\b(bearer|basic)\s+\S+`)
	memberLike = regexp.MustCompile(`(?i)(\b(?:app|client)?(?:_|%5f)?secret|\b(?:access|refresh|id)(?:_|%5f)?token|\bpassword)(\\?["']?\s*[:=]\s*)(\\"(?:[^"\\]|\\[^"])*\\"|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s,&}]+)`)
	userLike   = regexp.MustCompile(`://[^\s/@]+@`) // of a proxy, in an address that cannot be read
)

// strip returns the text of an HTML page.
func strip(page string) string {
	var heading string
	if m := title.FindStringSubmatch(page); m != nil {
		heading = m[1] + " "
	}
	page = heading + invisible.ReplaceAllString(page, " ")
	return html.UnescapeString(tag.ReplaceAllString(page, " "))
}

const (
	maxForeign = 64 << 10 // bytes of a foreign text that are looked at
	maxExcerpt = 200      // characters of it that a message quotes
)

// Sanitize returns the start of a foreign text, on one line, without control
// characters and without anything that looks like a credential.
func Sanitize(s string) string {
	s = redactPatterns(s[:min(len(s), maxForeign)])
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), r == unicode.ReplacementChar:
			return ' '
		case unicode.Is(unicode.Cf, r): // they turn the direction of writing, or hide
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxExcerpt {
		s = strings.TrimSpace(string(r[:maxExcerpt])) + "…"
	}
	return s
}

func redactPatterns(s string) string {
	s = jwtLike.ReplaceAllString(s, Redacted)
	s = bearerLike.ReplaceAllString(s, "$1 "+Redacted)
	s = userLike.ReplaceAllString(s, "://"+Redacted+"@")
	return memberLike.ReplaceAllString(s, "$1$2"+Redacted)
}
