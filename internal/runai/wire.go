package runai

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// flexString is a JSON string that some control planes send as a number: the tenant ID
// is a string in applications and an int32 in rules and clusters, and IDs of org units
// are either (API.md sections 2, 4.3 and 9.2).
type flexString string

func (s *flexString) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	switch {
	case bytes.Equal(data, []byte("null")):
		*s = ""
		return nil
	case len(data) > 0 && data[0] == '"':
		return json.Unmarshal(data, (*string)(s))
	}
	var n json.Number
	if err := json.Unmarshal(data, &n); err != nil {
		return fmt.Errorf("want a string or a number: %w", err)
	}
	*s = flexString(n)
	return nil
}

// nullTime is a date-time that may be null, empty or missing: in the OpenAPI documents
// createdAt, updatedAt and lastLogin are required and nullable.
type nullTime struct {
	time.Time
	served bool // the member was there, be it null
}

func (n *nullTime) UnmarshalJSON(data []byte) error {
	n.served = true
	var s *string
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("want a date-time: %w", err)
	}
	if s == nil || *s == "" {
		n.Time = time.Time{}
		return nil
	}
	t, err := time.Parse(time.RFC3339Nano, *s)
	if err != nil {
		return fmt.Errorf("want a date-time: %w", err)
	}
	n.Time = t.UTC()
	return nil
}
