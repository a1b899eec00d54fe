// Package policy tests the policy for plans that the guide on reviewing plans shows,
// with the engine that conftest uses, on plans that the CLI writes.
package policy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

const policy = "../../../examples/policies/runai.rego"

// refusals are what the policy refuses in a plan.
func refusals(t *testing.T, plan string) (messages []string) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(plan))
	decoder.UseNumber()
	var input any
	if err := decoder.Decode(&input); err != nil {
		t.Fatal(err)
	}
	results, err := rego.New(rego.Query("data.main.deny"), rego.Load([]string{policy}, nil), rego.Input(input)).Eval(t.Context())
	if err != nil || len(results) != 1 {
		t.Fatalf("%d results: %v", len(results), err)
	}
	for _, message := range results[0].Expressions[0].Value.([]any) {
		messages = append(messages, message.(string))
	}
	slices.Sort(messages)
	return messages
}

// TestAccPolicy changes a configuration, plans, and expects what the policy refuses.
func TestAccPolicy(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	const (
		keyA = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
		keyB = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAII8KIxzaa0kxpjDNZvCf38DWl3B1a4nUUzwRIRFCdcZx"
	)
	application := func(arguments string) string {
		return fmt.Sprintf("resource \"runai_service_account\" \"ci\" {\n  name = \"ci-pipeline\"\n%s\n}\n", arguments)
	}
	sealed := fmt.Sprintf("  keepers = { v = 1 }\n  client_secret_recipients = { operations = %q }", keyA)
	rule := func(role string) string {
		return fmt.Sprintf("resource \"runai_access_rule\" \"ci\" {\n  subject_id = \"ci-pipeline\"\n  %s\n  scope_type = \"tenant\"\n}\n", role)
	}
	for name, c := range map[string]struct {
		before, after string
		want          []string
	}{
		"a new application":      {"", application("  keepers = { v = 1 }"), nil},
		"another state of it":    {application(""), application("  enabled = false"), nil},
		"a rule":                 {"", rule(`role_name = "L1 researcher"`), nil},
		"a rotation":             {application("  keepers = { v = 1 }"), application("  keepers = { v = 2 }"), []string{"runai_service_account.ci: the client secret is regenerated"}},
		"a sealed rotation":      {application(sealed), application(strings.Replace(sealed, "v = 1", "v = 2", 1)), []string{"runai_service_account.ci: the client secret is regenerated"}},
		"an administrator":       {"", rule(`role_name = "System administrator"`), []string{"runai_access_rule.ci: ci-pipeline becomes a System administrator"}},
		"an administrator by id": {rule(`role_name = "Viewer"`), rule(`role_id = 1`), []string{"runai_access_rule.ci: ci-pipeline becomes a System administrator"}},
		"recipients from now on": {application(""), application(fmt.Sprintf("  client_secret_recipients = { operations = %q }", keyA)), []string{"runai_service_account.ci: operations becomes a recipient of the client secret"}},
		"a recipient is renamed": {application(sealed), application(strings.Replace(sealed, "operations", "ops", 1)), nil},
		"another key, one rotation": {
			application(sealed), application(strings.NewReplacer("v = 1", "v = 2", keyA, keyB).Replace(sealed)),
			[]string{"runai_service_account.ci: operations becomes a recipient of the client secret", "runai_service_account.ci: the client secret is regenerated"},
		},
		"nothing": {application(sealed), application(sealed), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			cli := cp.CLI(t)
			administrator := fmt.Sprintf("role_id = %d", roleID(cp, "System administrator"))
			if c.before != "" {
				cli.Configure(cp.Config(c.before))
				cli.MustApply()
			}
			cli.Configure(cp.Config(strings.Replace(c.after, "role_id = 1", administrator, 1)))
			if plan := cli.Plan("-out=plan.bin"); plan.Code == 1 {
				t.Fatal(plan.Output)
			}
			if got := refusals(t, cli.Run("show", "-json", "plan.bin").Stdout); !slices.Equal(got, c.want) {
				t.Errorf("the policy refuses %q, want %q", got, c.want)
			}
		})
	}
}

func roleID(cp *acctest.ControlPlane, name string) int {
	for _, role := range cp.Roles() {
		if role.Name == name {
			return role.ID
		}
	}
	return 0
}
