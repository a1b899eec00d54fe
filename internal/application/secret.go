package application

import (
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Values of verify_client_secret and client_secret_status.
const (
	verifyOff        = "off"
	verifyReport     = "report"
	verifyRegenerate = "regenerate"

	statusValid   = "valid"
	statusRevoked = "revoked"
)

// secretInput is the input of planSecret.
type secretInput struct {
	// Prior and Planned are the resource in state and in the plan. Of the plan, the
	// arguments alone count.
	Prior, Planned resourceModel
	// Recipients are those to seal the secret to: the argument, or else the
	// provider's default.
	Recipients fingerprints
	// SealedTo has the fingerprint of the recipient of each entry of
	// client_secret_sealed, by name, as far as private state has them.
	SealedTo map[string]string
	// Changes reports whether the plan changes anything at all.
	Changes bool
}

// fingerprints are those of the public keys of recipients.
type fingerprints struct {
	Unknown bool // some are known only while applying
	ByName  map[string]string
}

// secretChange is the effect of a plan on a client secret: the values of the computed
// attributes, and what the warnings need.
type secretChange struct {
	Rotation rotation
	Cause    cause
	Sealing  sealing
	// Names are the recipients that Sealing is about.
	Names []string

	Secret  types.String
	Sealed  types.Map
	Version types.Int64
	Status  types.String
	// Verify: the apply signs in with the secret, since verification is turned on.
	Verify bool
}

// cause is why a secret is regenerated.
type cause int

const (
	keepersChanged cause = iota
	foundRevoked
)

// sealing is the effect of a plan on the sealed secret.
type sealing int

const (
	// sealingUnchanged: a plain secret and ciphertexts are kept.
	sealingUnchanged sealing = iota
	// sealingUnknown: it depends on values that are known only in the apply.
	sealingUnknown
	// sealingNew: a regenerated secret is sealed, or stored in plain text.
	sealingNew
	// sealingInPlace: the plain secret in state is sealed.
	sealingInPlace
	// sealingRearranged: ciphertexts are renamed or removed. Names are the removed.
	sealingRearranged
	// sealingFormer: the provider's default has recipients without a ciphertext, so
	// the entries stay as they are. Names are the former recipients.
	sealingFormer
	// sealingImpossible: the resource has recipients without a ciphertext, or none at
	// all, which needs the plain secret: an error. Names are the recipients without a
	// ciphertext; none: plain text.
	sealingImpossible
)

// planSecret decides the change of the client secret. It is a pure function and makes
// the whole decision: nothing else regenerates a secret.
func planSecret(f secretInput) secretChange {
	c := secretChange{
		Secret: f.Prior.ClientSecret, Sealed: f.Prior.ClientSecretSealed, Version: f.Prior.ClientSecretVersion,
	}
	c.Rotation, c.Cause = f.rotation()
	switch c.Rotation {
	case rotate:
		c.Sealing = sealingNew
		c.Version = types.Int64Value(f.Prior.ClientSecretVersion.ValueInt64() + 1)
		c.Secret, c.Sealed = plannedSecret(f.Recipients)
	case unknown:
		c.Sealing = sealingUnknown
	case keep:
		c.Sealing, c.Names, c.Sealed = f.sealing()
		if c.Sealing == sealingInPlace {
			c.Secret = types.StringNull()
		}
	}
	if c.Sealing == sealingUnknown {
		c.Secret, c.Sealed, c.Version = types.StringUnknown(), types.MapUnknown(types.StringType), types.Int64Unknown()
	}
	c.Status, c.Verify = f.status(c)
	return c
}

// plannedSecret returns the planned attributes of a secret that does not exist yet.
func plannedSecret(recipients fingerprints) (secret types.String, sealed types.Map) {
	switch {
	case recipients.Unknown:
		return types.StringUnknown(), types.MapUnknown(types.StringType)
	case len(recipients.ByName) == 0:
		return types.StringUnknown(), types.MapNull(types.StringType)
	}
	return types.StringNull(), unknownEntries(recipients.ByName)
}

// unknownEntries is a map with the names of keys, and values that are known after
// the apply.
func unknownEntries(keys map[string]string) types.Map {
	entries := map[string]attr.Value{}
	for name := range keys {
		entries[name] = types.StringUnknown()
	}
	return types.MapValueMust(types.StringType, entries)
}

// rotation decides whether the secret is regenerated, and why.
func (f secretInput) rotation() (rotation, cause) {
	byKeepers := decideRotation(f.Prior.Keepers, f.Planned.Keepers)
	if byKeepers == rotate || f.Prior.ClientSecretStatus.ValueString() != statusRevoked {
		return byKeepers, keepersChanged
	}
	switch verify := f.Planned.VerifyClientSecret; {
	case verify.ValueString() == verifyRegenerate:
		return rotate, foundRevoked
	case verify.IsUnknown() && byKeepers == keep:
		return unknown, foundRevoked
	}
	return byKeepers, keepersChanged
}

// sealing decides how a secret that is not regenerated is stored.
func (f secretInput) sealing() (_ sealing, names []string, sealed types.Map) {
	sealed = f.Prior.ClientSecretSealed
	plain, entries := !f.Prior.ClientSecret.IsNull(), sealed.Elements()
	argument := f.Planned.ClientSecretRecipients
	switch {
	case f.Changes && (f.Recipients.Unknown || f.Planned.VerifyClientSecret.IsUnknown()):
		return sealingUnknown, nil, sealed
	case f.Recipients.Unknown, !plain && len(entries) == 0:
		return sealingUnchanged, nil, sealed
	case plain && len(f.Recipients.ByName) == 0:
		return sealingUnchanged, nil, sealed
	case plain:
		return sealingInPlace, nil, unknownEntries(f.Recipients.ByName)
	case !argument.IsNull() && argument.Equal(f.Prior.ClientSecretRecipients):
		return sealingUnchanged, nil, sealed
	}

	kept, missing := f.rearranged(entries)
	byDefault := argument.IsNull() && f.Prior.ClientSecretRecipients.IsNull()
	switch {
	case (len(missing) > 0 || len(kept) == 0) && byDefault:
		return sealingFormer, slices.Sorted(maps.Keys(entries)), sealed
	case len(missing) > 0 || len(kept) == 0:
		return sealingImpossible, missing, sealed
	}
	rearranged := types.MapValueMust(types.StringType, kept)
	if rearranged.Equal(sealed) {
		return sealingUnchanged, nil, sealed
	}
	return sealingRearranged, f.removed(), rearranged
}

// rearranged finds a ciphertext for each planned recipient. An entry that was
// renamed keeps its ciphertext.
func (f secretInput) rearranged(entries map[string]attr.Value) (kept map[string]attr.Value, missing []string) {
	byKey := map[string]attr.Value{}
	for name, ciphertext := range entries {
		if fingerprint := f.SealedTo[name]; fingerprint != "" {
			byKey[fingerprint] = ciphertext
		}
	}
	kept = map[string]attr.Value{}
	for _, name := range slices.Sorted(maps.Keys(f.Recipients.ByName)) {
		fingerprint := f.Recipients.ByName[name]
		switch {
		case f.SealedTo[name] == fingerprint && entries[name] != nil:
			kept[name] = entries[name]
		case byKey[fingerprint] != nil:
			kept[name] = byKey[fingerprint]
		default:
			missing = append(missing, name)
		}
	}
	return kept, missing
}

// removed returns the names whose keys are no longer planned under any name.
func (f secretInput) removed() (names []string) {
	planned := slices.Collect(maps.Values(f.Recipients.ByName))
	for name, fingerprint := range f.SealedTo {
		if !slices.Contains(planned, fingerprint) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// status decides the planned client_secret_status, and whether the apply has to
// sign in to find it.
func (f secretInput) status(c secretChange) (status types.String, verify bool) {
	mode, before := f.Planned.VerifyClientSecret, f.Prior.ClientSecretStatus
	switch {
	case mode.IsUnknown():
		return types.StringUnknown(), false
	case !verifies(mode):
		return types.StringNull(), false
	case c.Rotation == rotate:
		return types.StringValue(statusValid), false
	case c.Sealing == sealingUnknown && before.ValueString() != statusValid:
		return types.StringUnknown(), !verifies(f.Prior.VerifyClientSecret)
	case !verifies(f.Prior.VerifyClientSecret) && !c.Secret.IsNull():
		return types.StringUnknown(), true
	}
	return before, false
}

func verifies(mode types.String) bool {
	return mode.ValueString() == verifyReport || mode.ValueString() == verifyRegenerate
}
