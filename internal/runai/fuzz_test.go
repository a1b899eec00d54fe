package runai

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
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

// FuzzRolePermissions decodes the permissions of a role. What cannot be read is no error
// and proves nothing; a permission to create applications is never overlooked.
func FuzzRolePermissions(f *testing.F) {
	for _, seed := range []string{
		`null`, `[]`, `{}`, `"all"`, `[null]`, `[{}]`, `[{"resourceType":"apps"}]`, `[{"resourceType":"apps","actions":["read"]}]`,
		`[{"resourceType":"ACCESS_RULES","actions":["read","delete"]},{"resourceType":"projects","actions":["create"]}]`,
		`[{"resourceType":"projects","actions":["read"]}]`, `[{"resourceType":7}]`, `[{"actions":null}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var w struct {
			ID          int64
			Permissions rolePermissions
		}
		if !json.Valid(data) {
			return
		}
		if err := json.Unmarshal([]byte(`{"permissions":`+string(data)+`,"id":7}`), &w); err != nil || w.ID != 7 {
			t.Fatalf("%s makes the role unreadable: %v", data, err)
		}
		if len(w.Permissions) == 0 && w.Permissions.readAccessOnly() {
			t.Errorf("%s: no permission is known", data)
		}
		for _, p := range w.Permissions {
			if p.ResourceType == "" && len(p.Actions) == 0 && w.Permissions.readAccessOnly() {
				t.Errorf("%s: a permission for nothing is not known either", data)
			}
		}
		creates := rolePermission{ResourceType: "apps", Actions: []string{"read", "create"}}
		for _, list := range []rolePermissions{append(rolePermissions{creates}, w.Permissions...), append(w.Permissions, creates)} {
			if list.readAccessOnly() {
				t.Errorf("%+v manages access", list)
			}
		}
	})
}

// FuzzWireRole decodes a role: it is in the list unless it was deleted, and only permissions
// that were read make it harmless.
func FuzzWireRole(f *testing.F) {
	for _, seed := range []string{
		`{"id":5,"name":"L1 researcher","custom":false,"enabled":true,"permissions":[{"resourceType":"projects","actions":["read"]}]}`,
		`{"id":5,"enabled":true,"effectiveEnabled":false,"deprecated":true,"deletedAt":"2026-01-01T00:00:00Z"}`,
		`{"id":0}`, `{"id":"5"}`, `{"permissions":{}}`, `null`, `[]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var w wireRole
		if json.Unmarshal(data, &w) != nil {
			return
		}
		r := w.role()
		if r.ID != w.ID || r.Name != w.Name || !r.MayManageAccess() && len(w.Permissions) == 0 {
			t.Errorf("%+v is read as %+v", w, r)
		}
		if w.EffectiveEnabled == nil && w.Enabled == nil && !r.Enabled {
			t.Errorf("%+v is disabled, and the control plane does not say so", r)
		}
	})
}

// FuzzWireCluster decodes a list with a cluster and another one: each malformed entry
// counts, and hides no other.
func FuzzWireCluster(f *testing.F) {
	for _, seed := range []string{
		`{"uuid":"u","name":"a","version":"2.24","domain":null,"status":{"state":"Connected"},"deletedAt":null}`,
		`{"uuid":"u","deletedAt":"2026-01-01T00:00:00Z"}`, `{"uuid":"","name":"a"}`, `{"status":null}`, `{"status":{"state":7}}`, `{"uuid":"v"}`, `null`, `7`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !json.Valid(data) {
			return
		}
		rows := decodeRows([]json.RawMessage{data, []byte(`{"uuid":"v","name":"b"}`)}, clusterID, wireCluster.cluster)
		if len(rows) != 2 || rows[1].item.Name != "b" || rows[1].hidden || rows[1].malformed {
			t.Fatalf("%s: %+v", data, rows)
		}
		var w wireCluster
		switch err := json.Unmarshal(data, &w); {
		case err != nil || w.UUID == "":
			if !rows[0].malformed || rows[0].item.ID != "" {
				t.Errorf("%s, which has no ID, is read as %+v", data, rows[0])
			}
		case rows[0].malformed || rows[0].key != w.UUID || rows[0].hidden == w.DeletedAt.IsZero():
			t.Errorf("%s is read as %+v", data, rows[0])
		}
	})
}

// FuzzWireOrgUnit decodes a department or a project: a filter by its own values finds it,
// and by other values does not.
func FuzzWireOrgUnit(f *testing.F) {
	for _, seed := range []string{
		`{"id":"7","name":"research","clusterId":"c","parentId":4,"status":{"phase":"Ready"}}`,
		`{"id":7,"name":"","clusterId":null,"parentId":"x","status":null}`, `{"id":1e3}`, `{"id":true}`, `null`, `{"status":{}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var w wireOrgUnit
		if json.Unmarshal(data, &w) != nil {
			return
		}
		d, p := w.department(), w.project()
		own := OrgUnitFilter{Name: p.Name, ClusterID: p.ClusterID, DepartmentID: p.DepartmentID}
		if d.ID != p.ID || d.Name != p.Name || !own.matches(w) || !(OrgUnitFilter{}).matches(w) {
			t.Errorf("%s is read as %+v and %+v", data, d, p)
		}
		for _, other := range []OrgUnitFilter{{Name: p.Name + "x"}, {ClusterID: p.ClusterID + "x"}, {DepartmentID: p.DepartmentID + "x"}} {
			if other.matches(w) {
				t.Errorf("%+v matches %s", other, data)
			}
		}
	})
}

// FuzzTokenResponse decodes the response of a token endpoint. A token without a lifetime is
// used until it is refused; one with a lifetime is used for some of it.
func FuzzTokenResponse(f *testing.F) {
	for _, seed := range []string{
		`{"accessToken":"t","expiresIn":300}`, `{"access_token":"t","expires_in":1,"token_type":"Bearer"}`, `{"accessToken":null}`, `{}`, `null`,
		`{"accessToken":"t","expiresIn":9223372036854775807}`, `{"access_token":"t","expires_in":-1}`, `{"access_token":"t","expires_in":"300"}`,
		`{"access_token":"h.eyJleHAiOjIsImlhdCI6MX0.s"}`, `{"access_token":"h.eyJleHAiOjl9.s"}`, `{"access_token":"h.eyJleHAiOjkyMjMzNzIwMzY4NTQ3NzU4MDcsImlhdCI6MX0.s"}`,
		`{"access_token":"h.eyJleHAiOjkyMjMzNzIwMzY4NTQ3NzU4MDd9.s"}`, `{"access_token":"h.eyJleHAiOjEsImlhdCI6Mn0.s"}`,
	} {
		f.Add([]byte(seed))
	}
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	client, err := rest.New(rest.Config{BaseURL: &url.URL{Scheme: "https", Host: "acme.run.ai"}, Now: func() time.Time { return now }})
	if err != nil {
		f.Fatal(err)
	}
	auth := &authenticator{rest: client}
	f.Fuzz(func(t *testing.T, data []byte) {
		var response tokenResponse
		if json.Unmarshal(data, &response) != nil {
			return
		}
		got, err := auth.newToken(response, rest.Request{Operation: "sign in"})
		if (err == nil) == got.value.IsZero() || err == nil && response.AccessTokenV1.IsZero() && response.AccessTokenV2.IsZero() {
			t.Fatalf("%q: %v, %v", data, got, err)
		}
		lifetime := max(response.ExpiresInV1, response.ExpiresInV2)
		switch {
		case err != nil:
		case got.expires.IsZero() != got.renew.IsZero(), got.renew.After(got.expires):
			t.Errorf("%q: renewed %v, expires %v", data, got.renew, got.expires)
		case lifetime > 0, got.claims.Issued > 0 && got.claims.Expires > got.claims.Issued:
			if !got.valid(now) || !got.expires.After(now) {
				t.Errorf("%q: renewed %v, expires %v", data, got.renew, got.expires)
			}
		case got.claims.Expires <= 0 && !got.expires.IsZero():
			t.Errorf("%q: expires %v", data, got.expires)
		}
	})
}

// FuzzParseBaseURL parses the address of a control plane: it is safe to send credentials
// to, it is the same when it is parsed again, and no error shows a password or a control
// character.
func FuzzParseBaseURL(f *testing.F) {
	for _, seed := range []string{
		"https://acme.run.ai", " https://acme.run.ai/// ", "http://localhost:8080", "http://[::1]:1", "http://127.0.0.1", "http://acme.run.ai", "HTTPS://ACME.run.ai/x",
		"https://user:%s@acme.run.ai", "user:%s@acme.run.ai", "ftp://user:%s@acme.run.ai", "https://user:%s@", "//user:%s@acme.run.ai", "https://acme.run.ai?x=%s", "https://acme.run.ai#%s",
		"https://acme.run.ai?", "acme.run.ai", "http://\u202eacme", "https://:443", "https://[::1%%25lo]", "",
	} {
		f.Add(strings.ReplaceAll(seed, "%s", fuzzedPassword))
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := ParseBaseURL(s)
		if err != nil {
			if strings.Contains(s, ":"+fuzzedPassword+"@") && strings.Contains(err.Error(), fuzzedPassword) {
				t.Errorf("%q: the error shows the password: %s", s, err)
			}
			if strings.ContainsFunc(err.Error(), func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
				t.Errorf("%q: the error has a control character: %q", s, err)
			}
			return
		}
		if u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) || u.Hostname() == "" || u.User != nil || strings.ContainsAny(u.String(), "?#") {
			t.Errorf("%q is accepted as %s", s, u)
		}
		if again, err := ParseBaseURL(u.String()); err != nil || again.String() != u.String() {
			t.Errorf("%q is %s, and that is %v, %v", s, u, again, err)
		}
	})
}

const fuzzedPassword = "geheim-0815"

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

// FuzzParseClaims reads the claims of a token: those of its payload, with or without
// padding, and none of a text that is no token.
func FuzzParseClaims(f *testing.F) {
	for _, seed := range []string{"", "a.b.c", "..", "eyJhbGciOiJub25lIn0.eyJleHAiOjEsImlhdCI6MH0.x", "a.bnVsbA.c", "a.e30=.c"} {
		f.Add(seed, []byte(`{"exp":2,"iat":1,"azp":"ci","tenant_id":1001}`))
	}
	for _, seed := range []string{`{}`, `null`, `[]`, `{"exp":"2"}`, `{"exp":1.5}`, `{"azp":"ci","exp":true}`, `{"tenant_id":"1001"`} {
		f.Add("a.b", []byte(seed))
	}
	f.Fuzz(func(t *testing.T, text string, payload []byte) {
		if got := parseClaims(NewSecret(text)); got != (claims{}) && strings.Count(text, ".") != 2 {
			t.Errorf("%q has the claims %+v", text, got)
		}
		var want claims
		if json.Unmarshal(payload, &want) != nil {
			want = claims{}
		}
		for _, encoding := range []*base64.Encoding{base64.RawURLEncoding, base64.URLEncoding} {
			if got := parseClaims(NewSecret("e30." + encoding.EncodeToString(payload) + ".s")); got != want {
				t.Errorf("%q has the claims %+v, want %+v", payload, got, want)
			}
		}
	})
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
