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

// refusals returns the refusals of the policy for a plan.
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

// TestAccPolicy changes a configuration, plans it, and expects the refusals of the policy.
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
	rule := func(subject, role string) string {
		return fmt.Sprintf("resource \"runai_access_rule\" \"ci\" {\n  subject_id = %s\n  %s\n  scope_type = \"tenant\"\n}\n", subject, role)
	}
	const (
		literal   = `"ci-pipeline"`
		rotated   = "runai_service_account.ci: the client secret is regenerated"
		deleted   = "runai_service_account.ci: the application is deleted, and its credentials with it"
		recipient = "runai_service_account.ci: operations becomes a recipient of the client secret"
		unknown   = "runai_service_account.ci: the recipients of the client secret are known after the apply"
	)
	for name, c := range map[string]struct {
		before, after string
		want          []string
		// provider is the configuration of the provider after the change.
		provider string
	}{
		"nothing":             {before: application(sealed), after: application(sealed)},
		"a new application":   {after: application("  keepers = { v = 1 }")},
		"another state of it": {before: application(""), after: application("  enabled = false")},
		"a rule":              {after: rule(literal, `role_name = "L1 researcher"`)},

		"a rotation":        {before: application("  keepers = { v = 1 }"), after: application("  keepers = { v = 2 }"), want: []string{rotated}},
		"a sealed rotation": {before: application(sealed), after: application(strings.Replace(sealed, "v = 1", "v = 2", 1)), want: []string{rotated}},
		"perhaps a rotation": {
			before: application("  keepers = { v = 1 }"),
			after:  application("  keepers = { v = terraform_data.other.id }") + `resource "terraform_data" "other" {}`,
			want:   []string{rotated},
		},
		"a deletion":    {before: application(""), want: []string{deleted}},
		"a replacement": {before: application(""), after: strings.Replace(application(""), "ci-pipeline", "ci", 1), want: []string{deleted}},

		"an administrator":                 {after: rule(literal, `role_name = "System administrator"`), want: []string{"runai_access_rule.ci: ci-pipeline becomes a System administrator"}},
		"an administrator by id":           {before: rule(literal, `role_name = "Viewer"`), after: rule(literal, `role_id = 1`), want: []string{"runai_access_rule.ci: ci-pipeline becomes a System administrator"}},
		"an administrator in another case": {after: rule(literal, `role_name = "syſtem ADMINISTRATOR"`), want: []string{"runai_access_rule.ci: ci-pipeline becomes a System administrator"}},
		"an administrator that is created, too": {
			after: application("") + rule("runai_service_account.ci.client_id", `role_name = "System administrator"`),
			want:  []string{"runai_access_rule.ci: a subject that is known after the apply becomes a System administrator"},
		},
		"a role that is not known yet": {
			after: rule(literal, `role_id = length(terraform_data.other.id)`) + `resource "terraform_data" "other" {}`,
			want:  []string{"runai_access_rule.ci: the role is known after the apply"},
		},

		"a new application with a recipient": {after: application(sealed), want: []string{recipient}},
		"recipients from now on":             {before: application(""), after: application(fmt.Sprintf("  client_secret_recipients = { operations = %q }", keyA)), want: []string{recipient}},
		"recipients of the provider":         {before: application(""), after: application(""), provider: fmt.Sprintf("client_secret_recipients = { operations = %q }", keyA), want: []string{recipient}},
		"recipients of the provider that are not known yet": {
			after: application("") + `resource "terraform_data" "other" {}`, provider: "client_secret_recipients = { operations = terraform_data.other.id }", want: []string{unknown},
		},
		"recipients that are not known yet": {
			after: application("  client_secret_recipients = { operations = terraform_data.other.output }") + `resource "terraform_data" "other" { input = "` + keyA + `" }`,
			want:  []string{unknown},
		},
		"a recipient is renamed": {before: application(sealed), after: application(strings.Replace(sealed, "operations", "ops", 1))},
		"another key, one rotation": {
			before: application(sealed), after: application(strings.NewReplacer("v = 1", "v = 2", keyA, keyB).Replace(sealed)),
			want: []string{recipient, rotated},
		},
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
			cli.Configure(cp.ConfigWith(c.provider, strings.Replace(c.after, "role_id = 1", administrator, 1)))
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
