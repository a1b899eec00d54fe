package provider_test

import (
	"context"
	"go/ast"
	"go/token"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	attributepath "github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// libraries are the import path prefixes of the modules that add diagnostics themselves.
var libraries = []string{
	"github.com/hashicorp/terraform-plugin-framework-validators/",
	"github.com/hashicorp/terraform-plugin-framework-timeouts/",
}

// libraryDiagnostics returns the diagnostics of the library functions that this code
// uses, by name. Each function here provokes all diagnostics that its name can add.
var libraryDiagnostics = map[string]func(ctx context.Context) diag.Diagnostics{
	"stringvalidator.OneOf": func(ctx context.Context) diag.Diagnostics {
		return validateString(ctx, stringvalidator.OneOf("a"), "b")
	},
	"stringvalidator.UTF8LengthAtMost": func(ctx context.Context) diag.Diagnostics {
		return validateString(ctx, stringvalidator.UTF8LengthAtMost(1), "bb")
	},
	"stringvalidator.AlsoRequires": func(ctx context.Context) diag.Diagnostics {
		return validateString(ctx, stringvalidator.AlsoRequires(attributepath.MatchRoot("second")), "a")
	},
	"int64validator.AtLeast": func(ctx context.Context) diag.Diagnostics {
		return validateNumber(ctx, int64validator.AtLeast(1), types.Int64Value(0))
	},
	"int64validator.Between": func(ctx context.Context) diag.Diagnostics {
		return validateNumber(ctx, int64validator.Between(0, 1), types.Int64Value(2))
	},
	"int64validator.AtLeastOneOf": func(ctx context.Context) diag.Diagnostics {
		return validateNumber(ctx, int64validator.AtLeastOneOf(attributepath.MatchRoot("second")), types.Int64Null())
	},
	"datasourcevalidator.ExactlyOneOf": func(ctx context.Context) diag.Diagnostics {
		var all diag.Diagnostics
		for _, configuration := range []tfsdk.Config{twoStrings(nil, nil), twoStrings("a", "b")} {
			var resp datasource.ValidateConfigResponse
			datasourcevalidator.ExactlyOneOf(attributepath.MatchRoot("first"), attributepath.MatchRoot("second")).
				ValidateDataSource(ctx, datasource.ValidateConfigRequest{Config: configuration}, &resp)
			all.Append(resp.Diagnostics...)
		}
		return all
	},
	"timeouts.Opts":       nil,
	"timeouts.Attributes": nil, // framework.Timeouts replaces its validators
	"timeouts.Value": func(ctx context.Context) diag.Diagnostics {
		object := types.ObjectValueMust(map[string]attr.Type{"create": types.StringType}, map[string]attr.Value{"create": types.StringValue("soon")})
		_, diags := timeouts.Value{Object: object}.Create(ctx, 0)
		return diags
	},
}

func validateString(ctx context.Context, v validator.String, value string) diag.Diagnostics {
	var resp validator.StringResponse
	v.ValidateString(ctx, validator.StringRequest{
		Path: attributepath.Root("first"), PathExpression: attributepath.MatchRoot("first"),
		Config: twoStrings(value, nil), ConfigValue: types.StringValue(value),
	}, &resp)
	return resp.Diagnostics
}

func validateNumber(ctx context.Context, v validator.Int64, value types.Int64) diag.Diagnostics {
	var resp validator.Int64Response
	v.ValidateInt64(ctx, validator.Int64Request{
		Path: attributepath.Root("first"), PathExpression: attributepath.MatchRoot("first"),
		Config: twoStrings(nil, nil), ConfigValue: value,
	}, &resp)
	return resp.Diagnostics
}

// twoStrings returns a configuration with the attributes first and second.
func twoStrings(first, second any) tfsdk.Config {
	attributes := map[string]tftypes.Type{"first": tftypes.String, "second": tftypes.String}
	return tfsdk.Config{
		Schema: schema.Schema{Attributes: map[string]schema.Attribute{
			"first":  schema.StringAttribute{Optional: true},
			"second": schema.StringAttribute{Optional: true},
		}},
		Raw: tftypes.NewValue(tftypes.Object{AttributeTypes: attributes}, map[string]tftypes.Value{
			"first": tftypes.NewValue(tftypes.String, first), "second": tftypes.NewValue(tftypes.String, second),
		}),
	}
}

// importedDiagnostics returns the diagnostics of the library functions that a file uses.
func importedDiagnostics(t *testing.T, set *token.FileSet, file *ast.File) []diagnostic {
	t.Helper()
	packages := map[string]bool{}
	for _, imported := range file.Imports {
		full, err := strconv.Unquote(imported.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		for _, library := range libraries {
			if strings.HasPrefix(full, library) {
				if imported.Name != nil {
					t.Errorf("%s: import %s under its own name, so that its diagnostics are found", set.Position(imported.Pos()), full)
				}
				packages[path.Base(full)] = true
			}
		}
	}
	var list []diagnostic
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		name, ok := selector.X.(*ast.Ident)
		if !ok || !packages[name.Name] {
			return true
		}
		position := set.Position(selector.Pos()).String()
		provoke, known := libraryDiagnostics[name.Name+"."+selector.Sel.Name]
		if !known {
			t.Errorf("%s: the diagnostics of %s.%s are not in libraryDiagnostics", position, name.Name, selector.Sel.Name)
		}
		if provoke == nil {
			return true
		}
		diags := provoke(t.Context())
		if len(diags) == 0 {
			t.Errorf("libraryDiagnostics provokes none of %s.%s", name.Name, selector.Sel.Name)
		}
		for _, d := range diags {
			list = append(list, diagnostic{d.Severity().String(), d.Summary(), position})
		}
		return true
	})
	return list
}
