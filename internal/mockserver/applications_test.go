package mockserver_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver/mocktest"
)

func TestApplications_Create_ReturnsSubset(t *testing.T) {
	t.Parallel()
	for version, members := range map[string][]string{
		"2.18": {"id", "name", "secret"},
		"2.20": {"clientId", "id", "name", "secret"},
		"2.24": {"clientId", "clientSecret", "id", "name"},
	} {
		c := startVersion(t, version)
		got := c.want(201, "POST", c.accounts(), map[string]string{"name": "ci"}).object()
		if keys := sortedKeys(got); !slices.Equal(keys, members) {
			t.Errorf("%s: members %v, want %v", version, keys, members)
		}
	}
}

func TestApplications_Read_ReturnsNoSecret(t *testing.T) {
	t.Parallel()
	clock := mocktest.NewClock()
	for _, version := range mockserver.Versions()[1:] {
		c := start(t, mockserver.Options{Version: version, Now: clock.Now})
		id, _ := c.create("ci")
		got := c.want(200, "GET", c.accounts()+"/"+id, nil).object()
		want := map[string]any{
			"id": id, "name": "ci", "enabled": true, "createdBy": "terraform", "lastLogin": nil,
			"createdAt": "2026-03-01T12:00:00.000Z", "updatedAt": "2026-03-01T12:00:00.000Z", "tenantId": c.TenantID(),
		}
		if version >= "2.20" {
			want["clientId"] = "ci"
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", version, got, want)
		}
		if list := c.want(200, "GET", c.accounts(), nil).array(); fmt.Sprint(list[1]) != fmt.Sprint(want) {
			t.Errorf("%s: in the list %v, want %v", version, list[1], want)
		}
	}
}

func TestApplications_Regenerate_RevokesImmediately(t *testing.T) {
	t.Parallel()
	for _, version := range mockserver.Versions() {
		c := startVersion(t, version)
		id, first := c.create("ci")
		got := c.want(200, "POST", c.accounts()+"/"+id+"/secret", nil).object()
		member := "secret"
		if version >= "2.24" {
			member = "clientSecret"
		}
		second, _ := got[member].(string)
		if second == "" || second == first || c.SignsIn("ci", first) || !c.SignsIn("ci", second) {
			t.Errorf("%s: the old secret signs in, or the new one does not", version)
		}
		if issued := c.State().Applications[1].SecretsIssued; issued != 2 {
			t.Errorf("%s: %d secrets issued, want 2", version, issued)
		}
	}
}

func TestApplications_OneStoreTwoVariants(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	id := c.want(201, "POST", "/api/v1/apps", map[string]string{"name": "ci"}).object()["id"].(string)
	c.want(200, "GET", "/api/v1/service-accounts/"+id, nil)
	c.want(409, "POST", "/api/v1/service-accounts", map[string]string{"name": "ci"})
	c.want(204, "DELETE", "/api/v1/service-accounts/"+id, nil)
	c.want(404, "GET", "/api/v1/apps/"+id, nil)
}

func TestApplications_Duplicate_Is409(t *testing.T) {
	t.Parallel()
	for _, version := range mockserver.Versions() {
		c := startVersion(t, version)
		_, secret := c.create("ci")
		c.do("POST", c.accounts(), map[string]string{"name": "ci"}).wantError(409, "already exists")
		if !c.SignsIn("ci", secret) || len(c.State().Applications) != 2 {
			t.Errorf("%s: the refused create changed the data", version)
		}
	}
}

func TestApplications_IncludeTheCaller(t *testing.T) {
	t.Parallel()
	c := start(t, mockserver.Options{ClientID: "ci", ClientSecret: "s3cret"})
	own := c.want(200, "GET", c.accounts(), nil).array()[0]
	if own["name"] != "ci" || own["createdBy"] != "admin@acme.example" {
		t.Errorf("first application %v", own)
	}
	c.want(200, "PATCH", c.accounts()+"/"+own["id"].(string), map[string]bool{"enabled": false})
	if c.SignsIn("ci", "s3cret") {
		t.Error("it signs in although it was disabled")
	}
}

func TestSeed_RequestedNumbers(t *testing.T) {
	t.Parallel()
	c := start(t, mockserver.Options{Applications: 40, AccessRules: 700})
	state := c.State()
	if len(state.Applications) != 40 || len(state.AccessRules) != 700 {
		t.Fatalf("%d applications and %d rules", len(state.Applications), len(state.AccessRules))
	}
	if name := state.Applications[39].Name; name != "app-0040" {
		t.Errorf("the last is %s", name)
	}
	seen := map[string]bool{}
	times := map[time.Time]bool{}
	scopes := map[string]bool{}
	for _, r := range state.AccessRules {
		seen[fmt.Sprint(r.SubjectType, r.SubjectID, r.RoleID, r.ScopeType, r.ScopeID)] = true
		times[r.CreatedAt] = true
		scopes[r.ScopeType+r.ScopeID] = true
		if !r.CreatedAt.Before(time.Now()) {
			t.Errorf("rule %d was created in the future", r.ID)
		}
	}
	if len(seen) != 700 || len(times) != 700 || len(scopes) != 11 {
		t.Errorf("%d different rules at %d times in %d scopes", len(seen), len(times), len(scopes))
	}
}

func TestLegacyApps_ClientID_BecomesIDAfterUpgrade(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.20")
	app := c.want(200, "POST", "/v1/k8s/apps", map[string]string{"name": "Legacy App"}).object()
	id := app["clientId"].(string)
	if app["name"] != "Legacy App" || app["revoked"] != false || !c.SignsIn("Legacy App", app["secret"].(string)) {
		t.Errorf("created %v", app)
	}
	later := c.want(200, "GET", "/api/v1/apps/"+id, nil).object()
	if later["id"] != id || later["clientId"] != "Legacy App" {
		t.Errorf("as an application %v", later)
	}
}

func TestLegacyApps_Put_ReplacesObject(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.17")
	app := c.want(200, "POST", "/v1/k8s/apps", map[string]any{
		"name": "ci", "roles": []string{"editor"}, "permitAllClusters": true,
	}).object()
	path := "/v1/k8s/apps/" + app["clientId"].(string)
	whole := without(app, "secret")

	c.do("PUT", path, app).wantError(400, "secret")
	c.do("PUT", path, map[string]any{"revoked": true}).wantError(400, "name")
	c.do("PUT", path, with(whole, "enabled", false)).wantError(400, "enabled")
	c.do("PUT", path, with(whole, "name", "other")).wantError(400, "cannot be changed")
	c.do("PUT", path, with(whole, "roles", []string{"king"})).wantError(400, "king")

	c.want(200, "PUT", path, with(whole, "revoked", true))
	if got := c.want(200, "GET", path, nil).object(); fmt.Sprint(got) != fmt.Sprint(with(whole, "revoked", true)) {
		t.Errorf("after PUT %v", got)
	}
	if c.SignsIn("ci", app["secret"].(string)) {
		t.Error("a revoked application signs in")
	}
	c.want(200, "PUT", path, map[string]any{"name": "ci"})
	if got := c.want(200, "GET", path, nil).object(); got["permitAllClusters"] != false || len(got["roles"].([]any)) != 0 {
		t.Errorf("omitted members were kept: %v", got)
	}
}
