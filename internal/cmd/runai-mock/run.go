package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// The exit statuses of a program that cannot be started, as in shells.
const (
	exitNotExecutable = 126
	exitNotFound      = 127
)

// runCommand serves a control plane on a free port for the duration of a program, and returns the program's exit status.
func runCommand(ctx context.Context, args []string, std streams) int {
	conf, flags, err := parse("runai-mock run", "127.0.0.1:0", args)
	if errors.Is(err, flag.ErrHelp) {
		runUsage(flags, std.out)
		return exitOK
	}
	if err == nil && len(conf.program) == 0 {
		err = fmt.Errorf("%w: no program to run; write it after the flags: runai-mock run [flags] -- COMMAND …", errUsage)
	}
	if err != nil {
		return exit(err, std)
	}
	plane, err := listen(conf, std)
	if err != nil {
		return exit(err, std)
	}
	program := exec.CommandContext(ctx, conf.program[0], conf.program[1:]...)
	program.Stdin, program.Stdout, program.Stderr = std.in, std.out, std.err
	program.Env = environment(os.Environ(), conf, plane.url)

	status, err := runProgram(program)
	if planeErr := plane.stop(); planeErr != nil {
		fmt.Fprintf(std.err, "runai-mock: %v\n", planeErr)
		status = cmp.Or(status, exitFailed)
	}
	if err != nil {
		fmt.Fprintf(std.err, "runai-mock: cannot run %s: %v\n", conf.program[0], err)
	}
	summarize(std.err, plane.mock.Log(), plane.url, conf.mock.Version)
	return status
}

// environment returns the environment of the program: that of this process without any variable of the provider, so that
// no real credentials reach the mock and no real control plane the test, and with those of the mock.
func environment(inherited []string, conf config, baseURL string) []string {
	env := slices.DeleteFunc(slices.Clone(inherited), func(variable string) bool {
		return strings.HasPrefix(strings.ToUpper(variable), "RUNAI_")
	})
	env = append(env,
		"RUNAI_BASE_URL="+loopback(baseURL),
		"RUNAI_CLIENT_ID="+conf.mock.ClientID,
		"RUNAI_CLIENT_SECRET="+conf.mock.ClientSecret,
	)
	if conf.tlsCert != "" {
		file := conf.tlsCert
		if absolute, err := filepath.Abs(file); err == nil {
			file = absolute
		}
		env = append(env, "RUNAI_CA_CERT_FILE="+file)
	}
	return env
}

// loopback replaces the host of an address on all interfaces, to which no client can connect portably.
func loopback(baseURL string) string {
	u, err := url.Parse(baseURL)
	if err != nil {
		return baseURL
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsUnspecified() {
		u.Host = net.JoinHostPort("127.0.0.1", u.Port())
	}
	return u.String()
}

// runProgram runs a program to its end, forwards signals to it, and returns its exit status: that of a shell if a signal
// ended it or it could not be started, where the error says why.
func runProgram(program *exec.Cmd) (status int, err error) {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, forwarded...) // before the start, so that no signal is lost
	defer signal.Stop(signals)
	if err := program.Start(); err != nil {
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
			return exitNotFound, err
		}
		return exitNotExecutable, err
	}
	ended := make(chan error, 1)
	go func() { ended <- program.Wait() }()
	for {
		select {
		case s := <-signals:
			if !sentByTerminal(s) {
				_ = program.Process.Signal(s) // the program may have ended
			}
		case err := <-ended:
			if exited := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exited) {
				return exitFailed, err
			}
			return exitStatus(program.ProcessState), nil
		}
	}
}

// summarize writes the number of requests by route and status.
func summarize(w io.Writer, requests []mockserver.LoggedRequest, baseURL, version string) {
	if len(requests) == 0 {
		fmt.Fprintf(w, "runai-mock: no requests to %s (control plane %s)\n", baseURL, version)
		return
	}
	statuses := map[string]map[string]int{}
	for _, r := range requests {
		route := r.Method + "\t" + r.Route
		if statuses[route] == nil {
			statuses[route] = map[string]int{}
		}
		status := fmt.Sprint(r.Status)
		if r.Status == 0 {
			status = "no response"
		}
		statuses[route][status]++
	}
	plural := "s"
	if len(requests) == 1 {
		plural = ""
	}
	fmt.Fprintf(w, "runai-mock: %d request%s to %s (control plane %s)\n", len(requests), plural, baseURL, version)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, route := range slices.Sorted(maps.Keys(statuses)) {
		var counts []string
		for _, status := range slices.Sorted(maps.Keys(statuses[route])) {
			counts = append(counts, fmt.Sprintf("%d × %s", statuses[route][status], status))
		}
		fmt.Fprintf(table, "  %s\t%s\n", route, strings.Join(counts, ", "))
	}
	_ = table.Flush()
}

func runUsage(flags *flag.FlagSet, w io.Writer) {
	fmt.Fprint(w, `runai-mock run starts a mock control plane on a free port and runs a program with
RUNAI_BASE_URL, RUNAI_CLIENT_ID and RUNAI_CLIENT_SECRET set to it; all other RUNAI_
variables are removed. It forwards signals, ends with the program's exit status, and
summarizes the requests on standard error.

Usage:

  runai-mock run [flags] -- COMMAND …

  runai-mock run -version 2.24 -- terraform test

With -tls-cert, RUNAI_CA_CERT_FILE is set to that file.

Flags:

`)
	printFlags(flags, w)
}
