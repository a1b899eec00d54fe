package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// gremlinsReport is the part of the report of gremlins that is used here.
type gremlinsReport struct {
	Files []struct {
		Name      string `json:"file_name"`
		Mutations []struct {
			Type   string `json:"type"`
			Status string `json:"status"`
			Line   int    `json:"line"`
			Column int    `json:"column"`
		} `json:"mutations"`
	} `json:"files"`
}

func readReport(name string) (*gremlinsReport, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var r gremlinsReport
	return &r, json.Unmarshal(data, &r)
}

// mutant is one change of one operator.
type mutant struct {
	file         string // from the root of the repository
	line, column int
	kind         string // CONDITIONALS_BOUNDARY, …
	status       string // LIVED, NOT COVERED, …
	source       string // the line, without the spaces around it
}

// key identifies a mutant in the list. It has the text of the line, since the line
// number changes with each edit above it.
type key struct{ file, kind, source string }

func (m mutant) key() key { return key{m.file, m.kind, m.source} }

// report is the outcome for a package.
type report struct {
	pkg                             string
	total, killed, timedOut, listed int
	survivors                       []mutant // not listed
	stale                           []key    // listed, and not a survivor
}

// score is the percentage of mutants that are killed or listed.
func (r report) score() float64 {
	if r.total == 0 {
		return 100
	}
	return 100 * float64(r.killed+r.timedOut+r.listed) / float64(r.total)
}

// assess compares the report of gremlins for a package with the list of mutants that no
// test can detect. It does not count mutants that do not compile.
func assess(root string, t target, found *gremlinsReport, listed map[key]string) (report, error) {
	r := report{pkg: t.pkg}
	used := map[key]bool{}
	for _, file := range found.Files {
		name := path.Join(t.pkg, path.Base(file.Name))
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return report{}, err
		}
		lines := strings.Split(string(data), "\n")
		for _, f := range file.Mutations {
			m := mutant{file: name, line: f.Line, column: f.Column, kind: f.Type, status: f.Status}
			if f.Line > 0 && f.Line <= len(lines) {
				m.source = strings.TrimSpace(lines[f.Line-1])
			}
			switch f.Status {
			case "NOT VIABLE", "SKIPPED":
				continue
			case "KILLED":
				r.killed++
			case "TIMED OUT":
				r.timedOut++
			default: // LIVED, NOT COVERED, RUNNABLE
				if _, ok := listed[m.key()]; ok {
					r.listed++
					used[m.key()] = true
				} else {
					r.survivors = append(r.survivors, m)
				}
			}
			r.total++
		}
	}
	for k := range listed {
		if path.Dir(k.file) == t.pkg && !used[k] {
			r.stale = append(r.stale, k)
		}
	}
	slices.SortFunc(r.stale, func(a, b key) int { return strings.Compare(a.file+a.source, b.file+b.source) })
	return r, nil
}

// parseListed reads the table of mutants that no test can detect from README.md:
// | file | mutator | `line` | reason |
func parseListed(text string) (map[key]string, error) {
	listed := map[key]string{}
	for i, line := range strings.Split(text, "\n") {
		if !strings.HasPrefix(line, "| internal/") || !strings.Contains(line, ".go |") {
			continue
		}
		const bar = "\x00"
		cells := strings.Split(strings.Trim(strings.ReplaceAll(line, `\|`, bar), "| "), " | ")
		if len(cells) != 4 {
			return nil, fmt.Errorf("README.md:%d: want a file, a mutator, a line and a reason", i+1)
		}
		for j := range cells {
			cells[j] = strings.TrimSpace(strings.ReplaceAll(cells[j], bar, "|"))
		}
		if len(cells[3]) < 10 {
			return nil, fmt.Errorf("README.md:%d: %s has no reason", i+1, cells[2])
		}
		listed[key{cells[0], cells[1], strings.Trim(cells[2], "`")}] = cells[3]
	}
	return listed, nil
}

// formatTable returns the table, in Markdown.
func formatTable(reports []report) string {
	var b strings.Builder
	b.WriteString("| package | mutants | killed | timed out | listed | survived | score |\n|---|---|---|---|---|---|---|\n")
	for _, r := range reports {
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %.1f %% |\n", r.pkg, r.total, r.killed, r.timedOut, r.listed, len(r.survivors), r.score())
	}
	return b.String()
}

// verdict returns an error if a package has too many survivors, or the list names a
// mutant that is not one.
func verdict(reports []report) error {
	var problems []string
	for _, r := range reports {
		if r.score() < minScore {
			problems = append(problems, fmt.Sprintf("%s: %.1f %% of the mutants are killed or listed, want %d %%", r.pkg, r.score(), minScore))
		}
		for _, k := range r.stale {
			problems = append(problems, fmt.Sprintf("%s: listed in README.md, but it does not survive (any more): %s `%s`", k.file, k.kind, k.source))
		}
	}
	if len(problems) > 0 {
		return fmt.Errorf("%s", strings.Join(problems, "\n"))
	}
	return nil
}
