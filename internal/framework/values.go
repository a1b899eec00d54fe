package framework

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// TimeOrNull returns a time as an attribute holds it: RFC 3339, UTC, to the second,
// since control planes differ in the fraction. The zero time is null.
func TimeOrNull(t time.Time) types.String {
	if t.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(t.UTC().Format(time.RFC3339))
}

// ParseTime parses what TimeOrNull returned; null, unknown and invalid strings are the
// zero time.
func ParseTime(s types.String) time.Time {
	t, err := time.Parse(time.RFC3339, s.ValueString())
	if err != nil {
		return time.Time{}
	}
	return t
}

// StringOrNull returns a string as an attribute holds it: an empty one is null.
func StringOrNull(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

// KeepKnown keeps a fact that cannot change while the object lives: what is known
// stays, and only a null or unknown value takes what was read. Control planes
// of different versions tell such facts in different forms, or not at all.
func KeepKnown(known types.String, read types.String) types.String {
	if known.IsNull() || known.IsUnknown() {
		return read
	}
	return known
}
