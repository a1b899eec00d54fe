package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"time"
)

// The initial credentials of runai-mock.
const (
	callerID     = "terraform"
	callerSecret = "terraform-secret"
)

// controlPlane is a running runai-mock, with the operations of a user or a pipeline
// outside of Terraform.
type controlPlane struct {
	command *exec.Cmd
	url     string
	client  *http.Client
}

// startControlPlane starts the mock on a free port and waits until it listens.
func startControlPlane(binary string) (*controlPlane, error) {
	// Not bound to the context of the run: after an interrupt it must run until
	// Terraform has finished.
	command := exec.Command(binary, "-listen", "127.0.0.1:0", "-client-id", callerID, "-client-secret", callerSecret)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	p := &controlPlane{command: command, client: &http.Client{Timeout: 10 * time.Second}}

	first := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(stdout).ReadString('\n')
		first <- line
		_, _ = io.Copy(io.Discard, stdout)
	}()
	select {
	case line := <-first:
		address, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
		if !ok {
			stopped := p.stop() // what it says is whole, and safe to read, only then
			return nil, errors.Join(fmt.Errorf("runai-mock does not say where it listens, but %q %s", line, stderr.String()), stopped)
		}
		p.url = address
		return p, nil
	case <-time.After(30 * time.Second):
		return nil, errors.Join(errors.New("runai-mock does not say where it listens"), p.stop())
	}
}

// stop stops the mock, if it was started.
func (p *controlPlane) stop() error {
	if p == nil {
		return nil
	}
	err := p.command.Process.Kill()
	_ = p.command.Wait() // what it says of being killed
	return err
}

// signIn requests a token like an application. The error is errRefused if the
// credentials were refused.
func (p *controlPlane) signIn(ctx context.Context, id, secret string) (token string, err error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+"/api/v2/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var answer struct {
		AccessToken string `json:"access_token"`
		Error       string `json:"error"`
	}
	status, err := p.send(request, &answer)
	switch {
	case err != nil:
		return "", err
	case status == http.StatusOK && answer.AccessToken != "":
		return answer.AccessToken, nil
	case answer.Error == "invalid_client":
		return "", errRefused
	default:
		return "", fmt.Errorf("the token endpoint responded with %d %s", status, answer.Error)
	}
}

var errRefused = errors.New("credentials refused")

// createApplication creates an application outside of Terraform, like a user.
func (p *controlPlane) createApplication(ctx context.Context, name string) error {
	body, err := json.Marshal(map[string]string{"name": name})
	if err != nil {
		return err
	}
	return p.api(ctx, http.MethodPost, "/api/v1/service-accounts", body, http.StatusCreated, nil)
}

// api sends a request as the provider's own application.
func (p *controlPlane) api(ctx context.Context, method, path string, body []byte, wantStatus int, into any) error {
	token, err := p.signIn(ctx, callerID, callerSecret)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, p.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	status, err := p.send(request, into)
	if err == nil && status != wantStatus {
		err = fmt.Errorf("%s %s responded with %d, want %d", method, path, status, wantStatus)
	}
	return err
}

// records are the applications and access rules of the mock.
type records struct {
	Applications []struct {
		ID            string `json:"id"`
		Name          string `json:"name"`
		SecretsIssued int    `json:"secrets_issued"`
	} `json:"applications"`
	AccessRules []struct {
		SubjectID string     `json:"subject_id"`
		ScopeType string     `json:"scope_type"`
		DeletedAt *time.Time `json:"deleted_at"`
	} `json:"access_rules"`
}

// records returns the applications and the active access rules.
func (p *controlPlane) records(ctx context.Context) (*records, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/_mock/state", http.NoBody)
	if err != nil {
		return nil, err
	}
	var r records
	status, err := p.send(request, &r)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("/_mock/state responded with %d", status)
	}
	active := r.AccessRules[:0]
	for _, rule := range r.AccessRules {
		if rule.DeletedAt == nil {
			active = append(active, rule)
		}
	}
	r.AccessRules = active
	return &r, err
}

// application returns the ID of the application with a name and the number of secrets
// that were issued to it, empty and 0 if it does not exist.
func (r *records) application(name string) (id string, secretsIssued int) {
	for _, a := range r.Applications {
		if a.Name == name {
			return a.ID, a.SecretsIssued
		}
	}
	return "", 0
}

// lines returns the records as text, for comparison.
func (r *records) lines() []string {
	lines := []string{}
	for _, a := range r.Applications {
		lines = append(lines, "application "+a.Name)
	}
	for _, rule := range r.AccessRules {
		lines = append(lines, fmt.Sprintf("access rule of %s in a %s", rule.SubjectID, rule.ScopeType))
	}
	return lines
}

// send decodes a response in JSON and returns its status.
func (p *controlPlane) send(request *http.Request, into any) (status int, err error) {
	response, err := p.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if into == nil {
		return response.StatusCode, nil
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return response.StatusCode, fmt.Errorf("%s %s responded with %d and no JSON: %w", request.Method, request.URL.Path, response.StatusCode, err)
	}
	return response.StatusCode, nil
}
