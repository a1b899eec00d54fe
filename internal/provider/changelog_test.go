package provider_test

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"
)

// The changelog names exactly the objects of the provider.
func TestChangelog_NamesEachObject(t *testing.T) {
	t.Parallel()
	changelog, _ := read(t, "../../CHANGELOG.md")
	offered := schemas(t)
	for kind, names := range map[string][]string{
		"Resource":           slices.Collect(maps.Keys(offered.ResourceSchemas)),
		"Data Source":        slices.Collect(maps.Keys(offered.DataSourceSchemas)),
		"Ephemeral Resource": slices.Collect(maps.Keys(offered.EphemeralResourceSchemas)),
		"List Resource":      slices.Collect(maps.Keys(offered.ListResourceSchemas)),
		"Function":           slices.Collect(maps.Keys(offered.Functions)),
	} {
		var announced []string
		for _, line := range regexp.MustCompile(`(?m)^\* \*\*New `+kind+":\\*\\* `(\\w+)`").FindAllStringSubmatch(changelog, -1) {
			announced = append(announced, line[1])
		}
		slices.Sort(announced)
		slices.Sort(names)
		if !slices.Equal(announced, names) {
			t.Errorf("the changelog announces the %ss %q, and there are %q", strings.ToLower(kind), announced, names)
		}
	}
}

// Before the first release there is nothing to fix or enhance: every change is part of
// a feature.
func TestChangelog_FirstRelease_HasFeaturesAndNotes(t *testing.T) {
	t.Parallel()
	if released, err := filepath.Glob("../../.changes/v*.md"); err != nil || len(released) > 0 {
		t.Skip("there is a release:", released, err)
	}
	fragments, err := filepath.Glob("../../.changes/unreleased/*.yaml")
	if err != nil || len(fragments) == 0 {
		t.Fatal("there are no fragments:", err)
	}
	for _, fragment := range fragments {
		text, _ := read(t, fragment)
		if kind, _, _ := strings.Cut(text, "\n"); kind != "kind: FEATURES" && kind != "kind: NOTES" {
			t.Errorf("%s: %s: no release exists that it could fix or enhance", fragment, kind)
		}
	}
}

// The guide on versioning pins the newest version, 0.1.0 before the first release.
func TestGuides_Versioning_PinsTheNewestVersion(t *testing.T) {
	t.Parallel()
	newest := version.Must(version.NewVersion("0.1.0"))
	released, err := filepath.Glob("../../.changes/v*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range released {
		if v := version.Must(version.NewVersion(strings.TrimSuffix(filepath.Base(file), ".md"))); v.GreaterThan(newest) {
			newest = v
		}
	}
	example, _ := read(t, filepath.Join(guides, "versioning", "versions.tf"))
	pin := regexp.MustCompile(`version += "([^"]+)"`).FindStringSubmatch(example)
	if pin == nil {
		t.Fatal("the guide pins no version")
	}
	if constraint, err := version.NewConstraint(pin[1]); err != nil || !constraint.Check(newest) {
		t.Errorf("the guide pins %s, and the newest version is %s: %v", pin[1], newest, err)
	}
}
