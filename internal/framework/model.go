package framework

import (
	"context"
	"reflect"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The framework's own decoding of structs compiles a regular expression for each field
// on each call, a fifth of the provider's CPU time in a plan without a change. Its
// decoding of objects does not, so structs are decoded through objects here.

// getter is a state, a plan, a configuration or an identity.
type getter interface {
	Get(ctx context.Context, target any) diag.Diagnostics
}

// setter is a state, a plan or an identity.
type setter interface {
	Set(ctx context.Context, value any) diag.Diagnostics
}

// Get decodes data into a model like its own Get: a struct with the tag tfsdk on each
// field, or a pointer to one, which is nil if the data is null.
func Get[M any](ctx context.Context, data getter, model *M) diag.Diagnostics {
	var object types.Object
	diags := data.Get(ctx, &object)
	if diags.HasError() {
		return diags
	}
	target := reflect.ValueOf(model).Elem()
	if target.Kind() == reflect.Pointer {
		if object.IsNull() {
			target.SetZero()
			return diags
		}
		fresh := reflect.New(target.Type().Elem())
		if !assign(fresh.Elem(), object) {
			return data.Get(ctx, model)
		}
		target.Set(fresh)
		return diags
	}
	if !assign(target, object) {
		return data.Get(ctx, model) // for its error
	}
	return diags
}

// assign sets the fields of a struct to the attributes of an object. It reports whether
// they correspond. If not, the struct is partially set.
func assign(target reflect.Value, object types.Object) bool {
	attributes := object.Attributes()
	names := fieldNames(target.Type())
	if object.IsNull() || object.IsUnknown() || len(attributes) != len(names) {
		return false
	}
	for i, name := range names {
		value, field := reflect.ValueOf(attributes[name]), target.Field(i)
		if !value.IsValid() || value.Type() != field.Type() {
			return false
		}
		field.Set(value)
	}
	return true
}

// Set encodes a model into data like its own Set.
func Set[M any](ctx context.Context, data setter, model M) diag.Diagnostics {
	source := reflect.ValueOf(model)
	names := fieldNames(source.Type())
	attributes := make(map[string]attr.Value, len(names))
	attributeTypes := make(map[string]attr.Type, len(names))
	for i, name := range names {
		value, ok := reflect.TypeAssert[attr.Value](source.Field(i))
		if !ok || name == "" {
			return data.Set(ctx, model)
		}
		attributes[name], attributeTypes[name] = value, value.Type(ctx)
	}
	object, diags := types.ObjectValue(attributeTypes, attributes)
	if diags.HasError() {
		return diags
	}
	return data.Set(ctx, object)
}

// names of the fields of a struct, by type.
var names sync.Map

// fieldNames returns the attribute names of the fields of a struct, in order. A field
// without one has an empty name. The result is nil if the type is no struct.
func fieldNames(t reflect.Type) []string {
	if known, ok := names.Load(t); ok {
		return known.([]string) //nolint:forcetypeassert // nothing else is stored
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	list := make([]string, t.NumField())
	for i := range list {
		list[i] = t.Field(i).Tag.Get("tfsdk")
	}
	names.Store(t, list)
	return list
}
