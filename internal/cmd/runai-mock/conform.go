package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/conform"
)

// conformCommand probes the control plane of the environment, and compares it with the mock. Its exit status is 0 without
// a difference, 1 with one, and 2 if the control plane could not be probed.
func conformCommand(ctx context.Context, args []string, std streams) int {
	flags := flag.NewFlagSet("runai-mock conform", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	write := flags.Bool("write", false, "also create one application and one access rule, probe them and delete them")
	file := flags.String("json", "", "write the report to `file`; it has no secrets and no names")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		conformUsage(flags, std.out)
		return exitOK
	case err != nil:
		return cannotConform(err, std)
	case flags.NArg() > 0:
		return cannotConform(fmt.Errorf("unexpected argument %q", flags.Arg(0)), std)
	}
	options, err := conformOptions(os.Getenv)
	if err != nil {
		return cannotConform(err, std)
	}
	options.Write = *write
	options.Announce = func(name string) { fmt.Fprintf(std.err, "runai-mock: creating the application %s\n", name) }

	// The report is created first, so that a wrong path does not waste the probes.
	var report *os.File
	if *file != "" {
		if report, err = os.Create(*file); err != nil {
			return cannotConform(err, std)
		}
		defer report.Close()
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	result, err := conform.Run(ctx, options)
	if err != nil {
		return cannotConform(err, std)
	}
	if err := result.WriteTable(std.out); err != nil {
		return cannotConform(err, std)
	}
	if report != nil {
		if err := errors.Join(result.WriteJSON(report), report.Close()); err != nil {
			return cannotConform(err, std)
		}
	}
	if result.Differences > 0 {
		return exitFailed
	}
	return exitOK
}

func cannotConform(err error, std streams) int {
	fmt.Fprintf(std.err, "runai-mock: %v\n", err)
	return exitUsage
}

// conformOptions reads the variables of the provider.
func conformOptions(getenv func(string) string) (conform.Options, error) {
	target := conform.Target{
		BaseURL:      strings.TrimSpace(getenv("RUNAI_BASE_URL")),
		ClientID:     getenv("RUNAI_CLIENT_ID"),
		ClientSecret: getenv("RUNAI_CLIENT_SECRET"),
		AccessToken:  getenv("RUNAI_ACCESS_TOKEN"),
	}
	base, err := url.Parse(target.BaseURL)
	switch {
	case target.BaseURL == "":
		return conform.Options{}, errors.New("RUNAI_BASE_URL is not set: set it to the URL of the control plane, such as https://acme.run.ai")
	case err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http":
		return conform.Options{}, errors.New("RUNAI_BASE_URL is not a URL such as https://acme.run.ai")
	case target.AccessToken == "" && (target.ClientID == "" || target.ClientSecret == ""):
		return conform.Options{}, errors.New("no credentials; set RUNAI_CLIENT_ID and RUNAI_CLIENT_SECRET, or RUNAI_ACCESS_TOKEN")
	}
	client, err := conformClient(getenv)
	return conform.Options{
		Target: target, Version: getenv("RUNAI_CONTROL_PLANE_VERSION"), HTTPClient: client, Now: time.Now, Wait: sleep,
	}, err
}

// conformClient returns a client that trusts the same certificates as the provider.
func conformClient(getenv func(string) string) (*http.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if file := getenv("RUNAI_CA_CERT_FILE"); file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("RUNAI_CA_CERT_FILE: %w", err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("RUNAI_CA_CERT_FILE: %s has no certificate in PEM", file)
		}
		transport.TLSClientConfig.RootCAs = pool
	}
	if value := getenv("RUNAI_INSECURE_SKIP_VERIFY"); value != "" {
		skip, err := strconv.ParseBool(value)
		if err != nil {
			return nil, errors.New("RUNAI_INSECURE_SKIP_VERIFY is neither true nor false")
		}
		transport.TLSClientConfig.InsecureSkipVerify = skip
	}
	return &http.Client{Transport: transport, Timeout: 30 * time.Second}, nil
}

// sleep waits for a duration, or until the context ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func conformUsage(flags *flag.FlagSet, w io.Writer) {
	fmt.Fprint(w, `runai-mock conform probes the control plane that RUNAI_BASE_URL names, and prints where
it differs from the mock of its version. RUNAI_CLIENT_ID and RUNAI_CLIENT_SECRET, or
RUNAI_ACCESS_TOKEN, sign in. RUNAI_CONTROL_PLANE_VERSION is the version; unset, it is
compared with the nearest one. RUNAI_CA_CERT_FILE and RUNAI_INSECURE_SKIP_VERIFY
apply as in the provider.

Without -write it only reads. With -write it creates one application, whose name
begins with runai-conform- and is printed first, and one access rule; it deletes both
at the end, also after an interrupt, and those of earlier runs that were killed. Do not
run it twice at the same time in one tenant.

The exit status is 0 without differences, 1 with differences, and 2 if the control plane
could not be probed.

Usage:

  runai-mock conform [-write] [-json FILE]

Flags:

`)
	printFlags(flags, w)
}
