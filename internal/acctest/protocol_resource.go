package acctest

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Instance is one instance of a resource. It is planned and applied as Terraform
// does it, each by a provider process of its own, and checked as Terraform checks a
// provider: a plan keeps the configuration, and an apply keeps the plan.
type Instance struct {
	// WithoutIdentity omits the identity from each request, as CLIs before 1.12 do:
	// the one of a response is then the provider's own.
	WithoutIdentity bool

	t  testing.TB
	cp *ControlPlane
	Managed
}

// Plan is what a provider plans for an [Instance].
type Plan struct {
	// Attributes are the planned ones, as [Plain] returns them; nil after an error.
	Attributes map[string]any
	// Diagnostics are those of the validation, the refresh and the plan.
	Diagnostics Diagnostics
	// Replace are the attributes that the instance is replaced for.
	Replace []string

	config   *tfprotov6.DynamicValue
	response *tfprotov6.PlanResourceChangeResponse
}

// Instance returns an instance that does not exist yet.
func (c *ControlPlane) Instance(t testing.TB, typeName string) *Instance {
	t.Helper()
	return &Instance{t: t, cp: c, Managed: Managed{typeName: typeName}}
}

// Attributes returns the attributes in state, as [Plain] does.
func (i *Instance) Attributes() map[string]any {
	i.t.Helper()
	return i.cp.UnconfiguredProtocol(i.t).Attributes(i.Managed)
}

// Identity returns the attribute id of the identity in state; empty if it has none.
func (i *Instance) Identity() string {
	i.t.Helper()
	return i.cp.UnconfiguredProtocol(i.t).Identity(i.Managed)
}

// sent is an identity as requests have it.
func (i *Instance) sent(identity *tfprotov6.ResourceIdentityData) *tfprotov6.ResourceIdentityData {
	if i.WithoutIdentity {
		return nil
	}
	return identity
}

// PrivateState is what the provider keeps beside the attributes, by key.
func (i *Instance) PrivateState() map[string]string {
	i.t.Helper()
	var entries map[string][]byte
	if err := json.Unmarshal(i.private, &entries); err != nil {
		i.t.Fatal(err)
	}
	private := map[string]string{}
	for key, value := range entries {
		private[key] = string(value)
	}
	return private
}

// Move moves the instance of a provider to another type, as a moved block does; an
// error leaves it as it is.
func (i *Instance) Move(fromProvider, typeName string) Diagnostics {
	i.t.Helper()
	p := i.cp.UnconfiguredProtocol(i.t)
	state, err := json.Marshal(p.Attributes(i.Managed))
	if err != nil {
		i.t.Fatal(err)
	}
	resp, err := p.Server.MoveResourceState(context.WithoutCancel(i.t.Context()), &tfprotov6.MoveResourceStateRequest{
		SourceProviderAddress: fromProvider, SourceTypeName: i.typeName, TargetTypeName: typeName,
		SourceState: &tfprotov6.RawState{JSON: state}, SourcePrivate: i.private,
	})
	if err != nil {
		i.t.Fatal(err)
	}
	if !Diagnostics(resp.Diagnostics).HasError() {
		i.Managed = Managed{typeName: typeName, state: resp.TargetState, private: resp.TargetPrivate, identity: resp.TargetIdentity}
	}
	return resp.Diagnostics
}

// Plan validates arguments, refreshes the instance and plans the change.
func (i *Instance) Plan(arguments Arguments) Plan {
	i.t.Helper()
	p := i.cp.Protocol(i.t)
	schema := p.schemas.ResourceSchemas[i.typeName]
	plan := Plan{config: p.config(schema, p.values(schema, arguments))}
	ctx := context.WithoutCancel(i.t.Context())
	valid, err := p.Server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: i.typeName, Config: plan.config})
	if err != nil {
		i.t.Fatal(err)
	}
	if plan.Diagnostics = valid.Diagnostics; plan.Diagnostics.HasError() {
		return plan
	}
	if i.state != nil {
		read, err := p.Server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: i.typeName, CurrentState: i.state, Private: i.private, CurrentIdentity: i.sent(i.identity)})
		if err != nil {
			i.t.Fatal(err)
		}
		if plan.Diagnostics = append(plan.Diagnostics, read.Diagnostics...); plan.Diagnostics.HasError() {
			return plan
		}
		i.keep(p, read.NewState, read.Private, read.NewIdentity)
	}
	plan.response = i.planChange(p, i.state, plan.config)
	if plan.Diagnostics = append(plan.Diagnostics, plan.response.Diagnostics...); plan.Diagnostics.HasError() {
		return plan
	}
	for _, replaced := range plan.response.RequiresReplace {
		plan.Replace = append(plan.Replace, attributeOf(&tfprotov6.Diagnostic{Attribute: replaced}))
	}
	slices.Sort(plan.Replace)
	plan.Attributes = p.plain(schema, plan.response.PlannedState)
	config, planned, prior := p.attributes(schema.ValueType(), plan.config), p.attributes(schema.ValueType(), plan.response.PlannedState), p.attributes(schema.ValueType(), i.state)
	for name, value := range config {
		if value.IsFullyKnown() && !value.IsNull() && !planned[name].Equal(value) && (prior == nil || !planned[name].Equal(prior[name])) {
			i.t.Errorf("the plan has %s = %s, and the configuration %s", name, planned[name], value)
		}
	}
	return plan
}

// planChange plans the change from a state to a configuration; from none, it is a
// creation.
func (i *Instance) planChange(p *Protocol, prior, config *tfprotov6.DynamicValue) *tfprotov6.PlanResourceChangeResponse {
	i.t.Helper()
	schema := p.schemas.ResourceSchemas[i.typeName]
	object := schema.ValueType()
	request := &tfprotov6.PlanResourceChangeRequest{TypeName: i.typeName, PriorState: prior, Config: config, ProposedNewState: config}
	if prior == nil {
		request.PriorState = p.dynamic(tftypes.NewValue(object, nil))
	} else {
		// What the configuration leaves out stays, where the provider may set it.
		proposed, before := p.attributes(object, config), p.attributes(object, prior)
		for _, attribute := range schema.Block.Attributes {
			if attribute.Computed && proposed[attribute.Name].IsNull() {
				proposed[attribute.Name] = before[attribute.Name]
			}
		}
		request.ProposedNewState = p.dynamic(tftypes.NewValue(object, proposed))
		request.PriorPrivate, request.PriorIdentity = i.private, i.sent(i.identity)
	}
	resp, err := p.Server.PlanResourceChange(context.WithoutCancel(i.t.Context()), request)
	if err != nil {
		i.t.Fatal(err)
	}
	return resp
}

// Apply applies a plan. One that replaces deletes the instance, and creates it.
func (i *Instance) Apply(plan Plan) Diagnostics {
	i.t.Helper()
	if plan.Diagnostics.HasError() {
		i.t.Fatalf("there is no plan:%s", plan.Diagnostics)
	}
	p := i.cp.Protocol(i.t)
	if i.state == nil || len(plan.Replace) == 0 {
		return i.applyChange(p, plan.response, plan.config)
	}
	none := p.dynamic(tftypes.NewValue(p.schemas.ResourceSchemas[i.typeName].ValueType(), nil))
	if diags := i.applyChange(p, &tfprotov6.PlanResourceChangeResponse{PlannedState: none, PlannedPrivate: plan.response.PlannedPrivate}, none); diags.HasError() {
		return diags
	}
	created := i.planChange(p, nil, plan.config)
	if Diagnostics(created.Diagnostics).HasError() {
		return created.Diagnostics
	}
	return i.applyChange(p, created, plan.config)
}

// keep keeps what a response has returned of the instance, which is nothing once it
// is gone, and returns the state.
func (i *Instance) keep(p *Protocol, state *tfprotov6.DynamicValue, private []byte, identity *tfprotov6.ResourceIdentityData) tftypes.Value {
	i.t.Helper()
	value, err := state.Unmarshal(p.schemas.ResourceSchemas[i.typeName].ValueType())
	if err != nil {
		i.t.Fatal(err)
	}
	if value.IsNull() {
		state, private, identity = nil, nil, nil
	}
	i.state, i.private, i.identity = state, private, identity
	return value
}

// MustApply plans and applies arguments, and fails the test if that fails.
func (i *Instance) MustApply(arguments Arguments) Plan {
	i.t.Helper()
	plan := i.Plan(arguments)
	if diags := i.Apply(plan); diags.HasError() {
		i.t.Fatalf("the apply failed:%s", diags)
	}
	return plan
}

func (i *Instance) applyChange(p *Protocol, planned *tfprotov6.PlanResourceChangeResponse, config *tfprotov6.DynamicValue) Diagnostics {
	i.t.Helper()
	object := p.schemas.ResourceSchemas[i.typeName].ValueType()
	prior := i.state
	if prior == nil {
		prior = p.dynamic(tftypes.NewValue(object, nil))
	}
	resp, err := p.Server.ApplyResourceChange(context.WithoutCancel(i.t.Context()), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: i.typeName, PriorState: prior, PlannedState: planned.PlannedState, Config: config,
		PlannedPrivate: planned.PlannedPrivate, PlannedIdentity: i.sent(planned.PlannedIdentity),
	})
	if err != nil {
		i.t.Fatal(err)
	}
	value := i.keep(p, resp.NewState, resp.Private, resp.NewIdentity)
	if Diagnostics(resp.Diagnostics).HasError() {
		return resp.Diagnostics
	}
	if !value.IsFullyKnown() {
		i.t.Errorf("the apply left something unknown: %s", value)
	}
	if value.IsNull() {
		return resp.Diagnostics
	}
	after := p.attributes(object, resp.NewState)
	for name, want := range p.attributes(object, planned.PlannedState) {
		if want.IsFullyKnown() && !after[name].Equal(want) {
			i.t.Errorf("the apply set %s to %s, and the plan says %s", name, after[name], want)
		}
	}
	return resp.Diagnostics
}
