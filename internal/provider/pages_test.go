package provider_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// frontMatter is what the registry reads of a page.
var frontMatter = regexp.MustCompile(`(?s)\A---\n(?:# [^\n]*\n)?page_title: "([^"\n]+)"\nsubcategory: "([^"\n]*)"\ndescription: \|-\n  \S.*?\n---\n\n# ([^\n]+)\n`)

// section is a heading of a page below its title.
var section = regexp.MustCompile(`(?m)^## (.+)$`)

// Reference pages have the front matter, the title and the order of headings of the
// registry's format. Each is in a subcategory, by which the registry groups them.
func TestPages_FollowTheFormatOfTheRegistry(t *testing.T) {
	t.Parallel()
	for folder, format := range map[string]struct {
		title    string
		headings []string // in this order, others between them
	}{
		"resources":           {`^runai_\w+ \(Resource\)$`, []string{"Example Usage", "Schema", "Import"}},
		"data-sources":        {`^runai_\w+ \(Data Source\)$`, []string{"Example Usage", "Schema"}},
		"ephemeral-resources": {`^runai_\w+ \(Ephemeral Resource\)$`, []string{"Example Usage", "Schema"}},
		"list-resources":      {`^runai_\w+ \(List Resource\)$`, []string{"Example Usage", "Schema"}},
		"functions":           {`^function: \w+$`, []string{"Example Usage", "Signature", "Arguments"}},
		"guides":              {`^\w.*$`, nil},
	} {
		pages, err := filepath.Glob("../../docs/" + folder + "/*.md")
		if err != nil || len(pages) == 0 {
			t.Fatal("there are no pages of", folder, err)
		}
		for _, page := range pages {
			text, _ := read(t, page)
			front := frontMatter.FindStringSubmatch(text)
			if front == nil {
				t.Errorf("%s: the front matter or the title is not of the registry's format", page)
				continue
			}
			if (front[2] == "") != (folder == "guides") {
				t.Errorf("%s: its subcategory is %q", page, front[2])
			}
			if !regexp.MustCompile(format.title).MatchString(front[3]) {
				t.Errorf("%s: its title is %q", page, front[3])
			}
			var found []string
			for _, h := range section.FindAllStringSubmatch(text, -1) {
				if slices.Contains(format.headings, h[1]) {
					found = append(found, h[1])
				}
			}
			if !slices.Equal(found, format.headings) {
				t.Errorf("%s: has the headings %q, want %q", page, found, format.headings)
			}
		}
	}
}
