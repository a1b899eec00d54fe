package application_test

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/nacl/box"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/seal/sealtest"
)

// owner is a person with a key pair that secrets are sealed to.
type owner struct {
	recipient string
	open      func(sealed string) (string, error)
}

func ageOwner(t *testing.T) owner {
	t.Helper()
	key := sealtest.Age(t)
	return owner{key.Recipient, key.Open}
}

func naclOwner(t *testing.T) owner {
	t.Helper()
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return owner{"nacl:" + base64.StdEncoding.EncodeToString(public[:]), func(sealed string) (string, error) {
		data, err := base64.StdEncoding.DecodeString(sealed)
		if err != nil {
			return "", err
		}
		plain, ok := box.OpenAnonymous(nil, data, public, private)
		if !ok {
			return "", fmt.Errorf("the secret cannot be opened")
		}
		return string(plain), nil
	}}
}

// sealedRun is an application, a CLI, and the checks of the tests of sealing.
type sealedRun struct {
	*acctest.ControlPlane
	*acctest.CLI
	t *testing.T
}

func newSealedRun(t *testing.T) sealedRun {
	t.Helper()
	cp := acctest.New(t)
	return sealedRun{cp, cp.CLI(t), t}
}

// write configures the application with arguments, and the provider with others.
func (s sealedRun) write(provider, arguments, others string) {
	s.t.Helper()
	s.Configure(s.ConfigWith(provider, fmt.Sprintf("resource \"runai_application\" \"test\" {\n  name = \"ci-pipeline\"\n  %s\n}\n%s", arguments, others)))
}

func (s sealedRun) apply(provider, arguments, others string) acctest.Result {
	s.t.Helper()
	s.write(provider, arguments, others)
	return s.MustApply()
}

// refuse applies a configuration that must fail with a text, and returns the number of
// mutations.
func (s sealedRun) refuse(text, provider, arguments, others string) {
	s.t.Helper()
	s.write(provider, arguments, others)
	s.Apply().ExpectError(s.t, text)
}

func (s sealedRun) attribute(name string) any {
	s.t.Helper()
	return s.CLI.State()[address].AttributeValues[name]
}

func (s sealedRun) sealed() map[string]any {
	s.t.Helper()
	entries, _ := s.attribute("client_secret_sealed").(map[string]any)
	return entries
}

// opens checks that exactly these owners have a ciphertext that opens to the current
// secret, and that no secret is in the state in plain text.
func (s sealedRun) opens(owners map[string]owner) {
	s.t.Helper()
	entries := s.sealed()
	if len(entries) != len(owners) {
		s.t.Errorf("sealed to %d recipients, want %d", len(entries), len(owners))
	}
	for name, o := range owners {
		text, _ := entries[name].(string)
		secret, err := o.open(text)
		if err != nil {
			s.t.Errorf("%s: %s", name, err)
		} else if !s.IsSecretOf("ci-pipeline", secret) {
			s.t.Errorf("%s opens a secret that is not the current one", name)
		}
	}
	if s.attribute("client_secret") != nil {
		s.t.Error("client_secret is not null")
	}
	state, err := os.ReadFile(filepath.Join(s.Dir, "terraform.tfstate"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, secret := range s.Issued() {
		if strings.Contains(string(state), secret) {
			s.t.Error("a secret is in the state in plain text")
		}
	}
}

// end destroys the application and checks that it was deleted.
func (s sealedRun) end() {
	s.t.Helper()
	if r := s.Destroy(); r.Code != 0 || s.Has("ci-pipeline") {
		s.t.Errorf("the application was not destroyed: %s", r.Output)
	}
}

func to(owners ...any) string {
	pairs := make([]string, 0, len(owners))
	for i := 0; i < len(owners); i += 2 {
		pairs = append(pairs, owners[i].(string), owners[i+1].(owner).recipient)
	}
	return recipientsArgument(pairs...) + "\n"
}

const keeper1, keeper2 = `keepers = { v = "1" }`, `keepers = { v = "2" }`

func TestAccApplication_Sealed_Lifecycle(t *testing.T) {
	t.Parallel()
	s, a, b := newSealedRun(t), ageOwner(t), naclOwner(t)

	s.apply("", to("a", a, "b", b)+keeper1, "")
	s.opens(map[string]owner{"a": a, "b": b})
	first := s.sealed()

	// A refresh, a plan or another update does not encrypt again.
	s.Plan().Expect(t, 0)
	s.apply("", to("a", a, "b", b)+keeper1+"\n  enabled = false", "")
	s.apply("", to("a", a, "b", b)+keeper1, "")
	if fmt.Sprint(s.sealed()) != fmt.Sprint(first) {
		t.Error("the secret was sealed again")
	}

	s.apply("", to("a", a, "b", b)+keeper2, "")
	s.opens(map[string]owner{"a": a, "b": b})
	if version := fmt.Sprint(s.attribute("client_secret_version")); version != "2" {
		t.Errorf("version %s, want 2", version)
	}
	s.ResetRequests()
	s.apply("", to("renamed", a)+keeper2, "")
	s.opens(map[string]owner{"renamed": a})
	acctest.Expect(t, s.ExpectMutations(0))
	// Private state has the new name: the next plan is empty, and the rules apply to it.
	s.Plan().Expect(t, 0)
	s.refuse("Client Secret Cannot Be Unsealed", "", to("renamed", b)+keeper2, "")
	acctest.Expect(t, s.ExpectMutations(0))
	s.apply("", keeper1, "")
	if secret, _ := s.attribute("client_secret").(string); !s.SignsIn("ci-pipeline", secret) || s.attribute("client_secret_sealed") != nil {
		t.Error("without recipients the secret is not in plain text")
	}
	s.end()
}

func TestAccApplication_Sealed_InPlace(t *testing.T) {
	t.Parallel()
	s, a := newSealedRun(t), ageOwner(t)
	s.apply("", "", "")
	plain, _ := s.attribute("client_secret").(string)
	s.ResetRequests()
	r := s.apply("", to("a", a), "")
	if !r.Contains("older versions of the state still contain it in plain text") {
		t.Errorf("no warning: %s", r.Output)
	}
	acctest.Expect(t, s.ExpectMutations(0))
	s.opens(map[string]owner{"a": a})
	if secret, err := a.open(s.sealed()["a"].(string)); err != nil || secret != plain {
		t.Errorf("another secret was sealed: %v", err)
	}
	s.end()
}

// The provider's default seals plain secrets. It keeps secrets that are sealed to other
// recipients, with one warning, and applies to new secrets.
func TestAccApplication_Sealed_DefaultOfTheProvider(t *testing.T) {
	t.Parallel()
	s, a, b := newSealedRun(t), ageOwner(t), ageOwner(t)
	others := `
resource "runai_application" "own" {
  name = "own"
  ` + to("b", b) + `}
resource "runai_application" "plain" {
  name                     = "plain"
  client_secret_recipients = {}
}
resource "runai_application" "many" {
  count = 3
  name  = "many-${count.index}"
}`
	s.apply("", "", others)
	s.apply(to("a", a), "", others)
	entries := func(address string) string {
		sealed, _ := s.CLI.State()[address].AttributeValues["client_secret_sealed"].(map[string]any)
		names := make([]string, 0, 1)
		for name := range sealed {
			names = append(names, name)
		}
		return strings.Join(names, ",")
	}
	if entries(address) != "a" || entries("runai_application.own") != "b" || entries("runai_application.plain") != "" || entries("runai_application.many[2]") != "a" {
		t.Errorf("sealed to %q, %q, %q, %q", entries(address), entries("runai_application.own"), entries("runai_application.plain"), entries("runai_application.many[2]"))
	}
	s.Plan().Expect(t, 0)

	s.write(to("b", b), "", others)
	s.ResetRequests()
	r := s.Plan()
	if n := strings.Count(r.Output, "Warning: "); r.Code != 0 || n != 1 || !strings.Contains(r.Output, "Client Secrets Stay Sealed to Former Recipients") {
		t.Errorf("exit code %d, %d warnings: %s", r.Code, n, r.Output)
	}
	s.apply(to("b", b), keeper1, others)
	if entries(address) != "b" || entries("runai_application.many[2]") != "a" {
		t.Errorf("sealed to %q and %q", entries(address), entries("runai_application.many[2]"))
	}
	acctest.Expect(t, s.ExpectCalls(acctest.RegenerateSecret, 1))
	s.end()
}

func TestAccApplication_Sealed_UnknownWhilePlanning(t *testing.T) {
	t.Parallel()
	s, a, b := newSealedRun(t), ageOwner(t), ageOwner(t)
	const unknown = "client_secret_recipients = { a = terraform_data.other.output }\n  "
	key := func(o owner, generation int) string { return fmt.Sprintf(unknownSource(o.recipient), generation) }

	s.apply("", unknown+keeper1, key(a, 1)) // a create
	s.opens(map[string]owner{"a": a})
	before := s.sealed()
	s.ResetRequests()
	s.apply("", unknown+keeper1, key(a, 2)) // the same key
	if fmt.Sprint(s.sealed()) != fmt.Sprint(before) || fmt.Sprint(s.attribute("client_secret_version")) != "1" {
		t.Error("the same key changed the state")
	}
	s.refuse("Client Secret Cannot Be Unsealed", "", unknown+keeper1, key(b, 3))
	acctest.Expect(t, s.ExpectMutations(0))
	if fmt.Sprint(s.sealed()) != fmt.Sprint(before) {
		t.Error("the refused plan changed the state")
	}
	// Unknown keepers may regenerate the secret or not.
	s.refuse("Client Secret Cannot Be Unsealed", "", to("a", b)+`keepers = { v = terraform_data.other.output }`, fmt.Sprintf(unknownSource("1"), 4))
	s.apply("", to("a", b)+`keepers = { v = terraform_data.other.output }`, fmt.Sprintf(unknownSource("2"), 5))
	s.opens(map[string]owner{"a": b})
	s.end()
}

// An unknown default does not change existing applications. A new one is sealed by the
// apply, when the key is known.
func TestAccApplication_Sealed_UnknownDefault(t *testing.T) {
	t.Parallel()
	s, a := newSealedRun(t), ageOwner(t)
	const unknown = "client_secret_recipients = { a = terraform_data.other.output }"
	s.apply(unknown, "", fmt.Sprintf(unknownSource(a.recipient), 1))
	s.opens(map[string]owner{"a": a})
	before := s.sealed()
	s.write(unknown, "", fmt.Sprintf(unknownSource(a.recipient), 2))
	s.Plan().Expect(t, 2).ExpectNot(t, address+" will be")
	s.apply(unknown, "enabled = false", fmt.Sprintf(unknownSource(a.recipient), 2))
	if fmt.Sprint(s.sealed()) != fmt.Sprint(before) {
		t.Error("the same key changed the state")
	}
	s.end()
}

func TestAccApplication_Sealed_FailedRotation_KeepsCiphertexts(t *testing.T) {
	t.Parallel()
	s, a, b := newSealedRun(t), ageOwner(t), ageOwner(t)
	s.apply("", to("a", a)+keeper1, "")
	before := s.sealed()
	s.InjectFaultWith(acctest.RegenerateSecret, "status", 403, 1)
	s.refuse("The next apply retries the rotation", "", to("b", b)+keeper2, "")
	recipients, _ := s.attribute("client_secret_recipients").(map[string]any)
	if fmt.Sprint(s.sealed()) != fmt.Sprint(before) || recipients["a"] != a.recipient {
		t.Error("the old recipients and ciphertexts were not kept")
	}
	s.opens(map[string]owner{"a": a})
	s.MustApply()
	s.opens(map[string]owner{"b": b})
	s.end()
}

func TestAccApplication_Sealed_RecoveredCreate_IsSealed(t *testing.T) {
	t.Parallel()
	s, a := newSealedRun(t), ageOwner(t)
	s.InjectFault(acctest.CreateApplication, "drop-after", 1)
	r := s.apply("", to("a", a), "")
	if !r.Contains(`The response to the create of application "ci-pipeline"`) {
		t.Errorf("the recovery is not reported: %s", r.Output)
	}
	s.opens(map[string]owner{"a": a})
	s.end()
}

// An import has no secret, so recipients take effect with the first rotation.
func TestAccApplication_Sealed_AfterImport(t *testing.T) {
	t.Parallel()
	s, a := newSealedRun(t), ageOwner(t)
	s.CreateApplication("ci-pipeline", "jane@acme.example")
	s.write("", to("a", a), "")
	s.CLI.Run("import", "-input=false", "-no-color", address, "ci-pipeline").Expect(t, 0)
	s.ResetRequests()
	s.MustApply()
	if s.attribute("client_secret") != nil || s.attribute("client_secret_sealed") != nil {
		t.Error("the state has a secret")
	}
	acctest.Expect(t, s.ExpectMutations(0))
	s.apply("", to("a", a)+keeper1, "")
	s.opens(map[string]owner{"a": a})
	s.end()
}

// Validation reports an invalid entry at the entry, and never shows a private key.
func TestAccApplication_Sealed_InvalidRecipients(t *testing.T) {
	t.Parallel()
	private := sealtest.Age(t).Identity
	for name, c := range map[string]struct{ entry, want string }{
		"UnknownScheme": {`"rsa:abc"`, "unknown type of key"},
		"BadBase64":     {`"nacl:***"`, "is not base64"},
		"LowOrder":      {`"nacl:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="`, "low-order point"},
		"Null":          {`null`, "it is null"},
		"Empty":         {`""`, "it is empty"},
		"TwoKeys":       {`"` + keyA + " " + keyA + `"`, "more than one key"},
		"Private":       {`"` + private + `"`, "a private key in place of a public key"},
	} {
		for _, provider := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/provider=%t", name, provider), func(t *testing.T) {
				t.Parallel()
				s := newSealedRun(t)
				s.ResetRequests()
				argument := fmt.Sprintf("client_secret_recipients = {\n    good = %q\n    bad  = %s\n  }", keyA, c.entry)
				if provider {
					s.write(argument, "", "")
				} else {
					s.write("", argument, "")
				}
				s.CLI.Run("validate", "-no-color").ExpectError(t, c.want, `client_secret_recipients["bad"]`).ExpectNot(t, private)
				if len(s.Requests()) != 0 {
					t.Errorf("validation sent requests: %v", s.Requests())
				}
			})
		}
	}
}

// A plain secret is sealed without a request, and without a rotation.
func TestApplication_Sealed_InPlace_NoRequest(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	app := cp.Instance(t, "runai_application")
	app.MustApply(acctest.Arguments{"name": "ci"})
	plan := app.Plan(acctest.Arguments{"name": "ci", "client_secret_recipients": map[string]any{"ops": keyA}})
	cp.ResetRequests()
	if diags := app.Apply(plan); diags.HasError() {
		t.Fatal(diags)
	}
	acctest.Expect(t, cp.ExpectMutations(0))
	after := app.Attributes()
	sealed, _ := after["client_secret_sealed"].(map[string]any)
	if after["client_secret"] != nil || sealed["ops"] == nil || fmt.Sprint(after["client_secret_version"]) != "1" {
		t.Errorf("the state has client_secret %v, client_secret_sealed %v, client_secret_version %v", after["client_secret"] != nil, sealed, after["client_secret_version"])
	}
}

// An error about a public key is at its entry. One about a private key is at no
// attribute, since Terraform would print the line.
func TestApplication_Sealed_ErrorAtTheEntry(t *testing.T) {
	t.Parallel()
	private := sealtest.Age(t).Identity
	cp := acctest.New(t)
	for _, c := range []struct {
		bad      any
		at, want string
	}{
		{"rsa:abc", "client_secret_recipients.bad", `client_secret_recipients["bad"] is not a public key`},
		{nil, "client_secret_recipients.bad", "it is null: set a public key, or remove the entry"},
		{private, "", `client_secret_recipients["bad"] is not a public key`},
	} {
		cp.Instance(t, "runai_application").Plan(acctest.Arguments{
			"name": "ci", "client_secret_recipients": map[string]any{"good": keyA, "bad": c.bad},
		}).Diagnostics.ExpectErrorAt(t, c.at, c.want)
	}
}

// The plan shows that the entry of a recipient goes, and that nothing else changes.
func TestApplication_Sealed_RecipientRemoved_PlanShowsIt(t *testing.T) {
	t.Parallel()
	other := sealtest.Age(t).Recipient
	app := acctest.New(t).Instance(t, "runai_application")
	app.MustApply(acctest.Arguments{"name": "ci", "client_secret_recipients": map[string]any{"ops": keyA, "jane": other}})
	before, _ := app.Attributes()["client_secret_sealed"].(map[string]any)
	plan := app.Plan(acctest.Arguments{"name": "ci", "client_secret_recipients": map[string]any{"ops": keyA}})
	after, _ := plan.Attributes["client_secret_sealed"].(map[string]any)
	if len(before) != 2 || len(after) != 1 || after["ops"] != before["ops"] || fmt.Sprint(plan.Attributes["client_secret_version"]) != "1" {
		t.Errorf("client_secret_sealed is %v, and planned as %v", before, after)
	}
}

// A moved block keeps the fingerprints of the recipients in private state.
func TestAccApplication_Sealed_Move_KeepsRecipients(t *testing.T) {
	t.Parallel()
	s, a, b := newSealedRun(t), ageOwner(t), ageOwner(t)
	needsMove(s.CLI)
	s.apply("", to("a", a, "b", b), "")
	s.Configure(s.Config(`
resource "runai_service_account" "test" {
  name = "ci-pipeline"
  ` + to("renamed", a) + `}
moved {
  from = runai_application.test
  to   = runai_service_account.test
}`))
	s.ResetRequests()
	s.MustApply()
	sealed, _ := s.CLI.State()["runai_service_account.test"].AttributeValues["client_secret_sealed"].(map[string]any)
	text, _ := sealed["renamed"].(string)
	if secret, err := a.open(text); err != nil || !s.IsSecretOf("ci-pipeline", secret) || len(sealed) != 1 {
		t.Errorf("the entry was not renamed: %v, %d entries", err, len(sealed))
	}
	acctest.Expect(t, s.ExpectMutations(0))
	s.end()
}
