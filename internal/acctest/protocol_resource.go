package acctest

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Instance is one instance of a resource. It is imported, refreshed, planned, applied
// and moved as Terraform does it, and checked as Terraform checks a provider: a plan
// keeps the configuration, and an apply keeps the plan.
type Instance struct {
	// WithoutIdentity omits the identity from each request, as CLIs before 1.12 do:
	// the one of a response is then the provider's own.
	WithoutIdentity bool

	t        testing.TB
	typeName string
	// process returns the provider process for an operation.
	process func() *Protocol
	// codec converts values by the schemas; it sends no requests.
	codec *Protocol

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
	// Empty reports whether the plan has no changes.
	Empty bool

	config   *tfprotov6.DynamicValue
	response *tfprotov6.PlanResourceChangeResponse
}

// Instance returns an instance that does not exist yet. A provider process of its own
// carries out each operation.
func (c *ControlPlane) Instance(t testing.TB, typeName string) *Instance {
	t.Helper()
	return &Instance{t: t, typeName: typeName, process: func() *Protocol { return c.Protocol(t) }, codec: c.UnconfiguredProtocol(t)}
}

// Import imports an object by its ID and reads it. This provider process carries out
// the operations of the instance, as in one run of Terraform.
func (p *Protocol) Import(typeName, id string) *Instance {
	p.t.Helper()
	i, diags := p.importState(&tfprotov6.ImportResourceStateRequest{TypeName: typeName, ID: id})
	if len(diags) > 0 {
		p.t.Fatalf("%s %s cannot be imported:%s", typeName, id, diags)
	}
	return i
}

// ImportByIdentity imports an object by the attribute id of its identity, which may
// be nil, and reads it.
func (p *Protocol) ImportByIdentity(typeName string, id any) (*Instance, Diagnostics) {
	p.t.Helper()
	value := toValue(identityType, map[string]any{"id": id})
	return p.importState(&tfprotov6.ImportResourceStateRequest{
		TypeName: typeName, Identity: &tfprotov6.ResourceIdentityData{IdentityData: p.dynamic(value)},
	})
}

func (p *Protocol) importState(req *tfprotov6.ImportResourceStateRequest) (*Instance, Diagnostics) {
	p.t.Helper()
	imported, err := p.Server.ImportResourceState(context.WithoutCancel(p.t.Context()), req)
	if err != nil {
		p.t.Fatal(err)
	}
	if len(imported.Diagnostics) > 0 {
		return nil, imported.Diagnostics
	}
	if len(imported.ImportedResources) != 1 {
		p.t.Fatalf("%d resources were imported, want 1", len(imported.ImportedResources))
	}
	resource := imported.ImportedResources[0]
	i := (&Instance{t: p.t, typeName: req.TypeName, state: resource.State, private: resource.Private, identity: resource.Identity}).In(p)
	return i, i.Refresh()
}

// In continues the instance in a provider process, as the next run of Terraform does.
func (i *Instance) In(p *Protocol) *Instance {
	i.process, i.codec = func() *Protocol { return p }, p
	return i
}

func (i *Instance) schema() *tfprotov6.Schema { return i.codec.schemas.ResourceSchemas[i.typeName] }

// Attributes returns the attributes in state, as [Plain] does.
func (i *Instance) Attributes() map[string]any {
	i.t.Helper()
	return i.codec.plain(i.schema(), i.state)
}

// Values returns the attributes in state.
func (i *Instance) Values() map[string]tftypes.Value {
	i.t.Helper()
	return i.codec.attributes(i.schema().ValueType(), i.state)
}

// Identity returns the attribute id of the identity in state; empty if it has none.
func (i *Instance) Identity() string {
	i.t.Helper()
	return i.codec.identityID(i.identity)
}

// identityType is that of the identity of each resource.
var identityType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}

// identityID returns the attribute id of an identity; empty if there is none.
func (p *Protocol) identityID(identity *tfprotov6.ResourceIdentityData) string {
	p.t.Helper()
	if identity == nil {
		return ""
	}
	id, _ := Plain(p.attributes(identityType, identity.IdentityData)["id"]).(string)
	return id
}

// sent returns an identity in the form of a request.
func (i *Instance) sent(identity *tfprotov6.ResourceIdentityData) *tfprotov6.ResourceIdentityData {
	if i.WithoutIdentity {
		return nil
	}
	return identity
}

// PrivateState returns the private state of the instance, by key.
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
	state, err := json.Marshal(i.Attributes())
	if err != nil {
		i.t.Fatal(err)
	}
	resp, err := i.codec.Server.MoveResourceState(context.WithoutCancel(i.t.Context()), &tfprotov6.MoveResourceStateRequest{
		SourceProviderAddress: fromProvider, SourceTypeName: i.typeName, TargetTypeName: typeName,
		SourceState: &tfprotov6.RawState{JSON: state}, SourcePrivate: i.private,
	})
	if err != nil {
		i.t.Fatal(err)
	}
	if !Diagnostics(resp.Diagnostics).HasError() {
		i.typeName, i.state, i.private, i.identity = typeName, resp.TargetState, resp.TargetPrivate, resp.TargetIdentity
	}
	return resp.Diagnostics
}

// Refresh reads the instance; an error leaves it as it is.
func (i *Instance) Refresh() Diagnostics {
	i.t.Helper()
	return i.refresh(i.process())
}

func (i *Instance) refresh(p *Protocol) Diagnostics {
	i.t.Helper()
	read, err := p.Server.ReadResource(context.WithoutCancel(i.t.Context()), &tfprotov6.ReadResourceRequest{
		TypeName: i.typeName, CurrentState: i.state, Private: i.private, CurrentIdentity: i.sent(i.identity),
	})
	if err != nil {
		i.t.Fatal(err)
	}
	if !Diagnostics(read.Diagnostics).HasError() {
		i.keep(read.NewState, read.Private, read.NewIdentity)
	}
	return read.Diagnostics
}

// Plan validates arguments, refreshes the instance and plans the change.
func (i *Instance) Plan(arguments Arguments) Plan {
	i.t.Helper()
	return i.plan(arguments, true)
}

// PlanWithoutRefresh is Plan with -refresh=false.
func (i *Instance) PlanWithoutRefresh(arguments Arguments) Plan {
	i.t.Helper()
	return i.plan(arguments, false)
}

func (i *Instance) plan(arguments Arguments, refresh bool) Plan {
	i.t.Helper()
	p := i.process()
	plan := Plan{config: p.config(i.schema(), arguments)}
	valid, err := p.Server.ValidateResourceConfig(context.WithoutCancel(i.t.Context()), &tfprotov6.ValidateResourceConfigRequest{TypeName: i.typeName, Config: plan.config})
	if err != nil {
		i.t.Fatal(err)
	}
	if plan.Diagnostics = valid.Diagnostics; plan.Diagnostics.HasError() {
		return plan
	}
	if i.state != nil && refresh {
		if plan.Diagnostics = append(plan.Diagnostics, i.refresh(p)...); plan.Diagnostics.HasError() {
			return plan
		}
	}
	plan.response = i.planChange(p, i.state, plan.config, i.private)
	if plan.Diagnostics = append(plan.Diagnostics, plan.response.Diagnostics...); plan.Diagnostics.HasError() {
		return plan
	}
	for _, replaced := range plan.response.RequiresReplace {
		plan.Replace = append(plan.Replace, attributeOf(&tfprotov6.Diagnostic{Attribute: replaced}))
	}
	slices.Sort(plan.Replace)
	if i.state != nil && len(plan.Replace) > 0 {
		// The second half: a creation, with what the first half has recorded.
		plan.response = i.planChange(p, nil, plan.config, plan.response.PlannedPrivate)
		if plan.Diagnostics = append(plan.Diagnostics, plan.response.Diagnostics...); plan.Diagnostics.HasError() {
			return plan
		}
	}
	object := i.schema().ValueType()
	plan.Attributes = p.plain(i.schema(), plan.response.PlannedState)
	config, planned, prior := p.attributes(object, plan.config), p.attributes(object, plan.response.PlannedState), p.attributes(object, i.state)
	plan.Empty = prior != nil && tftypes.NewValue(object, planned).Equal(tftypes.NewValue(object, prior))
	for name, value := range config {
		if value.IsFullyKnown() && !value.IsNull() && !planned[name].Equal(value) && (prior == nil || !planned[name].Equal(prior[name])) {
			i.t.Errorf("the plan has %s = %s, and the configuration %s", name, planned[name], value)
		}
	}
	return plan
}

// PlanDestroy plans the destruction of the instance.
func (i *Instance) PlanDestroy() Plan {
	i.t.Helper()
	p := i.process()
	none := p.dynamic(tftypes.NewValue(i.schema().ValueType(), nil))
	resp, err := p.Server.PlanResourceChange(context.WithoutCancel(i.t.Context()), &tfprotov6.PlanResourceChangeRequest{
		TypeName: i.typeName, PriorState: i.state, PriorPrivate: i.private, PriorIdentity: i.sent(i.identity), Config: none, ProposedNewState: none,
	})
	if err != nil {
		i.t.Fatal(err)
	}
	return Plan{Diagnostics: resp.Diagnostics, config: none, response: resp}
}

// planChange plans the change from a state to a configuration; from none, it is a
// creation.
func (i *Instance) planChange(p *Protocol, prior, config *tfprotov6.DynamicValue, private []byte) *tfprotov6.PlanResourceChangeResponse {
	i.t.Helper()
	object := i.schema().ValueType()
	request := &tfprotov6.PlanResourceChangeRequest{TypeName: i.typeName, PriorState: prior, PriorPrivate: private, Config: config, ProposedNewState: config}
	if prior == nil {
		request.PriorState = p.dynamic(tftypes.NewValue(object, nil))
	} else {
		// Computed attributes that the configuration omits keep their value.
		proposed, before := p.attributes(object, config), p.attributes(object, prior)
		for _, attribute := range i.schema().Block.Attributes {
			if attribute.Computed && proposed[attribute.Name].IsNull() {
				proposed[attribute.Name] = before[attribute.Name]
			}
		}
		request.ProposedNewState = p.dynamic(tftypes.NewValue(object, proposed))
		request.PriorIdentity = i.sent(i.identity)
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
	p := i.process()
	if i.state == nil || len(plan.Replace) == 0 {
		return i.applyChange(p, plan.response, plan.config)
	}
	none := p.dynamic(tftypes.NewValue(i.schema().ValueType(), nil))
	if diags := i.applyChange(p, &tfprotov6.PlanResourceChangeResponse{PlannedState: none, PlannedPrivate: plan.response.PlannedPrivate}, none); diags.HasError() {
		return diags
	}
	created := i.planChange(p, nil, plan.config, plan.response.PlannedPrivate)
	if Diagnostics(created.Diagnostics).HasError() {
		return created.Diagnostics
	}
	return i.applyChange(p, created, plan.config)
}

// keep stores the instance that a response returned, nothing if it was removed, and
// returns the state.
func (i *Instance) keep(state *tfprotov6.DynamicValue, private []byte, identity *tfprotov6.ResourceIdentityData) tftypes.Value {
	i.t.Helper()
	value, err := state.Unmarshal(i.schema().ValueType())
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
	object := i.schema().ValueType()
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
	value := i.keep(resp.NewState, resp.Private, resp.NewIdentity)
	if Diagnostics(resp.Diagnostics).HasError() {
		return resp.Diagnostics
	}
	if !value.IsFullyKnown() {
		i.t.Errorf("the apply left a value unknown: %s", value)
	}
	if value.IsNull() {
		return resp.Diagnostics
	}
	after := p.attributes(object, resp.NewState)
	for name, want := range p.attributes(object, planned.PlannedState) {
		if want.IsFullyKnown() && !after[name].Equal(want) {
			i.t.Errorf("the apply set %s to %s, but the plan has %s", name, after[name], want)
		}
	}
	return resp.Diagnostics
}
