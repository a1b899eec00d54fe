package provider_test

import (
	"cmp"
	"io/fs"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading      = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *$`)
	explicitID   = regexp.MustCompile(`<a id="([^"]+)">`)
	codeBlock    = regexp.MustCompile("(?ms)^ *```.*?^ *```")
	// ownRepository is the address of a file or a folder in this repository, or of its root.
	ownRepository = regexp.MustCompile(`^https://(?:raw\.githubusercontent\.com/runai-community/terraform-provider-runai/main/|github\.com/runai-community/terraform-provider-runai(?:/(?:blob|tree)/main/|$))(.*)$`)
	// linkDefinition is the definition of a reference link, linkReference a use of it.
	linkDefinition = regexp.MustCompile(`(?m)^ {0,3}\[([^\]^]+)\]: +<?(\S+?)>?(?: .*)?$`)
	linkReference  = regexp.MustCompile(`\[([^\[\]]+)\]\[([^\[\]]*)\]`)
	inlineCode     = regexp.MustCompile("`[^`\n]+`")
	webAddress     = regexp.MustCompile(`https?://[^\s)>"'\]|,]*[\w/]`)
	publicHost     = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}$`)
	notInAnchor    = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// anchors returns the anchors of the headings of a page, as GitHub and the registry
// generate them.
func anchors(page string) (ids []string) {
	page = codeBlock.ReplaceAllString(page, "")
	for _, m := range heading.FindAllStringSubmatch(page, -1) {
		ids = append(ids, strings.ReplaceAll(notInAnchor.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-"))
	}
	for _, m := range explicitID.FindAllStringSubmatch(page, -1) {
		ids = append(ids, m[1])
	}
	return ids
}

// linkedDocuments returns the texts that have links, by path: pages, their templates, and
// the files of .github.
func linkedDocuments(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", ".changes", "bin"}, entry.Name()):
			return fs.SkipDir
		case slices.Contains([]string{".md", ".tmpl"}, filepath.Ext(path)), strings.HasPrefix(path, "../../.github/") && filepath.Ext(path) == ".yml":
			texts[path], _ = read(t, path)
		}
		return nil
	})
	if err != nil || len(texts) < 60 {
		t.Fatalf("%d documents: %v", len(texts), err)
	}
	return texts
}

// rendered returns the path of the page that a document is read as: a template is read as
// its page in docs/, from which its relative links lead.
func rendered(path string) string {
	return strings.Replace(strings.TrimSuffix(path, ".tmpl"), "../../templates/", "../../docs/", 1)
}

// links returns the targets of the links of a document: inline links, the definitions of
// reference links, and bare addresses. A reference without a definition is an error.
func links(t *testing.T, path, text string) (targets []string) {
	t.Helper()
	text = codeBlock.ReplaceAllString(text, "")
	for _, m := range markdownLink.FindAllStringSubmatch(text, -1) {
		targets = append(targets, m[1])
	}
	var defined []string
	for _, m := range linkDefinition.FindAllStringSubmatch(text, -1) {
		defined = append(defined, strings.ToLower(m[1]))
		targets = append(targets, m[2])
	}
	for _, m := range linkReference.FindAllStringSubmatch(inlineCode.ReplaceAllString(text, ""), -1) {
		if !slices.Contains(defined, strings.ToLower(cmp.Or(m[2], m[1]))) {
			t.Errorf("%s: %s has no definition", path, m[0])
		}
	}
	return append(targets, webAddress.FindAllString(inlineCode.ReplaceAllString(markdownLink.ReplaceAllString(text, ""), ""), -1)...)
}

// Every relative link, and every address in this repository, resolves to a file, and to the heading that it names.
func TestDocumentation_LinksResolve(t *testing.T) {
	t.Parallel()
	const top = "../.."
	checked := map[string]int{}
	for path, text := range linkedDocuments(t) {
		page := rendered(path)
		for _, link := range links(t, path, text) {
			target, anchor, _ := strings.Cut(link, "#")
			linked := page
			if own := ownRepository.FindStringSubmatch(target); own != nil {
				if linked = filepath.Join(top, own[1]); linked == top {
					linked = filepath.Join(top, "README.md")
				}
			} else if strings.Contains(target, ":") {
				continue // another site
			} else if target != "" {
				linked = filepath.Join(filepath.Dir(page), target)
			}
			checked[filepath.Ext(path)]++
			if filepath.Ext(linked) != ".md" {
				if !exists(linked) {
					t.Errorf("%s: %s does not exist", path, link)
				}
				continue
			}
			text, ok := read(t, linked)
			if !ok {
				t.Errorf("%s: %s does not exist", path, link)
			} else if anchor != "" && !slices.Contains(anchors(text), anchor) {
				t.Errorf("%s: %s has no heading %q", path, link, anchor)
			}
		}
	}
	if checked[".md"] < 50 || checked[".tmpl"] < 10 || checked[".yml"] < 1 {
		t.Errorf("too few links were checked: %v", checked)
	}
}

// vendorDocumentation is the address of the product's documentation. API.md is the list of
// what the vendor published and where.
const vendorDocumentation = "run-ai-docs.nvidia.com"

// Links to other sites are addresses that parse, over https, of a public host. Those to the
// product's documentation go to one host.
func TestDocumentation_LinksToOtherSites(t *testing.T) {
	t.Parallel()
	checked := 0
	for path, text := range linkedDocuments(t) {
		for _, link := range links(t, path, text) {
			if !strings.Contains(link, ":") {
				continue
			}
			checked++
			u, err := url.Parse(link)
			if err != nil || u.Scheme != "https" || !publicHost.MatchString(u.Host) || u.User != nil {
				t.Errorf("%s: %s is not the https address of a public host: %v", path, link, err)
				continue
			}
			vendor := (strings.HasSuffix(u.Host, ".nvidia.com") || strings.HasSuffix(u.Host, ".run.ai")) && strings.Contains(link, "docs")
			if vendor && u.Host != vendorDocumentation && path != "../../API.md" {
				t.Errorf("%s: %s is the vendor's documentation in another place than %s", path, link, vendorDocumentation)
			}
		}
	}
	if checked < 40 {
		t.Errorf("only %d links were checked", checked)
	}
}

func exists(path string) bool {
	matches, _ := filepath.Glob(path)
	return len(matches) > 0
}
