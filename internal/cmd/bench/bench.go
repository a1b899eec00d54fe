package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/cmd/bench/usage"
)

// bench runs all contestants through all sizes.
type bench struct {
	options     options
	dir         string
	contestants []contestant
	// throttledContestant takes part only in phaseThrottled.
	throttledContestant contestant
}

func newBench(ctx context.Context, o options, dir string) (*bench, error) {
	if err := build(ctx, dir); err != nil {
		return nil, err
	}
	list, applications, err := contestants(o, dir)
	if err != nil {
		return nil, err
	}
	return &bench{options: o, dir: dir, contestants: list, throttledContestant: applications}, nil
}

// report measures. All contestants take part in each run, one after the other, so that
// other load of the machine affects all of them.
func (b *bench) report(ctx context.Context) (*report, error) {
	version, err := b.cliVersion(ctx)
	if err != nil {
		return nil, err
	}
	r := &report{
		Command: b.options.command, CLI: version, Platform: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(),
		ControlPlane: b.options.version, Latency: b.options.latency, Parallelism: b.options.parallelism, Runs: b.options.runs,
	}
	for _, c := range b.contestants {
		if c.program == "" || c.name == nameQuietFloor {
			continue
		}
		p, err := measureProgram(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		r.Programs = append(r.Programs, p)
	}
	for _, n := range b.options.sizes {
		runs := map[string]map[string][]measurement{}
		for run := range b.options.runs {
			for _, c := range b.contestants {
				fmt.Fprintf(os.Stderr, "%d applications and %d access rules, run %d of %d: %s\n", n, n, run+1, b.options.runs, c.name)
				m, err := b.lifecycle(ctx, c, n)
				if err != nil {
					return nil, fmt.Errorf("%s, %d applications: %w", c.name, n, err)
				}
				if runs[c.name] == nil {
					runs[c.name] = map[string][]measurement{}
				}
				for phase := range m {
					runs[c.name][phase] = append(runs[c.name][phase], m[phase])
				}
			}
		}
		for _, phase := range phases {
			for _, c := range b.contestants {
				r.Results = append(r.Results, result{Phase: phase, Objects: n, Contestant: c.name, measurement: median(runs[c.name][phase])})
			}
		}
	}
	slices.SortStableFunc(r.Results, func(a, b result) int {
		return cmp.Compare(slices.Index(phases, a.Phase), slices.Index(phases, b.Phase))
	})
	throttled, err := b.throttled(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", phaseThrottled, err)
	}
	r.Results = append(r.Results, throttled...)
	r.Limits = r.limits()
	return r, nil
}

// throttled creates applications on a control plane that responds with 429 above
// throttledAt requests in flight, and on one without that bound, with a CLI that sends
// at most as many.
func (b *bench) throttled(ctx context.Context) ([]result, error) {
	n := b.options.throttled
	if n == 0 {
		return nil, nil
	}
	var patient, throttled []measurement
	for run := range b.options.runs {
		fmt.Fprintf(os.Stderr, "%d applications with %d requests in flight, run %d of %d\n", n, throttledAt, run+1, b.options.runs)
		for _, variant := range []struct {
			runs                     *[]measurement
			parallelism, maxInFlight int
		}{
			{&patient, min(throttledAt, b.options.parallelism), 0},
			{&throttled, b.options.parallelism, throttledAt},
		} {
			m, err := b.create(ctx, b.throttledContestant, n, variant.parallelism, variant.maxInFlight)
			if err != nil {
				return nil, err
			}
			*variant.runs = append(*variant.runs, m)
		}
	}
	return []result{
		{Phase: phaseThrottled, Objects: n, Contestant: nameLowParallelism, measurement: median(patient)},
		{Phase: phaseThrottled, Objects: n, Contestant: nameRunai, measurement: median(throttled)},
	}, nil
}

func (b *bench) cliVersion(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, b.options.cli, "version", "-json").Output()
	if err != nil {
		return "", fmt.Errorf("%s version: %w", b.options.cli, err)
	}
	var v struct {
		Version string `json:"terraform_version"`
		Tofu    string `json:"opentofu_version"`
	}
	if err := json.Unmarshal(out, &v); err != nil {
		return "", err
	}
	if v.Tofu != "" {
		return "OpenTofu " + v.Tofu, nil
	}
	return "Terraform " + v.Version, nil
}

// measureProgram returns the size of a provider's program and its time to schema,
// the median of several starts after a first one that fills the caches.
func measureProgram(ctx context.Context, c contestant) (program, error) {
	info, err := os.Stat(c.program)
	if err != nil {
		return program{}, err
	}
	var times []time.Duration
	for range 6 {
		took, err := timeToSchema(ctx, c.program, c.env)
		if err != nil {
			return program{}, err
		}
		times = append(times, took)
	}
	return program{Contestant: c.name, Size: info.Size(), TimeToSchema: medianOf(times[1:])}, nil
}

// median returns the median of each measurement.
func median(runs []measurement) measurement {
	each := func(value func(measurement) int64) int64 {
		values := make([]int64, 0, len(runs))
		for _, m := range runs {
			values = append(values, value(m))
		}
		return medianOf(values)
	}
	return measurement{
		Wall: time.Duration(each(func(m measurement) int64 { return int64(m.Wall) })),
		CLI: usage.Usage{
			CPU:  time.Duration(each(func(m measurement) int64 { return int64(m.CLI.CPU) })),
			Peak: each(func(m measurement) int64 { return m.CLI.Peak }),
		},
		Provider: usage.Usage{
			CPU:  time.Duration(each(func(m measurement) int64 { return int64(m.Provider.CPU) })),
			Peak: each(func(m measurement) int64 { return m.Provider.Peak }),
		},
		Requests: requests{
			Tokens:       int(each(func(m measurement) int64 { return int64(m.Requests.Tokens) })),
			Applications: int(each(func(m measurement) int64 { return int64(m.Requests.Applications) })),
			AccessRules:  int(each(func(m measurement) int64 { return int64(m.Requests.AccessRules) })),
			Others:       int(each(func(m measurement) int64 { return int64(m.Requests.Others) })),
		},
	}
}

// medianOf returns a measured value: the lower of the two in the middle if their number
// is even.
func medianOf[T cmp.Ordered](values []T) T {
	return slices.Sorted(slices.Values(values))[(len(values)-1)/2]
}
