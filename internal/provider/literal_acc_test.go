package provider_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/seal/sealtest"
)

// Terraform prints the lines of an argument that has an error, sensitive or not. So an
// error about an argument that may have a private key or a secret is at no argument. It
// names the argument and the block.
func TestAccProvider_Errors_ShowNoLiteralSecret(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	cp := acctest.New(t)
	key, other := sealtest.Age(t), sealtest.Age(t)
	for name, c := range map[string]struct {
		config  string
		secrets []string
		want    map[string]string // block: text
	}{
		"provider, client secret": {
			with(at(cp.URL), `client_id = "terraform"`, `client_secret = "hunter2-of-terraform"`),
			[]string{"hunter2"},
			map[string]string{block: "The client ID came from the argument client_id, the client secret from the argument client_secret."},
		},
		"provider, client secret of two lines": {
			with(at(cp.URL), `client_id = "terraform"`, "client_secret = <<-EOT\n  hunter2\n  hunter3\n  EOT"),
			[]string{"hunter2", "hunter3"},
			map[string]string{block: "The value of the argument client_secret is invalid: it contains white space"},
		},
		"provider, access token": {
			with(at(cp.URL), `access_token = "hunter2.of.terraform"`),
			[]string{"hunter2"},
			map[string]string{block: "The token came from the argument access_token."},
		},
		"provider, URL with a password": {
			with(at("https://me:hunter2@acme.run.ai"), credentials),
			[]string{"hunter2"},
			map[string]string{block: "the URL contains credentials"},
		},
		"provider, both": {
			with(at(cp.URL), `client_id = "terraform"`, `client_secret = "hunter2"`, `access_token = "hunter3"`),
			[]string{"hunter2", "hunter3"},
			map[string]string{block: "Both access_token and client_secret are set."},
		},
		"ephemeral resources": {
			cp.Config(fmt.Sprintf(`
ephemeral "runai_unsealed_secret" "wrong_key" {
  sealed   = <<-EOT
    %[1]s
  EOT
  identity = %[3]q
}
ephemeral "runai_unsealed_secret" "damaged_key" {
  sealed   = <<-EOT
    %[1]s
  EOT
  identity = "%[2]sX"
}
ephemeral "runai_unsealed_secret" "pasted_key" {
  sealed   = %[2]q
  identity = %[2]q
}
ephemeral "runai_unsealed_secret" "pasted_secret" {
  sealed   = "hunter2"
  identity = %[2]q
}
ephemeral "runai_access_token" "wrong_secret" {
  client_id     = "ci"
  client_secret = "hunter3"
}`, strings.ReplaceAll(strings.TrimSpace(sealtest.Seal(t, key.Recipient, "the-client-secret")), "\n", "\n    "), key.Identity, other.Identity)),
			[]string{key.Identity, other.Identity, "hunter2", "hunter3"},
			map[string]string{
				`ephemeral "runai_unsealed_secret" "wrong_key"`:     "The private key came from the argument identity.",
				`ephemeral "runai_unsealed_secret" "damaged_key"`:   "The argument identity: not a private key: the age key in line 1 is damaged.",
				`ephemeral "runai_unsealed_secret" "pasted_key"`:    "The argument sealed: malformed sealed text: it is a private key.",
				`ephemeral "runai_unsealed_secret" "pasted_secret"`: "The argument sealed: malformed sealed text: it does not begin with",
				`ephemeral "runai_access_token" "wrong_secret"`:     "The client ID or the client secret is wrong",
			},
		},
		"ephemeral resource, a secret alone": {
			cp.Config(`
ephemeral "runai_access_token" "secret_alone" {
  client_secret = "hunter2"
}`),
			[]string{"hunter2"},
			map[string]string{`ephemeral "runai_access_token" "secret_alone"`: `Attribute "client_id" must be specified when "client_secret" is specified`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cli := cp.CLI(t)
			if strings.HasPrefix(name, "ephemeral") {
				cli.Needs("ephemeral resources", "1.10.0", "1.11.0")
			}
			cli.Configure(c.config)
			output := cli.Plan().Output
			for at, text := range c.want {
				if !regexp.MustCompile(regexp.QuoteMeta(at) + ` \{(?s:.*?)` + acctest.ErrorContains(text).String()).MatchString(output) {
					t.Errorf("no error at %s contains %q", at, text)
				}
			}
			if n := strings.Count(output, "Error: "); n != len(c.want) {
				t.Errorf("%d errors, want %d", n, len(c.want))
			}
			for _, secret := range c.secrets {
				if strings.Contains(output, secret) {
					t.Errorf("the output shows %s", secret)
				}
			}
			if t.Failed() {
				t.Log(output)
			}
		})
	}
}
