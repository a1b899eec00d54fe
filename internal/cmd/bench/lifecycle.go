package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/cmd/bench/usage"
	"github.com/runai-community/terraform-provider-runai/internal/tfcli"
)

// The phases of a lifecycle, in the order of the results.
const (
	phasePlan    = "plan"
	phaseCreate  = "create"
	phaseDestroy = "destroy"
	// phaseThrottled is not part of the lifecycle: it creates only applications, with
	// throttledAt requests in flight.
	phaseThrottled = "throttled"
)

const throttledAt = 5

var phases = []string{phasePlan, phaseCreate, phaseDestroy}

// measurement is the cost of one command of the CLI.
type measurement struct {
	Wall time.Duration
	// CLI is the CLI without its provider. Its peak is 0 if it is smaller than the
	// provider's, on a system that reports only the larger of the two.
	CLI      usage.Usage
	Provider usage.Usage
	Requests requests
}

// lifecycle creates n applications and n access rules, plans them without a
// change, and destroys them, each with one command of the CLI.
func (b *bench) lifecycle(ctx context.Context, c contestant, n int) (map[string]measurement, error) {
	w, err := b.newWorkspace(ctx, c, n, b.options.parallelism, 0)
	if err != nil {
		return nil, err
	}
	defer w.cp.stop()
	result := map[string]measurement{}
	for _, command := range []struct {
		phase   string
		args    []string
		objects int // that are left on the control plane
	}{
		{phaseCreate, []string{"apply", "-auto-approve"}, 2 * n},
		{phasePlan, []string{"plan", "-detailed-exitcode"}, 2 * n},
		{phaseDestroy, []string{"destroy", "-auto-approve"}, 0},
	} {
		if result[command.phase], err = w.run(ctx, command.objects, command.args...); err != nil {
			return nil, fmt.Errorf("%s: %w", command.phase, err)
		}
	}
	return result, nil
}

// create creates the n objects of the configuration.
func (b *bench) create(ctx context.Context, c contestant, n, parallelism, maxInFlight int) (measurement, error) {
	w, err := b.newWorkspace(ctx, c, n, parallelism, maxInFlight)
	if err != nil {
		return measurement{}, err
	}
	defer w.cp.stop()
	return w.run(ctx, n, "apply", "-auto-approve")
}

// workspace is a directory with a configuration, and the control plane in it.
type workspace struct {
	contestant  contestant
	parallelism int
	cp          *controlPlane
	cli         *cli
}

func (b *bench) newWorkspace(ctx context.Context, c contestant, n, parallelism, maxInFlight int) (*workspace, error) {
	cp, err := startControlPlane(filepath.Join(b.dir, programMock), b.options.version, b.options.latency, maxInFlight)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(b.dir, "workspace-")
	if err == nil {
		w := &workspace{c, parallelism, cp, &cli{CLI: tfcli.CLI{Path: b.options.cli, Dir: dir}, usage: filepath.Join(dir, "usage"), program: c.program}}
		if err = b.configure(ctx, w.cli, c, cp, n); err == nil {
			return w, nil
		}
	}
	cp.stop()
	return nil, err
}

// run runs a command of the CLI, which leaves a number of objects on the control
// plane unless the contestant is idle.
func (w *workspace) run(ctx context.Context, objects int, args ...string) (measurement, error) {
	if err := w.cp.resetRequests(ctx); err != nil {
		return measurement{}, err
	}
	m, err := w.cli.run(ctx, append(args, "-input=false", "-no-color", fmt.Sprintf("-parallelism=%d", w.parallelism))...)
	if err != nil {
		return m, err
	}
	if m.Requests, err = w.cp.requests(ctx); err != nil {
		return m, err
	}
	left, _, err := w.cp.countObjects(ctx)
	switch {
	case err != nil:
		return m, err
	case w.contestant.idle && (left != 0 || m.Requests != requests{}):
		return m, fmt.Errorf("%s made requests %+v and %d objects", w.contestant.name, m.Requests, left)
	case !w.contestant.idle && left != objects:
		return m, fmt.Errorf("%d objects are on the control plane, not %d", left, objects)
	}
	return m, nil
}

// configure writes the configuration and the CLI configuration with the location of the
// provider.
func (b *bench) configure(ctx context.Context, cli *cli, c contestant, cp *controlPlane, n int) error {
	_, tenantID, err := cp.countObjects(ctx)
	if err != nil {
		return err
	}
	token := ""
	if c.source != "" && !c.idle {
		if token, err = cp.signIn(ctx); err != nil {
			return err
		}
	}
	text, err := c.configuration(values{
		Objects: n, URL: cp.url, ClientID: clientID, ClientSecret: clientSecret, Token: token, TenantID: tenantID,
	})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(cli.Dir, "main.tf"), text, 0o600); err != nil {
		return err
	}

	settings := ""
	if c.program != "" {
		programs := filepath.Join(cli.Dir, "provider")
		if err := os.Mkdir(programs, 0o755); err != nil {
			return err
		}
		name := "terraform-provider-" + filepath.Base(c.source)
		if err := os.Link(filepath.Join(b.dir, programTimed), filepath.Join(programs, name)); err != nil {
			return err
		}
		settings = tfcli.DevOverride(c.source, programs)
	}
	rc := filepath.Join(cli.Dir, "cli.tfrc")
	if err := os.WriteFile(rc, []byte(settings), 0o600); err != nil {
		return err
	}
	// The user's variables for Terraform and Run:ai are removed.
	cli.Env = append(tfcli.CleanEnvironment(), "TF_CLI_CONFIG_FILE="+rc, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1",
		"BENCH_PROGRAM="+c.program, "BENCH_USAGE="+cli.usage)
	cli.Env = append(cli.Env, c.env...)
	return nil
}

// cli runs a CLI in a directory, and measures it.
type cli struct {
	tfcli.CLI
	// usage is the file to which the provider's costs are written.
	usage   string
	program string
}

func (c *cli) run(ctx context.Context, args ...string) (measurement, error) {
	if err := os.RemoveAll(c.usage); err != nil {
		return measurement{}, err
	}
	var output bytes.Buffer
	command := c.Command(ctx, args...)
	command.Stdout, command.Stderr = &output, &output
	begin := time.Now()
	if err := command.Start(); err != nil {
		return measurement{}, err
	}
	stop := usage.Watch(command.Process.Pid)
	err := command.Wait()
	m := measurement{Wall: time.Since(begin)}
	peak := stop()
	if err != nil {
		return m, fmt.Errorf("%s %s: %w\n%s", filepath.Base(c.Path), strings.Join(args, " "), err, tail(output.String()))
	}
	provider, started, err := usage.Read(c.usage)
	if err != nil {
		return m, err
	}
	m.Provider = provider
	if c.program != "" && started == 0 {
		return m, errors.New("the provider did not report what it cost")
	}
	m.CLI = usage.Of(command.ProcessState)
	m.CLI.CPU -= m.Provider.CPU
	m.CLI.Peak = peakOfCLI(m.CLI.Peak, m.Provider.Peak, peak)
	return m, nil
}

// peakOfCLI returns the peak memory of a CLI. The system reports the largest of the
// CLI and its child processes: if that is not the provider's, it is the CLI's.
func peakOfCLI(largest, provider, watched int64) int64 {
	if largest > provider {
		return largest
	}
	return watched
}

// tail returns the end of the output of a command.
func tail(output string) string {
	const limit = 4000
	if len(output) > limit {
		return "…" + output[len(output)-limit:]
	}
	return output
}
