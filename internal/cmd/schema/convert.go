package main

import (
	"encoding/json"
	"fmt"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// convert converts the provider's responses to the document of `terraform providers
// schema -json`, in the types that tfplugindocs reads. Data that the types cannot
// represent is an error, so that the documentation does not silently omit a new kind of
// object.
func convert(name string, schema *tfprotov6.GetProviderSchemaResponse, identities *tfprotov6.GetResourceIdentitySchemasResponse) (*tfjson.ProviderSchemas, error) {
	for kind, n := range map[string]int{
		"actions":      len(schema.ActionSchemas),
		"state stores": len(schema.StateStoreSchemas),
	} {
		if n > 0 {
			return nil, fmt.Errorf("the provider has %s, which are not converted yet", kind)
		}
	}

	c := &converter{}
	p := &tfjson.ProviderSchema{
		ConfigSchema:             c.schema("provider", schema.Provider),
		ResourceSchemas:          c.schemas(schema.ResourceSchemas),
		DataSourceSchemas:        c.schemas(schema.DataSourceSchemas),
		EphemeralResourceSchemas: c.schemas(schema.EphemeralResourceSchemas),
		ListResourceSchemas:      c.schemas(schema.ListResourceSchemas),
		ResourceIdentitySchemas:  c.identities(identities.IdentitySchemas),
		Functions:                c.functions(schema.Functions),
	}
	if c.err != nil {
		return nil, c.err
	}
	return &tfjson.ProviderSchemas{
		FormatVersion: "1.0",
		Schemas:       map[string]*tfjson.ProviderSchema{name: p},
	}, nil
}

// converter keeps the first error, so that conversions need no error handling for each
// member.
type converter struct{ err error }

func (c *converter) fail(path string, err error) {
	if c.err == nil {
		c.err = fmt.Errorf("%s: %w", path, err)
	}
}

func (c *converter) schemas(in map[string]*tfprotov6.Schema) map[string]*tfjson.Schema {
	out := make(map[string]*tfjson.Schema, len(in))
	for name, s := range in {
		out[name] = c.schema(name, s)
	}
	return out
}

func (c *converter) schema(path string, s *tfprotov6.Schema) *tfjson.Schema {
	if s == nil {
		return nil
	}
	return &tfjson.Schema{
		Version: c.count(path, s.Version),
		Block:   c.block(path, s.Block),
	}
}

func (c *converter) block(path string, b *tfprotov6.SchemaBlock) *tfjson.SchemaBlock {
	if b == nil {
		return nil
	}
	out := &tfjson.SchemaBlock{
		Attributes:      c.attributes(path, b.Attributes),
		NestedBlocks:    make(map[string]*tfjson.SchemaBlockType, len(b.BlockTypes)),
		Description:     b.Description,
		DescriptionKind: fromTable(c, path, "kind of description", descriptionKinds, b.DescriptionKind),
		Deprecated:      b.Deprecated,
	}
	for _, n := range b.BlockTypes {
		path := path + "." + n.TypeName
		out.NestedBlocks[n.TypeName] = &tfjson.SchemaBlockType{
			NestingMode: fromTable(c, path, "nesting", blockNestings, n.Nesting),
			Block:       c.block(path, n.Block),
			MinItems:    c.count(path, n.MinItems),
			MaxItems:    c.count(path, n.MaxItems),
		}
	}
	return out
}

func (c *converter) attributes(path string, in []*tfprotov6.SchemaAttribute) map[string]*tfjson.SchemaAttribute {
	out := make(map[string]*tfjson.SchemaAttribute, len(in))
	for _, a := range in {
		path := path + "." + a.Name
		attribute := &tfjson.SchemaAttribute{
			Description:     a.Description,
			DescriptionKind: fromTable(c, path, "kind of description", descriptionKinds, a.DescriptionKind),
			Deprecated:      a.Deprecated,
			Required:        a.Required,
			Optional:        a.Optional,
			Computed:        a.Computed,
			Sensitive:       a.Sensitive,
			WriteOnly:       a.WriteOnly,
		}
		if a.NestedType != nil {
			attribute.AttributeNestedType = &tfjson.SchemaNestedAttributeType{
				Attributes:  c.attributes(path, a.NestedType.Attributes),
				NestingMode: fromTable(c, path, "nesting", objectNestings, a.NestedType.Nesting),
			}
		} else {
			attribute.AttributeType = c.valueType(path, a.Type)
		}
		out[a.Name] = attribute
	}
	return out
}

func (c *converter) identities(in map[string]*tfprotov6.ResourceIdentitySchema) map[string]*tfjson.IdentitySchema {
	out := make(map[string]*tfjson.IdentitySchema, len(in))
	for name, s := range in {
		identity := &tfjson.IdentitySchema{
			Version:    c.count(name, s.Version),
			Attributes: make(map[string]*tfjson.IdentityAttribute, len(s.IdentityAttributes)),
		}
		for _, a := range s.IdentityAttributes {
			identity.Attributes[a.Name] = &tfjson.IdentityAttribute{
				IdentityType:      c.valueType(name+"."+a.Name, a.Type),
				Description:       a.Description,
				RequiredForImport: a.RequiredForImport,
				OptionalForImport: a.OptionalForImport,
			}
		}
		out[name] = identity
	}
	return out
}

func (c *converter) functions(in map[string]*tfprotov6.Function) map[string]*tfjson.FunctionSignature {
	out := make(map[string]*tfjson.FunctionSignature, len(in))
	for name, f := range in {
		signature := &tfjson.FunctionSignature{
			Description:        f.Description,
			Summary:            f.Summary,
			DeprecationMessage: f.DeprecationMessage,
		}
		if f.Return != nil {
			signature.ReturnType = c.valueType(name, f.Return.Type)
		}
		for _, p := range f.Parameters {
			signature.Parameters = append(signature.Parameters, c.parameter(name, p))
		}
		if f.VariadicParameter != nil {
			signature.VariadicParameter = c.parameter(name, f.VariadicParameter)
		}
		out[name] = signature
	}
	return out
}

func (c *converter) parameter(function string, p *tfprotov6.FunctionParameter) *tfjson.FunctionParameter {
	return &tfjson.FunctionParameter{
		Name:        p.Name,
		Description: p.Description,
		IsNullable:  p.AllowNullValue,
		Type:        c.valueType(function+"."+p.Name, p.Type),
	}
}

// valueType converts a type through JSON, its encoding in the protocol.
func (c *converter) valueType(path string, t tftypes.Type) cty.Type {
	data, err := json.Marshal(t)
	if err != nil {
		c.fail(path, err)
		return cty.NilType
	}
	out, err := ctyjson.UnmarshalType(data)
	if err != nil {
		c.fail(path, err)
		return cty.NilType
	}
	return out
}

var descriptionKinds = map[tfprotov6.StringKind]tfjson.SchemaDescriptionKind{
	tfprotov6.StringKindPlain:    tfjson.SchemaDescriptionKindPlain,
	tfprotov6.StringKindMarkdown: tfjson.SchemaDescriptionKindMarkdown,
}

var blockNestings = map[tfprotov6.SchemaNestedBlockNestingMode]tfjson.SchemaNestingMode{
	tfprotov6.SchemaNestedBlockNestingModeSingle: tfjson.SchemaNestingModeSingle,
	tfprotov6.SchemaNestedBlockNestingModeGroup:  tfjson.SchemaNestingModeGroup,
	tfprotov6.SchemaNestedBlockNestingModeList:   tfjson.SchemaNestingModeList,
	tfprotov6.SchemaNestedBlockNestingModeSet:    tfjson.SchemaNestingModeSet,
	tfprotov6.SchemaNestedBlockNestingModeMap:    tfjson.SchemaNestingModeMap,
}

var objectNestings = map[tfprotov6.SchemaObjectNestingMode]tfjson.SchemaNestingMode{
	tfprotov6.SchemaObjectNestingModeSingle: tfjson.SchemaNestingModeSingle,
	tfprotov6.SchemaObjectNestingModeList:   tfjson.SchemaNestingModeList,
	tfprotov6.SchemaObjectNestingModeSet:    tfjson.SchemaNestingModeSet,
	tfprotov6.SchemaObjectNestingModeMap:    tfjson.SchemaNestingModeMap,
}

// fromTable converts a value by one of the tables above.
func fromTable[K comparable, V any](c *converter, path, what string, table map[K]V, key K) V {
	value, ok := table[key]
	if !ok {
		c.fail(path, fmt.Errorf("unknown %s %v", what, key))
	}
	return value
}

// count converts the signed numbers of the protocol: versions and limits.
func (c *converter) count(path string, n int64) uint64 {
	if n < 0 {
		c.fail(path, fmt.Errorf("%d is not a count", n))
		return 0
	}
	return uint64(n)
}
