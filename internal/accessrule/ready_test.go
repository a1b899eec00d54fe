package accessrule_test

import (
	"fmt"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// waitingRule is the arguments of defaultRule with wait_for_ready.
var waitingRule = defaultRule + "\nwait_for_ready = true"

// newWithStatus starts a control plane that reports the status of rules.
func newWithStatus(t *testing.T) *acctest.ControlPlane {
	t.Helper()
	return acctest.NewWith(t, mockserver.Options{Version: "2.24"})
}

// advanceOnRead advances the client's clock by five seconds with each read of a
// rule, and calls then, unless it is nil, with the number of the read.
func advanceOnRead(cp *acctest.ControlPlane, then func(read int)) {
	var reads atomic.Int64
	cp.Tune(func(cfg *runai.Config) {
		cfg.Now = func() time.Time { return time.Now().Add(time.Duration(reads.Load()) * 5 * time.Second) }
	})
	cp.OnCall(acctest.ReadAccessRule, func() {
		if n := reads.Add(1); then != nil {
			then(int(n))
		}
	})
}

func TestAccAccessRule_WaitForReady_NoStatus_DoesNotWait(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.20"})
	cp.Test(resource.TestStep{
		PreConfig: cp.ResetRequests,
		Config:    ruleConfig(cp, waitingRule),
		Check:     checkAll(cp.ExpectCalls(acctest.ReadAccessRule, 1), cp.ExpectMutations(1), cp.NotWarned("")),
	})
}

func TestAccAccessRule_WaitForReady_ReadyImmediately(t *testing.T) {
	t.Parallel()
	cp := newWithStatus(t)
	cp.Test(resource.TestStep{
		PreConfig:         cp.ResetRequests,
		Config:            ruleConfig(cp, waitingRule),
		ConfigStateChecks: []statecheck.StateCheck{stateHas("wait_for_ready", knownvalue.Bool(true))},
		Check:             checkAll(cp.ExpectCalls(acctest.ReadAccessRule, 1), cp.NotWarned("")),
	})
}

func TestAccAccessRule_WaitForReady_CreatingThenReady(t *testing.T) {
	t.Parallel()
	cp := newWithStatus(t)
	cp.SetNewAccessRuleStatus("Creating", "")
	advanceOnRead(cp, func(read int) {
		if read == 6 { // far beyond the patience with NotReady
			cp.SetAccessRuleStatus(cp.AccessRule(subject).ID, "Ready", "")
		}
	})
	cp.Test(resource.TestStep{
		Config: ruleConfig(cp, waitingRule),
		Check:  checkAll(cp.ExpectCalls(acctest.ReadAccessRule, 6), isTainted(false), cp.NotWarned("")),
	})
}

func TestAccAccessRule_WaitForReady_TemporarilyNotReady(t *testing.T) {
	t.Parallel()
	cp := newWithStatus(t)
	cp.SetNewAccessRuleStatus("NotReady", "not there yet")
	advanceOnRead(cp, func(read int) {
		if read == 2 {
			cp.SetAccessRuleStatus(cp.AccessRule(subject).ID, "Ready", "")
		}
	})
	cp.Test(resource.TestStep{
		Config: ruleConfig(cp, waitingRule),
		Check:  checkAll(cp.ExpectCalls(acctest.ReadAccessRule, 2), isTainted(false)),
	})
}

func TestAccAccessRule_WaitForReady_False_DoesNotWait(t *testing.T) {
	t.Parallel()
	cp := newWithStatus(t)
	cp.SetNewAccessRuleStatus("NotReady", "the namespace is missing")
	cp.Test(resource.TestStep{
		PreConfig: cp.ResetRequests,
		Config:    ruleConfig(cp, defaultRule),
		Check:     checkAll(cp.ExpectCalls(acctest.ReadAccessRule, 0), isTainted(false)),
	})
}

func TestAccAccessRule_WaitForReady_NotReady_ShowsReasonAndKeepsRule(t *testing.T) {
	t.Parallel()
	cp := newWithStatus(t)
	cp.SetNewAccessRuleStatus("NotReady", "the namespace runai-vision is missing.")
	advanceOnRead(cp, nil)
	cp.Test(
		resource.TestStep{
			Config:      ruleConfig(cp, waitingRule),
			ExpectError: regexp.MustCompile(acctest.ErrorContains("is not ready: its status is NotReady: the namespace runai-vision is missing.").String() + `(?s).*` + acctest.ErrorContains("The rule was created and is in the state.").String()),
		},
		resource.TestStep{
			RefreshState:       true,
			ExpectNonEmptyPlan: true,
			Check:              checkAll(isTainted(true), activeRules(cp, 1)),
		},
		resource.TestStep{
			PreConfig:        func() { cp.SetNewAccessRuleStatus("Ready", "") },
			Config:           ruleConfig(cp, waitingRule),
			ConfigPlanChecks: acctest.PreApply(plancheck.ExpectResourceAction(address, plancheck.ResourceActionDestroyBeforeCreate)),
			Check:            checkAll(isTainted(false), activeRules(cp, 1)),
		},
	)
}

func TestAccAccessRule_WaitForReady_ClusterDisconnected_Warns(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string]func(cluster mockserver.Cluster) string{
		"Scope": func(c mockserver.Cluster) string {
			return fmt.Sprintf("subject_id = %q\nrole_id = 5\nscope_type = \"cluster\"\nscope_id = %q\nwait_for_ready = true", subject, c.ID)
		},
		"ClusterID":   func(c mockserver.Cluster) string { return waitingRule + fmt.Sprintf("\ncluster_id = %q", c.ID) },
		"BelowTenant": func(mockserver.Cluster) string { return waitingRule },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := newWithStatus(t)
			cp.SetClusterState("cluster-b", "Disconnected")
			cp.SetNewAccessRuleStatus("NotReady", "waiting for the cluster")
			advanceOnRead(cp, nil)
			cp.Run(t, resource.TestStep{
				Config:           ruleConfig(cp, arguments(cp.Clusters()[1])),
				ConfigPlanChecks: acctest.EmptyAfter(),
				Check: checkAll(isTainted(false), activeRules(cp, 1),
					cp.Warned("Access Rule Is Not Ready Yet"),
					cp.Warned("Not connected to the control plane: cluster cluster-b (Disconnected). The rule exists and is in the state")),
			})
		})
	}
}

// A disconnected cluster outside of the scope does not turn the error into a warning.
func TestAccAccessRule_WaitForReady_OtherClusterDisconnected_IsAnError(t *testing.T) {
	t.Parallel()
	for name, scope := range map[string]func(cp *acctest.ControlPlane) (scopeType, id string){
		"Cluster":    func(cp *acctest.ControlPlane) (string, string) { return "cluster", cp.Clusters()[0].ID },
		"Department": func(cp *acctest.ControlPlane) (string, string) { return "department", cp.Departments()[0].ID },
		"Project":    func(cp *acctest.ControlPlane) (string, string) { return "project", cp.Projects()[0].ID },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := newWithStatus(t)
			cp.SetClusterState("cluster-b", "Disconnected")
			cp.SetNewAccessRuleStatus("NotReady", "the namespace is missing")
			advanceOnRead(cp, nil)
			scopeType, id := scope(cp)
			cp.Run(t, resource.TestStep{
				Config:      ruleConfig(cp, fmt.Sprintf("subject_id = %q\nrole_id = 5\nscope_type = %q\nscope_id = %q\nwait_for_ready = true", subject, scopeType, id)),
				ExpectError: acctest.ErrorContains("the namespace is missing. The rule was created"),
			})
		})
	}
}

func TestAccAccessRule_WaitForReady_Timeout(t *testing.T) {
	t.Parallel()
	cp := newWithStatus(t)
	cp.SetNewAccessRuleStatus("Creating", "")
	cp.Tune(func(cfg *runai.Config) { cfg.RetryWait = 50 * time.Millisecond })
	config := ruleConfig(cp, waitingRule+"\ntimeouts = { create = \"2s\" }")
	cp.Test(
		resource.TestStep{Config: config, ExpectError: acctest.ErrorContains("its status is Creating. The operation timed out (see timeouts.create).")},
		resource.TestStep{RefreshState: true, ExpectNonEmptyPlan: true, Check: checkAll(isTainted(true), activeRules(cp, 1))},
	)
}

func TestAccAccessRule_WaitForReady_ReadError_KeepsRule(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cp.Test(
		resource.TestStep{
			PreConfig:   func() { cp.InjectFaultWith(acctest.ReadAccessRule, "status", 500, -1) },
			Config:      ruleConfig(cp, waitingRule),
			ExpectError: regexp.MustCompile(`(?s)Unable to Create Access Rule.*500.*The\s+rule\s+was\s+created\s+and\s+is\s+in\s+the\s+state`),
		},
		resource.TestStep{PreConfig: cp.ClearFaults, RefreshState: true, ExpectNonEmptyPlan: true, Check: checkAll(isTainted(true), activeRules(cp, 1))},
		resource.TestStep{Config: ruleConfig(cp, waitingRule), Check: checkAll(isTainted(false), activeRules(cp, 1))},
	)
}

func TestAccAccessRule_WaitForReady_TurnedOn_UpdatesInPlace(t *testing.T) {
	t.Parallel()
	cp := newWithStatus(t)
	cp.SetNewAccessRuleStatus("Creating", "")
	cp.Test(
		resource.TestStep{Config: ruleConfig(cp, defaultRule)},
		resource.TestStep{
			PreConfig: func() {
				cp.ResetRequests()
				cp.OnCall(acctest.ReadAccessRule, func() {
					if cp.Calls(acctest.ReadAccessRule) == 4 {
						cp.SetAccessRuleStatus(cp.AccessRule(subject).ID, "Ready", "")
					}
				})
			},
			Config:           ruleConfig(cp, waitingRule),
			ConfigPlanChecks: acctest.PreApply(plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate)),
			Check:            checkAll(cp.ExpectMutations(0), cp.NotWarned("")),
		},
		expectNoChange(ruleConfig(cp, waitingRule)),
	)
}

// If a wait fails in an update, the error names the rule. Terraform does not taint the
// resource, and the next apply waits again.
func TestAccAccessRule_WaitForReady_FailedUpdate_WaitsAgain(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	cp := newWithStatus(t)
	cli := applied(t, cp, ruleConfig(cp, defaultRule))
	rule := *cp.AccessRule(subject)

	cli.Configure(ruleConfig(cp, waitingRule))
	cp.InjectFaultWith(acctest.ReadAccessRule, "status", 500, -1)
	cp.ResetRequests()
	result := cli.Apply("-refresh=false")
	result.Expect(t, 1, "Unable to Update Access Rule", fmt.Sprintf("Access rule app/ci-pipeline/5/tenant/%s (ID %d", cp.TenantID(), rule.ID),
		"The rule exists and stays as it is. The next apply waits for it again.")
	result.ExpectNot(t, "taint")
	cp.ClearFaults()
	cli.Apply().Expect(t, 0, "0 added, 1 changed, 0 destroyed")
	cli.Plan().Expect(t, 0, "No changes.")
	acctest.Expect(t, cp.ExpectMutations(0))
	if now := cp.AccessRule(subject); now == nil || *now != rule {
		t.Errorf("the rule is %v, want %v", now, rule)
	}
	cli.Destroy().Expect(t, 0, "1 destroyed")
	acctest.Expect(t, cp.ExpectMutations(1))
}
