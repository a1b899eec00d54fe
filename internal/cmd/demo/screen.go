package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// screen is the output of the demo and of Terraform. It records the output, so that the
// demo can check that no secret was printed.
type screen struct {
	mu      sync.Mutex // Terraform's two streams are copied by two goroutines
	out     io.Writer
	printed bytes.Buffer

	started time.Time
	steps   []step
}

type step struct {
	title   string
	started time.Time
	took    time.Duration
	checks  int
}

func newScreen(out io.Writer) *screen {
	return &screen{out: out, started: time.Now()}
}

// Write implements [io.Writer].
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.printed.Write(p)
	return s.out.Write(p)
}

// shows reports whether text has been printed.
func (s *screen) shows(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Contains(s.printed.Bytes(), []byte(text))
}

func (s *screen) printf(format string, args ...any) {
	fmt.Fprintf(s, format, args...)
}

// begin prints the headline of the next step.
func (s *screen) begin(title string) {
	s.end()
	s.steps = append(s.steps, step{title: title, started: time.Now()})
	headline := fmt.Sprintf("%d. %s", len(s.steps), title)
	s.printf("\n%s\n%s\n", headline, strings.Repeat("=", len(headline)))
}

func (s *screen) end() {
	if n := len(s.steps); n > 0 && s.steps[n-1].took == 0 {
		s.steps[n-1].took = time.Since(s.steps[n-1].started)
	}
}

// checked prints a statement that the demo has verified.
func (s *screen) checked(format string, args ...any) {
	s.steps[len(s.steps)-1].checks++
	s.printf("  [ok] "+format+"\n", args...)
}

func (s *screen) summary() {
	s.end()
	checks := 0
	s.printf("\nSummary\n=======\n")
	for i, st := range s.steps {
		checks += st.checks
		s.printf("  [ok] %2d. %-72s %5.1f s\n", i+1, st.title, st.took.Seconds())
	}
	s.printf("\nAll %d steps succeeded, with %d checks, in %.0f s. All objects and files were removed.\n",
		len(s.steps), checks, time.Since(s.started).Seconds())
}
