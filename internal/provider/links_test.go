package provider_test

import (
	"io/fs"
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
	notInAnchor   = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
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

// Every relative link, and every address in this repository, resolves to a file, and to the heading that it names.
func TestDocumentation_LinksResolve(t *testing.T) {
	t.Parallel()
	const top = "../.."
	checked := 0
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") && entry.Name() != ".." && entry.Name() != ".github" || entry.Name() == "bin") {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		page, _ := read(t, path)
		for _, m := range markdownLink.FindAllStringSubmatch(codeBlock.ReplaceAllString(page, ""), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			linked := path
			if own := ownRepository.FindStringSubmatch(target); own != nil {
				if linked = filepath.Join(top, own[1]); linked == top {
					linked = filepath.Join(top, "README.md")
				}
			} else if strings.Contains(target, ":") {
				continue // another site
			} else if target != "" {
				linked = filepath.Join(filepath.Dir(path), target)
			}
			checked++
			if filepath.Ext(linked) != ".md" {
				if !exists(linked) {
					t.Errorf("%s: %s does not exist", path, m[1])
				}
				continue
			}
			text, ok := read(t, linked)
			if !ok {
				t.Errorf("%s: %s does not exist", path, m[1])
			} else if anchor != "" && !slices.Contains(anchors(text), anchor) {
				t.Errorf("%s: %s has no heading %q", path, m[1], anchor)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if checked < 50 {
		t.Errorf("only %d links were checked", checked)
	}
}

func exists(path string) bool {
	matches, _ := filepath.Glob(path)
	return len(matches) > 0
}
