// Command runai-mock serves a stand-in for an NVIDIA Run:ai control plane, for tests that need one and have none. What it
// imitates is written in package mockserver.
//
// The first line on standard output is "listening on " and the URL. It ends on an interrupt or a termination signal, with
// exit code 0; it ends with 2 if it was called wrongly and with 1 if it cannot do what it was asked to.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

var errUsage = errors.New("wrong usage")

// shutdownPatience is how long requests that are under way may take after the signal to end.
const shutdownPatience = 5 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// config is what the command line says.
type config struct {
	mock       mockserver.Options
	listen     string
	requestLog string
	tlsCert    string
	tlsKey     string
}

// run serves until the context ends, and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	conf, err := parse(args, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", errUsage, err)
	} else {
		err = serve(ctx, conf, stdout, stderr)
	}
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errUsage), errors.Is(err, mockserver.ErrUnknownVersion), errors.Is(err, mockserver.ErrInvalidOption):
		fmt.Fprintf(stderr, "runai-mock: %v\nRun runai-mock -help for the flags.\n", err)
		return exitUsage
	default:
		fmt.Fprintf(stderr, "runai-mock: %v\n", err)
		return exitFailed
	}
}

// parse reads the flags. Its error is for a person; flag.ErrHelp means that help was asked for, and written.
func parse(args []string, help io.Writer) (config, error) {
	var conf config
	flags := flag.NewFlagSet("runai-mock", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // an error is told once, by run
	versions := strings.Join(mockserver.Versions(), ", ")
	flags.StringVar(&conf.listen, "listen", "127.0.0.1:8080",
		"`address` to listen on; port 0 picks a free one, no host is 127.0.0.1")
	flags.StringVar(&conf.mock.Version, "version", "2.24", "control plane `version` to imitate: "+versions)
	flags.StringVar(&conf.mock.ClientID, "client-id", "terraform", "client `ID` of the application that is there at first")
	flags.StringVar(&conf.mock.ClientSecret, "client-secret", "terraform-secret", "`secret` of that application")
	flags.DurationVar(&conf.mock.Latency, "latency", 0, "`time` added to each answer, such as 50ms")
	flags.DurationVar(&conf.mock.ClockSkew, "clock-skew", 0,
		"`time` by which Date headers run ahead of the times in the data, such as 90s; negative: behind")
	flags.IntVar(&conf.mock.ListLimit, "list-limit", 0,
		"cut lists of applications after `N` entries from 2.24 on, such as 1000; 0: whole lists")
	flags.IntVar(&conf.mock.MaxInFlight, "max-in-flight", 0,
		"refuse requests with status 429 while `N` are in flight, which takes a -latency; 0: none")
	flags.Func("unknown-path", "`response` to paths that the version does not serve: "+unknownPaths()+" (default not-found)",
		func(value string) error {
			conf.mock.UnknownPath = mockserver.UnknownPath(value)
			return nil
		})
	flags.BoolVar(&conf.mock.UnknownPathAfterAuth, "unknown-path-after-auth", false,
		"require a valid token before that response")
	flags.StringVar(&conf.mock.CreatedByPrefix, "created-by-prefix", "",
		"`text` before the client ID in createdBy of what an application creates, such as service-account-")
	flags.IntVar(&conf.mock.Applications, "applications", 1, "start with `N` applications, the one above included")
	flags.IntVar(&conf.mock.AccessRules, "access-rules", 1,
		"start with `N` access rules, the one of that application included")
	flags.StringVar(&conf.requestLog, "request-log", "", "append one JSON line for each request to `file`; never a secret")
	flags.StringVar(&conf.mock.StateFile, "state", "", "load the data from `file` and save it there; it will hold secrets")
	flags.StringVar(&conf.tlsCert, "tls-cert", "", "serve HTTPS with the certificate in `file` (PEM)")
	flags.StringVar(&conf.tlsKey, "tls-key", "", "the certificate's private key in `file` (PEM)")

	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		usage(flags, help)
		return conf, err
	}
	if err != nil {
		return conf, err
	}
	switch {
	case flags.NArg() > 0:
		return conf, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case (conf.tlsCert == "") != (conf.tlsKey == ""):
		return conf, errors.New("-tls-cert and -tls-key go together")
	case conf.mock.Applications < 0 || conf.mock.AccessRules < 0:
		return conf, errors.New("-applications and -access-rules must not be negative")
	case conf.mock.MaxInFlight < 0:
		return conf, errors.New("-max-in-flight must not be negative")
	case conf.mock.ListLimit < 0:
		return conf, errors.New("-list-limit must not be negative")
	case conf.mock.Latency < 0:
		return conf, errors.New("-latency must not be negative")
	}
	if strings.HasPrefix(conf.listen, ":") {
		conf.listen = "127.0.0.1" + conf.listen // what is for tests is not for the network, unless somebody says so
	}
	return conf, nil
}

func usage(flags *flag.FlagSet, w io.Writer) {
	fmt.Fprint(w, `runai-mock serves a stand-in for an NVIDIA Run:ai control plane. It is for tests:
its data is invented, any valid token may do everything, and it has no other guard.

Usage:

  runai-mock [flags]

  RUNAI_BASE_URL=http://127.0.0.1:8080 RUNAI_CLIENT_ID=terraform \
  RUNAI_CLIENT_SECRET=terraform-secret terraform plan

Flags:

`)
	flags.SetOutput(w)
	flags.PrintDefaults()
	fmt.Fprint(w, `
Ask it, without a token:

  GET    /_mock/requests   how many requests have arrived, by method and route
  DELETE /_mock/requests   count from zero again
  GET    /_mock/state      the applications, without their secrets, and the access rules
  POST   /_mock/faults     let something go wrong, such as an answer that is cut in half:
                           {"method":"POST","path":"/api/v1/apps","kind":"truncate"}
                           kinds: status, drop-before, drop-after, truncate, html, slow, stale-list,
                           late; also count (-1: until cleared), status, retry_after, delay_ms,
                           clock_skew_ms, oauth_error
  GET    /_mock/faults     the faults that are still to come
  DELETE /_mock/faults     none any more
`)
}

// unknownPaths lists the values of -unknown-path.
func unknownPaths() string {
	var list []string
	for _, u := range mockserver.UnknownPaths() {
		list = append(list, string(u))
	}
	return strings.Join(list, ", ")
}

// serve runs the mock until the context ends.
func serve(ctx context.Context, conf config, stdout, stderr io.Writer) (err error) {
	if conf.requestLog != "" {
		file, err := os.OpenFile(conf.requestLog, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return fmt.Errorf("cannot open the request log: %w", err)
		}
		defer file.Close()
		conf.mock.RequestLog = file
	}
	server := &http.Server{
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(stderr, "runai-mock: ", 0),
	}
	scheme := "http"
	if conf.tlsCert != "" {
		certificate, err := tls.LoadX509KeyPair(conf.tlsCert, conf.tlsKey)
		if err != nil {
			return fmt.Errorf("cannot load the certificate: %w", err)
		}
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
		scheme = "https"
	}
	mock, err := mockserver.New(conf.mock)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, mock.Close()) }()
	server.Handler = mock
	listener, err := net.Listen("tcp", conf.listen)
	if err != nil {
		return err
	}
	defer listener.Close()

	if address, ok := listener.Addr().(*net.TCPAddr); ok && !address.IP.IsLoopback() {
		fmt.Fprintf(stderr, "runai-mock: warning: %s can be reached from other machines; "+
			"data and credentials are for tests\n", address)
	}
	fmt.Fprintf(stdout, "listening on %s://%s\n", scheme, listener.Addr())
	return serveUntil(ctx, server, listener, mock)
}

// serveUntil serves until the context ends, and then lets requests that are under way come to their end.
func serveUntil(ctx context.Context, server *http.Server, listener net.Listener, mock *mockserver.Server) error {
	failed := make(chan error, 1)
	go func() {
		if server.TLSConfig != nil {
			failed <- server.ServeTLS(listener, "", "")
		} else {
			failed <- server.Serve(listener)
		}
	}()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	// The mock may be holding answers back on purpose.
	if err := mock.Close(); err != nil {
		return err
	}
	patience, cancel := context.WithTimeout(context.Background(), shutdownPatience)
	defer cancel()
	if err := server.Shutdown(patience); err != nil {
		return server.Close()
	}
	return nil
}
