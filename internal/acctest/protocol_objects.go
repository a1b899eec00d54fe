package acctest

import (
	"context"
	"iter"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Opened is an ephemeral resource that was opened.
type Opened struct {
	// Result has the attributes; nil after an error.
	Result map[string]tftypes.Value
	// Response is the provider's, with diagnostics and the time of renewal.
	Response *tfprotov6.OpenEphemeralResourceResponse
}

// String returns an attribute of type string, and whether it is known and not
// null.
func (o Opened) String(name string) (value string, ok bool) {
	v, found := o.Result[name]
	if !found || !v.IsKnown() || v.IsNull() || v.As(&value) != nil {
		return "", false
	}
	return value, true
}

// Open opens an ephemeral resource with these arguments. It validates them first,
// as Terraform does; an error of either is in the response.
func (p *Protocol) Open(typeName string, arguments map[string]string) Opened {
	p.t.Helper()
	schema := p.schemas.EphemeralResourceSchemas[typeName]
	if schema == nil {
		p.t.Fatalf("there is no ephemeral resource %s", typeName)
	}
	values := map[string]tftypes.Value{}
	for name, value := range arguments {
		values[name] = tftypes.NewValue(tftypes.String, value)
	}
	config := p.config(schema, values)
	ctx := context.WithoutCancel(p.t.Context())
	valid, err := p.Server.ValidateEphemeralResourceConfig(ctx, &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: typeName, Config: config})
	if err != nil {
		p.t.Fatal(err)
	}
	if len(valid.Diagnostics) > 0 {
		return Opened{Response: &tfprotov6.OpenEphemeralResourceResponse{Diagnostics: valid.Diagnostics}}
	}
	resp, err := p.Server.OpenEphemeralResource(ctx, &tfprotov6.OpenEphemeralResourceRequest{TypeName: typeName, Config: config})
	if err != nil {
		p.t.Fatal(err)
	}
	opened := Opened{Response: resp}
	if len(resp.Diagnostics) == 0 {
		opened.Result = p.attributes(schema.ValueType(), resp.Result)
	}
	return opened
}

// Errors returns the errors of an ephemeral resource that was not opened.
func (o Opened) Errors() []*tfprotov6.Diagnostic {
	return slices.DeleteFunc(slices.Clone(o.Response.Diagnostics), func(d *tfprotov6.Diagnostic) bool {
		return d.Severity != tfprotov6.DiagnosticSeverityError
	})
}

// Call calls a function of the provider.
func (p *Protocol) Call(name string, arguments ...tftypes.Value) (tftypes.Value, *tfprotov6.FunctionError) {
	p.t.Helper()
	definition := p.schemas.Functions[name]
	if definition == nil {
		p.t.Fatalf("there is no function %s", name)
	}
	request := &tfprotov6.CallFunctionRequest{Name: name}
	for _, argument := range arguments {
		request.Arguments = append(request.Arguments, p.dynamic(argument))
	}
	resp, err := p.Server.CallFunction(context.WithoutCancel(p.t.Context()), request)
	if err != nil {
		p.t.Fatal(err)
	}
	if resp.Error != nil {
		return tftypes.Value{}, resp.Error
	}
	result, err := resp.Result.Unmarshal(definition.Return.Type)
	if err != nil {
		p.t.Fatal(err)
	}
	return result, nil
}

// Listed is a result of a list resource.
type Listed struct {
	DisplayName string
	// ID is the attribute id of the identity.
	ID string
	// Resource has the attributes of the resource; nil where they were not requested.
	Resource    map[string]tftypes.Value
	Diagnostics []*tfprotov6.Diagnostic
}

// List lists a list resource with these arguments, all results with their resources.
// It validates the arguments first, as Terraform does; diagnostics of that are a
// result of their own. It stops after limit results, if that is not 0.
func (p *Protocol) List(typeName string, arguments map[string]tftypes.Value, limit int64) []Listed {
	p.t.Helper()
	var results []Listed
	for result := range p.ListStream(typeName, arguments, limit) {
		results = append(results, result)
	}
	return results
}

// ListStream is List, one result after the other as the provider returns them.
func (p *Protocol) ListStream(typeName string, arguments map[string]tftypes.Value, limit int64) iter.Seq[Listed] {
	p.t.Helper()
	schema, resource := p.schemas.ListResourceSchemas[typeName], p.schemas.ResourceSchemas[typeName]
	server, ok := p.Server.(tfprotov6.ListResourceServer)
	if schema == nil || resource == nil || !ok {
		p.t.Fatalf("there is no list resource %s", typeName)
	}
	config := p.config(schema, arguments)
	ctx := context.WithoutCancel(p.t.Context())
	valid, err := server.ValidateListResourceConfig(ctx, &tfprotov6.ValidateListResourceConfigRequest{TypeName: typeName, Config: config})
	if err != nil {
		p.t.Fatal(err)
	}
	if len(valid.Diagnostics) > 0 {
		return slices.Values([]Listed{{Diagnostics: valid.Diagnostics}})
	}
	stream, err := server.ListResource(ctx, &tfprotov6.ListResourceRequest{TypeName: typeName, Config: config, IncludeResource: true, Limit: limit})
	if err != nil {
		p.t.Fatal(err)
	}
	return func(yield func(Listed) bool) {
		for result := range stream.Results {
			listed := Listed{DisplayName: result.DisplayName, Diagnostics: result.Diagnostics, Resource: p.attributes(resource.ValueType(), result.Resource)}
			if result.Identity != nil {
				listed.ID = p.Identity(Managed{identity: result.Identity})
			}
			if !yield(listed) {
				return
			}
		}
	}
}

// Import imports an object and reads it, and returns the attributes.
func (p *Protocol) Import(typeName, id string) map[string]tftypes.Value {
	p.t.Helper()
	return p.attributes(p.schemas.ResourceSchemas[typeName].ValueType(), p.ImportManaged(typeName, id).state)
}

// Managed is a resource as Terraform keeps it in the state.
type Managed struct {
	typeName string
	state    *tfprotov6.DynamicValue
	private  []byte
	identity *tfprotov6.ResourceIdentityData
}

// ImportManaged imports an object and reads it.
func (p *Protocol) ImportManaged(typeName, id string) Managed {
	p.t.Helper()
	imported, diags := p.importState(&tfprotov6.ImportResourceStateRequest{TypeName: typeName, ID: id})
	if len(diags) > 0 {
		p.t.Fatal(diags)
	}
	return imported
}

// ImportByIdentity imports an object by the attribute id of its identity, which may
// be nil, and reads it.
func (p *Protocol) ImportByIdentity(typeName string, id any) (Managed, Diagnostics) {
	p.t.Helper()
	value := toValue(identityType, map[string]any{"id": id})
	return p.importState(&tfprotov6.ImportResourceStateRequest{
		TypeName: typeName, Identity: &tfprotov6.ResourceIdentityData{IdentityData: p.dynamic(value)},
	})
}

func (p *Protocol) importState(req *tfprotov6.ImportResourceStateRequest) (Managed, Diagnostics) {
	p.t.Helper()
	imported, err := p.Server.ImportResourceState(context.WithoutCancel(p.t.Context()), req)
	if err != nil {
		p.t.Fatal(err)
	}
	if len(imported.Diagnostics) > 0 {
		return Managed{}, imported.Diagnostics
	}
	if len(imported.ImportedResources) != 1 {
		p.t.Fatalf("%d resources were imported, want 1", len(imported.ImportedResources))
	}
	resource := imported.ImportedResources[0]
	return p.Refresh(Managed{typeName: req.TypeName, state: resource.State, private: resource.Private, identity: resource.Identity}), nil
}

// Attributes returns the attributes of a resource, as [Plain] does.
func (p *Protocol) Attributes(m Managed) map[string]any {
	p.t.Helper()
	return p.plain(p.schemas.ResourceSchemas[m.typeName], m.state)
}

// identityType is that of the identity of each resource.
var identityType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}

// Identity returns the attribute id of the identity of a resource; empty if it has
// none.
func (p *Protocol) Identity(m Managed) string {
	p.t.Helper()
	if m.identity == nil {
		return ""
	}
	id, _ := Plain(p.attributes(identityType, m.identity.IdentityData)["id"]).(string)
	return id
}

// Refresh reads a resource.
func (p *Protocol) Refresh(m Managed) Managed {
	p.t.Helper()
	read, err := p.Server.ReadResource(context.WithoutCancel(p.t.Context()), &tfprotov6.ReadResourceRequest{
		TypeName: m.typeName, CurrentState: m.state, Private: m.private, CurrentIdentity: m.identity,
	})
	if err != nil || len(read.Diagnostics) > 0 {
		p.t.Fatalf("%v: %+v", err, read.Diagnostics)
	}
	return Managed{typeName: m.typeName, state: read.NewState, private: read.Private, identity: read.NewIdentity}
}

// Plan plans a resource with these arguments, without reading it first, and reports whether it stays as it is.
func (p *Protocol) Plan(m Managed, arguments map[string]tftypes.Value) (same bool, diags []*tfprotov6.Diagnostic) {
	p.t.Helper()
	schema := p.schemas.ResourceSchemas[m.typeName]
	prior := p.attributes(schema.ValueType(), m.state)
	config := p.config(schema, arguments)
	proposed := p.attributes(schema.ValueType(), config)
	for _, attribute := range schema.Block.Attributes {
		if attribute.Computed && proposed[attribute.Name].IsNull() {
			proposed[attribute.Name] = prior[attribute.Name]
		}
	}
	resp, err := p.Server.PlanResourceChange(context.WithoutCancel(p.t.Context()), &tfprotov6.PlanResourceChangeRequest{
		TypeName: m.typeName, PriorState: m.state, PriorPrivate: m.private, PriorIdentity: m.identity, Config: config,
		ProposedNewState: p.dynamic(tftypes.NewValue(schema.ValueType(), proposed)),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	if len(resp.Diagnostics) > 0 {
		return false, resp.Diagnostics
	}
	planned := p.attributes(schema.ValueType(), resp.PlannedState)
	return tftypes.NewValue(schema.ValueType(), planned).Equal(tftypes.NewValue(schema.ValueType(), prior)), nil
}

// ReadDataSource reads a data source with these arguments, and returns its
// attributes as [Plain] does; nil after an error. It validates the arguments first,
// as Terraform does.
func (p *Protocol) ReadDataSource(typeName string, arguments Arguments) (map[string]any, Diagnostics) {
	p.t.Helper()
	schema := p.schemas.DataSourceSchemas[typeName]
	if schema == nil {
		p.t.Fatalf("there is no data source %s", typeName)
	}
	config := p.config(schema, p.values(schema, arguments))
	ctx := context.WithoutCancel(p.t.Context())
	valid, err := p.Server.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: typeName, Config: config})
	if err != nil {
		p.t.Fatal(err)
	}
	if len(valid.Diagnostics) > 0 {
		return nil, valid.Diagnostics
	}
	resp, err := p.Server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: typeName, Config: config})
	if err != nil {
		p.t.Fatal(err)
	}
	if Diagnostics(resp.Diagnostics).HasError() {
		return nil, resp.Diagnostics
	}
	return p.plain(schema, resp.State), resp.Diagnostics
}

// plain returns the attributes of an object as [Plain] does.
func (p *Protocol) plain(schema *tfprotov6.Schema, dynamic *tfprotov6.DynamicValue) map[string]any {
	p.t.Helper()
	plain := map[string]any{}
	for name, value := range p.attributes(schema.ValueType(), dynamic) {
		plain[name] = Plain(value)
	}
	return plain
}
