package acctest

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// Providers are the factories for a test case. Waits between attempts are a
// millisecond.
func (c *ControlPlane) Providers() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"runai": func() (tfprotov6.ProviderServer, error) {
			server, err := providerserver.NewProtocol6WithError(c.provider())()
			if err != nil {
				return nil, err
			}
			return c.warnings.listen(server)
		},
	}
}

// PreApply are checks of the plan of a step, before it is applied.
func PreApply(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: checks}
}

// EmptyAfter is PreApply, and the plan after the apply must be empty.
func EmptyAfter(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: checks, PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
}

// Test runs steps. The test itself calls t.Parallel. At the end, the control plane must
// have no object that Terraform created.
func (c *ControlPlane) Test(steps ...resource.TestStep) {
	c.t.Helper()
	c.TestOn(nil, steps...)
}

// Run is Test for a subtest.
func (c *ControlPlane) Run(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	c.run(t, nil, c.Providers(), steps)
}

// TestOn is Test on CLIs that support the features of the steps. It skips on others.
func (c *ControlPlane) TestOn(clis []tfversion.TerraformVersionCheck, steps ...resource.TestStep) {
	c.t.Helper()
	t, ok := c.t.(*testing.T)
	if !ok {
		panic("acceptance tests need a *testing.T")
	}
	c.run(t, clis, c.Providers(), steps)
}

// RunEphemeral is [ControlPlane.Run] on CLIs that have ephemeral resources. The
// steps may use two more providers: echo copies what its configuration is given
// to the attribute data of a resource echo, where a check can see it; other is
// this provider again, since the testing module runs one instance for all aliases
// of a provider, with the configuration of the last.
func (c *ControlPlane) RunEphemeral(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	providers := c.Providers()
	providers["other"] = c.Providers()["runai"]
	providers["echo"] = echoprovider.NewProviderServer()
	c.run(t, WithEphemeralResources(), providers, steps)
}

func (c *ControlPlane) run(t *testing.T, clis []tfversion.TerraformVersionCheck, providers map[string]func() (tfprotov6.ProviderServer, error), steps []resource.TestStep) {
	t.Helper()
	before := c.State()
	resource.Test(t, resource.TestCase{
		TerraformVersionChecks:   clis,
		ProtoV6ProviderFactories: providers,
		Steps:                    steps,
		CheckDestroy: func(*terraform.State) error {
			return c.checkDestroy(before)
		},
	})
}

// checkDestroy checks that Terraform deleted what it created. It ignores objects that
// the test created outside of Terraform.
func (c *ControlPlane) checkDestroy(before mockserver.State) error {
	known := map[string]bool{}
	for _, app := range before.Applications {
		known[app.ID] = true
	}
	for _, app := range c.State().Applications {
		if !known[app.ID] && app.CreatedBy == "terraform" {
			return fmt.Errorf("application %s (%s) was not destroyed", app.Name, app.ID)
		}
	}
	rules := map[int]bool{}
	for _, rule := range before.AccessRules {
		rules[rule.ID] = true
	}
	for _, rule := range c.State().AccessRules {
		if !rules[rule.ID] && rule.CreatedBy == "terraform" && rule.DeletedAt == nil {
			return fmt.Errorf("access rule %d of %s was not destroyed", rule.ID, rule.SubjectID)
		}
	}
	return nil
}
