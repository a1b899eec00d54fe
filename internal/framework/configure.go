package framework

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// ProviderData is what the provider's Configure hands to everything it offers.
type ProviderData struct {
	Client *runai.Client
	// AllowSelfLockout permits plans that take the provider's own credentials
	// away.
	AllowSelfLockout bool
	// ClientSecretRecipients is the provider's default for the argument of that
	// name: a map of strings that may be null or unknown.
	ClientSecretRecipients types.Map
	// Managed are the objects that resources of this run have read or created, by
	// noun and ID: a plan can tell its own objects from those of others.
	Managed *Seen
	// Warned are the warnings that are given once in a run.
	Warned *Seen
	// Deletions are the objects that this run has planned to delete or has deleted, by
	// noun and ID.
	Deletions *Seen
	// Replaced names the objects that this run has deleted to replace them, by what
	// replaces them.
	Replaced *Notes
	// Getenv reads the environment variables of the provider's process.
	Getenv func(name string) string
}

// Configured is embedded by what needs a client. Its Client is nil while
// the provider's configuration depends on what is not known before the apply.
type Configured struct{ ProviderData }

// HasClient reports whether there is a control plane to ask.
func (c *Configured) HasClient() bool { return c.Client != nil }

func (c *Configured) configure(data any, diags *diag.Diagnostics) {
	if data == nil {
		return // the framework validates before it configures
	}
	d, ok := data.(*ProviderData)
	if !ok {
		diags.AddError("Unexpected Provider Data", fmt.Sprintf("Expected %T, got %T. This is a bug in the provider; please report it.", d, data))
		return
	}
	c.ProviderData = *d
}

// Resource is embedded by resources, for their Configure.
type Resource struct{ Configured }

// Configure implements [resource.ResourceWithConfigure].
func (r *Resource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.configure(req.ProviderData, &resp.Diagnostics)
}

// RequireClient adds an error where there is no control plane to ask, and reports
// whether there is one.
func (c *Configured) RequireClient(diags *diag.Diagnostics) bool {
	if !c.HasClient() {
		diags.AddError(
			"Provider Not Configured",
			"The provider configuration depends on values that are not known yet, so no request can be sent to the control plane. "+
				"Apply the resources that these values come from first, for example with -target.",
		)
	}
	return c.HasClient()
}
