package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// config is a parsed command line of the commands that serve a control plane.
type config struct {
	mock       mockserver.Options
	listen     string
	requestLog string
	tlsCert    string
	tlsKey     string
	program    []string // the arguments after the flags
}

// parse parses a command line. The default of -listen differs between commands. Its error is flag.ErrHelp if help was
// requested.
func parse(name, listen string, args []string) (config, *flag.FlagSet, error) {
	var conf config
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are reported once, by exit
	flags.Usage = func() {}
	versions := strings.Join(mockserver.Versions(), ", ")
	flags.StringVar(&conf.listen, "listen", listen, "`address` to listen on; port 0 picks a free one, no host is 127.0.0.1")
	flags.StringVar(&conf.mock.Version, "version", "2.24", "control plane `version` to imitate: "+versions)
	flags.StringVar(&conf.mock.ClientID, "client-id", "terraform", "client `ID` of the first application")
	flags.StringVar(&conf.mock.ClientSecret, "client-secret", "terraform-secret", "`secret` of the first application")
	flags.DurationVar(&conf.mock.Latency, "latency", 0, "`time` added to each response, such as 50ms")
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
		"`text` before the client ID in createdBy of objects that an application creates, such as service-account-")
	flags.IntVar(&conf.mock.Applications, "applications", 1, "start with `N` applications, the first one included")
	flags.IntVar(&conf.mock.AccessRules, "access-rules", 1, "start with `N` access rules, that of the first application included")
	flags.StringVar(&conf.requestLog, "request-log", "", "append one JSON line for each request to `file`; never a secret")
	flags.StringVar(&conf.mock.StateFile, "state", "", "load the data from `file` and save it there; the file holds secrets")
	flags.StringVar(&conf.tlsCert, "tls-cert", "", "serve HTTPS with the certificate in `file` (PEM)")
	flags.StringVar(&conf.tlsKey, "tls-key", "", "private key of the certificate in `file` (PEM)")

	if err := flags.Parse(args); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			err = fmt.Errorf("%w: %w", errUsage, err)
		}
		return conf, flags, err
	}
	conf.program = flags.Args()
	if err := conf.check(); err != nil {
		return conf, flags, fmt.Errorf("%w: %w", errUsage, err)
	}
	if strings.HasPrefix(conf.listen, ":") {
		conf.listen = "127.0.0.1" + conf.listen // test data is reachable from the network only on request
	}
	return conf, flags, nil
}

func (c config) check() error {
	if (c.tlsCert == "") != (c.tlsKey == "") {
		return errors.New("-tls-cert and -tls-key require each other")
	}
	for name, value := range map[string]int{
		"applications": c.mock.Applications, "access-rules": c.mock.AccessRules, "list-limit": c.mock.ListLimit,
		"max-in-flight": c.mock.MaxInFlight, "latency": int(c.mock.Latency),
	} {
		if value < 0 {
			return fmt.Errorf("-%s must not be negative", name)
		}
	}
	return nil
}

// unknownPaths lists the values of -unknown-path.
func unknownPaths() string {
	var list []string
	for _, u := range mockserver.UnknownPaths() {
		list = append(list, string(u))
	}
	return strings.Join(list, ", ")
}
