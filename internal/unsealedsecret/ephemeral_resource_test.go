package unsealedsecret_test

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"golang.org/x/crypto/nacl/box"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/seal/sealtest"
)

const (
	typeName = "runai_unsealed_secret"
	secret   = "the-client-secret"
)

// environment sets environment variables of the provider of a control plane.
func environment(cp *acctest.ControlPlane, variables map[string]string) {
	cp.SetEnvironment(func(name string) string { return variables[name] })
}

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "identity")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUnsealedSecret_OpensWithEachTypeOfKey(t *testing.T) {
	t.Parallel()
	p := acctest.New(t).Protocol(t)
	for name, key := range map[string]sealtest.KeyPair{
		"age":              sealtest.Age(t),
		"post-quantum age": sealtest.PostQuantumAge(t),
		"ssh-ed25519":      sealtest.Ed25519(t, ""),
		"ssh-rsa":          sealtest.RSA(t, 2048),
	} {
		opened := p.Open(typeName, acctest.Arguments{"sealed": sealtest.Seal(t, key.Recipient, secret), "identity": key.Identity})
		if got, _ := opened.String("secret"); got != secret {
			t.Errorf("%s: %q, %+v", name, got, opened.Errors())
		}
	}
}

func TestUnsealedSecret_Identity_ArgumentBeforeVariableBeforeFile(t *testing.T) {
	t.Parallel()
	right, wrong := sealtest.Age(t), sealtest.Age(t).Identity
	for name, c := range map[string]struct {
		argument  string
		variables map[string]string
	}{
		"argument alone":       {right.Identity, nil},
		"argument first":       {right.Identity, map[string]string{"RUNAI_AGE_IDENTITY": wrong, "RUNAI_AGE_IDENTITY_FILE": file(t, wrong)}},
		"variable":             {"", map[string]string{"RUNAI_AGE_IDENTITY": "\n" + right.Identity + "\n"}},
		"variable before file": {"", map[string]string{"RUNAI_AGE_IDENTITY": right.Identity, "RUNAI_AGE_IDENTITY_FILE": file(t, wrong)}},
		"file":                 {"", map[string]string{"RUNAI_AGE_IDENTITY_FILE": file(t, "# created: 2026-01-01\n"+right.Identity+"\n")}},
		"file, variable blank": {"", map[string]string{"RUNAI_AGE_IDENTITY": " \n", "RUNAI_AGE_IDENTITY_FILE": file(t, right.Identity)}},
		"file, space around":   {"", map[string]string{"RUNAI_AGE_IDENTITY_FILE": " " + file(t, right.Identity) + "\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			environment(cp, c.variables)
			arguments := acctest.Arguments{"sealed": sealtest.Seal(t, right.Recipient, secret)}
			if c.argument != "" {
				arguments["identity"] = c.argument
			}
			opened := cp.Protocol(t).Open(typeName, arguments)
			if got, _ := opened.String("secret"); got != secret {
				t.Errorf("%q, %+v", got, opened.Errors())
			}
		})
	}
}

func TestUnsealedSecret_Errors(t *testing.T) {
	t.Parallel()
	key, other, protected := sealtest.Age(t), sealtest.Age(t), sealtest.Ed25519(t, "passphrase")
	public, _, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sealed := sealtest.Seal(t, key.Recipient, secret)
	naclRecipient := "nacl:" + base64.StdEncoding.EncodeToString(public[:])
	type variables = map[string]string
	for name, c := range map[string]struct {
		sealed, identity string
		variables        variables
		want             string
	}{
		"no identity at all": {sealed, "", nil, "set the argument identity, or one of the environment variables RUNAI_AGE_IDENTITY and RUNAI_AGE_IDENTITY_FILE"},
		"another key":        {sealed, other.Identity, nil, "Sealed to another key than those given: it opens with an age key.\n\nThe private key came from the argument identity."},
		"another key by variable": {
			sealed, "",
			variables{"RUNAI_AGE_IDENTITY": other.Identity},
			"The private key came from the environment variable RUNAI_AGE_IDENTITY.",
		},
		"a key for SSH": {sealed, sealtest.Ed25519(t, "").Identity, nil, "it opens with an age key"},
		"an SSH key with a passphrase": {
			sealtest.Seal(t, protected.Recipient, secret), protected.Identity, nil,
			"The argument identity: the private key is protected with a passphrase: the provider cannot ask for it",
		},
		"the same by variable": {
			sealtest.Seal(t, protected.Recipient, secret), "",
			variables{"RUNAI_AGE_IDENTITY": protected.Identity},
			"The environment variable RUNAI_AGE_IDENTITY: the private key is protected with a passphrase",
		},
		"a damaged key":          {sealed, strings.Replace(key.Identity, "1", "11", 1), nil, "the age key in line 1 is damaged"},
		"a public key":           {sealed, key.Recipient, nil, "line 1 is neither an age key"},
		"a file that is missing": {sealed, "", variables{"RUNAI_AGE_IDENTITY_FILE": "/does/not/exist"}, "The file that RUNAI_AGE_IDENTITY_FILE names cannot be read: no such file or directory."},
		"a directory":            {sealed, "", variables{"RUNAI_AGE_IDENTITY_FILE": t.TempDir()}, "cannot be read: is a directory."},
		"a file of another kind": {sealed, "", variables{"RUNAI_AGE_IDENTITY_FILE": file(t, "hello")}, "The file that RUNAI_AGE_IDENTITY_FILE names: not a private key: line 1"},
		"a key as the file":      {sealed, "", variables{"RUNAI_AGE_IDENTITY_FILE": key.Identity}, "cannot be read: no such file or directory."},

		"the arguments swapped": {key.Identity, sealed, nil, "it is an encrypted age file"},
		"the key twice":         {key.Identity, key.Identity, nil, "The argument sealed: malformed sealed text: it is a private key."},
		"a plain secret":        {"the-plain-secret-of-an-application", key.Identity, nil, "it does not begin with -----BEGIN AGE ENCRYPTED FILE-----"},
		"a sealed box":          {sealtest.Seal(t, naclRecipient, secret), key.Identity, nil, "The argument sealed: a sealed box for a nacl: key: open it with libsodium's crypto_box_seal_open."},
		"a text cut off":        {sealed[:200], key.Identity, nil, "it was truncated or changed"},
		"no text":               {sealtest.Seal(t, key.Recipient, "\xff\xfe"), key.Identity, nil, "What was sealed is not text"},
		"sealed is empty":       {"", key.Identity, nil, "sealed must not be empty."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			environment(cp, c.variables)
			arguments := acctest.Arguments{"sealed": c.sealed}
			if c.identity != "" {
				arguments["identity"] = c.identity
			}
			errors := cp.Protocol(t).Open(typeName, arguments).Errors()
			if len(errors) != 1 || !strings.Contains(errors[0].Detail, c.want) {
				t.Fatalf("%+v", errors)
			}
			if at := errors[0].Attribute.String(); at != "" && c.sealed != "" { // Terraform would print the value
				t.Errorf("the error is at %s", at)
			}
			text := errors[0].Summary + errors[0].Detail
			for _, private := range []string{key.Identity, other.Identity, c.identity, c.variables["RUNAI_AGE_IDENTITY"], secret, "plain-secret"} {
				if len(private) > 10 && strings.Contains(text, private[max(0, len(private)/2-5):len(private)/2+5]) && private != key.Recipient {
					t.Errorf("the error shows a part of a private key or a secret: %s", text)
				}
			}
		})
	}
}

func TestUnsealedSecret_MakesNoRequest(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	key := sealtest.Age(t)
	p := cp.Protocol(t)
	cp.ResetRequests()
	for range 3 {
		if _, ok := p.Open(typeName, acctest.Arguments{"sealed": sealtest.Seal(t, key.Recipient, secret), "identity": key.Identity}).String("secret"); !ok {
			t.Fatal("not opened")
		}
	}
	if requests := cp.Requests(); len(requests) != 0 {
		t.Errorf("requests: %v", requests)
	}
	p.Open("runai_access_token", nil) // the control: here the same counter moves
	if len(cp.Requests()) == 0 {
		t.Error("no request")
	}
}

func TestUnsealedSecret_UnconfiguredProvider_IsUnknown(t *testing.T) {
	t.Parallel()
	key := sealtest.Age(t)
	sealed := sealtest.Seal(t, key.Recipient, secret)
	opened := acctest.New(t).UnconfiguredProtocol(t).Open(typeName, acctest.Arguments{"sealed": sealed, "identity": key.Identity})
	if len(opened.Response.Diagnostics) > 0 {
		t.Fatalf("%+v", opened.Response.Diagnostics[0])
	}
	if opened.Result["secret"].IsKnown() {
		t.Error("the secret is known")
	}
	if got, _ := opened.String("sealed"); got != sealed {
		t.Errorf("sealed is %q", got)
	}
}

func TestAccUnsealedSecret_IsNotInState(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	key := sealtest.Age(t)
	cp.CreateApplication("ci", "jane@acme.example")
	environment(cp, map[string]string{"RUNAI_AGE_IDENTITY": key.Identity})
	cp.RunEphemeral(t, resource.TestStep{
		Config: cp.Config(fmt.Sprintf(`
ephemeral "runai_unsealed_secret" "test" {
  sealed = <<-EOT
    %s
    EOT
}

provider "other" {
  base_url      = %q
  client_id     = "ci"
  client_secret = ephemeral.runai_unsealed_secret.test.secret
}

data "runai_caller" "test" {
  provider = other
}`, strings.ReplaceAll(strings.TrimSpace(sealtest.Seal(t, key.Recipient, cp.RegenerateSecret("ci"))), "\n", "\n    "), cp.URL)),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue("data.runai_caller.test", tfjsonpath.New("client_id"), knownvalue.StringExact("ci")),
			cp.HoldsNoSecret(),
		},
	})
}
