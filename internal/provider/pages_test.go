package provider_test

import (
	"iter"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// frontMatter is the front matter of a page, which the registry reads.
var frontMatter = regexp.MustCompile(`(?s)\A---\n(?:# [^\n]*\n)?page_title: "([^"\n]+)"\nsubcategory: "([^"\n]*)"\ndescription: \|-\n  \S.*?\n---\n\n# ([^\n]+)\n`)

// referencePages yields the page of each object of the provider, such as docs/data-sources/role.md.
func referencePages(t *testing.T) iter.Seq[string] {
	t.Helper()
	resp := schemas(t)
	folders := map[string][]string{
		"resources":           slices.Collect(maps.Keys(resp.ResourceSchemas)),
		"data-sources":        slices.Collect(maps.Keys(resp.DataSourceSchemas)),
		"ephemeral-resources": slices.Collect(maps.Keys(resp.EphemeralResourceSchemas)),
		"list-resources":      slices.Collect(maps.Keys(resp.ListResourceSchemas)),
		"functions":           slices.Collect(maps.Keys(resp.Functions)),
	}
	return func(yield func(string) bool) {
		for folder, names := range folders {
			for _, name := range names {
				if !yield("docs/" + folder + "/" + strings.TrimPrefix(name, "runai_") + ".md") {
					return
				}
			}
		}
	}
}

// The table of features in the README links every object of the provider.
func TestReadme_LinksEveryReferencePage(t *testing.T) {
	t.Parallel()
	readme, _ := read(t, "../../README.md")
	_, features, _ := strings.Cut(readme, "\n## Features\n")
	features, _, _ = strings.Cut(features, "\n## ")
	for page := range referencePages(t) {
		if !strings.Contains(features, "]("+page+")") {
			t.Errorf("README.md: Features has no link to %s", page)
		}
	}
}

// The data flow in DESIGN.md names every package and every file of the client.
func TestDesign_NamesEveryPackageAndClientFile(t *testing.T) {
	t.Parallel()
	design, _ := read(t, "../../DESIGN.md")
	_, design, _ = strings.Cut(design, "\n## Data flow\n")
	design, _, _ = strings.Cut(design, "\n## ")
	named := regexp.MustCompile(`[a-z_]+`).FindAllString(design, -1)
	for _, pattern := range []string{"../../internal/*", "../../internal/runai/*.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) < 10 {
			t.Fatal(pattern, paths, err)
		}
		for _, path := range paths {
			name := strings.TrimSuffix(filepath.Base(path), ".go")
			if !strings.HasSuffix(name, "_test") && !slices.Contains(append(named, "doc", "internal"), name) {
				t.Errorf("DESIGN.md: Data flow does not name %s", strings.TrimPrefix(path, "../../"))
			}
		}
	}
}

// section is a heading of a page below its title.
var section = regexp.MustCompile(`(?m)^## (.+)$`)

// Reference pages have the front matter, the title and the order of headings of the
// registry's format. Each is in a subcategory, by which the registry groups them.
func TestPages_FollowRegistryFormat(t *testing.T) {
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

// indexFrontMatter is the front matter of the provider's page, which the registry reads.
var indexFrontMatter = regexp.MustCompile(`(?s)\A---\npage_title: "([^"\n]+ Provider)"\ndescription: \|-\n  \S.*?\n---\n\n# ([^\n]+)\n`)

// The registry serves the page of the provider without a slash at its end, and does not
// rewrite links there: a relative one works here and not in the registry.
func TestPages_Index_FollowsRegistryFormat(t *testing.T) {
	t.Parallel()
	index, _ := read(t, "../../docs/index.md")
	if front := indexFrontMatter.FindStringSubmatch(index); front == nil || front[1] != front[2] {
		t.Errorf("the front matter and the title are %q", front)
	}
	if example, schema := strings.Index(index, "\n## Example Usage\n"), strings.Index(index, "\n## Schema\n"); example < 0 || schema < example {
		t.Error("the example and the schema are not there in this order")
	}
	for _, link := range markdownLink.FindAllStringSubmatch(codeBlock.ReplaceAllString(index, ""), -1) {
		if !strings.HasPrefix(link[1], "https://") && !strings.HasPrefix(link[1], "#") {
			t.Errorf("the link to %s is relative", link[1])
		}
	}
}

var (
	// fence is a block of a page: its language and its text.
	fence = regexp.MustCompile("(?ms)^ *```([a-z]*)\n(.*?)^ *```")
	// hcl matches a line that occurs only in configurations.
	hcl = regexp.MustCompile(`(?m)^ *(terraform|provider|resource|data|ephemeral|module|variable|output|locals|check|moved|removed|import)( "[\w-]+")* \{`)
)

// shownConfigurations returns the configurations in the blocks of a page.
func shownConfigurations(page string) (configurations []string) {
	for _, block := range fence.FindAllStringSubmatch(page, -1) {
		if slices.Contains([]string{"hcl", "terraform", "tf"}, block[1]) || hcl.MatchString(block[2]) {
			configurations = append(configurations, block[2])
		}
	}
	return configurations
}

// sources returns the hand-written pages and templates, by path. The files of docs are
// the templates, rendered.
func sources(t *testing.T) map[string]string {
	t.Helper()
	texts := linkedDocuments(t)
	maps.DeleteFunc(texts, func(path, _ string) bool {
		return strings.HasPrefix(path, "../../docs/") || filepath.Ext(path) == ".yml"
	})
	return texts
}

// A test applies each configuration that a page shows. A template includes only files
// of examples/, which tests apply. TestAccReadmes_ConfigurationsApply applies those of
// the READMEs. No other page has one.
func TestPages_ConfigurationsAreApplied(t *testing.T) {
	t.Parallel()
	applied := readmes(t)
	for path, text := range sources(t) {
		if _, ok := applied[path]; ok {
			continue
		}
		for _, configuration := range shownConfigurations(text) {
			t.Errorf("%s: put this into a file of examples/ that a test applies, and include that:\n%s", strings.TrimPrefix(path, "../../"), configuration)
		}
	}
}

// british are words in the spelling of British English.
var british = regexp.MustCompile(`(?i)\b\w*(?:(?:hon|behavi|fav|col|neighb)our|ancell(?:ed|ing)|abelled|odelled|arshalled|arte[f]act|catalog[u]e|defen[c]e|licen[c]e|cent[r]e\b|` +
	`(?:recogn|normal|summar|organ|initial|serial|author|synchron|optim|minim|maxim|util|sanit|custom|categor|final|general|standard|priorit)is(?:e|ed|es|ing|ation)\b|analys(?:e|ed|ing)\b)\w*`)

// Pages are in American English, as those of Terraform are. The linter reads the code.
func TestPages_AmericanEnglish(t *testing.T) {
	t.Parallel()
	for path, text := range sources(t) {
		if words := british.FindAllString(text, -1); len(words) > 0 {
			t.Errorf("%s has the British spelling of %q", strings.TrimPrefix(path, "../../"), words)
		}
	}
}
