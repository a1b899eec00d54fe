package mockserver_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver/mocktest"
)

// control is a mock under test with a signed-in client.
type control struct {
	*mockserver.Server
	t       *testing.T
	version string
	url     string
	token   string
	client  *http.Client

	validated map[string]bool // if set, receives the routes of successful exchanges that a document has validated
}

// start starts a mock for the duration of a test and signs in to it.
func start(t *testing.T, options mockserver.Options) *control {
	t.Helper()
	mock := mocktest.Start(t, mocktest.Options{Options: options})
	if options.Version == "" {
		options.Version = "2.24"
	}
	c := &control{Server: mock.Server, t: t, version: options.Version, url: mock.HTTP.URL}
	// With a new connection for each request, net/http never retries.
	c.client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if options.ClientID == "" {
		options.ClientID, options.ClientSecret = "terraform", "terraform-secret"
	}
	c.token = c.mustSignIn(options.ClientID, options.ClientSecret)
	mock.ResetRequests()
	return c
}

// startVersion is start with a version only.
func startVersion(t *testing.T, version string) *control {
	t.Helper()
	return start(t, mockserver.Options{Version: version})
}

// response is a response with its whole body.
type response struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

// into decodes the JSON body.
func (r response) into(v any) {
	r.t.Helper()
	if err := json.Unmarshal(r.body, v); err != nil {
		r.t.Fatalf("%v in %q", err, r.body)
	}
}

// object returns the members of the JSON body.
func (r response) object() (members map[string]any) {
	r.t.Helper()
	r.into(&members)
	return members
}

// array returns the items of the JSON body.
func (r response) array() (items []map[string]any) {
	r.t.Helper()
	r.into(&items)
	return items
}

// wantError asserts the API's error form with a status and a part of its text.
func (r response) wantError(status int, text string) {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("status %d, want %d: %s", r.status, status, r.body)
	}
	members := r.object()
	code, _ := members["code"].(float64)
	message, _ := members["message"].(string)
	details, _ := members["details"].(string)
	if int(code) != status || message == "" || !strings.Contains(message+" "+details, text) {
		r.t.Errorf("error %s, want code %d and %q", r.body, status, text)
	}
}

// send sends a request and reads the response. It sends a string unchanged, url.Values as a form, and other bodies as
// JSON.
func (c *control) send(method, path string, body any) (response, error) {
	c.t.Helper()
	var content []byte
	mediaType := "application/json"
	switch b := body.(type) {
	case nil:
	case string:
		content = []byte(b)
	case url.Values:
		content, mediaType = []byte(b.Encode()), "application/x-www-form-urlencoded"
	default:
		var err error
		if content, err = json.Marshal(b); err != nil {
			c.t.Fatal(err)
		}
	}
	request, err := http.NewRequest(method, c.url+path, bytes.NewReader(content))
	if err != nil {
		c.t.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", mediaType)
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	reply, err := c.client.Do(request)
	if err != nil {
		return response{t: c.t}, err
	}
	defer reply.Body.Close()
	got := response{t: c.t, status: reply.StatusCode, header: reply.Header}
	if got.body, err = io.ReadAll(reply.Body); err != nil {
		return got, err
	}
	if c.ServesMalformed() {
		return got, nil // no document allows what a test has planted
	}
	validated, err := checkAgainstDocument(c.version, request, content, got)
	if err != nil {
		c.t.Error(err)
	}
	if c.validated != nil && validated != "" {
		c.validated[validated] = true
	}
	return got, nil
}

// do sends a request that must have a response.
func (c *control) do(method, path string, body any) response {
	c.t.Helper()
	got, err := c.send(method, path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	return got
}

// want sends a request that must have a response with a status.
func (c *control) want(status int, method, path string, body any) response {
	c.t.Helper()
	got := c.do(method, path, body)
	if got.status != status {
		c.t.Fatalf("%s %s: status %d, want %d: %s", method, path, got.status, status, got.body)
	}
	return got
}

// anonymous returns the same control plane for a client without a token.
func (c *control) anonymous() *control { return c.with("") }

// with returns the same control plane for a client with another token.
func (c *control) with(token string) *control {
	other := *c
	other.token = token
	return &other
}

// signIn requests a token by the preferred grant of the version.
func (c *control) signIn(id, secret string) response {
	c.t.Helper()
	switch {
	case c.version >= "2.24":
		return c.anonymous().do("POST", "/api/v2/token", url.Values{
			"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret},
		})
	case c.version >= "2.20":
		return c.anonymous().do("POST", "/api/v1/token", map[string]string{
			"grantType": "client_credentials", "clientID": id, "clientSecret": secret,
		})
	default:
		return c.anonymous().do("POST", "/api/v1/token", map[string]string{
			"grantType": "app_token", "appID": id, "appSecret": secret,
		})
	}
}

func (c *control) mustSignIn(id, secret string) string {
	c.t.Helper()
	got := c.signIn(id, secret)
	if got.status != http.StatusOK {
		c.t.Fatalf("cannot sign in: %d %s", got.status, got.body)
	}
	members := got.object()
	for _, name := range []string{"access_token", "accessToken"} {
		if token, ok := members[name].(string); ok {
			return token
		}
	}
	c.t.Fatalf("no token in %s", got.body)
	return ""
}

// accounts returns the newest path under which the version serves applications.
func (c *control) accounts() string {
	switch {
	case c.version >= "2.24":
		return "/api/v1/service-accounts"
	case c.version >= "2.18":
		return "/api/v1/apps"
	default:
		return "/v1/k8s/apps"
	}
}

// create creates an application and returns its ID and its secret.
func (c *control) create(name string) (id, secret string) {
	c.t.Helper()
	got := c.do("POST", c.accounts(), map[string]string{"name": name})
	if got.status/100 != 2 {
		c.t.Fatalf("cannot create %s: %d %s", name, got.status, got.body)
	}
	members := got.object()
	for _, member := range []string{"clientSecret", "secret"} {
		if s, ok := members[member].(string); ok {
			secret = s
		}
	}
	if id, _ = members["id"].(string); id == "" {
		id, _ = members["clientId"].(string)
	}
	return id, secret
}

const rulesPath = "/api/v1/authorization/access-rules"

// rule returns the body that creates a rule on the tenant.
func (c *control) rule(subject string, role int) map[string]any {
	return map[string]any{
		"subjectId": subject, "subjectType": "app", "roleId": role, "scopeType": "tenant", "scopeId": c.TenantID(),
	}
}

// without returns a copy of a body without a member.
func without(body map[string]any, name string) map[string]any {
	other := with(body, name, nil)
	delete(other, name)
	return other
}

func with(body map[string]any, name string, value any) map[string]any {
	other := map[string]any{name: value}
	for k, v := range body {
		if k != name {
			other[k] = v
		}
	}
	return other
}

// names returns a member of each item.
func names(items []map[string]any, member string) []string {
	list := []string{}
	for _, item := range items {
		name, _ := item[member].(string)
		list = append(list, name)
	}
	return list
}

func sortedKeys(members map[string]any) []string { return slices.Sorted(maps.Keys(members)) }

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
