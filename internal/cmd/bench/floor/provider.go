package main

import (
	"context"
	"fmt"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	product "github.com/runai-community/terraform-provider-runai/internal/provider"
)

// floor is the provider with resources that do nothing.
type floor struct{ *product.Provider }

func newFloor() provider.Provider {
	p, ok := product.New("floor")().(*product.Provider)
	if !ok {
		panic("the provider is of another type")
	}
	return floor{p}
}

// Configure accepts every configuration.
func (floor) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

// Resources implements [provider.Provider].
func (f floor) Resources(ctx context.Context) []func() resource.Resource {
	var constructors []func() resource.Resource
	for _, newResource := range f.Provider.Resources(ctx) {
		constructors = append(constructors, func() resource.Resource {
			r, ok := newResource().(resource.ResourceWithIdentity)
			if !ok {
				panic(fmt.Sprintf("%T has no identity", newResource()))
			}
			return idle{r}
		})
	}
	return constructors
}

// idle is a resource with the schema of another one. It has that one's
// validators, defaults and plan modifiers of attributes, which are part of the
// schema, and none of its methods.
type idle struct{ schema resource.ResourceWithIdentity }

// Metadata implements [resource.Resource].
func (r idle) Metadata(ctx context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	r.schema.Metadata(ctx, req, resp)
}

// Schema implements [resource.Resource].
func (r idle) Schema(ctx context.Context, req resource.SchemaRequest, resp *resource.SchemaResponse) {
	r.schema.Schema(ctx, req, resp)
}

// IdentitySchema implements [resource.ResourceWithIdentity].
func (r idle) IdentitySchema(ctx context.Context, req resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	r.schema.IdentitySchema(ctx, req, resp)
}

// Create implements [resource.Resource].
func (idle) Create(_ context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	apply(req.Plan, &resp.State, resp.Identity, &resp.Diagnostics)
}

// Read implements [resource.Resource]. The response has the state already; CLIs
// before 1.12 do not keep the identity.
func (idle) Read(_ context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if err := identify(req.State.Raw, resp.Identity); err != nil {
		resp.Diagnostics.AddError("Unable to Identify", err.Error())
	}
}

// Update implements [resource.Resource].
func (idle) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	apply(req.Plan, &resp.State, resp.Identity, &resp.Diagnostics)
}

// Delete implements [resource.Resource]: the framework removes the state.
func (idle) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// apply sets the state to the plan, with what is computed filled in.
func apply(plan tfsdk.Plan, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	value, err := known(plan.Raw)
	if err == nil {
		state.Raw = value
		err = identify(value, identity)
	}
	if err != nil {
		diags.AddError("Unable to Apply", err.Error())
	}
}

// text is what stands for every computed string. It is as long as an ID, and
// about as long as a secret.
const text = "00000000-0000-4000-8000-000000000000"

// known replaces what is unknown in a value by something of its type.
func known(value tftypes.Value) (tftypes.Value, error) {
	return tftypes.Transform(value, func(_ *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if v.IsKnown() {
			return v, nil
		}
		switch t := v.Type(); {
		case t.Is(tftypes.String):
			return tftypes.NewValue(t, text), nil
		case t.Is(tftypes.Number):
			return tftypes.NewValue(t, big.NewFloat(1)), nil
		case t.Is(tftypes.Bool):
			return tftypes.NewValue(t, true), nil
		default:
			return tftypes.NewValue(t, nil), nil
		}
	})
}

// identify sets each attribute of an identity to that of the same name in the
// state.
func identify(state tftypes.Value, identity *tfsdk.ResourceIdentity) error {
	if identity == nil {
		return nil // the CLI is older than identities
	}
	var attributes map[string]tftypes.Value
	if err := state.As(&attributes); err != nil {
		return err
	}
	object, ok := identity.Schema.Type().TerraformType(context.Background()).(tftypes.Object)
	if !ok {
		return fmt.Errorf("an identity is a %s", identity.Schema.Type())
	}
	values := map[string]tftypes.Value{}
	for name := range object.AttributeTypes {
		values[name] = attributes[name]
	}
	identity.Raw = tftypes.NewValue(object, values)
	return nil
}
