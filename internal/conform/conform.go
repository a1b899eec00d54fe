package conform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// Options control a run. Target, Now and Wait are required.
type Options struct {
	Target Target

	// Version of the control plane, one of [mockserver.Versions]; empty means the nearest one.
	Version string

	// Write adds the probes that create, change and delete one application and one access rule.
	Write bool

	// Announce is called with the name of the application before it is created.
	Announce func(name string)

	// HTTPClient is used for the control plane; default a client with a timeout of 30 seconds.
	HTTPClient *http.Client

	// Now is the clock. Wait waits on it, at most until the context ends.
	Now  func() time.Time
	Wait func(context.Context, time.Duration) error
}

const (
	requestTimeout = 30 * time.Second
	cleanUpTimeout = 2 * time.Minute
)

// answer is the answer of one probe, or the reason why there is none.
type answer struct {
	text   string
	reason string
}

func (a answer) String() string {
	if a.reason != "" {
		return "not tested: " + a.reason
	}
	return a.text
}

// Run probes a control plane and a mock, and compares the answers. It always removes the objects that it has created,
// also if the context ends. Its error wraps [ErrCannotRun] if the address or the credentials are wrong.
func Run(ctx context.Context, options Options) (*Report, error) {
	if options.Version != "" && !slices.Contains(mockserver.Versions(), options.Version) {
		return nil, fmt.Errorf("%w: unknown version %q; valid are %s", ErrCannotRun, options.Version, strings.Join(mockserver.Versions(), ", "))
	}
	answers, err := run(ctx, options)
	if err != nil {
		return nil, err
	}
	versions := []string{options.Version}
	if options.Version == "" {
		versions = nearest(answers)
	}
	var best *Report
	for _, version := range slices.Backward(versions) { // of equals, the newest
		expected, err := runMock(ctx, version, options, answers["application-list-limit"].reason == "")
		if err != nil {
			return nil, fmt.Errorf("cannot probe the mock: %w", err)
		}
		report := compare(answers, expected, options.Write)
		report.MockVersion, report.Nearest = version, options.Version == ""
		if best == nil || report.Differences < best.Differences {
			best = report
		}
	}
	return best, nil
}

// run puts all probes to one control plane.
func run(ctx context.Context, options Options) (answers map[string]answer, err error) {
	s := &session{
		client: client{
			http: withoutRedirects(options.HTTPClient),
			base: strings.TrimRight(options.Target.BaseURL, "/"),
			wait: options.Wait,
		},
		announce: options.Announce,
	}
	if s.announce == nil {
		s.announce = func(string) {}
	}
	if err := s.start(ctx, options.Target); err != nil {
		return nil, err
	}
	if options.Write {
		cleanUp := func(work func(context.Context) error) error {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTimeout)
			defer cancel()
			return work(ctx)
		}
		removeLeftovers := func(ctx context.Context) error { return s.remove(ctx, ownName.MatchString) }
		if err := cleanUp(removeLeftovers); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, cleanUp(s.cleanUp)) }()
	}
	answers = map[string]answer{}
	for _, p := range probes(options.Write) {
		text, err := p.run(ctx, s)
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("the run was interrupted: %w", err)
		}
		var skipped *notTestedError
		switch {
		case errors.As(err, &skipped):
			answers[p.name] = answer{reason: skipped.reason}
		case err != nil:
			return nil, fmt.Errorf("probe %s: %w", p.name, err)
		default:
			answers[p.name] = answer{text: text}
		}
	}
	return answers, nil
}

func probes(write bool) []probe {
	if write {
		return slices.Concat(readProbes, writeProbes)
	}
	return readProbes
}

// withoutRedirects returns a copy of a client that does not follow redirects.
func withoutRedirects(c *http.Client) *http.Client {
	if c == nil {
		c = &http.Client{Timeout: requestTimeout}
	}
	clone := *c
	clone.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &clone
}

// runMock puts the probes to a mock, with credentials of the same kind as those of the control plane, and with as many
// applications if those are many. Its clock advances by waiting and by each reading, so that two changes never have the
// same time.
func runMock(ctx context.Context, version string, options Options, many bool) (map[string]answer, error) {
	const id, secret = "terraform", "terraform-secret"
	clock := newClock(options.Now())
	mockOptions := mockserver.Options{Version: version, ClientID: id, ClientSecret: secret, Now: clock.now}
	if many {
		mockOptions.Applications = documentedListLimit + 1
	}
	mock, err := mockserver.New(mockOptions)
	if err != nil {
		return nil, err
	}
	plantRules(mock, version)
	server := httptest.NewServer(mock)
	defer server.Close()
	return run(ctx, Options{
		Target: Target{BaseURL: server.URL, ClientID: id, ClientSecret: secret},
		Write:  options.Write, Now: clock.now, Wait: clock.wait,
	})
}

// reader is the subject of a rule that no probe creates.
const reader = "reader@acme.example"

// plantRules creates rules that only an administrator would create: one for the system, and one for all authenticated
// users if the version has such rules.
func plantRules(mock *mockserver.Server, version string) {
	roleID := mock.Roles()[0].ID
	mock.CreateAccessRule(mockserver.AccessRule{
		SubjectID: reader, SubjectType: "user", RoleID: roleID, ScopeType: "system", ScopeID: mock.TenantID(), CreatedBy: reader,
	})
	if version == "3.0" {
		mock.CreateAccessRule(mockserver.AccessRule{
			SubjectType: allUsers, RoleID: roleID, ScopeType: "tenant", ScopeID: mock.TenantID(), CreatedBy: reader,
		})
	}
}

// clock is a clock that waiting advances.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock(at time.Time) *clock { return &clock{at: at} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(time.Millisecond)
	return c.at
}

func (c *clock) wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	return ctx.Err()
}

// nearest returns the versions whose routes are most similar to the detected ones.
func nearest(answers map[string]answer) []string {
	probed := map[string]string{
		"service-accounts": accountsPath, "apps": appsPath, "legacy-apps": legacyPath, "installer": appsPath + "/installer",
		"own-rules": ownRulesPath, "roles-v1": rolesV1Path, "roles-v2": rolesV2Path,
		"token-v2": grants[0].path, "token-legacy": grants[3].path,
	}
	points := map[string]int{}
	for _, route := range mockserver.Routes() {
		for name, path := range probed {
			method := http.MethodGet
			if strings.HasPrefix(name, "token-") {
				method = http.MethodPost
			}
			found, known := answers[name].isServed()
			if route.Pattern != path || route.Method != method || !known {
				continue
			}
			for _, version := range mockserver.Versions() {
				if found == slices.Contains(route.Versions, version) {
					points[version]++
				}
			}
		}
	}
	most := 0
	for _, n := range points {
		most = max(most, n)
	}
	return slices.DeleteFunc(mockserver.Versions(), func(version string) bool { return points[version] < most })
}

// isServed reports whether an answer is one of a path that exists; known is false if it cannot tell.
func (a answer) isServed() (served, known bool) {
	switch {
	case a.reason == errNotPermittedReason:
		return true, true
	case a.reason != "":
		return false, false
	case a.text == "not served", strings.HasPrefix(a.text, "404 "), strings.HasPrefix(a.text, "405 "):
		return false, true
	}
	return strings.HasPrefix(a.text, "200 "), true
}
