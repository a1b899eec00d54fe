package acctest

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// exampleFolder has the examples of a resource in the documentation.
func exampleFolder(typeName string) string {
	return filepath.Join("../../examples/resources", typeName)
}

// Example returns an example of a resource in the documentation, which leaves out the
// provider block.
func Example(t testing.TB, typeName, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(exampleFolder(typeName), file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// ExpectExamples fails the test unless the examples of a resource are those that its
// tests, or those of package provider, use.
func ExpectExamples(t testing.TB, typeName string, tested ...string) {
	t.Helper()
	files, err := os.ReadDir(exampleFolder(typeName))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		names = append(names, file.Name())
	}
	if !slices.Equal(names, tested) {
		t.Errorf("the examples are %v, and %v are tested", names, tested)
	}
}
