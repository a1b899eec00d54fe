package accesstoken_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

const typeName = "runai_access_token"

// mustOpen opens a token and returns it.
func mustOpen(t *testing.T, p *acctest.Protocol, arguments acctest.Arguments) string {
	t.Helper()
	opened := p.Open(typeName, arguments)
	for _, d := range opened.Errors() {
		t.Fatalf("%s: %s", d.Summary, d.Detail)
	}
	token, ok := opened.String("access_token")
	if !ok {
		t.Fatal("there is no token")
	}
	return token
}

// Each version issues tokens by its own grant.
func TestEphemeralAccessToken_OnEachControlPlane(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.17", "2.18", "2.20", "2.22", "2.24", "3.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: version})
			opened := cp.Protocol(t).Open(typeName, nil)
			if errors := opened.Errors(); len(errors) > 0 {
				t.Fatalf("%+v", errors[0])
			}
			token, _ := opened.String("access_token")
			if !slices.Contains(cp.Issued(), token) {
				t.Errorf("the control plane did not issue the token %q", token)
			}
			if tokenType, _ := opened.String("token_type"); tokenType != "Bearer" {
				t.Errorf("token_type is %q", tokenType)
			}
			expiresAt, _ := opened.String("expires_at")
			if expires, err := time.Parse(time.RFC3339, expiresAt); err != nil || !expires.After(time.Now()) {
				t.Errorf("expires_at is %q", expiresAt)
			}
		})
	}
}

func TestEphemeralAccessToken_EachOpen_RequestsNewToken(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	p := cp.Protocol(t)
	before := cp.Calls(acctest.GetToken)
	var tokens []string
	for range 3 {
		tokens = append(tokens, mustOpen(t, p, nil))
	}
	if n := cp.Calls(acctest.GetToken) - before; n != 3 {
		t.Errorf("%d sign-ins for 3 tokens", n)
	}
	slices.Sort(tokens)
	if len(slices.Compact(tokens)) != 3 {
		t.Error("a token was returned twice")
	}
}

// Terraform cannot pass on a renewed token, so the resource requests no renewal.
func TestEphemeralAccessToken_RequestsNoRenewal(t *testing.T) {
	t.Parallel()
	opened := acctest.New(t).Protocol(t).Open(typeName, nil)
	if _, ok := opened.String("access_token"); !ok || !opened.Response.RenewAt.IsZero() || len(opened.Response.Private) > 0 {
		t.Errorf("opened %t, renewed at %s, %d bytes of private data", ok, opened.Response.RenewAt, len(opened.Response.Private))
	}
}

// Requesting a token revokes no secret that is in use.
func TestEphemeralAccessToken_RegeneratesNoSecret(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	p := cp.Protocol(t)
	before := cp.State()
	mustOpen(t, p, nil)
	for object, n := range map[string]int{
		"secrets": cp.Calls(acctest.RegenerateSecret), "applications": cp.Calls(acctest.CreateApplication),
	} {
		if n != 0 {
			t.Errorf("%d requests for new %s", n, object)
		}
	}
	if after := cp.State(); len(after.Applications) != len(before.Applications) {
		t.Errorf("%d applications, were %d", len(after.Applications), len(before.Applications))
	}
}

func TestEphemeralAccessToken_OtherApplication(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	clientID := cp.CreateApplication("ci", "jane@acme.example").ClientID
	secret := cp.RegenerateSecret("ci")
	token := mustOpen(t, cp.Protocol(t), acctest.Arguments{"client_id": clientID, "client_secret": secret})

	client, err := runai.New(runai.Config{BaseURL: cp.URL, AccessToken: runai.NewSecret(token)})
	if err != nil {
		t.Fatal(err)
	}
	caller, err := client.Caller(t.Context())
	if err != nil || caller.ClientID != clientID {
		t.Errorf("the token belongs to %q, %v", caller.ClientID, err)
	}
}

// A provider that is configured with a token has no credentials to request another.
func TestEphemeralAccessToken_ProviderWithToken_IsAnError(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	p := cp.ProtocolWith(t, acctest.Arguments{"base_url": cp.URL, "access_token": mustOpen(t, cp.Protocol(t), nil)})
	errors := p.Open(typeName, nil).Errors()
	if len(errors) != 1 || errors[0].Summary != "Unable to Read Access Token" || !strings.Contains(errors[0].Detail, "Set client_id and client_secret of this resource") {
		t.Errorf("%+v", errors)
	}
	mustOpen(t, p, acctest.Arguments{"client_id": "terraform", "client_secret": "terraform-secret"})
}

func TestEphemeralAccessToken_Errors(t *testing.T) {
	t.Parallel()
	const secret = "not-the-secret-of-ci"
	for name, c := range map[string]struct {
		arguments acctest.Arguments
		want      string
		attribute string
	}{
		"wrong credentials": {acctest.Arguments{"client_id": "ci", "client_secret": secret}, "The client ID or the client secret is wrong", ""},
		"only an ID":        {acctest.Arguments{"client_id": "ci"}, `"client_secret" must be specified when "client_id" is specified`, "client_id"},
		"only a secret":     {acctest.Arguments{"client_secret": secret}, `"client_id" must be specified when "client_secret" is specified`, ""},
		"an empty ID":       {acctest.Arguments{"client_id": "", "client_secret": secret}, "client_id must not be empty.", "client_id"},
		"an empty secret":   {acctest.Arguments{"client_id": "ci", "client_secret": ""}, "client_secret must not be empty.", "client_secret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			errors := acctest.New(t).Protocol(t).Open(typeName, c.arguments).Errors()
			if len(errors) != 1 || !strings.Contains(errors[0].Detail, c.want) || strings.Contains(errors[0].Detail, secret) {
				t.Fatalf("%+v", errors)
			}
			want := "" // Terraform would print the secret
			if c.attribute != "" {
				want = fmt.Sprintf("AttributeName(%q)", c.attribute)
			}
			if at := errors[0].Attribute.String(); at != want {
				t.Errorf("the error is at %s", at)
			}
		})
	}
}

// While the provider's credentials are unknown, the token is unknown.
func TestEphemeralAccessToken_UnconfiguredProvider_IsUnknown(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	opened := cp.UnconfiguredProtocol(t).Open(typeName, acctest.Arguments{"client_id": "ci", "client_secret": "ci-secret"})
	if len(opened.Response.Diagnostics) > 0 {
		t.Fatalf("%+v", opened.Response.Diagnostics[0])
	}
	for _, name := range []string{"access_token", "token_type", "expires_at"} {
		if opened.Result[name].IsKnown() {
			t.Errorf("%s is known", name)
		}
	}
	if id, _ := opened.String("client_id"); id != "ci" {
		t.Errorf("client_id is %q", id)
	}
	if n := len(cp.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
	mustOpen(t, cp.Protocol(t), nil) // the control: here the same counter moves
	if len(cp.Requests()) == 0 {
		t.Error("no request")
	}
}

func TestAccAccessToken_OpensInEachRun(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.RunEphemeral(t, resource.TestStep{
		Config: cp.Config(`
ephemeral "runai_access_token" "test" {}

provider "echo" {
  data = ephemeral.runai_access_token.test
}

resource "echo" "test" {}`),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue("echo.test", tfjsonpath.New("data").AtMapKey("token_type"), knownvalue.StringExact("Bearer")),
			cp.HoldsSecret(), // echo has put it there
		},
	})
}

func TestAccAccessToken_IsNotInState(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.RunEphemeral(t, resource.TestStep{
		Config: cp.Config(`
ephemeral "runai_access_token" "test" {}

provider "other" {
  base_url     = "` + cp.URL + `"
  access_token = ephemeral.runai_access_token.test.access_token
}

data "runai_caller" "test" {
  provider = other
}`),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue("data.runai_caller.test", tfjsonpath.New("client_id"), knownvalue.StringExact("terraform")),
			cp.HoldsNoSecret(),
		},
	})
}

// In the first plan, the credentials of the provider and the token are unknown.
func TestAccAccessToken_UnconfiguredProvider_OpensAtApply(t *testing.T) {
	t.Parallel()
	acctest.SkipOnOpenTofu(t, "it refuses results that are unknown")
	cp := acctest.New(t)
	cp.RunEphemeral(t, resource.TestStep{
		Config: cp.Config(`
resource "runai_application" "test" {
  name = "ci"
}

provider "other" {
  base_url      = "` + cp.URL + `"
  client_id     = runai_application.test.client_id
  client_secret = runai_application.test.client_secret
}

ephemeral "runai_access_token" "test" {
  provider = other
}

provider "echo" {
  data = ephemeral.runai_access_token.test
}

resource "echo" "test" {}`),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue("echo.test", tfjsonpath.New("data").AtMapKey("token_type"), knownvalue.StringExact("Bearer")),
		},
	})
}
