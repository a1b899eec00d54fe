// Command demo walks through the provider's main job on this machine, against
// the mock control plane: it applies a real configuration, signs in with the
// created secret, rotates it, imports an application that was created elsewhere, and
// destroys everything. It prints the output of Terraform, checks every claim of its
// headlines, and removes all objects and files.
//
// It requires only Go and a Terraform CLI. `make demo` runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/runai-community/terraform-provider-runai/internal/tfcli"
)

func main() {
	cli := flag.String("cli", os.Getenv("TERRAFORM"), "run this Terraform or OpenTofu `CLI`; the default is $TERRAFORM, or else the first of terraform and tofu on the path")
	provider := flag.String("provider", "", "use this provider `BINARY` instead of building it")
	mock := flag.String("mock", "", "use this runai-mock `BINARY` instead of building it")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	screen := newScreen(os.Stdout)
	err := demo(ctx, screen, options{cli: *cli, provider: *provider, mock: *mock})
	if ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	stop()

	if err != nil {
		fmt.Fprintf(os.Stderr, "\nTHE DEMO FAILED: %v\n", err)
		os.Exit(1)
	}
}

type options struct{ cli, provider, mock string }

// demo runs the steps, and cleans up in any case.
func demo(ctx context.Context, screen *screen, o options) (err error) {
	cli, err := tfcli.Find(o.cli)
	if err != nil {
		return fmt.Errorf("%w; `make demo` builds one, or name one with -cli", err)
	}
	dir, err := os.MkdirTemp("", "runai-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	w := &walk{screen: screen, dir: dir, options: o}
	defer func() { err = errors.Join(err, w.plane.stop()) }()

	w.terraform = &terraform{CLI: tfcli.CLI{Path: cli, Dir: dir}, screen: screen}
	if err := w.all(ctx); err != nil {
		return err
	}
	screen.summary()
	return nil
}
