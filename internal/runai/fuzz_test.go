package runai

import (
	"encoding/json"
	"testing"
	"time"
)

func FuzzWireApplication(f *testing.F) {
	for _, seed := range []string{
		`{"id":"1","name":"ci","clientId":"ci","enabled":true,"createdBy":"a@b","createdAt":"2026-01-01T00:00:00.000Z","updatedAt":null,"lastLogin":"","tenantId":1001}`,
		`{"clientId":"uuid","name":"MyApplication","revoked":true,"tenantId":"1001","secret":"s"}`,
		`{"clientSecret":"s","secret":null}`, `null`, `[]`, `{"tenantId":1e400}`, `{"tenantId":{}}`, `{"enabled":"yes"}`, `{"createdAt":0}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var w wireApplication
		if json.Unmarshal(data, &w) != nil {
			return
		}
		for _, d := range dialects {
			app := d.application(w)
			if app.Name != w.Name || app.ClientID == "" && app.Name != "" {
				t.Errorf("%+v", app)
			}
			if app.CreatedAt.Location() != time.UTC {
				t.Errorf("%v is not UTC", app.CreatedAt)
			}
		}
	})
}

func FuzzWireRule(f *testing.F) {
	for _, seed := range []string{
		`{"id":7,"subjectId":"ci","subjectType":"service-account","roleId":1,"roleName":"x","scopeType":"tenant","scopeId":"1001","tenantId":1001,"createdAt":"2026-01-01T00:00:00Z","deletedAt":null,"status":{"phase":"Ready"}}`,
		`{"id":9223372036854775807,"scopeId":7,"status":null}`, `{"status":{"phase":null}}`, `{"id":1.5}`, `{"id":"7"}`, `null`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var w wireRule
		if json.Unmarshal(data, &w) != nil {
			return
		}
		r := w.rule()
		if r.ID != w.ID || !r.Key().Equal(r.Key()) || r.Active() && !r.DeletedAt.IsZero() {
			t.Errorf("%+v", r)
		}
	})
}

func FuzzWireList(f *testing.F) {
	for _, seed := range []string{
		`[]`, `[{"id":1}]`, ` [ ]`, `{"roles":[],"next":500}`, `{"roles":[{"id":1,"name":"x"}],"next":null}`, `{"roles":null}`, `{"next":1}`, `{"roles":[],"next":"1"}`, `null`, `"x"`, `                    [1]`,
		`[{"id":1},{"id":"1"},null,{}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l := wireList{member: "roles", rows: []json.RawMessage{[]byte("{}")}}
		if json.Unmarshal(data, &l) != nil {
			return
		}
		rows := decodeRows(l.rows, roleID, always(wireRole.role))
		if len(rows) != len(l.rows) {
			t.Errorf("%d rows of %d", len(rows), len(l.rows))
		}
		for _, r := range rows {
			if r.key == "" {
				t.Errorf("%+v has no key", r)
			}
		}
	})
}

func FuzzNullTime(f *testing.F) {
	for _, seed := range []string{`null`, `""`, `"2026-01-01T00:00:00Z"`, `"2026-01-01T00:00:00.123456789+14:00"`, `"yesterday"`, `0`, `{}`, `"0000-01-01T00:00:00Z"`, `"9999-12-31T23:59:59-23:59"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var m nullTime
		if json.Unmarshal(data, &m) == nil && m.Location() != time.UTC {
			t.Errorf("%v is not UTC", m)
		}
	})
}

func FuzzFlexString(f *testing.F) {
	for _, seed := range []string{`null`, `""`, `"1001"`, `1001`, `-1`, `1e3`, `1.5`, `true`, `{}`, `[]`, ` 7 `, `"\u0000"`, `1e99999`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var x flexString
		if json.Unmarshal(data, &x) != nil {
			return
		}
		var s string
		if json.Unmarshal(data, &s) == nil && string(x) != s {
			t.Errorf("%q read as %q", s, x)
		}
	})
}

func FuzzParseClaims(f *testing.F) {
	for _, seed := range []string{"", "a.b.c", "..", "eyJhbGciOiJub25lIn0.eyJleHAiOjEsImlhdCI6MH0.x", "a.bnVsbA.c", "a.e30=.c"} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, s string) { _ = parseClaims(NewSecret(s)) })
}

func FuzzParseVersion(f *testing.F) {
	for _, seed := range []string{"", "2.24", "v3.0", "2.22.14", "1.9", "2", "2.-1", "99999999999999999999.1", "2.24-rc1", " 2.24"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := ParseVersion(s)
		if err != nil || v.IsZero() {
			return
		}
		if again, err := ParseVersion(v.String()); err != nil || again != v {
			t.Errorf("%q is %v, and that is %v, %v", s, v, again, err)
		}
		if v.dialect() == nil || len(grantsOf(v)) == 0 {
			t.Errorf("%v speaks nothing", v)
		}
	})
}
