package main

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestDemo_Failure_ReturnsErrorAndCleansUp(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	for _, variable := range []string{"TMPDIR", "TMP"} {
		t.Setenv(variable, temp)
	}

	// This test's own binary is a program, and no control plane.
	var out bytes.Buffer
	err = demo(t.Context(), newScreen(&out), options{cli: self, provider: self, mock: self})
	if err == nil || !strings.Contains(err.Error(), "step 1") || !strings.Contains(err.Error(), "does not say where it listens") {
		t.Errorf("got error %v, want one about step 1 and a mock that does not listen", err)
	}
	if strings.Contains(out.String(), "Summary") {
		t.Error("a demo that failed prints a summary")
	}
	left, err := os.ReadDir(temp)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) > 0 {
		t.Errorf("the demo left %v", left)
	}
}

func TestPlan_Changing(t *testing.T) {
	t.Parallel()

	var p plan
	err := json.Unmarshal([]byte(`{"resource_changes": [
		{"address": "a.updated", "mode": "managed", "change": {"actions": ["update"]}},
		{"address": "a.kept", "mode": "managed", "change": {"actions": ["no-op"]}},
		{"address": "data.a.read", "mode": "data", "change": {"actions": ["read"]}},
		{"address": "a.replaced", "mode": "managed", "change": {"actions": ["delete", "create"]}},
		{"address": "a.imported", "mode": "managed", "change": {"actions": ["no-op"], "importing": {"id": "x"}}},
		{"address": "a.imported_and_updated", "mode": "managed", "change": {"actions": ["update"], "importing": {"id": "x"}}}
	]}`), &p)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"delete and create a.replaced", "import a.imported", "import and update a.imported_and_updated", "update a.updated"}
	if got := p.changing(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestScreen_RecordsOutput(t *testing.T) {
	t.Parallel()

	var out bytes.Buffer
	s := newScreen(&out)
	s.printf("client_secret = %s\n", "hunter2-hunter2")
	if !s.shows("hunter2-hunter2") || s.shows("hunter3") {
		t.Error("the screen does not find printed text")
	}
}
