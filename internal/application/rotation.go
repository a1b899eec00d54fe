package application

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// rotation is what a change of keepers asks for.
type rotation int

const (
	// keep leaves the secret alone.
	keep rotation = iota
	// rotate regenerates it.
	rotate
	// undecided: it depends on values that are not known yet.
	undecided
)

// decideRotation tells what going from the keepers in state to the planned ones
// asks for. It is the whole decision: nothing else rotates a secret, and it
// depends on nothing else.
//
//   - A key with a null value is as good as absent; null and {} are the same.
//   - A different map that is not empty asks for a new secret.
//   - Taking keepers away asks for nothing.
//   - What is unknown decides nothing, unless what is known does.
func decideRotation(state, plan types.Map) rotation {
	if plan.IsUnknown() {
		return undecided
	}
	before, after := known(state), plan.Elements()
	var differs, open, filled bool
	for key, value := range after {
		switch {
		case value.IsUnknown():
			open = true
		case value.IsNull():
			// absent
		default:
			filled = true
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
	case differs && filled:
		return rotate
	case open:
		return undecided
	default:
		return keep
	}
}

// known are the elements that count.
func known(m types.Map) map[string]attr.Value {
	elements := map[string]attr.Value{}
	for key, value := range m.Elements() {
		if !value.IsNull() && !value.IsUnknown() {
			elements[key] = value
		}
	}
	return elements
}
