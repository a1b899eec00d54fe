package acctest

import (
	"regexp"
	"strings"
)

// ErrorContains matches a text in what Terraform prints, wherever its lines are broken.
func ErrorContains(text string) *regexp.Regexp {
	words := strings.Fields(text)
	for i, word := range words {
		words[i] = regexp.QuoteMeta(word)
	}
	return regexp.MustCompile(strings.Join(words, `\s+`))
}

// ErrorAtAttribute is ErrorContains for an error on an argument of a block, such as
// ErrorAtAttribute(`data "runai_role" "test"`, "name", "There is no role").
func ErrorAtAttribute(block, argument, text string) *regexp.Regexp {
	return regexp.MustCompile(`in ` + regexp.QuoteMeta(block) + `:\s+\d+:\s+` + regexp.QuoteMeta(argument) + `\s+=(?s:.*)` + ErrorContains(text).String())
}

// ErrorAtBlock is ErrorContains for an error on a block as a whole, on none of its arguments.
func ErrorAtBlock(block, text string) *regexp.Regexp {
	return regexp.MustCompile(`in ` + regexp.QuoteMeta(block) + `:\s+\d+:\s+` + regexp.QuoteMeta(block) + ` \{(?s:.*)` + ErrorContains(text).String())
}
