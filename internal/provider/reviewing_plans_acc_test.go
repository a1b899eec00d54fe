package provider_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// plannedChange is a change whose plan shows the quote in a row of the guide on
// reviewing plans.
type plannedChange struct {
	before, after string
	// arguments are further ones of the provider.
	arguments string
	// prepare changes the control plane in between, as another principal.
	prepare func(cp *acctest.ControlPlane)
	// absent is a text that the plan must not contain.
	absent string
}

// applicationWith returns an application with further arguments.
func applicationWith(arguments string) string {
	return "resource \"runai_application\" \"ci\" {\n  name = \"ci-pipeline\"\n  " + arguments + "\n}\n"
}

// ruleWith returns an access rule with a role.
func ruleWith(role string) string {
	return fmt.Sprintf("resource \"runai_access_rule\" \"ci\" {\n  subject_id = \"ci-pipeline\"\n  role_name = %q\n  scope_type = \"tenant\"\n}\n", role)
}

// dependingApplication returns an application whose keepers have a value from another resource.
func dependingApplication(value string) string {
	return fmt.Sprintf("resource \"terraform_data\" \"release\" {\n  triggers_replace = %q\n}\n", value) + applicationWith("keepers = { release = terraform_data.release.id }")
}

// importBlock imports the application by name.
func importBlock(name string) string {
	return fmt.Sprintf("import {\n  to = runai_application.ci\n  id = %q\n}\n", name)
}

func createApplication(cp *acctest.ControlPlane) {
	cp.CreateApplication("ci-pipeline", "jane@acme.example")
}

func regenerateSecret(cp *acctest.ControlPlane) { cp.RegenerateSecret("ci-pipeline") }

const recipient, otherRecipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p", "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"

var plannedChanges = map[string][]plannedChange{
	`+ resource "runai_application"`: {{after: applicationWith("")}},
	`- resource "runai_application"`: {{before: applicationWith("")}},
	`-/+ resource "runai_application"`: {
		{before: applicationWith(""), after: strings.Replace(applicationWith(""), "ci-pipeline", "ci-pipeline-prod", 1)},
	},
	`~ client_secret_version = 1 -> 2`: {
		{before: applicationWith(`keepers = { day = "1" }`), after: applicationWith(`keepers = { day = "2" }`)},
	},
	`~ client_secret_version = 1 -> (known after apply)`: {{before: dependingApplication("1"), after: dependingApplication("2")}},
	`Revoked Client Secret Is Regenerated`: {
		{before: applicationWith(`verify_client_secret = "regenerate"`), prepare: regenerateSecret, after: applicationWith(`verify_client_secret = "regenerate"`)},
		{
			before: applicationWith(`verify_client_secret = "report"`), prepare: regenerateSecret,
			after: "resource \"terraform_data\" \"mode\" {\n  input = \"regenerate\"\n}\n" + applicationWith("verify_client_secret = terraform_data.mode.output"),
		},
	},
	`RUNAI_CLIENT_SECRET Must Be Changed Afterwards`: {{
		arguments: "allow_self_lockout = true",
		after:     importBlock("terraform") + strings.Replace(applicationWith(`keepers = { day = "1" }`), "ci-pipeline", "terraform", 1),
	}},
	`~ enabled = true -> false`: {{before: applicationWith(""), after: applicationWith("enabled = false")}},
	`~ client_secret_recipients`: {{
		before: applicationWith(fmt.Sprintf("client_secret_recipients = { operations = %q, jane = %q }", recipient, otherRecipient)),
		after:  applicationWith(fmt.Sprintf("client_secret_recipients = { operations = %q }", recipient)),
		absent: "client_secret_version",
	}},
	`+ client_secret_recipients`: {{
		before: applicationWith(""), after: applicationWith(fmt.Sprintf("client_secret_recipients = { operations = %q }", recipient)), absent: "client_secret_version",
	}},
	`+ resource "runai_access_rule"`:   {{after: ruleWith("Viewer")}},
	`- resource "runai_access_rule"`:   {{before: ruleWith("Viewer")}},
	`-/+ resource "runai_access_rule"`: {{before: ruleWith("Viewer"), after: ruleWith("Editor")}},
	`will be imported`:                 {{prepare: createApplication, after: importBlock("ci-pipeline") + applicationWith("")}},
	`imported from`:                    {{prepare: createApplication, after: importBlock("ci-pipeline") + applicationWith(`keepers = { day = "1" }`)}},
	`has moved to`: {{
		before: applicationWith(""),
		after:  strings.Replace(applicationWith(""), `"ci"`, `"pipeline"`, 1) + "moved {\n  from = runai_application.ci\n  to = runai_application.pipeline\n}\n",
	}},
	`will not be destroyed`: {{
		before: applicationWith(""), after: "removed {\n  from = runai_application.ci\n  lifecycle {\n    destroy = false\n  }\n}\n",
	}},
	`Application Name Is Taken`: {
		{prepare: createApplication, after: applicationWith("")},
		{after: ruleWith("Viewer"), prepare: func(cp *acctest.ControlPlane) {
			cp.CreateAccessRule(mockserver.AccessRule{SubjectID: "ci-pipeline", SubjectType: "app", RoleID: 15, ScopeType: "tenant", ScopeID: cp.TenantID()})
		}},
	},
	`Provider Would Lock Itself Out`: {{after: importBlock("terraform") + strings.Replace(applicationWith("enabled = false"), "ci-pipeline", "terraform", 1)}},
}

var (
	signRow = regexp.MustCompile("(?m)^\\| ([^|]*`[^|]*) \\| ([^|]+) \\|$")
	quoted  = regexp.MustCompile("(?:(warning|error) )?`([^`]+)`")
	spaces  = regexp.MustCompile(` +`)
)

// Each row of the guide quotes the output of the CLI: the symbols and the summaries.
func TestAccGuides_ReviewingPlans(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	page, _ := read(t, "../../templates/guides/reviewing-plans.md.tmpl")
	shown := map[string]bool{}
	for _, row := range signRow.FindAllStringSubmatch(page, -1) {
		signs := quoted.FindAllStringSubmatch(row[1], -1)
		key := signs[0][2]
		shown[key] = true
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			changes, ok := plannedChanges[key]
			if !ok {
				t.Fatal("no plan covers the row")
			}
			output := ""
			for _, change := range changes {
				output += change.plan(t)
			}
			for _, sign := range signs {
				text := sign[2]
				switch sign[1] {
				case "warning":
					text = "Warning: " + text
				case "error":
					text = "Error: " + text
				}
				if pattern := strings.ReplaceAll(regexp.QuoteMeta(text), ellipsis, ".+"); !regexp.MustCompile(pattern).MatchString(output) {
					t.Errorf("the plan does not show %s: %s", text, output)
				}
			}
		})
	}
	for key := range plannedChanges {
		if !shown[key] {
			t.Errorf("the guide has no row that begins with %s", key)
		}
	}
}

// plan returns the output of the plan, each line with single spaces.
func (c plannedChange) plan(t *testing.T) string {
	t.Helper()
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.24"})
	cli := cp.CLI(t)
	if strings.Contains(c.after, "removed {") {
		cli.Needs("removed blocks", "1.7.0", "1.7.0")
	}
	if c.before != "" {
		cli.Configure(cp.ConfigWith(c.arguments, c.before))
		cli.MustApply()
	}
	if c.prepare != nil {
		c.prepare(cp)
	}
	cli.Configure(cp.ConfigWith(c.arguments, c.after))
	output := spaces.ReplaceAllString(cli.Plan().Output, " ")
	if c.absent != "" && strings.Contains(output, c.absent) {
		t.Errorf("the plan shows %s: %s", c.absent, output)
	}
	return output
}
