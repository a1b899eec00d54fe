package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// The initial credentials of runai-mock.
const (
	clientID     = "terraform"
	clientSecret = "terraform-secret"
)

// controlPlane is a running runai-mock.
type controlPlane struct {
	command *exec.Cmd
	url     string
	client  *http.Client
}

// startControlPlane starts the mock on a free port and waits until it listens. The
// mock responds with 429 while maxInFlight requests are in flight; 0: never.
func startControlPlane(program, version string, latency time.Duration, maxInFlight int) (*controlPlane, error) {
	command := exec.Command(program, "-listen", "127.0.0.1:0", "-version", version, "-latency", latency.String(),
		"-max-in-flight", strconv.Itoa(maxInFlight), "-client-id", clientID, "-client-secret", clientSecret)
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	p := &controlPlane{command: command, client: &http.Client{Timeout: time.Minute}}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if !ok {
		p.stop()
		return nil, errors.Join(fmt.Errorf("%s did not start to listen: %q", program, line), err)
	}
	p.url = address
	return p, nil
}

func (p *controlPlane) stop() {
	_ = p.command.Process.Kill()
	_ = p.command.Wait()
}

// requests are the numbers of requests since the last reset, by their object.
type requests struct {
	Tokens, Applications, AccessRules, Others int
}

// withoutTokens returns the number of requests other than those for a token.
func (r requests) withoutTokens() int { return r.Applications + r.AccessRules + r.Others }

// countRequests groups requests by their routes, such as "GET /api/v1/apps/{id}".
func countRequests(routes map[string]int) (r requests) {
	for route, n := range routes {
		_, path, _ := strings.Cut(route, " ")
		contains := func(part string) bool { return strings.Contains(path+"/", part) }
		switch {
		case contains("/token/"), contains("/apptoken/"):
			r.Tokens += n
		case contains("/service-accounts/"), contains("/apps/"):
			r.Applications += n
		case contains("/access-rules/"):
			r.AccessRules += n
		default:
			r.Others += n
		}
	}
	return r
}

func (p *controlPlane) requests(ctx context.Context) (requests, error) {
	var routes map[string]int
	err := p.send(ctx, http.MethodGet, "/_mock/requests", nil, &routes)
	return countRequests(routes), err
}

func (p *controlPlane) resetRequests(ctx context.Context) error {
	return p.send(ctx, http.MethodDelete, "/_mock/requests", nil, nil)
}

// countObjects returns the numbers of added applications and access rules, and the
// tenant's ID.
func (p *controlPlane) countObjects(ctx context.Context) (n int, tenantID string, err error) {
	var state struct {
		Applications []struct {
			TenantID string `json:"tenant_id"`
		} `json:"applications"`
		AccessRules []struct {
			DeletedAt *time.Time `json:"deleted_at"`
		} `json:"access_rules"`
	}
	if err := p.send(ctx, http.MethodGet, "/_mock/state", nil, &state); err != nil {
		return 0, "", err
	}
	for _, app := range state.Applications {
		n, tenantID = n+1, app.TenantID
	}
	for _, rule := range state.AccessRules {
		if rule.DeletedAt == nil {
			n++
		}
	}
	return n - 2, tenantID, nil
}

// signIn returns a token, for a provider that cannot sign in.
func (p *controlPlane) signIn(ctx context.Context) (string, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {clientSecret}}
	var response struct {
		AccessToken string `json:"access_token"`
	}
	if err := p.send(ctx, http.MethodPost, "/api/v2/token", form, &response); err != nil {
		return "", err
	}
	return response.AccessToken, nil
}

func (p *controlPlane) send(ctx context.Context, method, path string, form url.Values, into any) error {
	var body io.Reader = http.NoBody
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, p.url+path, body)
	if err != nil {
		return err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(into)
}
