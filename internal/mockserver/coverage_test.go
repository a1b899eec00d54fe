package mockserver_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver/openapi"
)

// The table of routes and versions. TestCoverage compares the file with its results, and writes it with -update.
const (
	coverageFile = "COVERAGE.md"
	// acceptanceVariable names the file of requests that acceptance tests recorded (package acctest). make test and make
	// test-full compare the marks A with it. Without it the table keeps its marks A.
	acceptanceVariable = "RUNAI_COVERAGE_FILE"
	// versionsVariable lists the versions on which all acceptance tests recorded their requests, by default all versions. On
	// other versions, a mark without a recorded request is not stale.
	versionsVariable = "RUNAI_COVERAGE_VERSIONS"
)

var update = flag.Bool("update", false, "write "+coverageFile)

// The marks of a cell, in this order.
const (
	inDocument = 'D'
	inMock     = 'M'
	validated  = 'V'
	accepted   = 'A'
)

// coverage has the marks of each route and version.
type coverage map[string]map[string]string

func (c coverage) mark(route, version string, mark rune) {
	if c[route] == nil {
		c[route] = map[string]string{}
	}
	if !strings.ContainsRune(c[route][version], mark) {
		c[route][version] += string(mark)
	}
}

// keep copies a mark of another table, if this run has no result for it.
func (c coverage) keep(from coverage, mark rune, versions []string) {
	for route := range from {
		for _, version := range versions {
			if from.has(route, version, mark) {
				c.mark(route, version, mark)
			}
		}
	}
}

func (c coverage) has(route, version string, mark rune) bool {
	return strings.ContainsRune(c[route][version], mark)
}

// TestCoverage checks that the mock serves every operation of a published document, that a successful response of each is
// validated, and that the table is up to date.
func TestCoverage(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(coverageFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	committed := parseCoverage(string(content))
	documents := os.Getenv(openapi.Variable) != ""
	recorded, complete := os.Getenv(acceptanceVariable), mockserver.Versions()
	if versions, ok := os.LookupEnv(versionsVariable); ok {
		complete = strings.Fields(versions)
	}

	found := coverage{}
	for _, r := range mockserver.Routes() {
		for _, version := range r.Versions {
			found.mark(r.Method+" "+r.Pattern, version, inMock)
		}
	}
	for _, version := range mockserver.Versions() {
		if documents {
			found.addDocument(t, version)
		}
	}
	if !documents {
		found.keep(committed, inDocument, mockserver.Versions())
		found.keep(committed, validated, mockserver.Versions())
	}
	if recorded == "" {
		found.keep(committed, accepted, mockserver.Versions())
	} else {
		found.addAcceptance(t, recorded)
		found.keep(committed, accepted, slices.DeleteFunc(mockserver.Versions(), func(version string) bool { return slices.Contains(complete, version) }))
	}

	for route, cells := range found {
		for version := range cells {
			if found.has(route, version, inDocument) && !found.has(route, version, inMock) {
				t.Errorf("%s: %s is in the document, but the mock does not serve it", version, route)
			}
			if found.has(route, version, inDocument) && !found.has(route, version, validated) {
				t.Errorf("%s: no successful response to %s is validated", version, route)
			}
			if found.has(route, version, accepted) && !found.has(route, version, inMock) {
				t.Errorf("%s: acceptance tests requested %s, but the mock does not serve it", version, route)
			}
		}
	}
	table := found.table()
	if *update {
		if err := os.WriteFile(coverageFile, []byte(table), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if table != string(content) {
		t.Errorf("%s is stale; run: go test ./internal/mockserver -run '^TestCoverage$' -update (for the marks D and V with %s, for A: make coverage-quick after make test, or make coverage)\n%s",
			coverageFile, openapi.Variable, firstDifference(string(content), table))
	}
}

// addDocument marks the operations of a published document, and those that the lifecycle validates against it.
func (c coverage) addDocument(t *testing.T, version string) {
	t.Helper()
	document, err := openapi.Load(version)
	if err != nil {
		t.Fatal(err)
	}
	if document == nil {
		return
	}
	for path, item := range document.Paths.Map() {
		for method := range item.Operations() {
			c.mark(routeOf(method, path), version, inDocument)
		}
	}
	plane := start(t, mockserver.Options{Version: version, Applications: 3, AccessRules: 60})
	plane.validated = map[string]bool{}
	plane.mustSignIn("terraform", "terraform-secret")
	runLifecycle(plane)
	for route := range plane.validated {
		c.mark(route, version, validated)
	}
}

// addAcceptance marks the requests that acceptance tests have recorded: lines of version, method and route.
func (c coverage) addAcceptance(t *testing.T, file string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(content)) {
		version, route, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			t.Fatalf("%s: not a line of version, method and route: %q", file, line)
		}
		c.mark(route, version, accepted)
	}
}

const coverageHeader = `# Coverage of the API

Generated by make coverage; do not edit. The marks of a route in a version:

- D: in the published OpenAPI document (2.18 to 2.24)
- M: served by the mock control plane
- V: a successful response of the mock is validated against the document
- A: used with success by acceptance tests

Tests check M always, D and V where RUNAI_OPENAPI_DIR names the documents, and A after the acceptance tests: make test on
2.24, make test-full on all versions.

`

// table renders the coverage, with the routes in the order of the mock.
func (c coverage) table() string {
	var order []string
	for _, r := range mockserver.Routes() {
		order = append(order, r.Method+" "+r.Pattern)
	}
	for route := range c {
		if !slices.Contains(order, route) {
			order = append(order, route)
		}
	}
	slices.Sort(order[len(mockserver.Routes()):])

	var b strings.Builder
	b.WriteString(coverageHeader)
	versions := mockserver.Versions()
	fmt.Fprintf(&b, "| route | %s |\n|---|%s\n", strings.Join(versions, " | "), strings.Repeat("---|", len(versions)))
	for _, route := range order {
		fmt.Fprintf(&b, "| `%s` |", route)
		for _, version := range versions {
			fmt.Fprintf(&b, " %s |", c.cell(route, version))
		}
		b.WriteString("\n")
	}
	b.WriteString("| **number of D, M, V, A** |")
	for _, version := range versions {
		var counts []string
		for _, mark := range []rune{inDocument, inMock, validated, accepted} {
			n := 0
			for route := range c {
				if c.has(route, version, mark) {
					n++
				}
			}
			counts = append(counts, fmt.Sprint(n))
		}
		fmt.Fprintf(&b, " %s |", strings.Join(counts, " "))
	}
	b.WriteString("\n")
	return b.String()
}

func (c coverage) cell(route, version string) string {
	var marks []rune
	for _, mark := range []rune{inDocument, inMock, validated, accepted} {
		if c.has(route, version, mark) {
			marks = append(marks, mark)
		}
	}
	return string(marks)
}

var coverageRow = regexp.MustCompile("^\\| `([A-Z]+ [^`]+)` \\|(.*)\\|$")

// parseCoverage reads a table.
func parseCoverage(content string) coverage {
	c := coverage{}
	var versions []string
	for line := range strings.Lines(content) {
		line = strings.TrimSpace(line)
		if header, ok := strings.CutPrefix(line, "| route |"); ok {
			for version := range strings.SplitSeq(strings.Trim(header, "| "), "|") {
				versions = append(versions, strings.TrimSpace(version))
			}
		}
		row := coverageRow.FindStringSubmatch(line)
		if row == nil {
			continue
		}
		for i, cell := range strings.Split(row[2], "|") {
			for _, mark := range strings.TrimSpace(cell) {
				c.mark(row[1], versions[i], mark)
			}
		}
	}
	return c
}

func firstDifference(was, is string) string {
	old, current := strings.Split(was, "\n"), strings.Split(is, "\n")
	for i, line := range current {
		if i >= len(old) || old[i] != line {
			return "first difference: " + line
		}
	}
	return "lines are left over"
}

func TestCoverage_Table_RoundTrip(t *testing.T) {
	t.Parallel()
	c := coverage{}
	c.mark("GET /api/v1/apps", "2.18", inDocument)
	c.mark("GET /api/v1/apps", "3.0", accepted)
	c.mark("GET /other", "2.24", inMock)
	if got, want := parseCoverage(c.table()).table(), c.table(); got != want {
		t.Errorf("read back:\n%s\nwant:\n%s", got, want)
	}
}
