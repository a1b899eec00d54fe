package mockserver_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

func TestBackdoor_CreateApplication_AnyCreator(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	for name, creator := range map[string]string{"of-jane": "jane@acme.example", "of-nobody": ""} {
		c.CreateApplication(name, creator)
		for _, app := range c.want(200, "GET", c.accounts(), nil).array() {
			if app["name"] == name && app["createdBy"] != creator {
				t.Errorf("%s was created by %v, want %q", name, app["createdBy"], creator)
			}
		}
	}
	secret := c.RegenerateSecret("of-jane")
	c.SetApplicationEnabled("of-jane", false)
	if c.SignsIn("of-jane", secret) || !c.IsSecretOf("of-jane", secret) {
		t.Error("a disabled application signs in, or its secret changed")
	}
	c.DeleteApplication("of-jane")
	if c.hasApplication("of-jane") || !c.hasApplication("of-nobody") {
		t.Errorf("applications %+v", c.State().Applications)
	}
}

func TestBackdoor_LastLogin(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	id, _ := c.create("ci")
	for want, at := range map[any]time.Time{
		"2026-02-28T23:59:58.000Z": time.Date(2026, time.March, 1, 0, 59, 58, 0, time.FixedZone("", 3600)),
		nil:                        {},
	} {
		c.SetLastLogin("ci", at)
		if got := c.want(200, "GET", c.accounts()+"/"+id, nil).object()["lastLogin"]; got != want {
			t.Errorf("last login %v, want %v", got, want)
		}
	}
}

func TestBackdoor_RefuseSignIns_RefusesAll(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.25")
	v2 := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"terraform"}, "client_secret": {"terraform-secret"},
	}
	v1 := map[string]string{
		"grantType": "client_credentials", "clientID": "terraform", "clientSecret": "terraform-secret",
	}
	c.RefuseSignIns(true)
	if got := c.want(401, "POST", "/api/v2/token", v2).object()["error"]; got != "invalid_client" {
		t.Errorf("error %v", got)
	}
	c.do("POST", "/api/v1/token", v1).wantError(401, "Invalid client")
	if c.SignsIn("terraform", "terraform-secret") || !c.IsSecretOf("terraform", "terraform-secret") {
		t.Error("the credentials are accepted, or the secret changed")
	}
	c.want(200, "GET", c.accounts(), nil) // with the token from before

	c.RefuseSignIns(false)
	c.want(200, "POST", "/api/v2/token", v2)
}

func TestBackdoor_CreatedBy_OfApplication_HasPrefix(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.17", "2.24"} {
		c := start(t, mockserver.Options{Version: version, CreatedByPrefix: "service-account-"})
		c.create("ci")
		c.want(201, "POST", rulesPath, c.rule("ci", 5))
		state := c.State()
		if app, rule := state.Applications[1], state.AccessRules[1]; app.CreatedBy != "service-account-terraform" ||
			rule.CreatedBy != "service-account-terraform" {
			t.Errorf("%s: created by %s and %s", version, app.CreatedBy, rule.CreatedBy)
		}
		if version == "2.17" {
			if mine := c.want(200, "GET", "/v1/k8s/apps?onlyCreatedByMe=true", nil).array(); len(mine) != 1 {
				t.Errorf("created by the caller: %v", mine)
			}
		}
	}
}

// It is not published how such a rule is created, so only the backdoor can create one.
func TestBackdoor_AllAuthenticatedUsersRules_From30(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "3.0")
	rule := mockserver.AccessRule{
		SubjectType: "all-authenticated-users", RoleID: 15, ScopeType: "tenant", ScopeID: c.TenantID(),
	}
	created := c.CreateAccessRule(rule)
	var list struct{ AccessRules []map[string]any }
	c.want(200, "GET", rulesPath+"?subjectType=all-authenticated-users", nil).into(&list)
	if len(list.AccessRules) != 1 || list.AccessRules[0]["subjectType"] != "all-authenticated-users" {
		t.Errorf("rules %v", list.AccessRules)
	}
	c.want(200, "GET", fmt.Sprint(rulesPath, "/", created.ID), nil)
	body := c.rule("x", 15)
	body["subjectType"] = "all-authenticated-users"
	c.do("POST", rulesPath, body).wantError(400, "subjectType must be one of")

	defer func() {
		if got := fmt.Sprint(recover()); !strings.Contains(got, "2.26 has no rules of") {
			t.Errorf("on 2.26: %s", got)
		}
	}()
	startVersion(t, "2.26").CreateAccessRule(rule)
}
