package accessrule_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// applied returns a CLI that has applied a configuration with one resource.
func applied(t *testing.T, cp *acctest.ControlPlane, config string) *acctest.CLI {
	t.Helper()
	cli := cp.CLI(t)
	cli.Configure(config)
	cli.Apply().Expect(t, 0, "1 added")
	return cli
}

// States of the first version have attributes that were removed since.
func TestAccAccessRule_State_OfFirstVersion_NoChange(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	cp := acctest.New(t)
	existing := createOutOfBand(cp)
	data, err := os.ReadFile("testdata/state-v1.json")
	if err != nil {
		t.Fatal(err)
	}
	state := strings.Replace(string(data), `"id": "2"`, `"id": "`+strconv.Itoa(existing.ID)+`"`, 1)
	if !strings.Contains(state, `"created_by": "terraform"`) {
		t.Fatalf("created_by is missing, so this is not a state of the first version: %s", state)
	}
	cli := cp.CLI(t)
	if err := os.WriteFile(filepath.Join(cli.Dir, "terraform.tfstate"), []byte(state), 0o600); err != nil {
		t.Fatal(err)
	}
	cli.Configure(ruleConfig(cp, defaultRule))
	cli.Plan().Expect(t, 0, "No changes.")
	// Control: another role is a change.
	cli.Configure(ruleConfig(cp, tenantRule("role_id = 6")))
	cli.Plan().Expect(t, 2, "must be replaced")

	cli.Configure(ruleConfig(cp, defaultRule))
	cli.Apply().Expect(t, 0, "0 added, 0 changed, 0 destroyed")
	if got := cli.State()[address].AttributeValues; got["created_by"] != nil || got["id"] != strconv.Itoa(existing.ID) {
		t.Errorf("the state has %v", got)
	}
	cli.Destroy().Expect(t, 0, "1 destroyed")
}

// loseCreate creates a resource without an ID and with a record of its create: the
// response to the create is lost, and listing is forbidden from then on.
func loseCreate(t *testing.T, cp *acctest.ControlPlane, cli *acctest.CLI) {
	t.Helper()
	cp.InjectFault(acctest.CreateAccessRule, "drop-after", 1)
	cp.OnCall(acctest.CreateAccessRule, func() { cp.InjectFaultWith(acctest.ListAccessRules, "status", 403, -1) })
	cli.Configure(ruleConfig(cp, defaultRule))
	cli.Apply().Expect(t, 1, "Unable to Create Access Rule", "Run terraform apply again")
	cp.OnRequest(nil)
	if cp.AccessRule(subject) == nil {
		t.Fatal("the lost create did not take effect")
	}
}

func TestAccAccessRule_PendingCreate_ResolvedByRefresh(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	loseCreate(t, cp, cli)
	lost := cp.AccessRule(subject).ID
	cp.ClearFaults()
	cli.Apply().Expect(t, 0, "1 added, 0 changed, 1 destroyed")
	if got := cp.AccessRule(subject); got == nil || got.ID == lost {
		t.Errorf("the rule is %+v, want one other than %d", got, lost)
	}
	cli.Destroy().Expect(t, 0, "1 destroyed")
	if got := cp.AccessRule(subject); got != nil {
		t.Errorf("%+v was not deleted", got)
	}
}

// Without a refresh, Delete has no record that shows which resource created the rule.
func TestAccAccessRule_PendingCreate_DeleteWithoutRefresh_IsAnError(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	loseCreate(t, cp, cli)
	cp.ClearFaults()
	cp.ResetRequests()
	cli.Apply("-refresh=false").Expect(t, 1,
		"Unable to Delete Access Rule", "It is unknown whether access rule app/ci-pipeline/5/tenant/1001", "Plan again without -refresh=false")
	acctest.Expect(t, cp.ExpectMutations(0))
	// The record is still there for a plan with a refresh.
	cli.Destroy().Expect(t, 0, "1 destroyed")
	acctest.Expect(t, cp.ExpectMutations(1), activeRules(cp, 0))
}

// Without a record, for example after an edit of the state, the resource adopts no
// rule.
func TestAccAccessRule_PendingCreate_NoRecord_Warns(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	loseCreate(t, cp, cli)
	cp.ClearFaults()
	lost := cp.AccessRule(subject)
	file := filepath.Join(cli.Dir, "terraform.tfstate")
	state, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	edited := regexp.MustCompile(`,\s*"private": "[^"]*"`).ReplaceAll(state, nil)
	if len(edited) == len(state) {
		t.Fatalf("the state has no private state: %s", state)
	}
	if err := os.WriteFile(file, edited, 0o600); err != nil {
		t.Fatal(err)
	}
	cp.ResetRequests()
	cli.Apply().Expect(t, 1, "Access Rule Removed From State", "already exists", importBlock(lost.ID))
	acctest.Expect(t, cp.ExpectMutations(0))
	cp.DeleteAccessRule(lost.ID)
	cli.Apply().Expect(t, 0, "1 added")
	acctest.Expect(t, cp.ExpectMutations(1))
}

func TestAccAccessRule_PendingCreate_ListForbidden(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	loseCreate(t, cp, cli)
	existing := cp.AccessRule(subject)

	cli.Plan().Expect(t, 2, "Outcome of a Create Is Unknown", "the provider is not permitted to list access rules", "must be replaced")
	cp.ResetRequests()
	// The next create decides: the rule exists.
	cli.Apply().Expect(t, 1, "Outcome of a Create Is Unknown", "already exists")
	acctest.Expect(t, cp.ExpectCalls(acctest.DeleteAccessRule, 0))
	if got := cp.AccessRule(subject); got == nil || *got != *existing {
		t.Errorf("the rule is %+v, want %+v, untouched", got, existing)
	}
	if got := cli.State(); len(got) != 0 {
		t.Errorf("the state has %v", got)
	}
}

// A refresh uses the timeout in the state, so the error says how to replace a bad one.
func TestAccAccessRule_Timeouts_Read_BadValueInState_CanBeCorrected(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := applied(t, cp, ruleConfig(cp, defaultRule+"\ntimeouts = { read = \"1ns\" }"))
	cli.Configure(ruleConfig(cp, defaultRule))
	cli.Plan().Expect(t, 1, "Unable to Read Access Rule", "Access rule app/ci-pipeline/5/tenant/1001 (ID",
		"The operation exceeded timeouts.read, which is 1ns.", "run terraform apply -refresh=false once")
	cli.Apply("-refresh=false").Expect(t, 0, "1 changed")
	cli.Plan().Expect(t, 0, "No changes.")
	cli.Destroy().Expect(t, 0, "1 destroyed")
}
