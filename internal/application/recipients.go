package application

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
	"github.com/runai-community/terraform-provider-runai/internal/seal"
)

// recipientsArgument is the argument of the resource and of the provider.
const recipientsArgument = "client_secret_recipients"

// recipientKeys are the public keys that a secret is sealed to, by the name of their
// entry. Without any, the secret is stored in plain text.
type recipientKeys struct {
	unknown bool // some are known only while applying
	keys    map[string]seal.Recipient
}

// effectiveRecipients returns the recipients of a resource: its own, or else the
// provider's default. ok is false, with errors in diags, if a key is invalid.
func (r *Resource) effectiveRecipients(m resourceModel, diags *diag.Diagnostics) (_ recipientKeys, ok bool) {
	arguments := m.ClientSecretRecipients
	if arguments.IsNull() {
		arguments = r.ClientSecretRecipients
	}
	return parseRecipients(arguments, diags)
}

// RecipientsValidator validates client_secret_recipients, of the resource and of
// the provider. Each error is on its entry of the map.
func RecipientsValidator() validator.Map { return recipientsValidator{} }

type recipientsValidator struct{}

func (recipientsValidator) Description(context.Context) string {
	return "values must be public keys: age1…, ssh-ed25519 …, ssh-rsa …, or nacl: and the base64 of a 32-byte X25519 key"
}

func (v recipientsValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (recipientsValidator) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	ValidateRecipients(req.ConfigValue, &resp.Diagnostics)
}

// ValidateRecipients validates client_secret_recipients of the provider once it is
// known, and reports whether all known keys are valid.
func ValidateRecipients(argument types.Map, diags *diag.Diagnostics) bool {
	_, ok := parseRecipients(argument, diags)
	return ok
}

func parseRecipients(argument types.Map, diags *diag.Diagnostics) (_ recipientKeys, ok bool) {
	recipients := recipientKeys{unknown: argument.IsUnknown(), keys: map[string]seal.Recipient{}}
	ok = true
	for name, value := range argument.Elements() {
		if value.IsUnknown() {
			recipients.unknown = true
			continue
		}
		key, err := parseRecipient(value)
		if err != nil {
			addRecipientError(diags, name, err)
			ok = false
			continue
		}
		recipients.keys[name] = key
	}
	return recipients, ok
}

func parseRecipient(value attr.Value) (seal.Recipient, error) {
	text, isString := value.(types.String)
	if !isString || value.IsNull() {
		return seal.Recipient{}, errors.New("it is null: set a public key, or remove the entry")
	}
	return seal.ParseRecipient(text.ValueString())
}

// addRecipientError reports an invalid entry. The errors of package seal do not
// repeat the key. For a private key the error is on no attribute either, because
// Terraform prints the line of the configuration with an error on an attribute.
func addRecipientError(diags *diag.Diagnostics, name string, err error) {
	const summary = "Invalid Recipient of Client Secrets"
	detail := fmt.Sprintf("%s[%q] is not a public key that secrets can be sealed to: %s", recipientsArgument, name, err.Error()+".")
	if errors.Is(err, seal.ErrPrivateKey) {
		diags.AddError(summary, detail)
		return
	}
	diags.AddAttributeError(path.Root(recipientsArgument).AtMapKey(name), summary, detail)
}

// fingerprints returns the fingerprints of the keys.
func (r recipientKeys) fingerprints() fingerprints {
	f := fingerprints{Unknown: r.unknown, ByName: make(map[string]string, len(r.keys))}
	for name, key := range r.keys {
		f.ByName[name] = key.Fingerprint()
	}
	return f
}

// names returns the names of the recipients, sorted.
func (r recipientKeys) names() []string { return slices.Sorted(maps.Keys(r.keys)) }

// seal encrypts a secret to each recipient.
func (r recipientKeys) seal(secret string) (types.Map, error) {
	entries := make(map[string]attr.Value, len(r.keys))
	for name, key := range r.keys {
		ciphertext, err := key.Seal([]byte(secret))
		if err != nil {
			return types.MapNull(types.StringType), fmt.Errorf("the client secret could not be sealed to the recipient %q: %w", name, err)
		}
		entries[name] = types.StringValue(ciphertext)
	}
	return types.MapValueMust(types.StringType, entries), nil
}

// storeSecret stores a new secret in the state, sealed if there are recipients, and
// increments its version. On an error it leaves the state unchanged.
func (m *resourceModel) storeSecret(recipients recipientKeys, secret runai.Secret, rec *record) error {
	if len(recipients.keys) == 0 {
		m.ClientSecret, m.ClientSecretSealed, rec.SealedTo = framework.StringOrNull(secret.Reveal()), types.MapNull(types.StringType), nil
	} else {
		sealed, err := recipients.seal(secret.Reveal())
		if err != nil {
			return err
		}
		m.ClientSecret, m.ClientSecretSealed, rec.SealedTo = types.StringNull(), sealed, recipients.fingerprints().ByName
	}
	m.ClientSecretVersion = types.Int64Value(m.ClientSecretVersion.ValueInt64() + 1)
	return nil
}
