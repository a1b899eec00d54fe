package acctest

import (
	"context"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Instance is one instance of a resource. It is planned and applied as Terraform
// does it, each by a provider process of its own, and checked as Terraform checks a
// provider: a plan keeps the configuration, and an apply keeps the plan.
type Instance struct {
	t        testing.TB
	cp       *ControlPlane
	typeName string

	state    *tfprotov6.DynamicValue // nil: there is none
	private  []byte
	identity *tfprotov6.ResourceIdentityData
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
	return &Instance{t: t, cp: c, typeName: typeName}
}

// Attributes returns the attributes in state, as [Plain] does.
func (i *Instance) Attributes() map[string]any {
	i.t.Helper()
	p := i.cp.UnconfiguredProtocol(i.t)
	return p.plain(p.schemas.ResourceSchemas[i.typeName], i.state)
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
		read, err := p.Server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: i.typeName, CurrentState: i.state, Private: i.private, CurrentIdentity: i.identity})
		if err != nil {
			i.t.Fatal(err)
		}
		if plan.Diagnostics = append(plan.Diagnostics, read.Diagnostics...); plan.Diagnostics.HasError() {
			return plan
		}
		i.state, i.private, i.identity = read.NewState, read.Private, read.NewIdentity
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
		request.PriorPrivate, request.PriorIdentity = i.private, i.identity
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
		PlannedPrivate: planned.PlannedPrivate, PlannedIdentity: planned.PlannedIdentity,
	})
	if err != nil {
		i.t.Fatal(err)
	}
	i.state, i.private, i.identity = resp.NewState, resp.Private, resp.NewIdentity
	value, err := resp.NewState.Unmarshal(object)
	if err != nil {
		i.t.Fatal(err)
	}
	if value.IsNull() {
		i.state, i.private, i.identity = nil, nil, nil
	}
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
