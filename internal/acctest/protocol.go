package acctest

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Protocol is a provider that tests call over the plugin protocol, without a CLI: for
// features that only newer CLIs have, and for details that a CLI does not show.
type Protocol struct {
	// Server is the provider.
	Server tfprotov6.ProviderServer

	t       testing.TB
	schemas *tfprotov6.GetProviderSchemaResponse
}

// Protocol returns a provider for this control plane, configured with the
// credentials of [ControlPlane.Config].
func (c *ControlPlane) Protocol(t testing.TB) *Protocol {
	t.Helper()
	return c.ProtocolWith(t, Arguments{"base_url": c.URL, "client_id": "terraform", "client_secret": "terraform-secret"})
}

// UnconfiguredProtocol returns a provider whose configuration is not known yet, as
// in the plan that creates what it depends on.
func (c *ControlPlane) UnconfiguredProtocol(t testing.TB) *Protocol {
	t.Helper()
	return c.ProtocolWith(t, Arguments{"base_url": c.URL, "client_id": "terraform", "client_secret": Unknown})
}

// ProtocolWith returns a provider with these arguments.
func (c *ControlPlane) ProtocolWith(t testing.TB, arguments Arguments) *Protocol {
	t.Helper()
	server, err := providerserver.NewProtocol6WithError(c.provider())()
	if err != nil {
		t.Fatal(err)
	}
	p := &Protocol{Server: server, t: t}
	if p.schemas, err = server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		t.Fatal(err)
	}
	resp, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.14.0", Config: p.config(p.schemas.Provider, arguments),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range resp.Diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			t.Fatalf("%s: %s", d.Summary, d.Detail)
		}
	}
	return p
}

// Schemas is the response to GetProviderSchema.
func (p *Protocol) Schemas() *tfprotov6.GetProviderSchemaResponse { return p.schemas }

// config returns arguments as the configuration of a schema, the others null.
func (p *Protocol) config(schema *tfprotov6.Schema, arguments Arguments) *tfprotov6.DynamicValue {
	p.t.Helper()
	object, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		p.t.Fatalf("a schema is %s", schema.ValueType())
	}
	values := map[string]tftypes.Value{}
	for name, attribute := range object.AttributeTypes {
		values[name] = tftypes.NewValue(attribute, nil)
	}
	for name, argument := range arguments {
		of, ok := object.AttributeTypes[name]
		if !ok {
			p.t.Fatalf("there is no argument %s", name)
		}
		values[name] = toValue(of, argument)
	}
	return p.dynamic(tftypes.NewValue(object, values))
}

func (p *Protocol) dynamic(value tftypes.Value) *tfprotov6.DynamicValue {
	p.t.Helper()
	dynamic, err := tfprotov6.NewDynamicValue(value.Type(), value)
	if err != nil {
		p.t.Fatal(err)
	}
	return &dynamic
}

// attributes returns the attributes of an object in a response.
func (p *Protocol) attributes(of tftypes.Type, dynamic *tfprotov6.DynamicValue) map[string]tftypes.Value {
	p.t.Helper()
	if dynamic == nil {
		return nil
	}
	value, err := dynamic.Unmarshal(of)
	if err != nil {
		p.t.Fatal(err)
	}
	var attributes map[string]tftypes.Value
	if err := value.As(&attributes); err != nil {
		p.t.Fatal(err)
	}
	return attributes
}

// Arguments are those of a block, by name; the others are null.
type Arguments map[string]any

// Unknown is the value of an argument that is known after the apply.
var Unknown = tftypes.UnknownValue

// toValue converts what a test writes: a string, a number, a bool, nil, Unknown, a
// map of them, or a value as it is.
func toValue(of tftypes.Type, v any) tftypes.Value {
	switch v := v.(type) {
	case tftypes.Value:
		return v
	case map[string]any:
		entries := map[string]tftypes.Value{}
		for name, entry := range v {
			switch of := of.(type) {
			case tftypes.Map:
				entries[name] = toValue(of.ElementType, entry)
			case tftypes.Object:
				entries[name] = toValue(of.AttributeTypes[name], entry)
			}
		}
		if of, ok := of.(tftypes.Object); ok {
			for name, attribute := range of.AttributeTypes {
				if _, ok := entries[name]; !ok {
					entries[name] = tftypes.NewValue(attribute, nil)
				}
			}
		}
		return tftypes.NewValue(of, entries)
	default:
		return tftypes.NewValue(of, v)
	}
}

// Plain converts a value to Go: nil, a string, a bool, an int64 or float64, a
// map[string]any or a []any. An unknown value is Unknown.
func Plain(v tftypes.Value) any {
	switch {
	case !v.IsKnown():
		return Unknown
	case v.IsNull():
		return nil
	}
	var text string
	var truth bool
	var number big.Float
	var entries map[string]tftypes.Value
	var elements []tftypes.Value
	switch {
	case v.As(&text) == nil:
		return text
	case v.As(&truth) == nil:
		return truth
	case v.As(&number) == nil:
		if whole, accuracy := number.Int64(); accuracy == big.Exact {
			return whole
		}
		fraction, _ := number.Float64()
		return fraction
	case v.As(&entries) == nil:
		plain := map[string]any{}
		for name, entry := range entries {
			plain[name] = Plain(entry)
		}
		return plain
	case v.As(&elements) == nil:
		plain := make([]any, len(elements))
		for i, element := range elements {
			plain[i] = Plain(element)
		}
		return plain
	}
	return v
}

// Diagnostics are the diagnostics of a response.
type Diagnostics []*tfprotov6.Diagnostic

// HasError reports whether an error is among them.
func (d Diagnostics) HasError() bool {
	return slices.ContainsFunc(d, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError })
}

// ExpectErrorAt checks that there is an error with a text on an argument of the
// block, or on the block as a whole if attribute is empty.
func (d Diagnostics) ExpectErrorAt(t testing.TB, attribute, text string) {
	t.Helper()
	d.expectAt(t, tfprotov6.DiagnosticSeverityError, attribute, text)
}

// ExpectWarningAt is ExpectErrorAt for a warning.
func (d Diagnostics) ExpectWarningAt(t testing.TB, attribute, text string) {
	t.Helper()
	d.expectAt(t, tfprotov6.DiagnosticSeverityWarning, attribute, text)
}

func (d Diagnostics) expectAt(t testing.TB, severity tfprotov6.DiagnosticSeverity, attribute, text string) {
	t.Helper()
	for _, diagnostic := range d {
		if diagnostic.Severity == severity && attributeOf(diagnostic) == attribute &&
			strings.Contains(diagnostic.Summary+": "+diagnostic.Detail, text) {
			return
		}
	}
	t.Errorf("no %s at %q contains %q; all diagnostics:%s", severity, attribute, text, d)
}

// String implements [fmt.Stringer].
func (d Diagnostics) String() string {
	var b strings.Builder
	for _, diagnostic := range d {
		fmt.Fprintf(&b, "\n%s on %q: %s: %s", diagnostic.Severity, attributeOf(diagnostic), diagnostic.Summary, diagnostic.Detail)
	}
	return b.String()
}

// attributeOf returns the path of a diagnostic, such as timeouts.create.
func attributeOf(d *tfprotov6.Diagnostic) string {
	var steps []string
	for _, step := range d.Attribute.Steps() {
		switch step := step.(type) {
		case tftypes.AttributeName:
			steps = append(steps, string(step))
		case tftypes.ElementKeyString:
			steps = append(steps, string(step))
		}
	}
	return strings.Join(steps, ".")
}
