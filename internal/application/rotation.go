package application

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// rotation is the effect of a change of keepers.
type rotation int

const (
	// keep keeps the secret.
	keep rotation = iota
	// rotate regenerates it.
	rotate
	// unknown depends on values that are known only in the apply.
	unknown
)

// decideRotation returns the effect of a change from the keepers in the state to the
// planned ones.
//
//   - A key with a null value counts as absent; null and {} are the same.
//   - A different map that is not empty requests a new secret.
//   - Removing keepers does not.
//   - With an unknown value the effect is unknown, unless the known values decide it.
func decideRotation(state, plan types.Map) rotation {
	if plan.IsUnknown() {
		return unknown
	}
	before, after := knownElements(state), plan.Elements()
	var differs, hasUnknown, hasValue bool
	for key, value := range after {
		switch {
		case value.IsUnknown():
			hasUnknown = true
		case value.IsNull():
			// absent
		default:
			hasValue = true
			if old, ok := before[key]; !ok || !old.Equal(value) {
				differs = true
			}
		}
	}
	for key := range before {
		if value, ok := after[key]; !ok || value.IsNull() {
			differs = true
		}
	}
	switch {
	case differs && hasValue:
		return rotate
	case hasUnknown:
		return unknown
	default:
		return keep
	}
}

// knownElements are the elements that count.
func knownElements(m types.Map) map[string]attr.Value {
	elements := map[string]attr.Value{}
	for key, value := range m.Elements() {
		if !value.IsNull() && !value.IsUnknown() {
			elements[key] = value
		}
	}
	return elements
}
