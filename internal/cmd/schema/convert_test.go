package main

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

// answers is a provider that has only schemas.
type answers struct {
	tfprotov6.ProviderServer

	schema     *tfprotov6.GetProviderSchemaResponse
	identities *tfprotov6.GetResourceIdentitySchemasResponse
}

func (a answers) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return a.schema, nil
}

func (a answers) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	if a.identities == nil {
		return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
	}
	return a.identities, nil
}

func TestRun_KeepsEveryMember(t *testing.T) {
	t.Parallel()

	small := func(name string) map[string]*tfprotov6.Schema {
		return map[string]*tfprotov6.Schema{name: {Block: &tfprotov6.SchemaBlock{
			Attributes: []*tfprotov6.SchemaAttribute{{Name: "a", Type: tftypes.Bool, Computed: true}},
		}}}
	}
	smallJSON := func(name string) map[string]*tfjson.Schema {
		return map[string]*tfjson.Schema{name: {Block: &tfjson.SchemaBlock{
			DescriptionKind: "plain",
			Attributes: map[string]*tfjson.SchemaAttribute{
				"a": {AttributeType: cty.Bool, Computed: true, DescriptionKind: "plain"},
			},
		}}}
	}
	nested := []*tfprotov6.SchemaAttribute{{Name: "n", Type: tftypes.Number, Required: true}}
	nestedJSON := map[string]*tfjson.SchemaAttribute{
		"n": {AttributeType: cty.Number, Required: true, DescriptionKind: "plain"},
	}

	server := answers{
		schema: &tfprotov6.GetProviderSchemaResponse{
			Provider: &tfprotov6.Schema{Version: 2, Block: &tfprotov6.SchemaBlock{
				Description: "**a provider**", DescriptionKind: tfprotov6.StringKindMarkdown,
				Deprecated: true, DeprecationMessage: "use another",
				Attributes: []*tfprotov6.SchemaAttribute{
					{
						Name: "all", Type: tftypes.Map{ElementType: tftypes.String}, Description: "`all`",
						DescriptionKind: tfprotov6.StringKindMarkdown, Optional: true, Computed: true,
						Sensitive: true, WriteOnly: true, Deprecated: true, DeprecationMessage: "use another",
					},
					{Name: "required", Type: tftypes.String, Required: true},
					{Name: "types", Computed: true, Type: tftypes.Object{AttributeTypes: map[string]tftypes.Type{
						"dynamic": tftypes.DynamicPseudoType,
						"list":    tftypes.List{ElementType: tftypes.Number},
						"set":     tftypes.Set{ElementType: tftypes.Bool},
						"tuple":   tftypes.Tuple{ElementTypes: []tftypes.Type{tftypes.String, tftypes.Bool}},
					}}},
					{Name: "single", NestedType: &tfprotov6.SchemaObject{Attributes: nested, Nesting: tfprotov6.SchemaObjectNestingModeSingle}},
					{Name: "list", NestedType: &tfprotov6.SchemaObject{Attributes: nested, Nesting: tfprotov6.SchemaObjectNestingModeList}},
					{Name: "set", NestedType: &tfprotov6.SchemaObject{Attributes: nested, Nesting: tfprotov6.SchemaObjectNestingModeSet}},
					{Name: "map", NestedType: &tfprotov6.SchemaObject{Attributes: nested, Nesting: tfprotov6.SchemaObjectNestingModeMap}},
				},
				BlockTypes: []*tfprotov6.SchemaNestedBlock{
					{TypeName: "single_block", Nesting: tfprotov6.SchemaNestedBlockNestingModeSingle, Block: &tfprotov6.SchemaBlock{Attributes: nested}},
					{TypeName: "group_block", Nesting: tfprotov6.SchemaNestedBlockNestingModeGroup, Block: &tfprotov6.SchemaBlock{Attributes: nested}},
					{TypeName: "list_block", Nesting: tfprotov6.SchemaNestedBlockNestingModeList, MinItems: 1, MaxItems: 3, Block: &tfprotov6.SchemaBlock{Attributes: nested}},
					{TypeName: "set_block", Nesting: tfprotov6.SchemaNestedBlockNestingModeSet, Block: &tfprotov6.SchemaBlock{Attributes: nested}},
					{TypeName: "map_block", Nesting: tfprotov6.SchemaNestedBlockNestingModeMap, Block: &tfprotov6.SchemaBlock{Attributes: nested}},
				},
			}},
			ResourceSchemas:          small("x_resource"),
			DataSourceSchemas:        small("x_data_source"),
			EphemeralResourceSchemas: small("x_ephemeral"),
			ListResourceSchemas:      small("x_list"),
			Functions: map[string]*tfprotov6.Function{"f": {
				Summary: "a function", Description: "does `something`", DescriptionKind: tfprotov6.StringKindMarkdown, DeprecationMessage: "use g",
				Parameters:        []*tfprotov6.FunctionParameter{{Name: "p", Description: "a parameter", Type: tftypes.List{ElementType: tftypes.Number}, AllowNullValue: true}},
				VariadicParameter: &tfprotov6.FunctionParameter{Name: "v", Type: tftypes.Bool, AllowUnknownValues: true},
				Return:            &tfprotov6.FunctionReturn{Type: tftypes.String},
			}},
		},
		identities: &tfprotov6.GetResourceIdentitySchemasResponse{
			IdentitySchemas: map[string]*tfprotov6.ResourceIdentitySchema{"x_resource": {
				Version: 1,
				IdentityAttributes: []*tfprotov6.ResourceIdentitySchemaAttribute{
					{Name: "id", Type: tftypes.String, RequiredForImport: true, Description: "which one"},
					{Name: "region", Type: tftypes.String, OptionalForImport: true},
				},
			}},
		},
	}

	block := func(mode tfjson.SchemaNestingMode, minItems, maxItems uint64) *tfjson.SchemaBlockType {
		return &tfjson.SchemaBlockType{
			NestingMode: mode, MinItems: minItems, MaxItems: maxItems,
			Block: &tfjson.SchemaBlock{Attributes: nestedJSON, DescriptionKind: "plain"},
		}
	}
	object := func(mode tfjson.SchemaNestingMode) *tfjson.SchemaAttribute {
		return &tfjson.SchemaAttribute{
			DescriptionKind:     "plain",
			AttributeNestedType: &tfjson.SchemaNestedAttributeType{NestingMode: mode, Attributes: nestedJSON},
		}
	}
	want := &tfjson.ProviderSchema{
		ConfigSchema: &tfjson.Schema{Version: 2, Block: &tfjson.SchemaBlock{
			Description: "**a provider**", DescriptionKind: "markdown", Deprecated: true,
			Attributes: map[string]*tfjson.SchemaAttribute{
				"all": {
					AttributeType: cty.Map(cty.String), Description: "`all`", DescriptionKind: "markdown",
					Optional: true, Computed: true, Sensitive: true, WriteOnly: true, Deprecated: true,
				},
				"required": {AttributeType: cty.String, Required: true, DescriptionKind: "plain"},
				"types": {Computed: true, DescriptionKind: "plain", AttributeType: cty.Object(map[string]cty.Type{
					"dynamic": cty.DynamicPseudoType,
					"list":    cty.List(cty.Number),
					"set":     cty.Set(cty.Bool),
					"tuple":   cty.Tuple([]cty.Type{cty.String, cty.Bool}),
				})},
				"single": object("single"), "list": object("list"), "set": object("set"), "map": object("map"),
			},
			NestedBlocks: map[string]*tfjson.SchemaBlockType{
				"single_block": block("single", 0, 0),
				"group_block":  block("group", 0, 0),
				"list_block":   block("list", 1, 3),
				"set_block":    block("set", 0, 0),
				"map_block":    block("map", 0, 0),
			},
		}},
		ResourceSchemas:          smallJSON("x_resource"),
		DataSourceSchemas:        smallJSON("x_data_source"),
		EphemeralResourceSchemas: smallJSON("x_ephemeral"),
		ListResourceSchemas:      smallJSON("x_list"),
		Functions: map[string]*tfjson.FunctionSignature{"f": {
			Summary: "a function", Description: "does `something`", DeprecationMessage: "use g", ReturnType: cty.String,
			Parameters:        []*tfjson.FunctionParameter{{Name: "p", Description: "a parameter", Type: cty.List(cty.Number), IsNullable: true}},
			VariadicParameter: &tfjson.FunctionParameter{Name: "v", Type: cty.Bool},
		}},
		ResourceIdentitySchemas: map[string]*tfjson.IdentitySchema{"x_resource": {
			Version: 1,
			Attributes: map[string]*tfjson.IdentityAttribute{
				"id":     {IdentityType: cty.String, RequiredForImport: true, Description: "which one"},
				"region": {IdentityType: cty.String, OptionalForImport: true},
			},
		}},
	}

	var out bytes.Buffer
	if err := run(t.Context(), server, "x", &out); err != nil {
		t.Fatal(err)
	}
	var got tfjson.ProviderSchemas // its decoder also checks the format's version
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Schemas["x"], want) {
		t.Errorf("got  %s\nwant %s", asJSON(t, got.Schemas["x"]), asJSON(t, want))
	}
}

// A new member of the protocol must be converted or omitted explicitly.
func TestConvert_KnowsEveryMemberOfTheProtocol(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct {
		of      any
		members string
	}{
		// The document of a CLI does not have capabilities and provider_meta either.
		{tfprotov6.GetProviderSchemaResponse{}, "ServerCapabilities Provider ProviderMeta ResourceSchemas DataSourceSchemas Functions " +
			"EphemeralResourceSchemas ListResourceSchemas ActionSchemas StateStoreSchemas Diagnostics"},
		{tfprotov6.GetResourceIdentitySchemasResponse{}, "IdentitySchemas Diagnostics"},
		{tfprotov6.Schema{}, "Version Block"},
		// The version of a block is that of its schema; of a deprecation the format has only whether.
		{tfprotov6.SchemaBlock{}, "Version Attributes BlockTypes Description DescriptionKind Deprecated DeprecationMessage"},
		{tfprotov6.SchemaAttribute{}, "Name Type NestedType Description Required Optional Computed Sensitive DescriptionKind Deprecated " +
			"WriteOnly DeprecationMessage"},
		{tfprotov6.SchemaNestedBlock{}, "TypeName Block Nesting MinItems MaxItems"},
		{tfprotov6.SchemaObject{}, "Attributes Nesting"},
		// The document of a CLI has neither the kind of a description nor unknown values.
		{tfprotov6.Function{}, "Parameters VariadicParameter Return Summary Description DescriptionKind DeprecationMessage"},
		{tfprotov6.FunctionParameter{}, "AllowNullValue AllowUnknownValues Description DescriptionKind Name Type"},
		{tfprotov6.FunctionReturn{}, "Type"},
		{tfprotov6.ResourceIdentitySchema{}, "Version IdentityAttributes"},
		{tfprotov6.ResourceIdentitySchemaAttribute{}, "Name Type RequiredForImport OptionalForImport Description"},
	} {
		known := strings.Fields(tc.members)
		for _, field := range reflect.VisibleFields(reflect.TypeOf(tc.of)) {
			if !slices.Contains(known, field.Name) {
				t.Errorf("%T has a member %s that convert does not handle", tc.of, field.Name)
			}
		}
	}
}

func TestRun_Fails(t *testing.T) {
	t.Parallel()

	block := func(b *tfprotov6.SchemaBlock) *tfprotov6.GetProviderSchemaResponse {
		return &tfprotov6.GetProviderSchemaResponse{Provider: &tfprotov6.Schema{Block: b}}
	}
	for name, tc := range map[string]struct {
		schema *tfprotov6.GetProviderSchemaResponse
		want   string
	}{
		"on the provider's own error": {
			&tfprotov6.GetProviderSchemaResponse{Diagnostics: []*tfprotov6.Diagnostic{
				{Severity: tfprotov6.DiagnosticSeverityError, Summary: "Bad Schema", Detail: "no such type"},
			}},
			"Bad Schema: no such type",
		},
		"on what is not converted": {
			&tfprotov6.GetProviderSchemaResponse{ActionSchemas: map[string]*tfprotov6.ActionSchema{"a": {}}},
			"the provider has actions",
		},
		"on an unknown nesting, with its path": {
			block(&tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{{Name: "a", NestedType: &tfprotov6.SchemaObject{Nesting: 99}}}}),
			"provider.a: unknown nesting",
		},
		"on an unknown kind of description": {
			block(&tfprotov6.SchemaBlock{DescriptionKind: 99}),
			"provider: unknown kind of description",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := run(t.Context(), answers{schema: tc.schema}, "x", &out)
			if err == nil || !strings.Contains(err.Error(), tc.want) || out.Len() > 0 {
				t.Errorf("got error %v and output %q, want an error with %q and no output", err, out.String(), tc.want)
			}
		})
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
