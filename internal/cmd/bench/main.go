// Command bench measures the cost of plans, creates and deletions with the real CLI,
// against runai-mock with latency. It compares it with the cost of the CLI and the
// plugin framework. See run with -help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/tfcli"
)

// options are the flags.
type options struct {
	cli         string
	sizes       []int
	throttled   int
	runs        int
	latency     time.Duration
	parallelism int
	version     string
	peer        string
	peerConfig  string
	peerSource  string
	json        string
	table       string
	check       bool
	keep        bool
	command     string
}

func main() {
	opts, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err = run(ctx, opts)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse(args []string) (options, error) {
	var o options
	var sizes string
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&o.cli, "cli", "", "`program` to run, Terraform or OpenTofu (default terraform or tofu on the path)")
	flags.StringVar(&sizes, "sizes", "10,100,1000", "`numbers` of applications; each has as many access rules")
	flags.IntVar(&o.throttled, "throttled", 300,
		fmt.Sprintf("`number` of applications to create on a control plane that responds with 429 above %d requests in flight; 0: none", throttledAt))
	flags.IntVar(&o.runs, "runs", 1, "`number` of runs; the median of each measurement is reported")
	flags.DurationVar(&o.latency, "latency", 100*time.Millisecond, "`time` that the control plane takes for each response")
	flags.IntVar(&o.parallelism, "parallelism", 10, "`number` of concurrent operations of the CLI")
	flags.StringVar(&o.version, "version", "2.24", "control plane `version`")
	flags.StringVar(&o.peer, "peer", "", "`program` of a generic provider to compare with: Mastercard/restapi 1.20.0, or any with -peer-config")
	flags.StringVar(&o.peerConfig, "peer-config", "", "configuration for the peer, a Go template in `file` (see configuration/restapi.tf.tmpl)")
	flags.StringVar(&o.peerSource, "peer-source", "mastercard/restapi", "source `address` of the peer in that configuration")
	flags.StringVar(&o.json, "json", "", "write the results to `file` as JSON")
	flags.StringVar(&o.table, "table", "", "write the table to `file`, and not to standard output alone")
	flags.BoolVar(&o.check, "check", false, "exit with 1 if a limit is exceeded, after all results are written")
	flags.BoolVar(&o.keep, "keep", false, "keep the working directory")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	for size := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(size))
		if err != nil || n < 1 {
			return o, fmt.Errorf("-sizes: %q is not a positive number", size)
		}
		o.sizes = append(o.sizes, n)
	}
	switch {
	case o.runs < 1, o.parallelism < 1:
		return o, errors.New("-runs and -parallelism must be positive")
	case o.latency < 0, o.throttled < 0:
		return o, errors.New("-latency and -throttled must not be negative")
	case o.throttled > 0 && o.latency == 0:
		return o, errors.New("-throttled takes a -latency: without it, no requests are in flight at the same time")
	}
	var err error
	if o.cli, err = tfcli.Find(o.cli); err != nil {
		return o, fmt.Errorf("%w; use -cli", err)
	}
	o.command = strings.Join(append([]string{"go run ./internal/cmd/bench"}, published(args)...), " ")
	return o, nil
}

// published returns the arguments without those about this machine or that do not
// affect measurements.
func published(args []string) []string {
	var kept []string
	for i := 0; i < len(args); i++ {
		name, value, joined := strings.Cut(strings.TrimLeft(args[i], "-"), "=")
		switch name {
		case "cli", "json", "table":
			if !joined {
				i++
			}
		case "peer":
			if !joined && i+1 < len(args) {
				i++
				value = args[i]
			}
			kept = append(kept, "-peer", filepath.Base(value))
		case "check", "keep":
		default:
			kept = append(kept, args[i])
		}
	}
	return kept
}

func run(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "runai-bench-")
	if err != nil {
		return err
	}
	if o.keep {
		fmt.Fprintln(os.Stderr, "working directory:", dir)
	} else {
		defer func() { _ = os.RemoveAll(dir) }()
	}
	b, err := newBench(ctx, o, dir)
	if err != nil {
		return err
	}
	report, err := b.report(ctx)
	if err != nil {
		return err
	}
	table := report.table()
	fmt.Print(table)
	if o.table != "" {
		if err := os.WriteFile(o.table, []byte(table), 0o644); err != nil {
			return err
		}
	}
	if o.json != "" {
		if err := report.writeJSON(o.json); err != nil {
			return err
		}
	}
	if exceeded := report.exceeded(); o.check && len(exceeded) > 0 {
		return fmt.Errorf("%d limits are exceeded", len(exceeded))
	}
	return nil
}

// build compiles the programs into a directory, as a release does.
func build(ctx context.Context, dir string) error {
	const module = "github.com/runai-community/terraform-provider-runai"
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", dir,
		module, module+"/internal/cmd/bench/"+programFloor, module+"/internal/cmd/bench/"+programTimed, module+"/internal/cmd/"+programMock)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}
