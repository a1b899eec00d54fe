package unsealedsecret_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"golang.org/x/crypto/nacl/box"
	"golang.org/x/crypto/ssh"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/seal"
)

const (
	typeName = "runai_unsealed_secret"
	secret   = "the-client-secret"
)

// keyPair is a recipient and its identity.
type keyPair struct{ recipient, identity string }

func ageKey(t *testing.T) keyPair {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return keyPair{key.Recipient().String(), key.String()}
}

func sshKey(t *testing.T, private any, public any, passphrase string) keyPair {
	t.Helper()
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	var block *pem.Block
	if passphrase == "" {
		block, err = ssh.MarshalPrivateKey(private, "")
	} else {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	return keyPair{string(ssh.MarshalAuthorizedKey(key)), string(pem.EncodeToMemory(block))}
}

func ed25519Key(t *testing.T, passphrase string) keyPair {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return sshKey(t, private, public, passphrase)
}

func rsaKey(t *testing.T) keyPair {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return sshKey(t, private, private.Public(), "")
}

func sealTo(t *testing.T, recipient, plaintext string) string {
	t.Helper()
	r, err := seal.ParseRecipient(recipient)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := r.Seal([]byte(plaintext))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

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
	hybrid, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	p := acctest.New(t).Protocol(t)
	for name, key := range map[string]keyPair{
		"age":              ageKey(t),
		"post-quantum age": {hybrid.Recipient().String(), hybrid.String()},
		"ssh-ed25519":      ed25519Key(t, ""),
		"ssh-rsa":          rsaKey(t),
	} {
		opened := p.Open(typeName, acctest.Arguments{"sealed": sealTo(t, key.recipient, secret), "identity": key.identity})
		if got, _ := opened.String("secret"); got != secret {
			t.Errorf("%s: %q, %+v", name, got, opened.Errors())
		}
	}
}

func TestUnsealedSecret_Identity_ArgumentBeforeVariableBeforeFile(t *testing.T) {
	t.Parallel()
	right, wrong := ageKey(t), ageKey(t).identity
	for name, c := range map[string]struct {
		argument  string
		variables map[string]string
	}{
		"argument alone":       {right.identity, nil},
		"argument first":       {right.identity, map[string]string{"RUNAI_AGE_IDENTITY": wrong, "RUNAI_AGE_IDENTITY_FILE": file(t, wrong)}},
		"variable":             {"", map[string]string{"RUNAI_AGE_IDENTITY": "\n" + right.identity + "\n"}},
		"variable before file": {"", map[string]string{"RUNAI_AGE_IDENTITY": right.identity, "RUNAI_AGE_IDENTITY_FILE": file(t, wrong)}},
		"file":                 {"", map[string]string{"RUNAI_AGE_IDENTITY_FILE": file(t, "# created: 2026-01-01\n"+right.identity+"\n")}},
		"file, variable blank": {"", map[string]string{"RUNAI_AGE_IDENTITY": " \n", "RUNAI_AGE_IDENTITY_FILE": file(t, right.identity)}},
		"file, space around":   {"", map[string]string{"RUNAI_AGE_IDENTITY_FILE": " " + file(t, right.identity) + "\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			environment(cp, c.variables)
			arguments := acctest.Arguments{"sealed": sealTo(t, right.recipient, secret)}
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
	key, other, protected := ageKey(t), ageKey(t), ed25519Key(t, "passphrase")
	public, _, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sealed := sealTo(t, key.recipient, secret)
	naclRecipient := "nacl:" + base64.StdEncoding.EncodeToString(public[:])
	type variables = map[string]string
	for name, c := range map[string]struct {
		sealed, identity string
		variables        variables
		want             string
	}{
		"no identity at all": {sealed, "", nil, "set the argument identity, or one of the environment variables RUNAI_AGE_IDENTITY and RUNAI_AGE_IDENTITY_FILE"},
		"another key":        {sealed, other.identity, nil, "Sealed to another key than those given: it opens with an age key.\n\nThe private key came from the argument identity."},
		"another key by variable": {
			sealed, "",
			variables{"RUNAI_AGE_IDENTITY": other.identity},
			"The private key came from the environment variable RUNAI_AGE_IDENTITY.",
		},
		"a key for SSH": {sealed, ed25519Key(t, "").identity, nil, "it opens with an age key"},
		"an SSH key with a passphrase": {
			sealTo(t, protected.recipient, secret), protected.identity, nil,
			"The argument identity: the private key is protected with a passphrase: the provider cannot ask for it",
		},
		"the same by variable": {
			sealTo(t, protected.recipient, secret), "",
			variables{"RUNAI_AGE_IDENTITY": protected.identity},
			"The environment variable RUNAI_AGE_IDENTITY: the private key is protected with a passphrase",
		},
		"a damaged key":          {sealed, strings.Replace(key.identity, "1", "11", 1), nil, "the age key in line 1 is damaged"},
		"a public key":           {sealed, key.recipient, nil, "line 1 is neither an age key"},
		"a file that is missing": {sealed, "", variables{"RUNAI_AGE_IDENTITY_FILE": "/does/not/exist"}, "The file that RUNAI_AGE_IDENTITY_FILE names cannot be read: no such file or directory."},
		"a directory":            {sealed, "", variables{"RUNAI_AGE_IDENTITY_FILE": t.TempDir()}, "cannot be read: is a directory."},
		"a file of another kind": {sealed, "", variables{"RUNAI_AGE_IDENTITY_FILE": file(t, "hello")}, "The file that RUNAI_AGE_IDENTITY_FILE names: not a private key: line 1"},
		"a key as the file":      {sealed, "", variables{"RUNAI_AGE_IDENTITY_FILE": key.identity}, "cannot be read: no such file or directory."},

		"the arguments swapped": {key.identity, sealed, nil, "it is an encrypted age file"},
		"the key twice":         {key.identity, key.identity, nil, "The argument sealed: malformed sealed text: it is a private key."},
		"a plain secret":        {"the-plain-secret-of-an-application", key.identity, nil, "it does not begin with -----BEGIN AGE ENCRYPTED FILE-----"},
		"a sealed box":          {sealTo(t, naclRecipient, secret), key.identity, nil, "The argument sealed: a sealed box for a nacl: key: open it with libsodium's crypto_box_seal_open."},
		"a text cut off":        {sealed[:200], key.identity, nil, "it was truncated or changed"},
		"no text":               {sealTo(t, key.recipient, "\xff\xfe"), key.identity, nil, "What was sealed is not text"},
		"sealed is empty":       {"", key.identity, nil, "sealed must not be empty."},
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
			for _, private := range []string{key.identity, other.identity, c.identity, c.variables["RUNAI_AGE_IDENTITY"], secret, "plain-secret"} {
				if len(private) > 10 && strings.Contains(text, private[max(0, len(private)/2-5):len(private)/2+5]) && private != key.recipient {
					t.Errorf("the error shows a part of a private key or a secret: %s", text)
				}
			}
		})
	}
}

func TestUnsealedSecret_MakesNoRequest(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	key := ageKey(t)
	p := cp.Protocol(t)
	cp.ResetRequests()
	for range 3 {
		if _, ok := p.Open(typeName, acctest.Arguments{"sealed": sealTo(t, key.recipient, secret), "identity": key.identity}).String("secret"); !ok {
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
	key := ageKey(t)
	sealed := sealTo(t, key.recipient, secret)
	opened := acctest.New(t).UnconfiguredProtocol(t).Open(typeName, acctest.Arguments{"sealed": sealed, "identity": key.identity})
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
	key := ageKey(t)
	cp.CreateApplication("ci", "jane@acme.example")
	environment(cp, map[string]string{"RUNAI_AGE_IDENTITY": key.identity})
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
}`, strings.ReplaceAll(strings.TrimSpace(sealTo(t, key.recipient, cp.RegenerateSecret("ci"))), "\n", "\n    "), cp.URL)),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue("data.runai_caller.test", tfjsonpath.New("client_id"), knownvalue.StringExact("ci")),
			cp.HoldsNoSecret(),
		},
	})
}
