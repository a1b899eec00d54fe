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
	"syscall"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// shutdownTimeout bounds the requests in flight after a shutdown was requested.
const shutdownTimeout = 5 * time.Second

// serveCommand serves until the context ends or a signal arrives.
func serveCommand(ctx context.Context, args []string, std streams) int {
	conf, flags, err := parse("runai-mock", "127.0.0.1:8080", args)
	if errors.Is(err, flag.ErrHelp) {
		usage(flags, std.out)
		return exitOK
	}
	if err == nil && len(conf.program) > 0 {
		err = fmt.Errorf("%w: unexpected argument %q", errUsage, conf.program[0])
	}
	if err != nil {
		return exit(err, std)
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	plane, err := listen(conf, std)
	if err != nil {
		return exit(err, std)
	}
	fmt.Fprintf(std.out, "listening on %s\n", plane.url)
	select {
	case err = <-plane.failed:
		return exit(errors.Join(err, plane.close()), std)
	case <-ctx.Done():
		return exit(plane.stop(), std)
	}
}

// controlPlane is a mock that serves on a port.
type controlPlane struct {
	mock   *mockserver.Server
	url    string
	failed chan error // receives the error that ends the serving too early

	server     *http.Server
	requestLog *os.File
}

// listen starts to serve a control plane. It warns of addresses that other machines can reach.
func listen(conf config, std streams) (_ *controlPlane, err error) {
	plane := &controlPlane{
		failed: make(chan error, 1),
		server: &http.Server{
			ReadHeaderTimeout: 10 * time.Second,
			ErrorLog:          log.New(std.err, "runai-mock: ", 0),
		},
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, plane.close())
		}
	}()
	if conf.requestLog != "" {
		plane.requestLog, err = os.OpenFile(conf.requestLog, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return nil, fmt.Errorf("cannot open the request log: %w", err)
		}
		conf.mock.RequestLog = plane.requestLog
	}
	scheme := "http"
	if conf.tlsCert != "" {
		certificate, err := tls.LoadX509KeyPair(conf.tlsCert, conf.tlsKey)
		if err != nil {
			return nil, fmt.Errorf("cannot load the certificate: %w", err)
		}
		plane.server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
		scheme = "https"
	}
	if plane.mock, err = mockserver.New(conf.mock); err != nil {
		return nil, err
	}
	plane.server.Handler = plane.mock
	listener, err := net.Listen("tcp", conf.listen)
	if err != nil {
		return nil, err
	}
	if address, ok := listener.Addr().(*net.TCPAddr); ok && !address.IP.IsLoopback() {
		fmt.Fprintf(std.err, "runai-mock: warning: %s can be reached from other machines; "+
			"data and credentials are for tests\n", address)
	}
	plane.url = fmt.Sprintf("%s://%s", scheme, listener.Addr())
	go func() {
		var err error
		if plane.server.TLSConfig != nil {
			err = plane.server.ServeTLS(listener, "", "")
		} else {
			err = plane.server.Serve(listener)
		}
		if !errors.Is(err, http.ErrServerClosed) {
			plane.failed <- err
		}
	}()
	return plane, nil
}

// stop closes a control plane that must still be serving.
func (p *controlPlane) stop() error {
	var err error
	select {
	case err = <-p.failed:
	default:
	}
	return errors.Join(err, p.close())
}

// close waits for requests in flight, and saves the data.
func (p *controlPlane) close() error {
	var errs []error
	if p.mock != nil {
		errs = append(errs, p.mock.Close()) // first: it releases the responses that faults delay
	}
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if p.server.Shutdown(ctx) != nil {
		errs = append(errs, p.server.Close())
	}
	if p.requestLog != nil {
		errs = append(errs, p.requestLog.Close())
	}
	return errors.Join(errs...)
}

func usage(flags *flag.FlagSet, w io.Writer) {
	fmt.Fprint(w, `runai-mock imitates an NVIDIA Run:ai control plane. It is for tests: its data is
invented, any valid token may do everything, and it has no other protection.

Usage:

  runai-mock [flags]                       serve until a signal arrives
`)
	for _, c := range commands {
		fmt.Fprintf(w, "  runai-mock %-28s  %s\n", c.name+" …", c.summary)
	}
	fmt.Fprint(w, `
  RUNAI_BASE_URL=http://127.0.0.1:8080 RUNAI_CLIENT_ID=terraform \
  RUNAI_CLIENT_SECRET=terraform-secret terraform plan

  runai-mock run -version 2.24 -- terraform test

Flags:

`)
	printFlags(flags, w)
	fmt.Fprint(w, `
Control endpoints, which need no token:

  GET    /_mock/requests   counts of requests by method and route
  DELETE /_mock/requests   reset them
  GET    /_mock/state      the applications, without their secrets, and the access rules
  POST   /_mock/faults     arm a fault, such as a response that is cut in half:
                           {"method":"POST","path":"/api/v1/apps","kind":"truncate"}
                           kinds: status, drop-before, drop-after, truncate, html, slow, stale-list,
                           late; also count (-1: until cleared), status, retry_after, delay_ms,
                           clock_skew_ms, oauth_error
  GET    /_mock/faults     the armed faults
  DELETE /_mock/faults     disarm all faults
`)
}

func printFlags(flags *flag.FlagSet, w io.Writer) {
	flags.SetOutput(w)
	flags.PrintDefaults()
}
