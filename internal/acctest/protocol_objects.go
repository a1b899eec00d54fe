package acctest

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

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
func (p *Protocol) Open(typeName string, arguments Arguments) Opened {
	p.t.Helper()
	schema := p.schemas.EphemeralResourceSchemas[typeName]
	if schema == nil {
		p.t.Fatalf("there is no ephemeral resource %s", typeName)
	}
	config := p.config(schema, arguments)
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
	// Resource has the attributes of the resource; nil in a result that has only diagnostics.
	Resource    map[string]tftypes.Value
	Diagnostics Diagnostics
}

// List lists a list resource with these arguments, all results with their resources.
// It validates the arguments first, as Terraform does; diagnostics of that are a
// result of their own. It stops after limit results, if that is not 0.
func (p *Protocol) List(typeName string, arguments Arguments, limit int64) []Listed {
	p.t.Helper()
	var results []Listed
	for result := range p.ListStream(typeName, arguments, limit) {
		results = append(results, result)
	}
	return results
}

// ListStream is List, one result after the other as the provider returns them.
func (p *Protocol) ListStream(typeName string, arguments Arguments, limit int64) iter.Seq[Listed] {
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
				listed.ID = p.identityID(result.Identity)
			}
			if !yield(listed) {
				return
			}
		}
	}
}

// ListError returns the one diagnostic of a list that must return only an error.
func (p *Protocol) ListError(typeName string, arguments Arguments) Diagnostics {
	p.t.Helper()
	results := p.List(typeName, arguments, 0)
	if len(results) != 1 || len(results[0].Diagnostics) != 1 {
		p.t.Fatalf("want one error, got %+v", results)
	}
	return results[0].Diagnostics
}

// ExpectListedAsImported checks that a list resource has want results, each with the
// attributes that an import reads. Configuration that Terraform generates from them
// then plans no change after the import.
func (p *Protocol) ExpectListedAsImported(typeName string, want int) {
	p.t.Helper()
	results := p.List(typeName, nil, 0)
	if len(results) != want {
		p.t.Fatalf("%d results, want %d", len(results), want)
	}
	for _, result := range results {
		imported := p.Import(typeName, result.ID).Values()
		for _, name := range slices.Sorted(maps.Keys(imported)) {
			if !imported[name].Equal(result.Resource[name]) {
				p.t.Errorf("%s: %s is listed as %s, and imported as %s", result.DisplayName, name, result.Resource[name], imported[name])
			}
		}
	}
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
	config := p.config(schema, arguments)
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

// ReadError reads a data source and returns the diagnostics alone.
func (p *Protocol) ReadError(typeName string, arguments Arguments) Diagnostics {
	p.t.Helper()
	_, diags := p.ReadDataSource(typeName, arguments)
	return diags
}

// ExpectList reads a data source that lists objects, such as runai_roles, and compares
// one attribute of each.
func (p *Protocol) ExpectList(typeName string, arguments Arguments, attribute string, want ...string) {
	p.t.Helper()
	all, diags := p.ReadDataSource(typeName, arguments)
	var got []string
	objects, _ := all[strings.TrimPrefix(typeName, "runai_")].([]any)
	for _, object := range objects {
		attributes, _ := object.(map[string]any)
		got = append(got, fmt.Sprint(attributes[attribute]))
	}
	if !slices.Equal(got, want) || len(diags) > 0 {
		p.t.Errorf("%v lists %v, want %v; diagnostics:%s", arguments, got, want, diags)
	}
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
