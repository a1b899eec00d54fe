package acctest

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

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
