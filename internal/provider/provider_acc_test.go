package provider_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

const (
	block       = `provider "runai"`
	application = `
resource "runai_application" "test" { name = "ci-pipeline" }
`
)

// with returns a provider block with these arguments, and one application.
func with(arguments ...string) string {
	return block + " {\n  " + strings.Join(arguments, "\n  ") + "\n}\n" + application
}

func at(url string) string { return fmt.Sprintf("base_url = %q", url) }

const credentials = "client_id = \"terraform\"\nclient_secret = \"terraform-secret\""

// Each invalid configuration is an error at its argument that suggests a fix, and sends
// no mutations.
func TestAccProvider_Configuration_Refused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config func(cp *acctest.ControlPlane) string
		want   *regexp.Regexp
	}{
		"MissingBaseURL": {
			func(*acctest.ControlPlane) string { return with(credentials) },
			acctest.ErrorContains(`in provider "runai": 11: provider "runai" { The provider needs the URL of the control plane. Set the argument base_url of the provider, or the environment variable RUNAI_BASE_URL.`),
		},
		"MissingClientID": {
			func(cp *acctest.ControlPlane) string { return with(at(cp.URL), `client_secret = "s"`) },
			acctest.ErrorContains(`Set the argument client_id of the provider, or the environment variable RUNAI_CLIENT_ID.`),
		},
		"MissingClientSecret": {
			func(cp *acctest.ControlPlane) string { return with(at(cp.URL), `client_id = "terraform"`) },
			acctest.ErrorContains(`Set the argument client_secret of the provider, or the environment variable RUNAI_CLIENT_SECRET.`),
		},
		"WrongSecret": {
			func(cp *acctest.ControlPlane) string {
				return with(at(cp.URL), `client_id = "terraform"`, `client_secret = "wrong-secret"`)
			},
			acctest.ErrorAtBlock(block, `The client ID or the client secret is wrong, was regenerated elsewhere, or belongs to another control plane or tenant; `+
				`or the application is disabled. The client ID came from the argument client_id, the client secret from the argument client_secret.`),
		},
		"PlainHTTPToAnotherHost": {
			func(*acctest.ControlPlane) string { return with(at("http://acme.run.ai"), credentials) },
			acctest.ErrorAtAttribute(block, "base_url", `plain http would send the credentials in clear text over the network; use https://acme.run.ai.`),
		},
		"NoURL": {
			func(*acctest.ControlPlane) string { return with(at("acme.run.ai"), credentials) },
			acctest.ErrorAtAttribute(block, "base_url", `"acme.run.ai" is not a URL such as https://acme.run.ai.`),
		},
		"VersionThatIsNone": {
			func(cp *acctest.ControlPlane) string {
				return with(at(cp.URL), credentials, `control_plane_version = "newest"`)
			},
			acctest.ErrorAtAttribute(block, "control_plane_version", `"newest" is not a control plane version such as 2.22 or 3.0.`),
		},
		"TokenAndSecret": {
			func(cp *acctest.ControlPlane) string { return with(at(cp.URL), credentials, `access_token = "t"`) },
			acctest.ErrorAtBlock(block, `Both access_token and client_secret are set. Set one`),
		},
		"TooManyRetries": {
			func(cp *acctest.ControlPlane) string { return with(at(cp.URL), credentials, `max_retries = 21`) },
			acctest.ErrorAtAttribute(block, "max_retries", `value must be between 0 and 20, got: 21`),
		},
		"CAFileThatIsNotThere": {
			func(cp *acctest.ControlPlane) string {
				return with(at(cp.URL), credentials, `ca_cert_file = "/not/there.pem"`)
			},
			acctest.ErrorAtAttribute(block, "ca_cert_file", `open /not/there.pem: no such file or directory`),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			cp.Run(t,
				resource.TestStep{PreConfig: cp.ResetRequests, Config: c.config(cp), ExpectError: c.want},
				resource.TestStep{Config: cp.Config(application), Check: cp.ExpectMutations(1)},
			)
		})
	}
}

// Environment variables are used for arguments that are not set. Errors name them.
func TestAccProvider_Environment(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	secret := "wrong"
	cp.SetEnvironment(func(name string) string {
		if name == "RUNAI_CLIENT_SECRET" {
			return secret
		}
		return cp.Environment()[name]
	})
	cp.Test(
		resource.TestStep{Config: with(), ExpectError: acctest.ErrorContains(`The client ID came from the environment variable RUNAI_CLIENT_ID, the client secret from the environment variable RUNAI_CLIENT_SECRET.`)},
		resource.TestStep{PreConfig: func() { secret = "terraform-secret" }, Config: with(), Check: cp.SignsInAs("runai_application.test")},
	)
}

// A host that does not exist, and a port that is closed.
func TestAccProvider_BaseURL_Unreachable(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ url, want string }{
		"UnknownHost":       {"https://no-such-control-plane.invalid", `Check base_url, and that it can be reached from this machine. The URL came from the argument base_url.`},
		"RefusedConnection": {"http://" + closed.Addr().String(), `connection refused (5 attempts). Check base_url, and that it can be reached from this machine.`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			cp.Run(t, resource.TestStep{
				Config:      with(at(c.url), credentials),
				ExpectError: acctest.ErrorAtAttribute(block, "base_url", c.want),
			})
		})
	}
}

// A web page responds instead of a control plane.
func TestAccProvider_BaseURL_WebPage(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"OK": http.StatusOK, "NotFound": http.StatusNotFound, "Redirect": http.StatusFound} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				if status == http.StatusFound {
					w.Header().Set("Location", "https://login.acme.example/?state=hunter2")
				}
				w.WriteHeader(status)
				_, _ = fmt.Fprint(w, "<html><head><title>Welcome to Acme</title></head><body></body></html>")
			}))
			t.Cleanup(page.Close)
			want := acctest.ErrorContains(`A gateway or proxy responded instead of the control plane: check base_url, gateways and proxies.`)
			if status == http.StatusFound {
				want = acctest.ErrorContains(`redirected to https://login.acme.example/. The API never redirects: check base_url, and whether there is a sign-in proxy in front of the control plane.`)
			}
			cp := acctest.New(t)
			cp.Run(t,
				resource.TestStep{Config: with(at(page.URL), credentials), ExpectError: want},
				resource.TestStep{Config: with(at(page.URL), credentials), ExpectError: acctest.ErrorAtAttribute(block, "base_url", "Could not sign in as")},
			)
		})
	}
}

// The configured version is not that of the control plane.
func TestAccProvider_ControlPlaneVersion_Wrong(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "3.0"})
	cp.Test(resource.TestStep{
		PreConfig:   cp.ResetRequests,
		Config:      with(at(cp.URL), credentials, `control_plane_version = "2.22"`),
		ExpectError: acctest.ErrorContains(`has no /api/v1/apps (it responded with 404), which version 2.22 of Run:ai has. Check base_url, and control_plane_version, which can be omitted: then the provider detects it.`),
	}, resource.TestStep{Config: cp.Config(""), Check: cp.ExpectMutations(0)})
}

// A number without quotes loses its trailing zero, which would select another API.
func TestAccProvider_ControlPlaneVersion_Number(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.20"})
	cp.Test(
		resource.TestStep{
			Config:      with(at(cp.URL), credentials, `control_plane_version = 2.20`),
			ExpectError: acctest.ErrorAtAttribute(block, "control_plane_version", `"2.2" is below 2.17, the oldest version that is supported. Quote the value, as in "2.20"`),
		},
		resource.TestStep{
			Config: with(at(cp.URL), credentials, `control_plane_version = "2.20"`),
			Check:  cp.ExpectCalls(acctest.CreateApplication, 1),
		},
	)
}

// A sign-in that fails because of the configured version is an error at the version.
// Control: with a base_url that is no control plane, the error is not at the version.
func TestAccProvider_ControlPlaneVersion_GrantNotServed(t *testing.T) {
	t.Parallel()
	page := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(page.Close)
	cp := acctest.NewWith(t, mockserver.Options{Version: "3.0"})
	cp.Test(
		resource.TestStep{
			Config: with(at(cp.URL), credentials, `control_plane_version = "2.18"`),
			ExpectError: acctest.ErrorAtAttribute(block, "control_plane_version",
				`The control plane does not have version 2.18: signing in the way of that version fails, and signing in without control_plane_version succeeds.`),
		},
		resource.TestStep{
			Config:      with(at(page.URL), credentials, `control_plane_version = "2.18"`),
			ExpectError: acctest.ErrorAtAttribute(block, "base_url", `Could not sign in as`),
		},
		resource.TestStep{Config: with(at(cp.URL), credentials), Check: cp.ExpectCalls(acctest.CreateApplication, 1)},
	)
}

// Refused credentials are not tried again with another grant.
func TestAccProvider_RefusedCredentials_TriedOnce(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.20"})
	cli := cp.CLI(t)
	cli.Configure(with(at(cp.URL), `client_id = "terraform"`, `client_secret = "wrong"`, `control_plane_version = "2.20"`))
	cp.ResetRequests()
	cli.Plan().Expect(t, 1, "Unable to Sign In")
	acctest.Expect(t, cp.ExpectCalls(acctest.GetToken, 1))
}

// terraform validate makes the checks that need no control plane.
func TestAccProvider_Validate(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	for argument, want := range map[string]string{
		`base_url = "acme.run.ai"`:         `The value of the argument base_url is invalid: "acme.run.ai" is not a URL such as https://acme.run.ai.`,
		`control_plane_version = "2.2"`:    `"2.2" is below 2.17`,
		`request_timeout = "30"`:           `"30" is not a positive duration such as 30s.`,
		`request_timeout = "-5s"`:          `"-5s" is not a positive duration such as 30s.`,
		`max_retries = 21`:                 `max_retries value must be between 0 and 20`,
		`max_retries = 1.5`:                `max_retries must be a whole number.`,
		`control_plane_version = 2.20`:     `"2.2" is below 2.17, the oldest version that is supported. Quote the value, as in "2.20"`,
		`control_plane_version = 3.0`:      "", // arrives as "3", which is as clear
		`control_plane_version = "2.22"`:   "",
		`base_url = ""`:                    "", // as good as none
		`request_timeout = "1m30s"`:        "",
		`base_url = "https://acme.run.ai"`: "",
	} {
		cli.Configure(with(argument))
		r := cli.Run("validate", "-no-color")
		switch {
		case want == "" && r.Code != 0:
			t.Errorf("%s is refused: %s", argument, r.Output)
		case want != "" && (!acctest.ErrorAtAttribute(block, strings.Fields(argument)[0], want).MatchString(r.Output) || strings.Count(r.Output, "Error: ") != 1):
			t.Errorf("%s: want one error that contains %q: %s", argument, want, r.Output)
		}
	}
	if n := len(cp.Requests()); n != 0 {
		t.Errorf("terraform validate sent %d requests", n)
	}
}

func TestAccProvider_ControlPlaneVersion_Right(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(resource.TestStep{
		PreConfig: cp.ResetRequests,
		Config:    cp.ConfigWith(fmt.Sprintf("control_plane_version = %q", cp.Version), application),
		Check: resource.ComposeAggregateTestCheckFunc(cp.SignsInAs("runai_application.test"), func(*terraform.State) error {
			for _, r := range cp.Log() {
				if r.Status == http.StatusNotFound {
					return fmt.Errorf("%s %s was requested, and got a 404", r.Method, r.Path)
				}
			}
			return nil
		}),
	})
}

func TestAccProvider_InsecureSkipVerify_Warns(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(
		resource.TestStep{Config: cp.Config(application), Check: cp.NotWarned("")},
		resource.TestStep{Config: cp.ConfigWith("insecure_skip_verify = true", application), Check: cp.Warned("TLS Verification Is Off")},
	)
}

func TestAccProvider_AccessToken(t *testing.T) {
	t.Parallel()
	acctest.NeedsMock(t, "it changes the application that the provider signs in as")
	cp := acctest.New(t)
	token, err := cp.Client().SignIn(t.Context(), "terraform", runai.NewSecret("terraform-secret"))
	if err != nil {
		t.Fatal(err)
	}
	config := func(token string) string { return with(at(cp.URL), fmt.Sprintf("access_token = %q", token)) }
	cp.Test(
		resource.TestStep{
			PreConfig:   cp.ResetRequests,
			Config:      config("not-a-token"),
			ExpectError: regexp.MustCompile(`(?s)401\s+Unauthorized.*with\s+an\s+access\s+token`),
		},
		resource.TestStep{
			Config: config(token.Value.Reveal()) + `
resource "runai_access_rule" "test" {
  subject_id = runai_application.test.client_id
  role_id    = 5
  scope_type = "tenant"
}`,
			Check: resource.ComposeAggregateTestCheckFunc(cp.ExpectMutations(2), cp.ExpectCalls(acctest.GetToken, 0), cp.SignsInAs("runai_application.test")),
		},
		// The guard takes the caller from the token.
		resource.TestStep{
			Config: with(at(cp.URL), fmt.Sprintf("access_token = %q", token.Value.Reveal())) +
				"resource \"runai_application\" \"own\" { name = \"terraform\" }\nimport {\n to = runai_application.own\n id = \"terraform\"\n}\n",
		},
		resource.TestStep{
			Config:      config(token.Value.Reveal()),
			ExpectError: acctest.ErrorContains("Terraform would lock itself out"),
		},
		resource.TestStep{Config: with(at(cp.URL), fmt.Sprintf("access_token = %q", token.Value.Reveal()), "allow_self_lockout = true")},
	)
}

// All resources of a run share one sign-in.
func TestAccProvider_SignIn_OnceForAllResources(t *testing.T) {
	t.Parallel()
	tokens := func(t *testing.T, n int) (count int) {
		t.Helper()
		cp := acctest.New(t)
		cp.Run(t, resource.TestStep{
			PreConfig: cp.ResetRequests,
			Config: cp.Config(fmt.Sprintf(`
resource "runai_application" "test" {
  count = %d
  name  = "ci-pipeline-${count.index}"
}
resource "runai_access_rule" "test" {
  count      = %[1]d
  subject_id = runai_application.test[count.index].client_id
  role_id    = 5
  scope_type = "tenant"
}`, n)),
			Check: resource.ComposeAggregateTestCheckFunc(cp.ExpectCalls(acctest.CreateApplication, n), func(*terraform.State) error {
				count = cp.Calls(acctest.GetToken)
				return nil
			}),
		})
		return count
	}
	one, many := tokens(t, 1), tokens(t, 12)
	if one == 0 || one != many {
		t.Errorf("%d sign-ins for one application, %d for twelve", one, many)
	}
}

// A provider with an unknown configuration plans without requests. It works in the
// apply, when the configuration is known.
func TestAccProvider_BaseURL_UnknownWhilePlanning(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	config := fmt.Sprintf(`
resource "terraform_data" "control_plane" { input = %q }

provider "runai" {
  base_url      = terraform_data.control_plane.output
  client_id     = "terraform"
  client_secret = "terraform-secret"
}

resource "runai_application" "test" { name = "ci-pipeline" }

resource "runai_access_rule" "test" {
  subject_id = runai_application.test.client_id
  role_id    = 5
  scope_type = "tenant"
}`, cp.URL)
	expectNoRequests := func() {
		if len(cp.Requests()) > 0 {
			t.Errorf("the plan sent requests: %v", cp.Requests())
		}
	}
	cp.Test(resource.TestStep{
		PreConfig: cp.ResetRequests,
		Config:    config,
		ConfigPlanChecks: acctest.EmptyAfter(
			check(expectNoRequests),
			plancheck.ExpectUnknownValue("runai_access_rule.test", tfjsonpath.New("scope_id")),
			plancheck.ExpectUnknownValue("runai_access_rule.test", tfjsonpath.New("role_name")),
		),
		Check: resource.ComposeAggregateTestCheckFunc(cp.Warned("The argument base_url is not known while planning"), cp.ExpectMutations(2)),
	})
}

// check is a plan check that does not read the plan.
type check func()

// CheckPlan implements [plancheck.PlanCheck].
func (c check) CheckPlan(context.Context, plancheck.CheckPlanRequest, *plancheck.CheckPlanResponse) {
	c()
}

func TestAccProvider_UserAgent_Appended(t *testing.T) {
	t.Parallel()
	for appended, want := range map[string]string{
		"":                         `^terraform-provider-runai/test terraform/\S+$`,
		"acme-platform/1.2 (team)": `^terraform-provider-runai/test terraform/\S+ acme-platform/1\.2 \(team\)$`,
		" acme-platform\r\nx: y\n": `^terraform-provider-runai/test terraform/\S+ acme-platform x: y$`,
	} {
		t.Run(appended, func(t *testing.T) {
			t.Parallel()
			var agents sync.Map
			mock, err := mockserver.New(mockserver.Options{Version: acctest.Version()})
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				agents.Store(r.UserAgent(), true)
				mock.ServeHTTP(w, r)
			}))
			t.Cleanup(server.Close)
			cp := acctest.New(t)
			cp.Tune(func(cfg *runai.Config) { cfg.BaseURL = server.URL })
			cp.SetEnvironment(func(name string) string { return map[string]string{"TF_APPEND_USER_AGENT": appended}[name] })
			cp.Run(t, resource.TestStep{Config: cp.Config(`data "runai_applications" "all" {}`)})
			requests := 0
			for agent := range agents.Range {
				requests++
				if matched, _ := regexp.MatchString(want, agent.(string)); !matched {
					t.Errorf("User-Agent: %q, want %s", agent, want)
				}
			}
			if requests == 0 {
				t.Error("no request was sent")
			}
		})
	}
}
