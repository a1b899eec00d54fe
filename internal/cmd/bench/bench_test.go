package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestAccBench_MeasuresEveryContestant runs the whole with two objects.
func TestAccBench_MeasuresEveryContestant(t *testing.T) {
	t.Parallel()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("acceptance tests run with TF_ACC=1, as make test does")
	}
	dir := t.TempDir()
	args := []string{"-sizes", "1,2", "-runs", "1", "-latency", "1ms", "-throttled", "6", "-json", filepath.Join(dir, "results.json"), "-table", filepath.Join(dir, "table.txt")}
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		args = append(args, "-cli", path)
	}
	o, err := parse(args)
	if err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(o.json)
	if err != nil {
		t.Fatal(err)
	}
	var results struct {
		Programs []struct {
			Size         int64   `json:"size_bytes"`
			TimeToSchema float64 `json:"time_to_schema_s"`
		} `json:"programs"`
		Results []struct {
			Phase      string  `json:"phase"`
			Contestant string  `json:"contestant"`
			Wall       float64 `json:"wall_s"`
			Requests   int     `json:"requests"`
			Tokens     int     `json:"token_requests"`
			Provider   struct {
				CPU  float64 `json:"cpu_s"`
				Peak int64   `json:"peak_bytes"`
			} `json:"provider"`
			CLI struct {
				Peak int64 `json:"peak_bytes"`
			} `json:"cli"`
		} `json:"results"`
	}
	if err := json.Unmarshal(data, &results); err != nil {
		t.Fatal(err)
	}
	if want := len(phases)*2*4 + 2; len(results.Results) != want {
		t.Fatalf("%d results, want %d", len(results.Results), want)
	}
	for _, m := range results.Results {
		if m.Wall <= 0 || (m.Provider.CPU > 0) != (m.Contestant != nameData) {
			t.Errorf("%+v", m)
		}
		if runtime.GOOS == "linux" && ((m.Provider.Peak > 0) != (m.Contestant != nameData) || m.CLI.Peak == 0 || m.CLI.Peak == m.Provider.Peak) {
			t.Errorf("%+v", m)
		}
		if requested := m.Requests > 0 && m.Tokens > 0; requested != strings.HasPrefix(m.Contestant, nameRunai) {
			t.Errorf("%+v", m)
		}
	}
	for _, p := range results.Programs {
		if p.Size < 1<<20 || p.TimeToSchema <= 0 {
			t.Errorf("%+v", p)
		}
	}
	if table, err := os.ReadFile(o.table); err != nil || !bytes.Contains(table, []byte("plugin floor")) {
		t.Errorf("%s, %v", table, err)
	}
}
