package runai

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// text is a JSON string that some control planes send as a number: the tenant
// id is a string on applications and an int32 on rules and clusters, and ids of
// org units come either way (API.md sections 2, 4.3 and 9.2).
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	switch {
	case bytes.Equal(data, []byte("null")):
		*t = ""
		return nil
	case len(data) > 0 && data[0] == '"':
		return json.Unmarshal(data, (*string)(t))
	}
	var n json.Number
	if err := json.Unmarshal(data, &n); err != nil {
		return fmt.Errorf("want a string or a number: %w", err)
	}
	*t = text(n)
	return nil
}

// moment is a date-time that may be null, empty or missing: the documents call
// createdAt, updatedAt and lastLogin required and nullable at once.
type moment struct {
	time.Time
	served bool // the member was there, be it null
}

func (m *moment) UnmarshalJSON(data []byte) error {
	m.served = true
	var s *string
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("want a date-time: %w", err)
	}
	if s == nil || *s == "" {
		m.Time = time.Time{}
		return nil
	}
	t, err := time.Parse(time.RFC3339Nano, *s)
	if err != nil {
		return fmt.Errorf("want a date-time: %w", err)
	}
	m.Time = t.UTC()
	return nil
}
