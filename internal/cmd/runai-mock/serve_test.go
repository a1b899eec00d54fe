package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// output is a standard error that can be read concurrently.
type output struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.String()
}

// process is a run of the command.
type process struct {
	t      *testing.T
	url    string
	stderr *output
	end    func() (code int)
}

// startProcess runs the command up to its first line, on a free port.
func startProcess(t *testing.T, args ...string) process {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	reader, writer := io.Pipe()
	stderr := new(output)
	ended := make(chan int, 1)
	go func() {
		ended <- dispatch(ctx, append([]string{"-listen", "127.0.0.1:0"}, args...), streams{out: writer, err: stderr})
		writer.Close()
	}()
	line, err := bufio.NewReader(reader).ReadString('\n')
	if err != nil {
		t.Fatalf("no first line: %v; %s", err, stderr)
	}
	address, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "listening on ")
	if !ok {
		t.Fatalf("first line %q", line)
	}
	end := sync.OnceValue(func() int {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { end() })
	return process{t: t, url: address, stderr: stderr, end: end}
}

// post sends a body, and returns the status and the body of the response.
func (p process) post(client *http.Client, path, mediaType, body string) (int, string) {
	p.t.Helper()
	resp, err := client.Post(p.url+path, mediaType, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, string(content)
}

const form = "application/x-www-form-urlencoded"

func TestServe_PrintsURL(t *testing.T) {
	t.Parallel()
	p := startProcess(t)
	if !regexp.MustCompile(`^http://127\.0\.0\.1:[1-9][0-9]*$`).MatchString(p.url) {
		t.Errorf("listening on %s", p.url)
	}
	status, body := p.post(http.DefaultClient, "/api/v2/token", form,
		"grant_type=client_credentials&client_id=terraform&client_secret=terraform-secret")
	if status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
	if code := p.end(); code != exitOK || p.stderr.String() != "" {
		t.Errorf("exit code %d, %s", code, p.stderr)
	}
}

func TestServe_NoHost_ListensOnLoopback(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "-listen", ":0")
	if !strings.HasPrefix(p.url, "http://127.0.0.1:") || p.stderr.String() != "" {
		t.Errorf("listening on %s; %s", p.url, p.stderr)
	}
}

func TestServe_Flags(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	state, log := filepath.Join(folder, "state.json"), filepath.Join(folder, "requests.log")
	args := []string{
		"-version", "2.18", "-client-id", "ci", "-client-secret", "s3cret", "-applications", "7", "-access-rules", "9",
		"-latency", "1ms", "-state", state, "-request-log", log,
	}
	for range 2 { // the second run continues with the data of the first
		p := startProcess(t, args...)
		status, body := p.post(http.DefaultClient, "/api/v1/token", "application/json",
			`{"grantType":"app_token","appID":"ci","appSecret":"s3cret"}`)
		if status != http.StatusOK {
			t.Errorf("%d %s", status, body)
		}
		resp, err := http.Get(p.url + "/_mock/state")
		if err != nil {
			t.Fatal(err)
		}
		var held struct {
			Applications []any
			AccessRules  []any `json:"access_rules"`
		}
		err = json.NewDecoder(resp.Body).Decode(&held)
		resp.Body.Close()
		if err != nil || len(held.Applications) != 7 || len(held.AccessRules) != 9 {
			t.Errorf("%d applications, %d rules, error %v", len(held.Applications), len(held.AccessRules), err)
		}
		if code := p.end(); code != exitOK {
			t.Errorf("exit code %d, %s", code, p.stderr)
		}
	}
	content, err := os.ReadFile(log)
	requests := strings.Count(string(content), `"path":"/api/v1/token"`)
	if err != nil || requests != 2 || strings.Contains(string(content), "s3cret") {
		t.Errorf("request log %q, error %v", content, err)
	}
}

func TestServe_ClockSkew(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "-clock-skew", "-1h")
	resp, err := http.Get(p.url + "/_mock/state")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if behind := time.Since(date); err != nil || behind < time.Hour || behind > time.Hour+time.Minute {
		t.Errorf("Date %s, error %v", resp.Header.Get("Date"), err)
	}
}

func TestServe_TLS(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t)
	p := startProcess(t, "-tls-cert", cert, "-tls-key", key)
	if !strings.HasPrefix(p.url, "https://127.0.0.1:") {
		t.Errorf("listening on %s", p.url)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()
	status, body := p.post(client, "/api/v2/token", form,
		"grant_type=client_credentials&client_id=terraform&client_secret=terraform-secret")
	if status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
}

// certificate returns the certificate of httptest.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	return pemFiles(t, server.TLS.Certificates[0])
}

// pemFiles writes a certificate and its key to files.
func pemFiles(t *testing.T, c tls.Certificate) (cert, key string) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	write := func(name, kind string, bytes []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", c.Certificate[0]), write("key.pem", "PRIVATE KEY", der)
}

func TestServe_SlowResponses_DoNotDelayShutdown(t *testing.T) {
	t.Parallel()
	p := startProcess(t)
	status, body := p.post(http.DefaultClient, "/_mock/faults", "application/json", `{"kind":"slow"}`)
	if status != http.StatusCreated {
		t.Fatalf("%d %s", status, body)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if resp, err := http.Get(p.url + "/api/v1/clusters"); err == nil {
			resp.Body.Close()
		}
	}()
	for arrived := false; !arrived; { // until the request is in flight
		resp, err := http.Get(p.url + "/_mock/faults")
		if err != nil {
			t.Fatal(err)
		}
		content, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		arrived = string(content) == "[]\n"
	}
	if code := p.end(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	<-done
}

func TestServe_WrongUsage(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"-nonsense":             {"-nonsense"},
		"2.17, 2.18":            {"-version", "1.0", "-listen", "127.0.0.1:0"},
		"the commands are: run": {"extra"},
		`argument "extra"`:      {"-version", "2.24", "extra"},
		"-tls-key":              {"-tls-cert", "x"},
		"must not be negative":  {"-applications", "-1"},
		"-latency must not":     {"-latency", "-1s"},
		"-list-limit must not":  {"-list-limit", "-1"},
		"-max-in-flight must":   {"-max-in-flight", "-1"},
		"not-found, unauthor":   {"-unknown-path", "nonsense", "-listen", "127.0.0.1:0"},
		`invalid value "a lot"`: {"-access-rules", "a lot"},
	} {
		var stdout, stderr bytes.Buffer
		if code := dispatch(t.Context(), args, streams{out: &stdout, err: &stderr}); code != exitUsage {
			t.Errorf("%v: exit code %d", args, code)
		}
		if !strings.Contains(stderr.String(), want) || stdout.Len() > 0 {
			t.Errorf("%v: %s, and on standard output %s", args, &stderr, &stdout)
		}
	}
}

func TestServe_Failures(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	nowhere := filepath.Join(t.TempDir(), "no", "such", "folder")
	for want, args := range map[string][]string{
		"address already in use":      {"-listen", listener.Addr().String()},
		"cannot open the request log": {"-request-log", nowhere},
		"cannot load the certificate": {"-tls-cert", nowhere, "-tls-key", nowhere},
		"cannot save the state":       {"-state", nowhere},
	} {
		var stdout, stderr bytes.Buffer
		args = append([]string{"-listen", "127.0.0.1:0"}, args...)
		if code := dispatch(t.Context(), args, streams{out: &stdout, err: &stderr}); code != exitFailed || !strings.Contains(stderr.String(), want) {
			t.Errorf("%v: exit code %d, %s", args, code, &stderr)
		}
	}
}

func TestServe_AllInterfaces_Warns(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "-listen", "0.0.0.0:0")
	if !strings.Contains(p.stderr.String(), "data and credentials are for tests") {
		t.Errorf("standard error %q", p.stderr)
	}
}

func TestServe_Help_NamesEveryFlagCommandAndEndpoint(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	if code := dispatch(t.Context(), []string{"-help"}, streams{out: &stdout, err: &stderr}); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	for _, word := range []string{
		"-listen", "-version", "-client-id", "-client-secret", "-latency", "-applications", "-access-rules", "-request-log",
		"-state", "-clock-skew", "-list-limit", "-max-in-flight", "-unknown-path", "-unknown-path-after-auth", "-created-by-prefix", "late;", "-tls-cert", "-tls-key", "/_mock/requests", "/_mock/state", "/_mock/faults", "2.17", "2.26", "3.0",
		"runai-mock run",
	} {
		if !strings.Contains(stdout.String(), word) {
			t.Errorf("%s is not in the help", word)
		}
	}
}
