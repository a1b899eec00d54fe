package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// report has the measurements and their parameters.
type report struct {
	Command      string
	CLI          string
	Platform     string
	CPUs         int
	ControlPlane string
	Latency      time.Duration
	Parallelism  int
	Runs         int
	Programs     []program
	Results      []result
	Limits       []limit
}

// program has the measurements of a provider without a configuration.
type program struct {
	Contestant   string
	Size         int64
	TimeToSchema time.Duration
}

// result is the median of one phase.
type result struct {
	Phase      string
	Objects    int // applications; there are as many access rules
	Contestant string
	measurement
}

// limit is an upper bound of a measurement.
type limit struct {
	Name     string  `json:"name"`
	Measured float64 `json:"measured"`
	Limit    float64 `json:"limit"`
	Unit     string  `json:"unit"`
}

// readsOfPlan is the limit of the requests of a plan other than those for a token.
const readsOfPlan = 10

func (l limit) kept() bool { return l.Measured <= l.Limit }

// find returns a result. ok is false if there is none.
func (r *report) find(contestant, phase string, objects int) (found result, ok bool) {
	for _, result := range r.Results {
		if result.Contestant == contestant && result.Phase == phase && result.Objects == objects {
			return result, true
		}
	}
	return result{}, false
}

// limits compares the largest size with the floors and with the next smaller size.
func (r *report) limits() []limit {
	objects, smaller := 0, 0
	for _, result := range r.Results {
		switch n := result.Objects; {
		case result.Phase == phaseThrottled:
		case n > objects:
			objects, smaller = n, objects
		case n < objects && n > smaller:
			smaller = n
		}
	}
	var limits []limit
	add := func(name, unit string, measured, bound float64) {
		limits = append(limits, limit{Name: name, Measured: measured, Limit: bound, Unit: unit})
	}
	if plan, ok := r.find(nameRunai, phasePlan, objects); ok {
		add("plan: requests besides the token", "", float64(plan.Requests.withoutTokens()), readsOfPlan)
		if floor, ok := r.find(nameFloor, phasePlan, objects); ok {
			add("plan: 1.0 x plugin floor", "s", plan.Wall.Seconds(), floor.Wall.Seconds())
		}
		if floor, ok := r.find(nameQuietFloor, phasePlan, objects); ok {
			add("plan: 1.15 x plugin floor without logging + 2 x latency", "s", plan.Wall.Seconds(), 1.15*floor.Wall.Seconds()+2*r.Latency.Seconds())
		}
		if before, ok := r.find(nameRunai, phasePlan, smaller); ok {
			add(fmt.Sprintf("plan: 1.2 x the time for each object at %d", smaller), "ms",
				1000*plan.Wall.Seconds()/float64(objects), 1200*before.Wall.Seconds()/float64(smaller))
		}
	}
	for _, phase := range []string{phaseCreate, phaseDestroy} {
		run, ok := r.find(nameRunai, phase, objects)
		if !ok {
			continue
		}
		// Both commands plan first.
		each := 1 + max(0.01, readsOfPlan/float64(objects))
		add(phase+": requests for each application", "", float64(run.Requests.Applications)/float64(objects), each)
		add(phase+": requests for each access rule", "", float64(run.Requests.AccessRules)/float64(objects), each)
		if floor, ok := r.find(nameFloor, phase, objects); ok {
			add(phase+": 1.1 x (objects x latency / parallelism + plugin floor)", "s", run.Wall.Seconds(),
				1.1*(float64(2*objects)*r.Latency.Seconds()/float64(r.Parallelism)+floor.Wall.Seconds()))
		}
	}
	for _, floor := range r.Results {
		if run, ok := r.find(nameRunai, phaseThrottled, floor.Objects); ok && floor.Contestant == nameLowParallelism {
			add("throttled: 1.3 x "+nameLowParallelism, "s", run.Wall.Seconds(), 1.3*floor.Wall.Seconds())
		}
	}
	return limits
}

// exceeded returns the exceeded limits.
func (r *report) exceeded() []limit {
	var exceeded []limit
	for _, l := range r.Limits {
		if !l.kept() {
			exceeded = append(exceeded, l)
		}
	}
	return exceeded
}

// table returns the report as a table.
func (r *report) table() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n\n%s on %s with %d CPUs; control plane %s, %s latency; parallelism %d; ",
		r.Command, r.CLI, r.Platform, r.CPUs, r.ControlPlane, r.Latency, r.Parallelism)
	if r.Runs == 1 {
		fmt.Fprint(&text, "one run.\n")
	} else {
		fmt.Fprintf(&text, "medians of %d runs.\n", r.Runs)
	}
	fmt.Fprint(&text, "Objects: as many applications, and as many access rules. Requests: without those for a token.\n")
	if slices.ContainsFunc(r.Results, func(m result) bool { return m.Phase == phaseThrottled }) {
		fmt.Fprintf(&text, "Throttled: creation of applications alone, on a control plane that responds with 429 above %d requests in flight,\n"+
			"beside what as many in flight allow, without a 429.\n", throttledAt)
	}
	fmt.Fprintln(&text)
	rows := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { fmt.Fprintln(rows, strings.Join(cells, "\t")) }
	row("", "objects", "", "  wall", "requests", "provider", "provider", "   CLI", " CLI")
	row("", "", "", "     s", "", "   CPU s", "     MiB", " CPU s", " MiB")
	phase, objects := "", 0
	for _, m := range r.Results {
		if m.Phase != phase || m.Objects != objects {
			row("", "", "", "", "", "", "", "", "")
			row(m.Phase, fmt.Sprintf("%7d", m.Objects), m.Contestant, m.numbers())
		} else {
			row("", "", m.Contestant, m.numbers())
		}
		phase, objects = m.Phase, m.Objects
	}
	_ = rows.Flush() // to memory

	fmt.Fprintln(&text)
	row("", "program, MiB", "time to schema, ms")
	for _, p := range r.Programs {
		row(p.Contestant, fmt.Sprintf("%12.1f", float64(p.Size)/(1<<20)), fmt.Sprintf("%18d", p.TimeToSchema.Milliseconds()))
	}
	_ = rows.Flush()

	if len(r.Limits) > 0 {
		fmt.Fprintln(&text)
		row("limit of "+nameRunai, "measured", "   limit")
		for _, l := range r.Limits {
			verdict := "kept"
			if !l.kept() {
				verdict = "EXCEEDED"
			}
			row(l.Name, fmt.Sprintf("%8.2f", l.Measured), fmt.Sprintf("%8.2f", l.Limit), l.Unit, verdict)
		}
		_ = rows.Flush()
	}
	lines := strings.Split(text.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// numbers returns the cells of a measurement.
func (m measurement) numbers() string {
	peak := func(bytes int64, width int) string {
		if bytes == 0 {
			return fmt.Sprintf("%*s", width, "-")
		}
		return fmt.Sprintf("%*d", width, bytes>>20)
	}
	return strings.Join([]string{
		fmt.Sprintf("%6.2f", m.Wall.Seconds()), fmt.Sprintf("%8d", m.Requests.withoutTokens()),
		fmt.Sprintf("%8.2f", m.Provider.CPU.Seconds()), peak(m.Provider.Peak, 8),
		fmt.Sprintf("%6.2f", m.CLI.CPU.Seconds()), peak(m.CLI.Peak, 4),
	}, "\t")
}

// writeJSON writes the report to a file, with the units in the names.
func (r *report) writeJSON(file string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := r.encode(f); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

func (r *report) encode(w io.Writer) error {
	type costs struct {
		CPU  float64 `json:"cpu_s"`
		Peak int64   `json:"peak_bytes,omitempty"` // absent where it is not known
	}
	type jsonResult struct {
		Phase      string  `json:"phase"`
		Objects    int     `json:"objects"`
		Contestant string  `json:"contestant"`
		Wall       float64 `json:"wall_s"`
		// Requests are those for applications, access rules and looked up objects,
		// without those for a token.
		Requests            int   `json:"requests"`
		ApplicationRequests int   `json:"application_requests"`
		AccessRuleRequests  int   `json:"access_rule_requests"`
		TokenRequests       int   `json:"token_requests"`
		Provider            costs `json:"provider"`
		CLI                 costs `json:"cli"`
	}
	type jsonProgram struct {
		Contestant   string  `json:"contestant"`
		Size         int64   `json:"size_bytes"`
		TimeToSchema float64 `json:"time_to_schema_s"`
	}
	out := struct {
		Command      string        `json:"command"`
		CLI          string        `json:"cli"`
		Platform     string        `json:"platform"`
		CPUs         int           `json:"cpus"`
		ControlPlane string        `json:"control_plane"`
		Latency      float64       `json:"latency_s"`
		Parallelism  int           `json:"parallelism"`
		Runs         int           `json:"runs"`
		Programs     []jsonProgram `json:"programs"`
		Results      []jsonResult  `json:"results"`
		Limits       []limit       `json:"limits"`
	}{
		Command: r.Command, CLI: r.CLI, Platform: r.Platform, CPUs: r.CPUs, ControlPlane: r.ControlPlane,
		Latency: r.Latency.Seconds(), Parallelism: r.Parallelism, Runs: r.Runs, Limits: r.Limits,
	}
	for _, p := range r.Programs {
		out.Programs = append(out.Programs, jsonProgram{p.Contestant, p.Size, p.TimeToSchema.Seconds()})
	}
	for _, m := range r.Results {
		out.Results = append(out.Results, jsonResult{
			Phase: m.Phase, Objects: m.Objects, Contestant: m.Contestant, Wall: m.Wall.Seconds(),
			Requests: m.Requests.withoutTokens(), ApplicationRequests: m.Requests.Applications,
			AccessRuleRequests: m.Requests.AccessRules, TokenRequests: m.Requests.Tokens,
			Provider: costs{m.Provider.CPU.Seconds(), m.Provider.Peak}, CLI: costs{m.CLI.CPU.Seconds(), m.CLI.Peak},
		})
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}
