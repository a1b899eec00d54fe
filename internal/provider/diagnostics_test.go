package provider_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const troubleshooting = "../../templates/guides/troubleshooting.md.tmpl"

// The troubleshooting page lists exactly the diagnostics that the code can return, each
// with its cause and the next step.
func TestDiagnostics_AreOnTheTroubleshootingPage(t *testing.T) {
	t.Parallel()
	page, ok := read(t, troubleshooting)
	if !ok {
		t.Fatal("there is no troubleshooting page")
	}
	documented := documentedDiagnostics(t, page)
	found := map[diagnostic]bool{}
	for _, d := range codeDiagnostics(t) {
		matches := false
		for _, on := range documented {
			if on.severity == d.severity && overlap(on.summary, d.summary) {
				found[on], matches = true, true
			}
		}
		if !matches {
			t.Errorf("%s: %s %q is not on the troubleshooting page", d.position, d.severity, d.summary)
		}
	}
	for _, on := range documented {
		if !found[on] {
			t.Errorf("%s %q is on the troubleshooting page, and no code returns it", on.severity, on.summary)
		}
	}
}

// The collector finds each way in which this code adds diagnostics. These are the ones
// that are hard to find: a constant, a variable, a wrapper, a function's parameter.
func TestDiagnostics_CollectorFindsThem(t *testing.T) {
	t.Parallel()
	var all []diagnostic
	for _, d := range codeDiagnostics(t) {
		all = append(all, diagnostic{severity: d.severity, summary: d.summary})
	}
	for _, want := range []diagnostic{
		{"Error", "Invalid Attribute Value", ""},             // a constant of the package
		{"Error", "Provider Would Lock Itself Out", ""},      // a constant of the function
		{"Error", "Certificate Not Trusted", ""},             // assigned to a variable
		{"Error", "Unable to Read Access Rule", ""},          // by framework.AddOperationError
		{"Error", "Unable to Plan Access Rule", ""},          // by framework.AddAttributeError
		{"Error", "Unable to Update Application", ""},        // by the resource's own addError
		{"Error", "Unable to Replace Access Rule", ""},       // a sum with a constant
		{"Warning", "Application Removed From State", ""},    // a sum with a field
		{"Warning", "TLS Verification Is Off", ""},           // a literal
		{"Error", "Provider Not Configured", ""},             // on several lines
		{"Warning", "Provider Not Configured Yet", ""},       // by diag.NewAttributeWarningDiagnostic
		{"Error", "Unable to Read Access Token", ""},         // a constant of a function that adds errors
		{"Error", "The application at index … is null.", ""}, // of a function
		{"Error", "Invalid Attribute Value Match", ""},       // by a validator of a library
		{"Error", "Missing Attribute Configuration", ""},     // the second one of a validator of a library
	} {
		if !slices.Contains(all, want) {
			t.Errorf("%s %q was not collected", want.severity, want.summary)
		}
	}
}

// diagnostic is a row of the table or a diagnostic of the code. An ellipsis in the
// summary stands for text that the code inserts.
type diagnostic struct{ severity, summary, position string }

const ellipsis = "…"

// overlap reports whether two summaries can be the same. A row with an ellipsis stands for
// no summary that the code spells out: that has a row of its own.
func overlap(row, code string) bool {
	if !strings.Contains(code, ellipsis) {
		return row == code
	}
	pattern := func(s string) *regexp.Regexp {
		return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(s), ellipsis, ".+") + "$")
	}
	return pattern(row).MatchString(code) || pattern(code).MatchString(row)
}

var tableRow = regexp.MustCompile("(?m)^\\| (Error|Warning): `([^`]+)` \\| ([^|]+) \\| ([^|]+) \\|$")

// documentedDiagnostics returns the rows of the page's tables.
func documentedDiagnostics(t *testing.T, page string) []diagnostic {
	t.Helper()
	var list []diagnostic
	for _, row := range tableRow.FindAllStringSubmatch(page, -1) {
		d := diagnostic{severity: row[1], summary: row[2]}
		if slices.Contains(list, d) {
			t.Errorf("%s %q is on the page twice", d.severity, d.summary)
		}
		list = append(list, d)
	}
	if rows := len(regexp.MustCompile(`(?m)^\| (Error|Warning)`).FindAllString(page, -1)); rows != len(list) || rows == 0 {
		t.Errorf("%d of %d rows have a summary in backquotes, a cause and a next step", len(list), rows)
	}
	return list
}

// adders are the functions that add a diagnostic: its severity, and the indexes of the
// arguments that form its summary.
var adders = map[string]struct {
	severity string
	summary  []int
}{
	"AddError":                      {"Error", []int{0}},
	"AddWarning":                    {"Warning", []int{0}},
	"AddAttributeError":             {"Error", []int{1}},
	"AddAttributeWarning":           {"Warning", []int{1}},
	"NewErrorDiagnostic":            {"Error", []int{0}},
	"NewWarningDiagnostic":          {"Warning", []int{0}},
	"NewAttributeErrorDiagnostic":   {"Error", []int{1}},
	"NewAttributeWarningDiagnostic": {"Warning", []int{1}},
	"NewFuncError":                  {"Error", []int{0}},
	"NewArgumentFuncError":          {"Error", []int{1}},

	"framework.AddError":          {"Error", []int{1, 2}},
	"framework.AddAttributeError": {"Error", []int{2, 3}},
	"framework.AddOperationError": {"Error", []int{2, 3}},
	"addError":                    {"Error", []int{2, -1}}, // of package application
	"errorOn":                     {"Error", []int{1}},     // of package provider
}

// wrappers are functions that only pass on a summary, or a verb and a noun, by package.
var wrappers = []string{
	"framework.AddError", "framework.AddAttributeError", "framework.AddOperationError", "framework.withoutPath",
	"application.addError", "provider.errorOn",
}

// fields are the values of struct fields that form summaries.
var fields = map[string]string{"r.names.title": "Application", "d.Noun": ellipsis}

// codeDiagnostics returns the diagnostics that the provider's code can return.
func codeDiagnostics(t *testing.T) []diagnostic {
	t.Helper()
	var list []diagnostic
	folders := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && slices.Contains([]string{"mockserver", "conform", "acctest", "cmd", "guarantees", "runai", "testdata"}, entry.Name()) {
			return filepath.SkipDir
		}
		if err == nil && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			folders[filepath.Dir(path)] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for folder := range folders {
		list = append(list, packageDiagnostics(t, folder)...)
	}
	return list
}

func packageDiagnostics(t *testing.T, folder string) []diagnostic {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	var parsed []*ast.File
	constants := values{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, file)
		for _, declaration := range file.Decls {
			if general, ok := declaration.(*ast.GenDecl); ok {
				constants.declare(general)
			}
		}
	}
	inFramework := filepath.Base(folder) == "framework"
	var list []diagnostic
	for _, file := range parsed {
		list = append(list, importedDiagnostics(t, set, file)...)
		for _, declaration := range file.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok || function.Body == nil || slices.Contains(wrappers, filepath.Base(folder)+"."+function.Name.Name) {
				continue
			}
			known := constants.with(function)
			ast.Inspect(function.Body, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				adder, ok := adders[adderName(call, inFramework)]
				if !ok || len(call.Args) <= slices.Max(adder.summary) {
					return true
				}
				for _, summary := range known.summaries(call, adder.summary) {
					if strings.Trim(summary, ellipsis+" ") == "" {
						t.Errorf("%s: the summary of this diagnostic cannot be read", set.Position(call.Pos()))
					}
					list = append(list, diagnostic{adder.severity, summary, set.Position(call.Pos()).String()})
				}
				return true
			})
		}
	}
	return list
}

// adderName returns the key of a call in adders.
func adderName(call *ast.CallExpr, inFramework bool) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		if inFramework && f.Name != "detail" {
			return "framework." + f.Name
		}
		return f.Name
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok && x.Name == "framework" {
			return "framework." + f.Sel.Name
		}
		return f.Sel.Name
	}
	return ""
}

// values are the expressions of names: constants, and the variables that a function
// assigns.
type values map[string][]ast.Expr

func (v values) declare(declaration *ast.GenDecl) {
	for _, spec := range declaration.Specs {
		if value, ok := spec.(*ast.ValueSpec); ok {
			for i, name := range value.Names {
				if i < len(value.Values) {
					v[name.Name] = append(v[name.Name], value.Values[i])
				}
			}
		}
	}
}

// with returns the values in a function.
func (v values) with(function *ast.FuncDecl) values {
	known := values{}
	for name, list := range v {
		known[name] = slices.Clone(list)
	}
	for _, field := range function.Type.Params.List {
		for _, name := range field.Names {
			delete(known, name.Name) // a parameter hides what is outside
		}
	}
	ast.Inspect(function.Body, func(n ast.Node) bool {
		switch s := n.(type) {
		case *ast.GenDecl:
			known.declare(s)
		case *ast.AssignStmt:
			for i, left := range s.Lhs {
				if name, ok := left.(*ast.Ident); ok && len(s.Lhs) == len(s.Rhs) {
					known[name.Name] = append(known[name.Name], s.Rhs[i])
				}
			}
		}
		return true
	})
	return known
}

// summaries returns the possible summaries: one argument, or a verb and a noun.
func (v values) summaries(call *ast.CallExpr, arguments []int) []string {
	if len(arguments) == 1 {
		return v.read(call.Args[arguments[0]])
	}
	nouns := []string{"Application"}
	if arguments[1] >= 0 {
		nouns = v.read(call.Args[arguments[1]])
	}
	return join(join([]string{"Unable to "}, v.read(call.Args[arguments[0]])), join([]string{" "}, nouns))
}

func join(left, right []string) []string {
	var all []string
	for _, l := range left {
		for _, r := range right {
			all = append(all, l+r)
		}
	}
	return all
}

// read returns the possible values of a string expression.
func (v values) read(e ast.Expr) []string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil {
			return []string{s}
		}
	case *ast.ParenExpr:
		return v.read(e.X)
	case *ast.BinaryExpr:
		return join(v.read(e.X), v.read(e.Y))
	case *ast.SelectorExpr:
		return v.readSelector(e)
	case *ast.CallExpr:
		return v.readCall(e)
	case *ast.Ident:
		var all []string
		for _, value := range v[e.Name] {
			if call, ok := value.(*ast.CallExpr); !ok || calledName(call) == "Sprintf" { // otherwise not a part of a summary
				all = append(all, v.read(value)...)
			}
		}
		if len(all) > 0 {
			return all
		}
	}
	return []string{ellipsis}
}

// readSelector reads a field, or framework.Create and its like: the name of a verb is
// its text.
func (v values) readSelector(e *ast.SelectorExpr) []string {
	name := e.Sel.Name
	for x := e.X; ; {
		switch inner := x.(type) {
		case *ast.SelectorExpr:
			name, x = inner.Sel.Name+"."+name, inner.X
			continue
		case *ast.Ident:
			name = inner.Name + "." + name
		}
		break
	}
	if value, ok := fields[name]; ok {
		return []string{value}
	}
	if verb, ok := strings.CutPrefix(name, "framework."); ok {
		return []string{verb}
	}
	return []string{ellipsis}
}

// readCall reads fmt.Sprintf with a literal format.
func (v values) readCall(call *ast.CallExpr) []string {
	if calledName(call) != "Sprintf" || len(call.Args) == 0 {
		return []string{ellipsis}
	}
	var all []string
	for _, format := range v.read(call.Args[0]) {
		all = append(all, regexp.MustCompile(`%(\[\d+\])?[a-z]`).ReplaceAllString(format, ellipsis))
	}
	return all
}

func calledName(call *ast.CallExpr) string {
	if f, ok := call.Fun.(*ast.SelectorExpr); ok {
		return f.Sel.Name
	}
	return ""
}
