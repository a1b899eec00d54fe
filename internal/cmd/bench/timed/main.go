// Command timed stands in for a provider: it runs the program that
// BENCH_PROGRAM names, with its own arguments, standard input and output, and
// appends what it has cost to the file that BENCH_USAGE names. The CLI starts a
// provider several times for one command, and does not report what it costs.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"

	"github.com/runai-community/terraform-provider-runai/internal/cmd/bench/usage"
)

func main() {
	signal.Ignore(os.Interrupt) // the CLI decides when a provider ends
	program := exec.Command(os.Getenv("BENCH_PROGRAM"), os.Args[1:]...)
	program.Stdin, program.Stdout, program.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := program.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(os.Stderr, "timed:", err)
		os.Exit(1)
	}
	if err := usage.Append(os.Getenv("BENCH_USAGE"), usage.Of(program.ProcessState)); err != nil {
		fmt.Fprintln(os.Stderr, "timed:", err)
		os.Exit(1)
	}
	os.Exit(program.ProcessState.ExitCode())
}
