package framework_test

import (
	"context"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
)

// sample is a model with each kind of attribute of the resources.
type sample struct {
	Name     types.String   `tfsdk:"name"`
	Enabled  types.Bool     `tfsdk:"enabled"`
	Version  types.Int64    `tfsdk:"version"`
	Keepers  types.Map      `tfsdk:"keepers"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

func sampleSchema(ctx context.Context) schema.Schema {
	return schema.Schema{Attributes: map[string]schema.Attribute{
		"name":     schema.StringAttribute{Required: true},
		"enabled":  schema.BoolAttribute{Optional: true},
		"version":  schema.Int64Attribute{Computed: true},
		"keepers":  schema.MapAttribute{Optional: true, ElementType: types.StringType},
		"timeouts": framework.Timeouts(ctx, timeouts.Opts{Create: true}),
	}}
}

// sampleState returns a state with some attributes, the others null.
func sampleState(t testing.TB, values map[string]any) tfsdk.State {
	t.Helper()
	s := sampleSchema(t.Context())
	object, ok := s.Type().TerraformType(t.Context()).(tftypes.Object)
	if !ok {
		t.Fatal("a schema is no object")
	}
	attributes := map[string]tftypes.Value{}
	for name, attributeType := range object.AttributeTypes {
		attributes[name] = tftypes.NewValue(attributeType, values[name])
	}
	return tfsdk.State{Schema: s, Raw: tftypes.NewValue(object, attributes)}
}

var (
	complete = map[string]any{
		"name": "ci", "enabled": true, "version": big.NewFloat(7),
		"keepers":  map[string]tftypes.Value{"month": tftypes.NewValue(tftypes.String, "may"), "unset": tftypes.NewValue(tftypes.String, nil)},
		"timeouts": map[string]tftypes.Value{"create": tftypes.NewValue(tftypes.String, "5m")},
	}
	unknown = map[string]any{
		"name": tftypes.UnknownValue, "enabled": tftypes.UnknownValue, "version": tftypes.UnknownValue,
		"keepers":  map[string]tftypes.Value{"month": tftypes.NewValue(tftypes.String, tftypes.UnknownValue)},
		"timeouts": map[string]tftypes.Value{"create": tftypes.NewValue(tftypes.String, tftypes.UnknownValue)},
	}
)

func TestGet_EqualsFramework(t *testing.T) {
	t.Parallel()
	for name, values := range map[string]map[string]any{"complete": complete, "null": {}, "unknown": unknown, "all of a map unknown": {"keepers": tftypes.UnknownValue}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state := sampleState(t, values)
			var want, got sample
			noErrors(t, state.Get(t.Context(), &want))
			noErrors(t, framework.Get(t.Context(), state, &got))
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%+v, want %+v", got, want)
			}
			var pointer *sample
			noErrors(t, framework.Get(t.Context(), state, &pointer))
			if pointer == nil || !reflect.DeepEqual(*pointer, want) {
				t.Errorf("%+v, want %+v", pointer, want)
			}
		})
	}
	state := sampleState(t, complete)
	var m sample
	noErrors(t, framework.Get(t.Context(), state, &m))
	if limit, diags := m.Timeouts.Create(t.Context(), time.Hour); diags.HasError() || limit != 5*time.Minute {
		t.Errorf("timeouts.create: %s, %v", limit, diags)
	}
}

func TestGet_Null(t *testing.T) {
	t.Parallel()
	state := sampleState(t, nil)
	state.Raw = tftypes.NewValue(state.Raw.Type(), nil)
	present := &sample{}
	noErrors(t, framework.Get(t.Context(), state, &present))
	if present != nil {
		t.Errorf("%+v", present)
	}
	var m sample
	wantSameErrors(t, framework.Get(t.Context(), state, &m), state.Get(t.Context(), &m))
}

// A model that does not match its schema is a bug in the provider, which the framework
// reports.
func TestGet_MismatchedModel_IsAnError(t *testing.T) {
	t.Parallel()
	state := sampleState(t, complete)
	var tooShort struct {
		Name types.String `tfsdk:"name"`
	}
	wantSameErrors(t, framework.Get(t.Context(), state, &tooShort), state.Get(t.Context(), &tooShort))
	var otherName struct {
		sample
		Other types.String `tfsdk:"other"`
	}
	wantSameErrors(t, framework.Get(t.Context(), state, &otherName), state.Get(t.Context(), &otherName))
	var otherType struct {
		Name     types.Bool     `tfsdk:"name"`
		Enabled  types.Bool     `tfsdk:"enabled"`
		Version  types.Int64    `tfsdk:"version"`
		Keepers  types.Map      `tfsdk:"keepers"`
		Timeouts timeouts.Value `tfsdk:"timeouts"`
	}
	wantSameErrors(t, framework.Get(t.Context(), state, &otherType), state.Get(t.Context(), &otherType))
	// Types that the framework converts are converted.
	var plain struct {
		Name     string         `tfsdk:"name"`
		Enabled  bool           `tfsdk:"enabled"`
		Version  int64          `tfsdk:"version"`
		Keepers  types.Map      `tfsdk:"keepers"`
		Timeouts timeouts.Value `tfsdk:"timeouts"`
	}
	noErrors(t, framework.Get(t.Context(), state, &plain))
	if plain.Name != "ci" || !plain.Enabled || plain.Version != 7 {
		t.Errorf("%+v", plain)
	}
}

func TestSet_EqualsFramework(t *testing.T) {
	t.Parallel()
	for name, values := range map[string]map[string]any{"complete": complete, "null": {}, "unknown": unknown} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := sampleState(t, values)
			var m sample
			noErrors(t, source.Get(t.Context(), &m))
			want, got := sampleState(t, nil), sampleState(t, nil)
			noErrors(t, want.Set(t.Context(), m))
			noErrors(t, framework.Set(t.Context(), &got, m))
			if !got.Raw.Equal(want.Raw) || !got.Raw.Equal(source.Raw) {
				t.Errorf("%s, want %s", got.Raw, want.Raw)
			}
		})
	}
}

func TestSet_MismatchedModel_IsAnError(t *testing.T) {
	t.Parallel()
	state := sampleState(t, nil)
	before := state.Raw
	if diags := framework.Set(t.Context(), &state, struct {
		Name types.String `tfsdk:"name"`
	}{}); !diags.HasError() || !state.Raw.Equal(before) {
		t.Errorf("%v, %s", diags, state.Raw)
	}
	plain := struct {
		Name     string         `tfsdk:"name"`
		Enabled  bool           `tfsdk:"enabled"`
		Version  int64          `tfsdk:"version"`
		Keepers  types.Map      `tfsdk:"keepers"`
		Timeouts timeouts.Value `tfsdk:"timeouts"`
	}{Name: "ci"}
	full := sampleState(t, complete)
	var m sample
	noErrors(t, full.Get(t.Context(), &m))
	plain.Keepers, plain.Timeouts = m.Keepers, m.Timeouts
	noErrors(t, framework.Set(t.Context(), &state, plain))
	noErrors(t, framework.Get(t.Context(), state, &m))
	if m.Name.ValueString() != "ci" {
		t.Errorf("%+v", m)
	}
}

func noErrors(t testing.TB, diags diag.Diagnostics) {
	t.Helper()
	if diags.HasError() {
		t.Fatal(diags)
	}
}

// wantSameErrors compares errors as sets of words, since the framework lists attributes
// in the order of a map.
func wantSameErrors(t *testing.T, got, want diag.Diagnostics) {
	t.Helper()
	words := func(diags diag.Diagnostics) []string {
		var list []string
		for _, d := range diags {
			list = append(list, strings.Fields(d.Summary()+" "+d.Detail())...)
		}
		for i := range list {
			list[i] = strings.Trim(list[i], ",.:")
		}
		slices.Sort(list)
		return list
	}
	if !want.HasError() || !slices.Equal(words(got), words(want)) {
		t.Errorf("%v, want %v", got, want)
	}
}

func BenchmarkGet(b *testing.B) {
	state := sampleState(b, complete)
	var m sample
	b.Run("framework", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			noErrors(b, state.Get(b.Context(), &m))
		}
	})
	b.Run("this", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			noErrors(b, framework.Get(b.Context(), state, &m))
		}
	})
}

func BenchmarkSet(b *testing.B) {
	state := sampleState(b, complete)
	var m sample
	noErrors(b, state.Get(b.Context(), &m))
	b.Run("framework", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			noErrors(b, state.Set(b.Context(), m))
		}
	})
	b.Run("this", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			noErrors(b, framework.Set(b.Context(), &state, m))
		}
	})
}
