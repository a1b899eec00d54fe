package framework

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// TimeOrNull returns the attribute value of a time: RFC 3339 in UTC, to the second, since
// control planes differ in the fraction. The zero time is null.
func TimeOrNull(t time.Time) types.String {
	if t.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(t.UTC().Format(time.RFC3339))
}

// ParseTime parses a value of TimeOrNull. Null, unknown and invalid strings are the zero
// time.
func ParseTime(s types.String) time.Time {
	t, err := time.Parse(time.RFC3339, s.ValueString())
	if err != nil {
		return time.Time{}
	}
	return t
}

// StringOrNull returns the attribute value of a string. An empty one is null.
func StringOrNull(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

// KeepKnown keeps the value of an immutable attribute. Only a null or unknown value is
// set to the one that was read. Control planes of different versions return such values
// in different forms, or not at all.
func KeepKnown(known types.String, read types.String) types.String {
	if known.IsNull() || known.IsUnknown() {
		return read
	}
	return known
}
