package framework

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// ProviderData is the data that the provider's Configure passes to its resources and
// data sources.
type ProviderData struct {
	Client *runai.Client
	// AllowSelfLockout permits plans that invalidate the provider's own credentials.
	AllowSelfLockout bool
	// ClientSecretRecipients is the provider's default for the argument with that name:
	// a map of strings that may be null or unknown.
	ClientSecretRecipients types.Map
	// Managed are the objects that resources of this run have read or created, by noun
	// and ID. They distinguish managed objects from others.
	Managed *Seen
	// Warned are the warnings that were given, for those that are given once in a run.
	Warned *Seen
	// Deletions are the objects that this run has planned to delete or has deleted, by
	// noun and ID.
	Deletions *Seen
	// Replaced has the descriptions of the objects that this run has deleted to replace
	// them, by the key of the replacement.
	Replaced *Notes
	// Getenv reads the environment variables of the provider's process.
	Getenv func(name string) string
}

// Configured is embedded by objects that need a client. Its Client is nil while the
// provider's configuration depends on values that are unknown before the apply.
type Configured struct{ ProviderData }

// HasClient reports whether the provider is configured.
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

// RequireClient adds an error if the provider is not configured, and reports whether it
// is.
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
