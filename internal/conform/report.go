package conform

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
)

// The results of a comparison.
const (
	Same      = "same"
	Different = "different"
	NotTested = "not tested"
)

// Report is the result of a run. It has no secret, host, tenant, e-mail address, or name of an object in it.
type Report struct {
	MockVersion string   `json:"mockVersion"`
	Nearest     bool     `json:"nearestVersion"` // chosen by the answers, and not by the user
	Write       bool     `json:"write"`
	Differences int      `json:"differences"`
	Untested    int      `json:"notTested"`
	Results     []Result `json:"results"`
}

// Result is one probe of a report.
type Result struct {
	Probe        string `json:"probe"`
	Question     string `json:"question"`
	ControlPlane string `json:"controlPlane"`
	Mock         string `json:"mock"`
	Result       string `json:"result"`
}

func compare(answers, expected map[string]answer, write bool) *Report {
	report := &Report{Write: write}
	for _, p := range probes(write) {
		got, want := answers[p.name], expected[p.name]
		result := Result{Probe: p.name, Question: p.question, ControlPlane: got.String(), Mock: want.String(), Result: Same}
		switch {
		case got.reason != "":
			result.Result = NotTested
			report.Untested++
		case got != want:
			result.Result = Different
			report.Differences++
		}
		report.Results = append(report.Results, result)
	}
	return report
}

// maxCell is the greatest number of characters of an answer in the table.
const maxCell = 44

// WriteTable writes the report for a terminal: a table with shortened answers, and the differences in full.
func (r *Report) WriteTable(w io.Writer) error {
	chosen := ""
	if r.Nearest {
		chosen = ", the nearest one"
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "PROBE\tRESULT\tTHIS CONTROL PLANE\tMOCK OF %s\n", r.MockVersion)
	for _, result := range r.Results {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", result.Probe, result.Result, shorten(result.ControlPlane), shorten(result.Mock))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, result := range r.Results {
		if result.Result == Different {
			fmt.Fprintf(w, "\n%s: %s\n  this control plane: %s\n  mock of %s: %s\n",
				result.Probe, result.Question, result.ControlPlane, r.MockVersion, result.Mock)
		}
	}
	_, err := fmt.Fprintf(w, "\n%d probes, %d differences from the mock of %s%s, %d not tested.\n",
		len(r.Results), r.Differences, r.MockVersion, chosen, r.Untested)
	return err
}

func shorten(answer string) string {
	if runes := []rune(answer); len(runes) > maxCell {
		return string(runes[:maxCell-1]) + "…"
	}
	return answer
}

// WriteJSON writes the report as JSON.
func (r *Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(r)
}
