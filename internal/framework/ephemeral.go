package framework

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
)

// EphemeralNote ends the description of every ephemeral resource.
//
// Terraform accepts unknown results in a plan; OpenTofu 1.12 refuses them, and a
// provider is not told which of the two it serves.
const EphemeralNote = "Ephemeral resources need Terraform 1.10 or OpenTofu 1.11. " +
	"While the configuration of the provider itself is unknown in a plan, so are the results; OpenTofu reports that as an error."

// EphemeralResource is embedded by ephemeral resources, for their Configure.
type EphemeralResource struct{ Configured }

// Configure implements [ephemeral.EphemeralResourceWithConfigure].
func (e *EphemeralResource) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	e.configure(req.ProviderData, &resp.Diagnostics)
}
