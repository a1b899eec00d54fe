package acctest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// AccessRule returns the active rule of a subject, nil if it has none. The test fails
// if it has more than one.
func (c *ControlPlane) AccessRule(subjectID string) *mockserver.AccessRule {
	var found []mockserver.AccessRule
	for _, rule := range c.State().AccessRules {
		if rule.SubjectID == subjectID && rule.DeletedAt == nil {
			found = append(found, rule)
		}
	}
	switch len(found) {
	case 0:
		return nil
	case 1:
		return &found[0]
	}
	c.t.Errorf("%s has %d access rules: %v", subjectID, len(found), found)
	return &found[0]
}

// Role returns the role of an ID.
func (c *ControlPlane) Role(id int) mockserver.Role {
	c.t.Helper()
	for _, role := range c.Roles() {
		if role.ID == id {
			return role
		}
	}
	c.t.Fatalf("there is no role %d", id)
	return mockserver.Role{}
}

// Expect fails the test if a check fails, for a test without steps.
func Expect(t testing.TB, checks ...resource.TestCheckFunc) {
	t.Helper()
	for _, check := range checks {
		if err := check(nil); err != nil {
			t.Error(err)
		}
	}
}

// credentials are the client ID and the secret in state.
func credentials(s *terraform.State, address string) (clientID, secret string, err error) {
	r, ok := s.RootModule().Resources[address]
	if !ok {
		return "", "", fmt.Errorf("%s is not in the state", address)
	}
	return r.Primary.Attributes["client_id"], r.Primary.Attributes["client_secret"], nil
}

// SignsInAs checks that the secret in state is the application's current one.
func (c *ControlPlane) SignsInAs(address string) resource.TestCheckFunc {
	return func(s *terraform.State) error {
		id, secret, err := credentials(s, address)
		if err != nil {
			return err
		}
		if !c.SignsIn(id, secret) {
			return fmt.Errorf("the secret in the state of %s does not sign in", address)
		}
		return nil
	}
}

// Refused checks that the secret in state does not sign in.
func (c *ControlPlane) Refused(address string) resource.TestCheckFunc {
	return func(s *terraform.State) error {
		id, secret, err := credentials(s, address)
		if err != nil {
			return err
		}
		if c.SignsIn(id, secret) {
			return fmt.Errorf("the secret in the state of %s signs in", address)
		}
		return nil
	}
}

// Has reports whether an application of that name exists.
func (c *ControlPlane) Has(name string) bool {
	return slices.ContainsFunc(c.State().Applications, func(a mockserver.Application) bool { return a.Name == name })
}

// Applications checks how many applications of a name exist.
func (c *ControlPlane) Applications(name string, want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		got := 0
		for _, app := range c.State().Applications {
			if app.Name == name {
				got++
			}
		}
		if got != want {
			return fmt.Errorf("there are %d applications %q, want %d", got, name, want)
		}
		return nil
	}
}

// SecretsIssued checks how many secrets were issued to an application, including the
// first.
func (c *ControlPlane) SecretsIssued(name string, want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		for _, app := range c.State().Applications {
			if app.Name == name {
				if app.SecretsIssued != want {
					return fmt.Errorf("application %q was given %d secrets, want %d", name, app.SecretsIssued, want)
				}
				return nil
			}
		}
		return fmt.Errorf("there is no application %q", name)
	}
}

// Credentials are those that the state had at one step, for a sign-in at a later one.
type Credentials struct{ clientID, secret string }

// Take keeps the credentials of an application in state.
func (k *Credentials) Take(address string) resource.TestCheckFunc {
	return func(s *terraform.State) (err error) {
		k.clientID, k.secret, err = credentials(s, address)
		return err
	}
}

// AreRefusedBy checks that they no longer sign in.
func (k *Credentials) AreRefusedBy(c *ControlPlane) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if k.secret == "" || c.SignsIn(k.clientID, k.secret) {
			return fmt.Errorf("the old secret of %q still signs in", k.clientID)
		}
		return nil
	}
}

// IDOf returns the ID of the application with a name, or an empty string.
func (c *ControlPlane) IDOf(name string) string {
	for _, app := range c.State().Applications {
		if app.Name == name {
			return app.ID
		}
	}
	return ""
}

// HoldsNoSecret checks that the state contains no secret or token that this control
// plane has issued.
func (c *ControlPlane) HoldsNoSecret() statecheck.StateCheck { return secretCheck{c, false} }

// HoldsSecret checks that the state contains one. It is the control of HoldsNoSecret.
func (c *ControlPlane) HoldsSecret() statecheck.StateCheck { return secretCheck{c, true} }

type secretCheck struct {
	cp   *ControlPlane
	want bool
}

// CheckState implements [statecheck.StateCheck].
func (s secretCheck) CheckState(_ context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	state, err := json.Marshal(req.State)
	if err != nil {
		resp.Error = err
		return
	}
	found := slices.ContainsFunc(s.cp.Issued(), func(secret string) bool { return strings.Contains(string(state), secret) })
	if found != s.want {
		resp.Error = fmt.Errorf("a secret is in the state: %t, want %t", found, s.want)
	}
}
