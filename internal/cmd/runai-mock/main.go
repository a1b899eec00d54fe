// Command runai-mock imitates an NVIDIA Run:ai control plane, for tests that have none. Package mockserver documents what
// it imitates.
//
// Without a command it serves until an interrupt or a termination signal; the first line on standard output is
// "listening on " and the URL. The command run starts a control plane for the duration of another program.
//
// The command conform compares a real control plane with the mock.
//
// The exit status is 0 on success, 2 for a wrong usage and 1 for other errors, except those of the commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// The exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

var errUsage = errors.New("wrong usage")

// streams are the standard streams of the process.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// command is a subcommand. It handles signals by itself, and returns the exit status of the process.
type command struct {
	name, summary string
	run           func(ctx context.Context, args []string, std streams) int
}

// commands are the subcommands by the names under which they are called. The flags without a command are those of serve.
var commands = []command{
	{"run", "start a mock control plane and run a program against it", runCommand},
	{"conform", "compare a control plane with the mock", conformCommand},
}

func main() {
	os.Exit(dispatch(context.Background(), os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// dispatch runs the command that the first argument names, and serves if it names none.
func dispatch(ctx context.Context, args []string, std streams) int {
	if len(args) > 0 {
		for _, c := range commands {
			if c.name == args[0] {
				return c.run(ctx, args[1:], std)
			}
		}
		if !strings.HasPrefix(args[0], "-") {
			names := make([]string, len(commands))
			for i, c := range commands {
				names[i] = c.name
			}
			return exit(fmt.Errorf("%w: unknown command %q; the commands are: %s", errUsage, args[0], strings.Join(names, ", ")), std)
		}
	}
	return serveCommand(ctx, args, std)
}

// exit reports an error, and returns the exit status for it.
func exit(err error, std streams) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errUsage), errors.Is(err, mockserver.ErrUnknownVersion), errors.Is(err, mockserver.ErrInvalidOption):
		fmt.Fprintf(std.err, "runai-mock: %v\nRun runai-mock -help for the usage.\n", err)
		return exitUsage
	default:
		fmt.Fprintf(std.err, "runai-mock: %v\n", err)
		return exitFailed
	}
}
