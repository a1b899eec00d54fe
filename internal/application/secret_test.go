package application

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// stringMap is a map of strings; a value "?" is unknown, and nil is null.
func stringMap(m map[string]string) types.Map {
	if m == nil {
		return types.MapNull(types.StringType)
	}
	elements := map[string]attr.Value{}
	for name, value := range m {
		elements[name] = types.StringValue(value)
		if value == "?" {
			elements[name] = types.StringUnknown()
		}
	}
	return types.MapValueMust(types.StringType, elements)
}

// Every row of the table of recipients in the contract, and the cases that it omits: a
// secret in the state, a plan, and its effect. Fingerprints stand for keys.
func TestPlanSecret(t *testing.T) {
	t.Parallel()
	type set = map[string]string
	var (
		null, unknownMap = types.MapNull(types.StringType), types.MapUnknown(types.StringType)
		nullString       = types.StringNull()
		text             = types.StringValue
		k1, k2           = stringMap(set{"v": "1"}), stringMap(set{"v": "2"})
		a, b, ab         = set{"a": "KA"}, set{"b": "KB"}, set{"a": "KA", "b": "KB"}
	)
	// The resource in state: plain, sealed to some, or imported.
	plain := resourceModel{Keepers: k1, ClientSecret: text("plain"), ClientSecretVersion: types.Int64Value(3), ClientSecretSealed: null, ClientSecretRecipients: null}
	imported := resourceModel{Keepers: null, ClientSecret: nullString, ClientSecretVersion: types.Int64Value(0), ClientSecretSealed: null, ClientSecretRecipients: null}
	sealed := func(argument types.Map, recipients set) (resourceModel, set) {
		ciphertexts := set{}
		for name := range recipients {
			ciphertexts[name] = "for " + name
		}
		m := plain
		m.ClientSecret, m.ClientSecretSealed, m.ClientSecretRecipients = nullString, stringMap(ciphertexts), argument
		return m, recipients
	}
	verified := func(mode, status string) resourceModel {
		m := plain
		m.VerifyClientSecret, m.ClientSecretStatus = text(mode), text(status)
		if status == "" {
			m.ClientSecretStatus = nullString
		}
		return m
	}
	type row struct {
		name     string
		prior    resourceModel
		sealedTo set
		planned  resourceModel // keepers, recipients and verification
		wanted   fingerprints
		// expected
		rotation rotation
		sealing  sealing
		names    []string
		secret   string // "plain", "null", "unknown"
		sealed   types.Map
		version  int64 // -1: unknown
		status   string
		verify   bool
	}
	args := func(keepers, recipients types.Map, verify ...string) resourceModel {
		m := resourceModel{Keepers: keepers, ClientSecretRecipients: recipients}
		if len(verify) > 0 {
			m.VerifyClientSecret = text(verify[0])
			if verify[0] == "?" {
				m.VerifyClientSecret = types.StringUnknown()
			}
		}
		return m
	}
	of := func(recipients set) fingerprints { return fingerprints{ByName: recipients} }
	sealedA, toA := sealed(stringMap(a), a)
	sealedAB, toAB := sealed(stringMap(ab), ab)
	defaultA, _ := sealed(null, a)
	defaultAB, _ := sealed(null, ab)

	for _, c := range []row{
		// plain secrets
		{name: "nothing changes", prior: plain, planned: args(k1, null), wanted: of(nil), secret: "plain", sealed: null, version: 3},
		{name: "keepers change", prior: plain, planned: args(k2, null), wanted: of(nil), rotation: rotate, sealing: sealingNew, secret: "unknown", sealed: null, version: 4},
		{name: "keepers unknown", prior: plain, planned: args(unknownMap, null), wanted: of(nil), rotation: unknown, sealing: sealingUnknown, secret: "unknown", sealed: unknownMap, version: -1},
		{name: "keepers removed", prior: plain, planned: args(null, null), wanted: of(nil), secret: "plain", sealed: null, version: 3},

		// none to some
		{name: "own recipients for a plain secret", prior: plain, planned: args(k1, stringMap(a)), wanted: of(a), sealing: sealingInPlace, secret: "null", sealed: stringMap(set{"a": "?"}), version: 3},
		{name: "default recipients for a plain secret", prior: plain, planned: args(k1, null), wanted: of(a), sealing: sealingInPlace, secret: "null", sealed: stringMap(set{"a": "?"}), version: 3},
		{name: "recipients and keepers together", prior: plain, planned: args(k2, stringMap(a)), wanted: of(a), rotation: rotate, sealing: sealingNew, secret: "null", sealed: stringMap(set{"a": "?"}), version: 4},
		{name: "{} against a default", prior: plain, planned: args(k1, stringMap(set{})), wanted: of(nil), secret: "plain", sealed: null, version: 3},
		{name: "recipients after an import", prior: imported, planned: args(null, stringMap(a)), wanted: of(a), secret: "null", sealed: null, version: 0},
		{name: "keepers after an import", prior: imported, planned: args(k1, stringMap(a)), wanted: of(a), rotation: rotate, sealing: sealingNew, secret: "null", sealed: stringMap(set{"a": "?"}), version: 1},

		// sealed, by the argument of the resource
		{name: "sealed, nothing changes", prior: sealedAB, sealedTo: toAB, planned: args(k1, stringMap(ab)), wanted: of(ab), secret: "null", sealed: sealedAB.ClientSecretSealed, version: 3},
		{name: "sealed, another comment on a key", prior: sealedA, sealedTo: toA, planned: args(k1, stringMap(set{"a": "KA comment"})), wanted: of(a), secret: "null", sealed: sealedA.ClientSecretSealed, version: 3},
		{name: "recipient removed", prior: sealedAB, sealedTo: toAB, planned: args(k1, stringMap(a)), wanted: of(a), sealing: sealingRearranged, names: []string{"b"}, secret: "null", sealed: sealedA.ClientSecretSealed, version: 3},
		{name: "recipient renamed", prior: sealedA, sealedTo: toA, planned: args(k1, stringMap(set{"z": "KA"})), wanted: of(set{"z": "KA"}), sealing: sealingRearranged, secret: "null", sealed: stringMap(set{"z": "for a"}), version: 3},
		{name: "two names exchanged", prior: sealedAB, sealedTo: toAB, planned: args(k1, stringMap(set{"a": "KB", "b": "KA"})), wanted: of(set{"a": "KB", "b": "KA"}), sealing: sealingRearranged, secret: "null", sealed: stringMap(set{"a": "for b", "b": "for a"}), version: 3},
		{name: "recipient added", prior: sealedA, sealedTo: toA, planned: args(k1, stringMap(ab)), wanted: of(ab), sealing: sealingImpossible, names: []string{"b"}, secret: "null", sealed: sealedA.ClientSecretSealed, version: 3},
		{name: "recipient replaced under its name", prior: sealedA, sealedTo: toA, planned: args(k1, stringMap(set{"a": "KX"})), wanted: of(set{"a": "KX"}), sealing: sealingImpossible, names: []string{"a"}, secret: "null", sealed: sealedA.ClientSecretSealed, version: 3},
		{name: "all removed", prior: sealedA, sealedTo: toA, planned: args(k1, null), wanted: of(nil), sealing: sealingImpossible, secret: "null", sealed: sealedA.ClientSecretSealed, version: 3},
		{name: "all removed by {}", prior: sealedA, sealedTo: toA, planned: args(k1, stringMap(set{})), wanted: of(nil), sealing: sealingImpossible, secret: "null", sealed: sealedA.ClientSecretSealed, version: 3},
		{name: "all removed with keepers", prior: sealedA, sealedTo: toA, planned: args(k2, null), wanted: of(nil), rotation: rotate, sealing: sealingNew, secret: "unknown", sealed: null, version: 4},
		{name: "recipient added with keepers", prior: sealedA, sealedTo: toA, planned: args(k2, stringMap(ab)), wanted: of(ab), rotation: rotate, sealing: sealingNew, secret: "null", sealed: stringMap(set{"a": "?", "b": "?"}), version: 4},
		{name: "recipient added, keepers unknown", prior: sealedA, sealedTo: toA, planned: args(unknownMap, stringMap(ab)), wanted: of(ab), rotation: unknown, sealing: sealingUnknown, secret: "unknown", sealed: unknownMap, version: -1},
		{name: "recipients unknown", prior: sealedA, sealedTo: toA, planned: args(k1, unknownMap), wanted: fingerprints{Unknown: true}, sealing: sealingUnknown, secret: "unknown", sealed: unknownMap, version: -1},
		{name: "recipients unknown, keepers change", prior: sealedA, sealedTo: toA, planned: args(k2, unknownMap), wanted: fingerprints{Unknown: true}, rotation: rotate, sealing: sealingNew, secret: "unknown", sealed: unknownMap, version: 4},
		{name: "sealed without a record of it, nothing changes", prior: sealedA, planned: args(k1, stringMap(a)), wanted: of(a), secret: "null", sealed: sealedA.ClientSecretSealed, version: 3},

		// sealed, by the provider's default
		{name: "default stays", prior: defaultA, sealedTo: toA, planned: args(k1, null), wanted: of(a), secret: "null", sealed: defaultA.ClientSecretSealed, version: 3},
		{name: "default adds a recipient", prior: defaultA, sealedTo: toA, planned: args(k1, null), wanted: of(ab), sealing: sealingFormer, names: []string{"a"}, secret: "null", sealed: defaultA.ClientSecretSealed, version: 3},
		{name: "default replaces a key", prior: defaultA, sealedTo: toA, planned: args(k1, null), wanted: of(set{"a": "KX"}), sealing: sealingFormer, names: []string{"a"}, secret: "null", sealed: defaultA.ClientSecretSealed, version: 3},
		{name: "default is removed", prior: defaultA, sealedTo: toA, planned: args(k1, null), wanted: of(nil), sealing: sealingFormer, names: []string{"a"}, secret: "null", sealed: defaultA.ClientSecretSealed, version: 3},
		{name: "default drops a recipient", prior: defaultAB, sealedTo: toAB, planned: args(k1, null), wanted: of(b), sealing: sealingRearranged, names: []string{"a"}, secret: "null", sealed: stringMap(set{"b": "for b"}), version: 3},
		{name: "default to one key under two names", prior: defaultAB, sealedTo: set{"a": "KA", "b": "KA"}, planned: args(k1, null), wanted: of(set{"a": "KA", "b": "KA"}), secret: "null", sealed: defaultAB.ClientSecretSealed, version: 3},
		{name: "default changes with keepers", prior: defaultA, sealedTo: toA, planned: args(k2, null), wanted: of(b), rotation: rotate, sealing: sealingNew, secret: "null", sealed: stringMap(set{"b": "?"}), version: 4},
		{name: "default gives way to the same own recipients", prior: defaultA, sealedTo: toA, planned: args(k1, stringMap(a)), wanted: of(a), secret: "null", sealed: defaultA.ClientSecretSealed, version: 3},
		{name: "default gives way to other own recipients", prior: defaultA, sealedTo: toA, planned: args(k1, stringMap(b)), wanted: of(b), sealing: sealingImpossible, names: []string{"b"}, secret: "null", sealed: defaultA.ClientSecretSealed, version: 3},
		{name: "own recipients give way to another default", prior: sealedA, sealedTo: toA, planned: args(k1, null), wanted: of(b), sealing: sealingImpossible, names: []string{"b"}, secret: "null", sealed: sealedA.ClientSecretSealed, version: 3},

		// verification
		{name: "verification turned on", prior: plain, planned: args(k1, null, "report"), wanted: of(nil), secret: "plain", sealed: null, version: 3, status: "unknown", verify: true},
		{name: "verification turned on after an import", prior: imported, planned: args(null, null, "report"), wanted: of(nil), secret: "null", sealed: null, version: 0},
		{name: "verification turned on with a rotation", prior: plain, planned: args(k2, null, "report"), wanted: of(nil), rotation: rotate, sealing: sealingNew, secret: "unknown", sealed: null, version: 4, status: "valid"},
		{name: "valid stays valid", prior: verified("regenerate", "valid"), planned: args(k1, null, "regenerate"), wanted: of(nil), secret: "plain", sealed: null, version: 3, status: "valid"},
		{name: "never conclusive", prior: verified("report", ""), planned: args(k1, null, "report"), wanted: of(nil), secret: "plain", sealed: null, version: 3},
		{name: "never conclusive, keepers unknown", prior: verified("report", ""), planned: args(unknownMap, null, "report"), wanted: of(nil), rotation: unknown, sealing: sealingUnknown, secret: "unknown", sealed: unknownMap, version: -1, status: "unknown"},
		{name: "valid, keepers unknown", prior: verified("report", "valid"), planned: args(unknownMap, null, "report"), wanted: of(nil), rotation: unknown, sealing: sealingUnknown, secret: "unknown", sealed: unknownMap, version: -1, status: "valid"},
		{name: "revoked is reported", prior: verified("report", "revoked"), planned: args(k1, null, "report"), wanted: of(nil), secret: "plain", sealed: null, version: 3, status: "revoked"},
		{name: "revoked is regenerated", prior: verified("regenerate", "revoked"), planned: args(k1, null, "regenerate"), wanted: of(nil), rotation: rotate, sealing: sealingNew, secret: "unknown", sealed: null, version: 4, status: "valid"},
		{name: "a report is upgraded", prior: verified("report", "revoked"), planned: args(k1, null, "regenerate"), wanted: of(nil), rotation: rotate, sealing: sealingNew, secret: "unknown", sealed: null, version: 4, status: "valid"},
		{name: "revoked, keepers unknown", prior: verified("regenerate", "revoked"), planned: args(unknownMap, null, "regenerate"), wanted: of(nil), rotation: rotate, sealing: sealingNew, secret: "unknown", sealed: null, version: 4, status: "valid"},
		{name: "revoked, verification unknown", prior: verified("report", "revoked"), planned: args(k1, null, "?"), wanted: of(nil), rotation: unknown, sealing: sealingUnknown, secret: "unknown", sealed: unknownMap, version: -1, status: "unknown"},
		{name: "valid, verification unknown", prior: verified("report", "valid"), planned: args(k1, null, "?"), wanted: of(nil), sealing: sealingUnknown, secret: "unknown", sealed: unknownMap, version: -1, status: "unknown"},
		{name: "verification turned off", prior: verified("report", "revoked"), planned: args(k1, null, "off"), wanted: of(nil), secret: "plain", sealed: null, version: 3},
		{name: "verification removed", prior: verified("regenerate", "revoked"), planned: args(k1, null), wanted: of(nil), secret: "plain", sealed: null, version: 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := planSecret(secretInput{Prior: c.prior, Planned: c.planned, Recipients: c.wanted, SealedTo: c.sealedTo, Changes: true})
			show := func(s types.String) string {
				switch {
				case s.IsUnknown():
					return "unknown"
				case s.IsNull():
					return "null"
				}
				return s.ValueString()
			}
			version := got.Version.ValueInt64()
			if got.Version.IsUnknown() {
				version = -1
			}
			status := show(got.Status)
			if status == "null" {
				status = ""
			}
			for what, pair := range map[string][2]any{
				"rotation": {got.Rotation, c.rotation}, "sealing": {got.Sealing, c.sealing}, "names": {fmt.Sprint(got.Names), fmt.Sprint(c.names)},
				"secret": {show(got.Secret), c.secret}, "version": {version, c.version}, "status": {status, c.status}, "verify": {got.Verify, c.verify},
			} {
				if pair[0] != pair[1] {
					t.Errorf("%s: got %v, want %v", what, pair[0], pair[1])
				}
			}
			if !got.Sealed.Equal(c.sealed) {
				t.Errorf("sealed: got %s, want %s", got.Sealed, c.sealed)
			}
		})
	}
}

// An unknown default alone does not cause a change.
func TestPlanSecret_UnknownDefault_NoChange(t *testing.T) {
	t.Parallel()
	prior := resourceModel{
		Keepers: types.MapNull(types.StringType), ClientSecret: types.StringValue("plain"), ClientSecretVersion: types.Int64Value(1),
		ClientSecretSealed: types.MapNull(types.StringType), ClientSecretRecipients: types.MapNull(types.StringType),
	}
	for _, changes := range []bool{false, true} {
		got := planSecret(secretInput{Prior: prior, Planned: prior, Recipients: fingerprints{Unknown: true}, Changes: changes})
		if got.Secret.IsUnknown() != changes || got.Version.IsUnknown() != changes || got.Sealed.IsUnknown() != changes {
			t.Errorf("changes %t: %+v", changes, got)
		}
	}
}
